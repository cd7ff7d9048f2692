//! A small tree of files and the archive that is made of it.
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use allsky_backups::archive::index_build::IndexBuilder;
use allsky_backups::archive::write::{self, Report};
use allsky_backups::base::dir::Dir;
use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::listing::{Entry, Listing, Source};
use allsky_backups::domain::monitor::Monitor;

pub struct Tree {
    top: tempfile::TempDir,
    pub listing: Listing,
}

/// Noise by a seed; does not compress.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

impl Tree {
    pub fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir(top.path().join("home")).unwrap();
        fs::create_dir(top.path().join("out")).unwrap();
        let metadata = r#"{"backupType": "images", "created": "2026-11-21 00:03:09", "version": "v2025.xx.xx",
            "permissions": {}, "files": [], "format": 1}"#;
        fs::write(top.path().join("metadata.json"), metadata).unwrap();
        let listing = Listing { roots: vec![top.path().join("home")], ..Listing::default() };
        Tree { top, listing }
    }

    pub fn path(&self) -> &Path {
        self.top.path()
    }

    /// Where the archive of this tree is made.
    pub fn archive(&self) -> PathBuf {
        self.path().join("out/x.tar.gz")
    }

    pub fn index(&self) -> PathBuf {
        self.path().join("out/x.index")
    }

    pub fn place(&self, name: impl AsRef<[u8]>) -> PathBuf {
        self.path().join("home").join(OsStr::from_bytes(name.as_ref()))
    }

    pub fn add(&mut self, name: impl AsRef<[u8]>, bytes: &[u8]) {
        let path = self.place(name.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        self.list(name, Source::File { root: 0, strip: 0 }, bytes.len() as u64);
    }

    pub fn add_dir(&mut self, name: impl AsRef<[u8]>) {
        fs::create_dir_all(self.place(name.as_ref())).unwrap();
        self.list(name, Source::Directory, 0);
    }

    /// Lists what may or may not be there.
    pub fn list(&mut self, name: impl AsRef<[u8]>, source: Source, size: u64) {
        let me = fs::metadata(self.path()).unwrap();
        let mode = if source == Source::Directory { 0o755 } else { 0o644 };
        let name = RelPath::parse(name.as_ref()).unwrap();
        self.listing.entries.push(Entry {
            name,
            source,
            size,
            mtime: 1_763_700_000,
            mode,
            uid: me.uid(),
            gid: me.gid(),
        });
    }

    pub fn write(&self, monitor: &dyn Monitor) -> Result<Report, write::Error> {
        let _ = fs::remove_file(self.archive());
        let _ = fs::remove_file(self.index());
        let mut index = IndexBuilder::create(&self.index()).unwrap();
        let to = Dir::open(&self.path().join("out")).unwrap();
        let name = RelPath::parse("x.tar.gz").unwrap();
        let metadata = self.path().join("metadata.json");
        let report = write::write(&self.listing, &metadata, &to, &name, &mut index, monitor)?;
        let summary = serde_json::from_slice(&fs::read(metadata).unwrap()).unwrap();
        index.finish(&summary, &fs::File::open(self.archive()).unwrap()).unwrap();
        Ok(report)
    }
}
