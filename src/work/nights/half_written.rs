//! Small files of ours on a drive that were killed before they got their names.
//!
//! Each has an id in its name, so that nothing of the owner is taken for one. The caller holds the lock of the drive.
use std::io;

use super::copy::is_half_copied;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

/// Removes what is left of the drive's mark and of the list of kept settings.
pub(super) fn sweep(drive: &Dir) -> io::Result<()> {
    sweep_of(drive, ".allsky-backups.json.")?;
    match drive.dir(&RelPath::of_our_own("settings")) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        folder => sweep_of(&folder?, "made-here.tsv."),
    }
}

fn sweep_of(folder: &Dir, begins: &str) -> io::Result<()> {
    for name in folder.entries()? {
        let path = name.to_str().filter(|name| name.starts_with(begins)).and_then(|name| RelPath::parse(name).ok());
        if let Some(path) = path.filter(is_half_copied) {
            folder.remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_our_name_and_an_id_goes() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        std::fs::create_dir(at("settings")).unwrap();
        let id = uuid::Uuid::now_v7();
        let ours = [format!(".allsky-backups.json.{id}.part"), format!("settings/made-here.tsv.{id}.part")];
        let others = [".allsky-backups.json", "film.part", "settings/made-here.tsv", "settings/made-here.tsv.part"];
        ours.iter().map(String::as_str).chain(others).for_each(|name| std::fs::write(at(name), "x").unwrap());
        sweep(&Dir::open(top.path()).unwrap()).unwrap();
        assert!(ours.iter().all(|name| !at(name).exists()));
        assert!(others.iter().all(|name| at(name).exists()));
    }
}
