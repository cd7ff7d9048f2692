//! The camera's images folder: a fresh card has none before its first picture, so a restore makes it.
//!
//! Invariant: it is never made in the place of a disk that is not there. Pictures would fill the card, and the
//! disk would hide them once it is back.
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use super::Error;

/// Refuses when the folder is missing and must not be made.
pub(super) fn check(images: &Path, home: &Path) -> Result<(), Error> {
    let refuse = |why| Err(Error::NoImages { path: images.to_owned(), why });
    match fs::symlink_metadata(images) {
        Ok(_) if images.is_dir() => Ok(()),
        Ok(looks) if looks.is_symlink() => refuse("it is a link to a place that is not there"),
        Ok(_) => refuse("something that is no folder is in its place"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let Some(above) = images.parent().filter(|above| above.is_dir()) else {
                return refuse("the folder that it belongs in is not there either");
            };
            let is_empty = fs::read_dir(above).is_ok_and(|mut inside| inside.next().is_none());
            if is_empty && !above.starts_with(home) {
                return refuse("the folder that it belongs in is empty, as that of a disk is that is not mounted");
            }
            Ok(())
        }
        Err(source) => Err(Error::Target { path: images.to_owned(), source }),
    }
}

/// Makes the folder when it is missing, for the owner of the camera.
pub(super) fn make(images: &Path, home: &Path) -> Result<(), Error> {
    if images.is_dir() {
        return Ok(());
    }
    check(images, home)?;
    let wrong = |source| Error::Target { path: images.to_owned(), source };
    fs::create_dir(images).map_err(wrong)?;
    let owner = fs::metadata(home).map_err(wrong)?;
    if rustix::process::geteuid().is_root() {
        chown(images, Some(owner.uid()), Some(owner.gid())).map_err(wrong)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_made_on_a_fresh_card_and_never_in_place_of_a_disk() {
        let top = tempfile::tempdir().unwrap();
        let (home, mount) = (top.path().join("allsky"), top.path().join("mnt"));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&mount).unwrap();
        let images = home.join("images");
        make(&images, &home).unwrap();
        assert!(images.is_dir());
        let is_refused = |images: &Path| matches!(make(images, &home), Err(Error::NoImages { .. }));
        assert!(is_refused(&mount.join("images")), "an empty mount point is a disk that is not there");
        assert!(is_refused(&mount.join("ssd/images")));
        assert_eq!(fs::read_dir(&mount).unwrap().count(), 0);
        fs::write(mount.join("other"), "").unwrap();
        make(&mount.join("images"), &home).unwrap();
        fs::remove_dir(&images).unwrap();
        std::os::unix::fs::symlink("/nowhere/images", &images).unwrap();
        assert!(is_refused(&images));
        fs::remove_file(&images).unwrap();
        fs::write(&images, "").unwrap();
        assert!(is_refused(&images));
    }
}
