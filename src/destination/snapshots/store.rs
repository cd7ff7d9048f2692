//! Which snapshots of a host there are, what they say of themselves, and what their owner said of them.
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::io::Errno;
use serde::Serialize;

use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::plain::{self, read_open};
use crate::base::rel_path::RelPath;
use crate::destination::manifest::ManifestReader;
use crate::domain::anomaly::rules::Raised;
use crate::domain::host::settings::HostName;
use crate::domain::retention::nights::Pinned;
use crate::domain::snapshot::entry::hex;
use crate::domain::snapshot::marker::{FORMAT, MANIFEST_FILE, MARKER_FILE, Marker};
use crate::domain::snapshot::name::SnapshotName;

pub(super) const HOURLY: &str = "hourly";
/// What the owner said of snapshots, as empty files.
pub(super) const MARKS: &str = "marks";

/// Limits of alarms of this host.
pub(super) const LIMITS: &str = "marks/limits.json";

/// The snapshots of one host on a drive.
#[derive(Debug)]
pub struct SnapshotStore {
    pub(super) host: HostName,
    /// `hosts/HOST`.
    pub(super) dir: Dir,
}

/// A complete snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub name: SnapshotName,
    pub marker: Marker,
    pub pinned: Pinned,
    /// Its owner says that it is good, although so much is missing in it.
    pub trusted: Trusted,
    pub alarm: Seen,
}

/// What the owner says of the alarm of a snapshot that is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    Open,
    Acknowledged,
    Resolved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted {
    ByItself,
    ByItsOwner,
}

impl Snapshot {
    /// Whether nothing of the host goes because of it.
    pub fn freezes(&self) -> bool {
        self.suspect().is_some() && self.alarm != Seen::Resolved
    }

    /// Why it is not trusted.
    pub fn suspect(&self) -> Option<&str> {
        self.marker.suspect.as_deref().filter(|_| self.trusted == Trusted::ByItself)
    }
}

/// What an owner says of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Pinned,
    Trusted,
    /// Its owner has seen why it is not trusted; that changes nothing else.
    Acknowledged,
    /// The alarm is over: the snapshot is not trusted, and nothing waits for it any more.
    Resolved,
}

impl Mark {
    pub(super) const ALL: [Mark; 4] = [Mark::Pinned, Mark::Trusted, Mark::Acknowledged, Mark::Resolved];

    pub(super) fn ending(self) -> &'static str {
        match self {
            Mark::Pinned => "pinned",
            Mark::Trusted => "trusted",
            Mark::Acknowledged => "acknowledged",
            Mark::Resolved => "resolved",
        }
    }

    fn file(self, name: SnapshotName) -> RelPath {
        let ending = self.ending();
        RelPath::of_our_own(&format!("{MARKS}/{name}.{ending}"))
    }
}

impl SnapshotStore {
    /// Makes the folders that are missing.
    pub fn make(drive: &Dir, host: &HostName) -> io::Result<SnapshotStore> {
        let place = place(host);
        for folder in [HOURLY, MARKS] {
            drive.make_folders(&place.join(folder).map_err(io::Error::other)?)?;
        }
        Ok(SnapshotStore { host: host.clone(), dir: drive.dir(&place)? })
    }

