//! What has come of an upload so far: `.upload-UUID` in the backups folder, so that the sending can go on
//! after line, browser or program were gone.
//!
//! Invariant: it is never an archive, whatever is in it. The process that goes on with it holds its lock.
//! Without a living owner only the bytes that are known to be on the disk count.
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::folder::{Error, Folder};
use super::own::{self, UPLOAD};
use super::upload_reader::{self, Files, UploadReader, UploadWriter};
use super::workspace::{After, Workspace};
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

const BYTES: &str = "archive";
const MARK: &str = "mark";
const ABOUT: &str = "about.json";
/// The file into which a check packs an upload that came unpacked.
pub const PACKED: &str = "packed";
/// Files that a check may have left, beside the three above.
const SCRATCH: [&str; 3] = ["index", "metadata.json", PACKED];
/// How many first bytes tell whether a file is the announced one.
const HEAD_BYTES: u64 = 64 << 10;

/// What was announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The name that the browser sent; it may be any text.
    pub file_name: String,
    /// Size of the whole file.
    pub bytes: u64,
    /// The user who began it. No other user can go on with it.
    pub whose: String,
}

/// A part as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadState {
    pub id: Uuid,
    #[serde(flatten)]
    pub about: About,
    /// Bytes that are known to be on the disk.
    pub received: u64,
    /// The first bytes: how many, and their CRC-32.
    pub head_bytes: u64,
    pub head_crc32: u32,
    /// When something came last; Unix seconds.
    pub touched: i64,
}

/// An upload that is ours to go on with. Stays when dropped, unless [`Upload::discard`] said otherwise.
#[derive(Debug)]
pub struct Upload {
    id: Uuid,
    about: About,
    received: u64,
    workspace: Workspace,
}

impl Upload {
    pub fn id(&self) -> Uuid {
        self.id
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// All that is left of it goes when this is dropped.
    pub fn discard(&mut self) {
        self.workspace.set_after(After::Gone);
    }

    /// One end to write on and one to read from the beginning; see [`upload_reader::ends`].
    pub fn ends(&self, patience: Duration) -> io::Result<(UploadWriter, UploadReader)> {
        let open = |name| -> io::Result<File> { self.workspace.dir().write(&plain(name)?) };
        let files = Files { bytes: open(BYTES)?, mark: open(MARK)? };
        upload_reader::ends(files, self.received, self.about.bytes, patience)
    }

    /// The bytes, to read what is there.
    pub fn bytes(&self) -> io::Result<File> {
        self.workspace.dir().read(&plain(BYTES)?)
    }

    /// Their name in the workspace.
    pub fn bytes_name() -> &'static str {
        BYTES
    }
}

impl Folder {
    /// Makes room for a file that is to come in pieces.
    pub fn new_part(&self, about: About) -> Result<Upload, Error> {
        let (id, workspace) = self.workspace_called(UPLOAD, After::Gone)?;
        let make = || -> io::Result<()> {
            workspace.dir().create_new(&plain(BYTES)?)?;
            workspace.dir().create_new(&plain(MARK)?)?;
            workspace.dir().write_atomic(&plain(ABOUT)?, &serde_json::to_vec(&about)?)
        };
        make().map_err(|e| self.io_error_at(folder_of(id), e))?;
        self.dir()?.sync().map_err(|e| self.io_error(e))?;
        let mut part = Upload { id, about, received: 0, workspace };
        part.workspace.set_after(After::Stays);
        Ok(part)
    }

