//! Folders made and removed with all that belongs to them.
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;

use super::Dir;
use crate::base::rel_path::RelPath;

impl Dir {
    /// Makes `folder` with all that is missing above it. Another program may make the same ones meanwhile.
    pub fn make_folders(&self, folder: &RelPath) -> io::Result<()> {
        let mut made = self.make_dir(folder);
        if let (Err(ErrorKind::NotFound), Some(above)) = (made.as_ref().map_err(io::Error::kind), folder.parent()) {
            self.make_folders(&above)?;
            made = self.make_dir(folder);
        }
        match made {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Removes a folder below this one with all it holds, never following a link.
    pub fn remove_tree(&self, name: &RelPath) -> io::Result<()> {
        let dir = self.dir(name)?;
        for entry in dir.entries()? {
            let child =
                RelPath::parse(entry.as_bytes()).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
            match dir.remove_file(&child) {
                Err(e) if matches!(e.kind(), io::ErrorKind::IsADirectory | io::ErrorKind::PermissionDenied) => {
                    dir.remove_tree(&child)?
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        self.remove_dir(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn folders_are_made_with_those_above_and_may_be_there() {
        let top = tempfile::tempdir().unwrap();
        let dir = Dir::open(top.path()).unwrap();
        for _ in 0..2 {
            dir.make_folders(&path("a/b/c")).unwrap();
        }
        assert!(top.path().join("a/b/c").is_dir());
        std::fs::write(top.path().join("a/file"), "x").unwrap();
        assert_eq!(dir.make_folders(&path("a/file/d")).unwrap_err().kind(), ErrorKind::NotADirectory);
    }

    #[test]
    fn removing_a_tree_leaves_what_its_links_point_at() {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(top.path().join("gone/deep")).unwrap();
        std::fs::write(top.path().join("kept"), "x").unwrap();
        std::os::unix::fs::symlink(top.path().join("kept"), top.path().join("gone/deep/link")).unwrap();
        let dir = Dir::open(top.path()).unwrap();
        dir.remove_tree(&path("gone")).unwrap();
        assert!(!top.path().join("gone").exists());
        assert!(top.path().join("kept").exists());
    }
}
