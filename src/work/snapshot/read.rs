//! A file or folder of a snapshot as a stream: a file as it lies on the drive, a folder as a plain `.tar.gz`.
//!
//! Every file of a folder is compared with the manifest while it is sent; one that is damaged ends the stream, so that
//! nobody takes a part for the whole.
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};

use super::{Error, places};
use crate::archive::tree_tar::{About, TreeTar};
use crate::base::plain;
use crate::base::rel_path::printable;
use crate::base::tree::open_path::{open_below, split};
use crate::destination::manifest::ManifestReader;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::entry::{Entry, Sort, hex};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotPath;
use crate::work::Tools;

/// A file of a snapshot, open.
#[derive(Debug)]
pub struct OpenFile {
    pub file: File,
    pub bytes: u64,
    /// BLAKE3 of what was saved, in hex.
    pub digest: String,
}

/// Opens the file at `path`.
pub fn file(tools: &Tools, host: &HostName, name: SnapshotName, path: &SnapshotPath) -> Result<OpenFile, Error> {
    let store = places::look(tools, places::host(tools, host)?)?;
    let snapshot = places::snapshot(&store, host, Some(name))?;
    let damaged = |source| Error::Manifest { name, source };
    let mut manifest = store.manifest(&snapshot).map_err(damaged)?;
    let entry = manifest.seek(path.as_bytes(), Sort::File).map_err(damaged)?;
    let missing = || Error::NotInSnapshot { name, path: printable(path.as_bytes()) };
    let entry = entry.filter(|entry| entry.sort == Sort::File).ok_or_else(missing)?;
    let tree = store.tree(name).map_err(Error::io("the snapshot could not be read"))?;
    let opened = open_below(tree.as_fd(), split(path.as_bytes()).0).and_then(|folder| open(&folder, path.name()));
    let file = opened.map_err(Error::io("the file could not be read"))?;
    let bytes = file.metadata().map_err(Error::io("the file could not be read"))?.len();
    if bytes != entry.looks.bytes {
        return Err(Error::Damaged { name, path: printable(path.as_bytes()) });
    }
    Ok(OpenFile { file, bytes, digest: entry.digest.map(|digest| hex(&digest)).unwrap_or_default() })
}

/// A folder of a snapshot that can be sent.
pub struct OpenFolder {
    name: SnapshotName,
    tree: crate::base::dir::Dir,
    manifest: ManifestReader,
    /// Empty for all of the snapshot.
    prefix: Vec<u8>,
    /// What the folder is called in the `.tar.gz`.
    called: Vec<u8>,
}

/// Finds the folder at `path`; without one it is all of the snapshot.
pub fn folder(
    tools: &Tools,
    host: &HostName,
    name: SnapshotName,
    path: Option<&SnapshotPath>,
) -> Result<OpenFolder, Error> {
    let store = places::look(tools, places::host(tools, host)?)?;
    let snapshot = places::snapshot(&store, host, Some(name))?;
    let damaged = |source| Error::Manifest { name, source };
    let mut manifest = store.manifest(&snapshot).map_err(damaged)?;
    if let Some(path) = path {
        let missing = || Error::NotInSnapshot { name, path: printable(path.as_bytes()) };
        manifest.seek(path.as_bytes(), Sort::Folder).map_err(damaged)?.ok_or_else(missing)?;
    }
    let tree = store.tree(name).map_err(Error::io("the snapshot could not be read"))?;
    let called = path.map_or_else(|| format!("{host}-{name}").into_bytes(), |path| path.name().to_vec());
    let prefix = path.map(|path| path.as_bytes().to_vec()).unwrap_or_default();
    Ok(OpenFolder { name, tree, manifest, prefix, called })
}

impl OpenFolder {
    /// Writes all of it. An error in the middle leaves a stream without an end.
    pub fn send(mut self, out: impl Write) -> Result<(), Error> {
        let sending = || Error::io("a part of the folder could not be sent");
        let mut tar = TreeTar::new(out);
        let mut last: Option<(Vec<u8>, OwnedFd)> = None;
        let name = self.name;
        while let Some(entry) = self.manifest.take().map_err(|source| Error::Manifest { name, source })? {
            let rest = match self.prefix.as_slice() {
                b"" => Some(entry.path.as_slice()),
                prefix => entry.path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(b"/")),
            };
            let Some(rest) = rest else { break };
            let called = [self.called.as_slice(), b"/", rest].concat();
            let about = About::of(&called, &entry.looks);
            match entry.sort {
                Sort::Folder => tar.folder(&about).map_err(sending())?,
                Sort::Symlink => tar.symlink(&about, &entry.target).map_err(sending())?,
                Sort::File => {
                    let (above, own) = split(&entry.path);
                    if last.as_ref().is_none_or(|(path, _)| path != above) {
                        last = Some((above.to_vec(), open_below(self.tree.as_fd(), above).map_err(sending())?));
                    }
                    let Some((_, folder)) = &last else { continue };
                    let file = open(folder, own).map_err(sending())?;
                    self.file(&mut tar, &about, &entry, file)?;
                }
            }
        }
        tar.finish().map(drop).map_err(sending())
    }

    fn file(&self, tar: &mut TreeTar<impl Write>, about: &About<'_>, entry: &Entry, file: File) -> Result<(), Error> {
        let mut hashed = Hashed { file, hasher: blake3::Hasher::new() };
        let damaged = || Error::Damaged { name: self.name, path: printable(&entry.path) };
        match tar.file(about, entry.looks.bytes, &mut hashed) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Err(damaged()),
            other => other.map_err(Error::io("a file could not be sent"))?,
        }
        let is_it = entry.digest.as_ref() == Some(hashed.hasher.finalize().as_bytes());
        if is_it { Ok(()) } else { Err(damaged()) }
    }
}

struct Hashed {
    file: File,
    hasher: blake3::Hasher,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// A regular file; what took its place is never waited for.
fn open(folder: &OwnedFd, name: &[u8]) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    plain::checked(rustix::fs::openat(folder, name, flags, Mode::empty())?.into())
}
