//! A drive or share that nights are kept on: really there, really the chosen one, or refused in words.
//!
//! An empty mount point looks like a folder with much room, and filling it fills the SD card. So a
//! drive carries a mark with its name, and every use asks again through an open folder: is this a
//! mount of its own, is it writable, and is it ours? Nothing is ever made on the way to it.
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::fs::Access;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::capability::{self, Capabilities, Habits};
use super::half_written;
use crate::base::dir::Dir;
use crate::base::lock::take;
use crate::base::mount::{self, Mount};
use crate::base::patience::within;
use crate::base::rel_path::RelPath;
use crate::base::space::Room;
use crate::base::{handover, io_advice};
use crate::domain::drives::verdict::right_to_write;
use crate::domain::failure::{Advice, Code};
use crate::domain::retention::nights::Disk;

/// Name of the mark at the top of a drive.
const MARK: &str = ".allsky-backups.json";
/// How long a share may take to answer before it counts as hung.
pub const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: the drive is not there", .0.display())]
    Missing(PathBuf),
    #[error("{}: no drive is mounted here, this folder is on the system disk", .0.display())]
    NotMounted(PathBuf),
    #[error("{}: the drive is read-only", .0.display())]
    ReadOnly(PathBuf),
    #[error("{}: the drive can be written to, and this program has no right to", .0.display())]
    Shut(PathBuf),
    #[error("{}: the drive belongs to {owner}, and this program runs as {us}", .path.display())]
    OfAnother { path: PathBuf, owner: String, us: String },
    #[error("{}: this drive has not been set up for backups", .0.display())]
    NotOurs(PathBuf),
    #[error("{}: this is another drive than the chosen one (it is {found}, expected {expected})", .path.display())]
    Swapped { path: PathBuf, found: Uuid, expected: Uuid },
    #[error("{}: the drive does not answer", .0.display())]
    Hung(PathBuf),
    #[error("{}: the drive was taken away while it was in use", .0.display())]
    Gone(PathBuf),
    #[error("{}: the mark of the drive cannot be understood", .0.display())]
    BadMark(PathBuf),
    #[error("{}: the drive could not be used", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::NotReady
    }
    fn advice(&self) -> String {
        match self {
            Error::Missing(_) | Error::NotMounted(_) => {
                "Plug the drive in and mount it; what was missed is caught up when it is back."
            }
            Error::ReadOnly(_) => "A disk that turns read-only is often failing: check it, and mount it writable.",
            Error::Shut(path) => {
                return format!(
                    "When it can be written to in a terminal, this gives the service the right: {}",
                    right_to_write(path)
                );
            }
            Error::OfAnother { path, us, .. } => {
                let top = handover::quoted(path);
                return format!(
                    "Give it the drive: sudo chown {us}: {top} – or a folder on it, which you then choose in its place: \
                     sudo install -d -o {us} {top}/allsky"
                );
            }
            Error::NotOurs(path) => {
                return format!("If this is the right drive, set it up once with `{}`.", set_up(path));
            }
            Error::Swapped { path, .. } => {
                return format!("Plug in the drive that was chosen, or choose this one with `{}`.", set_up(path));
            }
            Error::Hung(_) => "Is the NAS on and the network up?",
            Error::Gone(_) => "What was copied so far is not counted; the next run starts again.",
            Error::BadMark(_) => {
                "Look at the file .allsky-backups.json at the top of the drive; remove it and set the drive up again."
            }
            Error::Io { path, source } => {
                let told = "Check the drive and its cable; the system log may say more.";
                return io_advice::advice(path, source).unwrap_or_else(|| told.to_owned());
            }
        }
        .to_owned()
    }
}

/// The command that sets up this drive, and none of the others in the configuration.
fn set_up(path: &Path) -> String {
    format!("allsky-backups dest init {}", handover::quoted(path))
}

/// Whether a drive must be a mount of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mounting {
    Required,
    /// A folder on the system disk is what the owner wants.
    AnyFolder,
}