    /// The part `id`, to go on with. What came behind the mark is cut off: it may not be on the disk.
    pub fn part(&self, id: Uuid) -> Result<Upload, Error> {
        let dir = self.dir_if_made()?.ok_or(Error::NoUpload(id))?;
        let io_error = |e| self.io_error_at(folder_of(id), e);
        let seen = self.look_at(&dir, id).map_err(io_error)?.ok_or(Error::NoUpload(id))?;
        let workspace = Workspace::lock_existing(dir, self.inside(&folder_of(id))?, After::Stays).map_err(io_error)?;
        let workspace = workspace.ok_or(Error::UploadTaken)?;
        let tidy = || -> io::Result<()> {
            for name in SCRATCH {
                match workspace.dir().remove_file(&plain(name)?) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {}
                }
            }
            workspace.dir().write(&plain(BYTES)?)?.set_len(seen.received)
        };
        tidy().map_err(io_error)?;
        Ok(Upload { id, about: seen.about, received: seen.received, workspace })
    }

    /// Every part, oldest first; what is no whole part is left out.
    pub fn parts(&self) -> Result<Vec<UploadState>, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(Vec::new()) };
        let names = dir.entries().map_err(|e| self.io_error(e))?;
        let ids = names.iter().filter_map(|name| own::id_in(name.as_bytes(), UPLOAD));
        let mut found: Vec<UploadState> = ids.filter_map(|id| self.look_at(&dir, id).ok().flatten()).collect();
        found.sort_by_key(|partial| partial.id);
        Ok(found)
    }

    /// Takes a part away, unless somebody goes on with it.
    pub fn remove_part(&self, id: Uuid) -> Result<(), Error> {
        let dir = self.dir_if_made()?.ok_or(Error::NoUpload(id))?;
        let name = self.inside(&folder_of(id))?;
        let io_error = |e| self.io_error_at(folder_of(id), e);
        if !is_ours(&dir, &name, id).map_err(io_error)? {
            return Err(Error::NoUpload(id));
        }
        // The folder is removed when its lock is dropped.
        Workspace::lock_existing(dir, name, After::Gone).map_err(io_error)?.map(drop).ok_or(Error::UploadTaken)
    }

    /// Takes away the parts to which nothing came since `before` (Unix seconds), and what is no whole part;
    /// returns how many. What somebody goes on with stays.
    pub fn sweep_parts(&self, before: i64) -> Result<usize, Error> {
        let Some(dir) = self.dir_if_made()? else { return Ok(0) };
        let mut swept = 0;
        for name in dir.entries().map_err(|e| self.io_error(e))? {
            let Some(id) = own::id_in(name.as_bytes(), UPLOAD) else { continue };
            let stale = self.look_at(&dir, id).ok().flatten().is_none_or(|seen| seen.touched < before);
            swept += usize::from(stale && self.remove_part(id).is_ok());
        }
        Ok(swept)
    }

    fn look_at(&self, dir: &Dir, id: Uuid) -> io::Result<Option<UploadState>> {
        let name = RelPath::parse(folder_of(id)).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let look = || -> io::Result<UploadState> {
            if !is_ours(dir, &name, id)? {
                return Err(io::ErrorKind::NotFound.into());
            }
            let dir = dir.dir(&name)?;
            let mut text = String::new();
            dir.read(&plain(ABOUT)?)?.take(HEAD_BYTES).read_to_string(&mut text)?;
            let about: About = serde_json::from_str(&text)?;
            let mut mark = String::new();
            let mark_file = dir.read(&plain(MARK)?)?;
            let touched = mark_file.metadata()?.mtime();
            mark_file.take(64).read_to_string(&mut mark)?;
            let file = dir.read(&plain(BYTES)?)?;
            // A mark that was cut by a power cut says nothing.
            let marked = mark.trim_end().parse().ok().filter(|_| mark.ends_with('\n')).unwrap_or(0);
            let received = file.metadata()?.len().min(marked).min(about.bytes);
            let mut head = Vec::new();
            file.take(HEAD_BYTES.min(received)).read_to_end(&mut head)?;
            let (head_bytes, head_crc32) = (head.len() as u64, crc32fast::hash(&head));
            Ok(UploadState { id, about, received, head_bytes, head_crc32, touched })
        };
        match look() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }
}

fn folder_of(id: Uuid) -> String {
    format!("{UPLOAD}{id}")
}

/// False also when there is nothing.
fn is_ours(dir: &Dir, name: &RelPath, id: Uuid) -> io::Result<bool> {
    match dir.seen(name)? {
        Some(seen) if seen.kind == Kind::Folder => own::is_signed(&dir.dir(name)?, id),
        _ => Ok(false),
    }
}

fn plain(name: &str) -> io::Result<RelPath> {
    RelPath::parse(name).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About { file_name: "x.tar.gz".into(), bytes: 6, whose: "admin".into() }
    }

    #[test]
    fn a_part_stays_with_what_was_settled_and_is_no_archive() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::new(top.path().join("b"));
        folder.prepare().unwrap();
        let part = folder.new_part(about()).unwrap();
        let id = part.id();
        let (mut head, _tail) = part.ends(Duration::ZERO).unwrap();
        head.append(b"abc").unwrap();
        head.settle().unwrap();
        head.append(b"d").unwrap();
        assert!(matches!(folder.part(id), Err(Error::UploadTaken)));
        assert!(matches!(folder.remove_part(id), Err(Error::UploadTaken)));
        assert_eq!(folder.sweep_parts(i64::MAX).unwrap(), 0);
        drop(part);
        let seen = folder.parts().unwrap();
        assert_eq!((seen.len(), seen[0].received, seen[0].head_crc32), (1, 3, crc32fast::hash(b"abc")));
        let again = folder.part(id).unwrap();
        assert_eq!((again.received, again.about()), (3, &about()));
        assert_eq!(again.bytes().unwrap().metadata().unwrap().len(), 3);
        assert!(folder.archives().unwrap().is_empty() && folder.strangers().unwrap().is_empty());
        drop(again);
        assert_eq!((folder.sweep().unwrap(), folder.sweep_parts(0).unwrap()), (0, 0));
        assert_eq!(folder.sweep_parts(i64::MAX).unwrap(), 1);
        assert!(matches!(folder.part(id), Err(Error::NoUpload(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_part_that_is_discarded_or_half_made_goes() {
        let top = tempfile::tempdir().unwrap();
        let folder = Folder::new(top.path().join("b"));
        folder.prepare().unwrap();
        let mut part = folder.new_part(about()).unwrap();
        part.discard();
        drop(part);
        std::fs::create_dir(folder.path().join(folder_of(Uuid::nil()))).unwrap();
        assert!(folder.parts().unwrap().is_empty());
        assert_eq!(folder.sweep_parts(0).unwrap(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
