//! What lies on the camera now, looked at without following links.
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;

use sha2::Digest as _;

use super::Error;
use super::owners::{Judged, Owners};
use crate::archive::index::Row;
use crate::base::attributes::{Attributes, Seen};
use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;
use crate::domain::restore::preview::Change;

/// Text that is shown and compared is at most this large.
pub(super) const MOST_TEXT: u64 = 1 << 20;

/// How closely two files are compared, and how a later change is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closeness {
    /// By content, always: settings.
    Content,
    /// By content where the sizes agree; later by size and time: pictures.
    Looks,
    /// The camera writes it all the time; only that it is there counts later.
    Database,
}

/// A file as it is now.
pub(super) struct Today {
    pub change: Change,
    /// Unix seconds of its last change.
    pub mtime: i64,
    /// A text that changes when the file does; empty when there is none.
    pub seal: String,
    /// Owner, group and mode; `None` when nothing is there.
    pub rights: Option<Attributes>,
}

impl Today {
    pub fn nothing() -> Self {
        Today { change: Change::New, mtime: 0, seal: String::new(), rights: None }
    }

    /// Turns an unchanged file into [`Change::Rights`] when `owners` would give it another owner or mode.
    pub fn with_rights(self, member: &RelPath, owners: Option<&Owners>) -> Self {
        let judged = self.rights.as_ref().zip(owners).map(|(rights, owners)| owners.judge(member, rights));
        match (self.change, judged) {
            (Change::Same, Some(Judged::Better)) => Today { change: Change::Rights, ..self },
            _ => self,
        }
    }
}

/// An existing file below `root`, or `None`. Anything but a file of that name, and anything but folders on the way
/// to it, is [`Error::Live`]: such a member is taken out of the choice.
pub(super) fn open(root: &Dir, path: &RelPath) -> Result<Option<File>, Error> {
    match root.read(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Live { path: root.path().join(path.as_path()), source }),
    }
}

/// The whole text, when it is small enough.
pub(super) fn text(root: &Dir, path: &RelPath) -> Result<Option<Vec<u8>>, Error> {
    let Some(file) = open(root, path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = file.take(MOST_TEXT + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Live { path: root.path().join(path.as_path()), source })?;
    Ok((bytes.len() as u64 <= MOST_TEXT).then_some(bytes))
}

/// Compares the file at `path` with what a member promises.
pub(super) fn against_row(
    root: &Dir,
    path: &RelPath,
    row: &Row,
    closeness: Closeness,
    monitor: &dyn Monitor,
) -> Result<Today, Error> {
    look(root, path, row.size, row.sha256, closeness, monitor)
}

/// Compares the file at `path` with bytes.
pub(super) fn against_bytes(root: &Dir, path: &RelPath, bytes: &[u8], monitor: &dyn Monitor) -> Result<Today, Error> {
    look(root, path, bytes.len() as u64, Some(Sha256::of(bytes)), Closeness::Content, monitor)
}

fn look(
    root: &Dir,
    path: &RelPath,
    size: u64,
    sum: Option<Sha256>,
    closeness: Closeness,
    monitor: &dyn Monitor,
) -> Result<Today, Error> {
    let Some(file) = open(root, path)? else {
        return Ok(Today::nothing());
    };
    let trouble = |source| Error::Live { path: root.path().join(path.as_path()), source };
    let found = file.metadata().map_err(trouble)?;
    let mtime = found.mtime();
    let rights = Seen::from(&rustix::fs::fstat(&file).map_err(|e| trouble(e.into()))?).attributes;
    let must_hash = closeness == Closeness::Content || found.len() == size;
    let here = if must_hash && found.is_file() { Some(hash(file, monitor).map_err(|e| e.at(trouble))?) } else { None };
    let same = here.is_some() && here == sum;
    let seal = match (closeness, here) {
        (Closeness::Database, _) => "there".to_owned(),
        (Closeness::Content, Some(here)) => here.to_string(),
        _ => format!("{}:{}.{}", found.len(), mtime, found.mtime_nsec()),
    };
    Ok(Today { change: if same { Change::Same } else { Change::Changed }, mtime, seal, rights: Some(rights) })
}

enum Stop {
    Cancelled(crate::domain::monitor::Cancelled),
    Read(io::Error),
}

impl Stop {
    fn at(self, trouble: impl FnOnce(io::Error) -> Error) -> Error {
        match self {
            Stop::Cancelled(cancelled) => Error::Cancelled(cancelled),
            Stop::Read(source) => trouble(source),
        }
    }
}

fn hash(mut file: File, monitor: &dyn Monitor) -> Result<Sha256, Stop> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        monitor.checkpoint().map_err(Stop::Cancelled)?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Sha256(hasher.finalize().into())),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Stop::Read(e)),
        }
    }
}

/// Every file below the folder `top` (or `top` itself), as paths below `root`, at most `most`.
/// Links are named, not followed.
pub(super) fn files_below(root: &Dir, top: &RelPath, most: usize, found: &mut Vec<RelPath>) {
    let start = root.path().join(top.as_path());
    let walk = walkdir::WalkDir::new(&start).follow_links(false).sort_by_file_name();
    // What cannot be read is not shown; it is not touched either.
    for entry in walk.into_iter().filter_map(Result::ok) {
        if found.len() >= most {
            return;
        }
        if entry.file_type().is_dir() {
            continue;
        }
        let below = entry.path().strip_prefix(root.path()).ok();
        if let Some(path) = below.and_then(|p| RelPath::parse(p.as_os_str().as_encoded_bytes()).ok()) {
            found.push(path);
        }
    }
}