/// What the mark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub id: Uuid,
    /// ISO 8601.
    pub created: String,
    pub host: String,
}

/// A drive as the owner configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    pub path: PathBuf,
    pub mounting: Mounting,
    /// The drive that was chosen; `None` takes any that carries a mark.
    pub expected: Option<Uuid>,
}

/// What a drive is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
}

/// A drive that was found ready. Valid for the moment: `recheck` before anything counts as done.
#[derive(Debug, Clone)]
pub struct Ready {
    dir: Arc<Dir>,
    mount: u64,
    mark: Mark,
    habits: OnceLock<Option<Habits>>,
}

impl Ready {
    /// What is particular about it, tried once; `None` when nothing can be tried, as on a full drive.
    pub fn habits(&self) -> Option<&Habits> {
        self.habits.get_or_init(|| capability::habits(&self.dir).ok()).as_ref()
    }
    /// Removes what was to become a mark. The caller holds the lock of the drive.
    pub fn sweep_marks(&self) -> io::Result<()> {
        half_written::sweep(&self.dir, MARK)
    }
    pub fn dir(&self) -> &Dir {
        &self.dir
    }
    pub fn id(&self) -> Uuid {
        self.mark.id
    }
    pub fn room(&self) -> io::Result<Room> {
        self.dir.room()
    }
    /// The drive as `df` shows it.
    pub fn disk(&self) -> io::Result<Disk> {
        let stat = rustix::fs::fstatvfs(self.dir.as_fd())?;
        let bytes = |blocks: u64| blocks * stat.f_frsize;
        Ok(Disk { total: bytes(stat.f_blocks), used: bytes(stat.f_blocks - stat.f_bfree), avail: bytes(stat.f_bavail) })
    }
    /// False when another program works on this drive; else it is ours until this value goes.
    pub fn lock(&self) -> io::Result<bool> {
        take(self.dir.as_fd())
    }
    /// Asks again by name whether the same mount with the same mark is there. A drive that was
    /// unmounted in between keeps taking writes through open files, and loses them.
    pub fn recheck(&self) -> Result<(), Error> {
        let gone = || Error::Gone(self.dir.path().to_owned());
        let again = Dir::open(self.dir.path()).map_err(|_| gone())?;
        let mount = mount::id_of(again.as_fd()).map_err(|_| gone())?;
        if mount != self.mount || read_mark(&again).ok().flatten().as_ref() != Some(&self.mark) {
            return Err(gone());
        }
        Ok(())
    }
}

impl Drive {
    /// The drive, when it is there, ours and writable. Never waits longer than a share may take to
    /// answer: a hung one is refused from another thread, which ends when the share does.
    pub fn ready(&self) -> Result<Ready, Error> {
        let drive = self.clone();
        within(PATIENCE, move || drive.ready_at_last()).unwrap_or_else(|| Err(Error::Hung(self.path.clone())))
    }

    /// The drive, when it is there and ours, also when it takes no writes: a disk that turned read-only still gives back
    /// what is on it.
    pub fn ready_to_read(&self) -> Result<Ready, Error> {
        let drive = self.clone();
        within(PATIENCE, move || drive.look(Purpose::Read)).unwrap_or_else(|| Err(Error::Hung(self.path.clone())))
    }

    /// [`Drive::ready`] for a thread that has nothing else to do: it waits as long as the drive takes.
    pub fn ready_at_last(&self) -> Result<Ready, Error> {
        self.look(Purpose::Write)
    }

    fn look(&self, purpose: Purpose) -> Result<Ready, Error> {
        let (dir, mount) = self.open(purpose)?;
        let mark = read_mark(&dir)?.ok_or_else(|| Error::NotOurs(self.path.clone()))?;
        if purpose == Purpose::Write {
            self.is_given_to_us()?;
        }
        if let Some(expected) = self.expected
            && expected != mark.id
        {
            return Err(Error::Swapped { path: self.path.clone(), found: mark.id, expected });
        }
        Ok(Ready { dir: Arc::new(dir), mount, mark, habits: OnceLock::new() })
    }

