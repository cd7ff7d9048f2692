//! A place in the file system where other programs reach us, without a port that the whole machine,
//! or the network, could try.
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// Owner and group may connect.
const MODE: u32 = 0o660;

/// Listens at `path`, for its owner and for `group` when this process belongs to it. What a dead
/// process left there is removed; one that still listens is an error.
pub fn listen(path: &Path, group: &str) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(what) if what.file_type().is_socket() => {
            if UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"));
            }
            fs::remove_file(path)?;
        }
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is something that is no socket")),
        Err(why) if why.kind() == io::ErrorKind::NotFound => {}
        Err(why) => return Err(why),
    }
    let listener = UnixListener::bind(path)?;
    // First whose it is, then who may: in between it is never more open than at the end.
    if let Some(gid) = group_number(group) {
        match chown(path, None, Some(gid)) {
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied => {
                tracing::warn!("{}: this user is not in the group {group}, which cannot connect", path.display());
            }
            done => done?,
        }
    }
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
    Ok(listener)
}

fn group_number(name: &str) -> Option<u32> {
    let text = fs::read_to_string("/etc/group").ok()?;
    let mut fields = text.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?;
    fields.nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_process_leaves_a_socket_that_does_not_matter_and_a_living_one_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let first = listen(&path, "no-such-group").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert_eq!(listen(&path, "no-such-group").unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(first);
        assert!(path.exists());
        listen(&path, "no-such-group").unwrap();
    }

    #[test]
    fn nothing_but_a_socket_is_ever_removed() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "mine").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for path in [&file, &link] {
            assert_eq!(listen(path, "x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}
