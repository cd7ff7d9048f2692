//! Files of ours on a drive whose writer was killed before they got their names.
//!
//! Each has an id in its name, so that nothing of the owner is taken for one. The caller holds the lock of the drive.
use std::io;

use uuid::Uuid;

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

/// The end of the name of a file until it is complete; an id stands before it.
pub const PART: &str = ".part";

/// True for a file that was never completed: by the id in its name, not by its ending alone.
pub fn is_half_written(path: &RelPath) -> bool {
    let id = || {
        let rest = std::str::from_utf8(path.name()).ok()?.strip_suffix(PART)?;
        Uuid::try_parse(rest.rsplit_once('.')?.1).ok()
    };
    id().is_some()
}

/// Removes what was to become the file `becoming` of `folder`.
pub fn sweep(folder: &Dir, becoming: &str) -> io::Result<()> {
    for name in folder.entries()? {
        let rest = |name: &str| name.strip_prefix(becoming).is_some_and(|rest| rest.starts_with('.'));
        let path = name.to_str().filter(|name| rest(name)).and_then(|name| RelPath::parse(name).ok());
        if let Some(path) = path.filter(is_half_written) {
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
        let id = uuid::Uuid::now_v7();
        let ours = [format!("list.tsv.{id}.part"), format!("list.tsv.{}.part", uuid::Uuid::now_v7())];
        let others =
            ["list.tsv", "film.part", "list.tsv.part", &format!("list.tsv2.{id}.part"), &format!("other.{id}.part")];
        ours.iter().map(String::as_str).chain(others).for_each(|name| std::fs::write(at(name), "x").unwrap());
        sweep(&Dir::open(top.path()).unwrap(), "list.tsv").unwrap();
        assert!(ours.iter().all(|name| !at(name).exists()));
        assert!(others.iter().all(|name| at(name).exists()));
    }
}
