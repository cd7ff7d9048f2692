//! Small files that are written whole or not at all.
//!
//! Invariant: the name shows the old bytes or the new ones, also after a power cut.
use std::io::{self, Write};

use super::Dir;
use crate::base::rel_path::RelPath;

impl Dir {
    /// Writes a small file so that after a power cut it is there whole or not at all. Only in folders of our own:
    /// whatever is called `NAME.new` goes.
    pub fn write_atomic(&self, name: &RelPath, bytes: &[u8]) -> io::Result<()> {
        let temporary = beside(name, ".new")?;
        match self.remove_file(&temporary) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        self.write_by_way_of(&temporary, name, bytes)
    }

    /// `write_atomic` for folders in which other programs have files: `ending` makes a name that nobody else has.
    pub fn write_atomic_with(&self, name: &RelPath, ending: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = beside(name, ending)?;
        let written = self.write_by_way_of(&temporary, name, bytes);
        if written.is_err() {
            // A file that cannot be removed now is recognised by its ending later.
            let _ = self.remove_file(&temporary);
        }
        written
    }

    fn write_by_way_of(&self, temporary: &RelPath, name: &RelPath, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.create_new(temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.replace(temporary, name)?;
        self.sync()
    }
}

fn beside(name: &RelPath, ending: &str) -> io::Result<RelPath> {
    let name = [name.as_bytes(), ending.as_bytes()].concat();
    RelPath::parse(name).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::parse(text).unwrap()
    }

    #[test]
    fn what_replaces_a_file_is_there_in_its_place() {
        let top = tempfile::tempdir().unwrap();
        let dir = Dir::open(top.path()).unwrap();
        dir.write_atomic(&path("a"), b"old").unwrap();
        dir.write_atomic(&path("a"), b"new").unwrap();
        assert_eq!(std::fs::read(top.path().join("a")).unwrap(), b"new");
        assert_eq!(dir.entries().unwrap(), ["a"]);
    }
}