    /// `None` when there is nothing of this host.
    pub fn find(drive: &Dir, host: &HostName) -> io::Result<Option<SnapshotStore>> {
        match drive.dir(&place(host)) {
            Ok(dir) => Ok(Some(SnapshotStore { host: host.clone(), dir })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// False when another program changes snapshots of this host; else it is ours until this value goes.
    pub fn lock(&self) -> io::Result<bool> {
        take(self.dir.as_fd())
    }

    /// Device and inode of the folder that holds all.
    pub fn identity(&self) -> io::Result<(u64, u64)> {
        self.dir.seen_itself().map(|seen| (seen.device, seen.inode))
    }

    /// All complete ones, the oldest hour first.
    pub fn snapshots(&self) -> io::Result<Vec<Snapshot>> {
        let names = match self.dir.dir(&RelPath::of_our_own(HOURLY)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.entries()?,
        };
        let marks = match self.dir.dir(&RelPath::of_our_own(MARKS)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?.entries()?,
        };
        let mut all = Vec::new();
        for name in names.iter().filter_map(|name| name.to_str()?.parse::<SnapshotName>().ok()) {
            let Some(marker) = self.marker(name)? else { continue };
            let has = |mark: Mark| marks.iter().any(|file| file.as_bytes() == mark.file(name).name());
            let pinned = if has(Mark::Pinned) { Pinned::Yes } else { Pinned::No };
            let trusted = if has(Mark::Trusted) { Trusted::ByItsOwner } else { Trusted::ByItself };
            let alarm = match (has(Mark::Resolved), has(Mark::Acknowledged)) {
                (true, _) => Seen::Resolved,
                (false, true) => Seen::Acknowledged,
                (false, false) => Seen::Open,
            };
            all.push(Snapshot { name, marker, pinned, trusted, alarm });
        }
        all.sort_by_key(|snapshot| (snapshot.marker.slot, snapshot.name));
        Ok(all)
    }

    /// Whether anything has this name.
    pub fn is_taken(&self, name: SnapshotName) -> io::Result<bool> {
        Ok(self.dir.seen(&folder(name))?.is_some())
    }

    /// The files of a snapshot.
    pub fn tree(&self, name: SnapshotName) -> io::Result<Dir> {
        self.dir.dir(&folder(name))
    }

    /// The manifest of a snapshot, after all of it was found to be as it was written.
    pub fn manifest(&self, snapshot: &Snapshot) -> io::Result<ManifestReader> {
        self.manifest_at(&self.tree(snapshot.name)?, &snapshot.marker)
    }

    /// The manifest in `tree`, after all of it was found to be as `marker` says.
    pub fn manifest_at(&self, tree: &Dir, marker: &Marker) -> io::Result<ManifestReader> {
        let open = || tree.read(&RelPath::of_our_own(MANIFEST_FILE));
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(open()?)?;
        if hex(hasher.finalize().as_bytes()) != marker.manifest {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its manifest is not as it was written"));
        }
        ManifestReader::open(open()?)
    }

    /// Says something of a snapshot, or takes it back.
    pub fn say(&self, name: SnapshotName, mark: Mark, said: Said) -> io::Result<()> {
        self.dir.make_folders(&RelPath::of_our_own(MARKS))?;
        let done = match said {
            Said::Yes => self.dir.create_new(&mark.file(name)).map(drop),
            Said::No => self.dir.remove_file(&mark.file(name)),
        };
        match done {
            Err(e) if matches!(e.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => Ok(()),
            other => other,
        }?;
        self.dir.dir(&RelPath::of_our_own(MARKS))?.sync()
    }

    /// Limits that false alarms have raised; the usual ones where nothing was written down.
    pub fn raised_limits(&self) -> io::Result<Raised> {
        match self.dir.read(&RelPath::of_our_own(LIMITS)) {
            Ok(file) => Ok(serde_json::from_slice(&read_open(file, plain::LINE)?).unwrap_or_default()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Raised::default()),
            Err(e) => Err(e),
        }
    }

    pub fn raise_limits(&self, raised: &Raised) -> io::Result<()> {
        self.dir.make_folders(&RelPath::of_our_own(MARKS))?;
        self.dir.write_atomic(&RelPath::of_our_own(LIMITS), &serde_json::to_vec_pretty(raised)?)
    }

    /// Nothing is said of a snapshot any more.
    pub(super) fn forget(&self, name: SnapshotName) -> io::Result<()> {
        Mark::ALL.iter().try_for_each(|mark| self.say(name, *mark, Said::No))
    }

    /// Whether a complete snapshot of this host has this name.
    pub(super) fn is_snapshot(&self, name: SnapshotName) -> io::Result<bool> {
        self.marker(name).map(|marker| marker.is_some())
    }

    /// `None` for a folder that is no complete snapshot of this host.
    fn marker(&self, name: SnapshotName) -> io::Result<Option<Marker>> {
        let marker = self.marker_at(&folder(name))?;
        Ok(marker.filter(|marker| marker.name == name && marker.golden.is_none()))
    }

    /// What a folder says of itself.
    pub(super) fn marker_at(&self, place: &RelPath) -> io::Result<Option<Marker>> {
        match self.dir.dir(place) {
            Ok(tree) => self.marker_in(&tree),
            Err(e) if e.kind() == io::ErrorKind::NotFound || is_closed(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Whether a folder was a snapshot of this host.
    pub(super) fn has_marker(&self, tree: &Dir) -> io::Result<bool> {
        self.marker_in(tree).map(|marker| marker.is_some())
    }

    fn marker_in(&self, tree: &Dir) -> io::Result<Option<Marker>> {
        let text = match tree.read(&RelPath::of_our_own(MARKER_FILE)) {
            Ok(file) => read_open(file, plain::LINE)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            // A link or a folder in its place is not ours.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput || is_closed(&e) => return Ok(None),
            Err(e) => return Err(e),
        };
        let marker: Option<Marker> = serde_json::from_slice(&text).ok();
        Ok(marker.filter(|marker| marker.format == FORMAT && marker.host == self.host))
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NOTDIR | Errno::ACCESS))
}

/// Whether a mark is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Yes,
    No,
}

fn place(host: &HostName) -> RelPath {
    RelPath::of_our_own(&format!("hosts/{host}"))
}

/// `hourly/2026-03-06_0800`.
pub(super) fn folder(name: SnapshotName) -> RelPath {
    RelPath::of_our_own(&format!("{HOURLY}/{name}"))
}