    /// Sets the drive up: its mark and what it can do. A drive that has a mark keeps it.
    pub fn init(&self, created: String, host: String) -> Result<(Mark, Capabilities), Error> {
        let fault = |source| Error::Io { path: self.path.clone(), source };
        let (dir, _) = self.open(Purpose::Write)?;
        let capabilities = capability::probe(&dir).map_err(|source| self.closed(&dir, source))?;
        if let Some(mark) = read_mark(&dir)? {
            return Ok((mark, capabilities));
        }
        let mark = Mark { id: Uuid::now_v7(), created, host };
        let text = serde_json::to_vec_pretty(&mark).map_err(|e| fault(e.into()))?;
        let ending = format!(".{}.part", Uuid::now_v7());
        dir.write_atomic_with(&mark_path()?, &ending, &text).map_err(fault)?;
        Ok((mark, capabilities))
    }

    /// Why nothing can be made on the drive.
    fn closed(&self, dir: &Dir, source: io::Error) -> Error {
        let path = self.path.clone();
        let us = rustix::process::geteuid().as_raw();
        match dir.seen_itself().map(|seen| seen.attributes.uid) {
            Ok(owner) if source.kind() == io::ErrorKind::PermissionDenied && owner != us => {
                Error::OfAnother { path, owner: handover::name_of(owner), us: handover::name_of(us) }
            }
            _ => Error::Io { path, source },
        }
    }

    /// Refuses at the start what would fail in the middle: folders that another user made here.
    fn is_given_to_us(&self) -> Result<(), Error> {
        for name in ["", "nights", "timelapse", "settings"] {
            let path = self.path.join(name);
            let denied = rustix::fs::access(&path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK);
            if denied == Err(Errno::ACCESS) {
                return Err(Error::Io { path, source: Errno::ACCESS.into() });
            }
        }
        Ok(())
    }

    fn open(&self, purpose: Purpose) -> Result<(Dir, u64), Error> {
        let fault = |source| Error::Io { path: self.path.clone(), source };
        let dir = match Dir::open(&self.path) {
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(Error::Missing(self.path.clone()));
            }
            other => other.map_err(fault)?,
        };
        let id = mount::id_of(dir.as_fd()).map_err(fault)?;
        let mounts = mount::table().map_err(fault)?;
        let here = mounts.iter().find(|m| m.id == id).ok_or_else(|| Error::Gone(self.path.clone()))?;
        if self.mounting == Mounting::Required && !is_own(here, &mounts) {
            return Err(Error::NotMounted(self.path.clone()));
        }
        if purpose == Purpose::Read {
            return Ok((dir, id));
        }
        if here.is_shut_here {
            return Err(Error::Shut(self.path.clone()));
        }
        if here.is_read_only {
            return Err(Error::ReadOnly(self.path.clone()));
        }
        Ok((dir, id))
    }
}

/// A mount that is not the system disk under another name: a bind mount of a folder of it would
/// fill it just the same.
fn is_own(here: &Mount, mounts: &[Mount]) -> bool {
    let system = mounts.iter().rfind(|m| m.point == Path::new("/"));
    system.is_some_and(|system| here.id != system.id && here.device != system.device)
}

fn mark_path() -> Result<RelPath, Error> {
    RelPath::parse(MARK).map_err(|why| Error::Io { path: MARK.into(), source: io::Error::other(why) })
}

/// `None` when there is no mark.
fn read_mark(dir: &Dir) -> Result<Option<Mark>, Error> {
    let fault = |source| Error::Io { path: dir.path().join(MARK), source };
    let file = match dir.read(&mark_path()?) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(fault)?,
    };
    let mut text = Vec::new();
    file.take(4096).read_to_end(&mut text).map_err(fault)?;
    serde_json::from_slice(&text).map(Some).map_err(|_| Error::BadMark(dir.path().to_owned()))
}
