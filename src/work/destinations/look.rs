//! Look at a place for backups: is it ready, how full, when full, and what lies there.
//!
//! Invariant: nothing on the place is changed. What a place that is not there held is told from memory, and said to be.
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::last_check::{self, LastCheck};
use super::stock::{self, Stock};
use crate::base::mount::{self, Mount};
use crate::base::patience::within;
use crate::base::resolved::follow;
use crate::base::space::Room;
use crate::destination::drive::{Error, Mounting, PATIENCE, Ready};
use crate::destination::folder::{self, Folder};
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::DestinationName;
use crate::domain::drives::full_on::{FullOn, full_on};
use crate::domain::drives::state::DriveState;
use crate::domain::failure::Failure;
use crate::work::{ARCHIVES, Tools, one_disk};

/// A place that backups are kept in, as it was at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub name: DestinationName,
    pub path: PathBuf,
    /// It can take backups now.
    pub ready: bool,
    pub state: DriveState,
    /// Why it is not ready.
    pub why: Option<String>,
    /// What its owner can do about that.
    pub advice: Option<String>,
    /// Of the mark on the drive, or of the one that was chosen.
    pub id: Option<Uuid>,
    pub free_bytes: Option<u64>,
    pub total_bytes: Option<u64>,
    /// `ext4`, `nfs4`. `None` while it is not there.
    pub fs_type: Option<String>,
    /// `/dev/sda1`, `nas:/share`.
    pub source: Option<String>,
    /// `None` where it cannot be told.
    pub archives: Option<Stock>,
    pub nights: Option<Stock>,
    /// What lies there is told as it was last seen.
    pub from_memory: bool,
    #[serde(flatten)]
    pub full: FullOn,
    pub last_check: Option<LastCheck>,
    /// Other destinations on the same drive.
    pub shares_drive_with: Vec<DestinationName>,
    /// No backup lies anywhere but on the disk of the camera itself. Told of the backups folder alone.
    #[serde(skip)]
    pub holds_every_backup: bool,
    pub at: Timestamp,
}

impl Place {
    /// It is not there, and nothing is remembered of it.
    pub fn was_never_seen(&self) -> bool {
        let is_none = |stock: &Option<Stock>| stock.as_ref().is_none_or(|stock| stock.number == 0);
        self.from_memory && is_none(&self.archives) && is_none(&self.nights)
    }

    /// A place of which nothing but this is known.
    fn unseen(tools: &Tools, name: DestinationName, path: PathBuf, state: DriveState) -> Place {
        Place {
            last_check: last_check::of(&tools.state_dir, &path),
            name,
            path,
            ready: matches!(state, DriveState::Ready | DriveState::Full),
            state,
            why: None,
            advice: None,
            id: None,
            free_bytes: None,
            total_bytes: None,
            fs_type: None,
            source: None,
            archives: None,
            nights: None,
            from_memory: true,
            full: FullOn::RoomNotKnown,
            shares_drive_with: Vec::new(),
            holds_every_backup: false,
            at: (tools.now)().timestamp(),
        }
    }

    fn refused(&mut self, failure: Failure) {
        (self.why, self.advice) = (Some(failure.message), Some(failure.advice));
    }

    fn has_room(&mut self, room: Option<Room>) {
        let room = room.filter(Room::is_told);
        (self.free_bytes, self.total_bytes) = (room.map(|room| room.free_bytes), room.map(|room| room.total_bytes));
    }

    /// True when both say the same to an owner.
    pub fn says_the_same(&self, other: &Place) -> bool {
        let shown = |place: &Place| {
            // The moment changes with every look, and nobody sees single bytes of free room.
            let free = place.free_bytes.map(|free| free / 10_000_000);
            let told = Place { at: Timestamp::UNIX_EPOCH, free_bytes: free, ..place.clone() };
            serde_json::to_value(told).unwrap_or_default()
        };
        shown(self) == shown(other) && self.holds_every_backup == other.holds_every_backup
    }
}

/// Every place of the configuration, the backups folder first. One that does not answer is told as such after a while,
/// and all are asked at once.
pub fn look_at_all(tools: &Tools) -> Vec<Place> {
    let names = names(tools);
    let asked = |name: &DestinationName| {
        let own = (tools.clone(), name.clone());
        within(PATIENCE, move || look(&own.0, &own.1))
    };
    let seen: Vec<Option<Place>> = thread::scope(|scope| {
        let looks: Vec<_> = names.iter().map(|name| scope.spawn(|| asked(name))).collect();
        looks.into_iter().map(|look| look.join().ok().flatten()).collect()
    });
    names.iter().zip(seen).map(|(name, place)| place.unwrap_or_else(|| hanging(tools, name))).collect()
}

/// The names of all places, the backups folder first.
pub fn names(tools: &Tools) -> Vec<DestinationName> {
    let drives = tools.drives.iter().map(|drive| drive.name.clone());
    std::iter::once(DestinationName::backups()).chain(drives).collect()
}

/// Looks at the place `name`; takes as long as the place takes.
pub fn look(tools: &Tools, name: &DestinationName) -> Place {
    match tools.drive(name) {
        Ok(drive) => look_at_drive(tools, drive),
        Err(_) => look_at_backups(tools),
    }
}

/// A place that has not answered for long.
pub fn hanging(tools: &Tools, name: &DestinationName) -> Place {
    let path = path_of(tools, name);
    let mut place = Place::unseen(tools, name.clone(), path.to_owned(), DriveState::Hanging);
    place.refused(Failure::of(&Error::Hung(path.to_owned())));
    remember(tools, &mut place);
    place
}

/// The folder of a place as its owner configured it.
pub fn path_of<'a>(tools: &'a Tools, name: &DestinationName) -> &'a Path {
    tools.drive(name).map_or_else(|_| tools.folder.path(), |drive| drive.drive.path.as_path())
}

/// The backups folder; looking does not make it.
fn look_at_backups(tools: &Tools) -> Place {
    let path = tools.folder.path();
    let room = tools.folder.room();
    let state = match (path.symlink_metadata(), &room) {
        (Err(error), _) if error.kind() == ErrorKind::NotFound => DriveState::NotMade,
        (_, Err(folder::Error::ReadOnly { .. })) => DriveState::ReadOnly,
        (_, Err(_)) => DriveState::Unusable,
        (Ok(_), Ok(_)) if is_shut(path) => DriveState::ReadOnly,
        (_, Ok(room)) => DriveState::of_room(Some(room)),
    };
    let mut place = Place::unseen(tools, DestinationName::backups(), path.to_owned(), state);
    match (&room, state) {
        (_, DriveState::NotMade) => place.why = Some("this folder is made with the first backup".to_owned()),
        (_, DriveState::ReadOnly) => place.refused(Failure::of(&Error::ReadOnly(path.to_owned()))),
        (Err(error), _) => place.refused(Failure::of(error)),
        _ => {}
    }
    place.has_room(room.ok());
    let archives = stock::archives_in(tools, &tools.folder);
    place.from_memory = archives.is_err();
    let arrivals = archives.ok().or_else(|| stock::archives_seen(tools, &place.name).ok());
    place.archives = arrivals.as_deref().map(Stock::of);
    place.nights = Some(Stock::default());
    place.full = full_on(&arrivals.unwrap_or_default(), place.free_bytes, (tools.now)().date());
    lie_on(tools, &mut place);
    place.holds_every_backup = one_disk::holds_every_backup(tools);
    place
}

/// True when its file system takes no writes.
fn is_shut(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK) == Err(rustix::io::Errno::ROFS)
}

fn look_at_drive(tools: &Tools, drive: &NamedDrive) -> Place {
    let path = drive.drive.path.clone();
    let ready = match drive.drive.ready_at_last() {
        Ok(ready) => ready,
        Err(error) => {
            let mut place = Place::unseen(tools, drive.name.clone(), path, state_of(&error));
            place.refused(Failure::of(&error));
            place.id = drive.drive.expected;
            remember(tools, &mut place);
            if !matches!(place.state, DriveState::Away | DriveState::Hanging) {
                lie_on(tools, &mut place);
            }
            return place;
        }
    };
    let room = ready.room().ok();
    let mut place = Place::unseen(tools, drive.name.clone(), path, DriveState::of_room(room.as_ref()));
    place.id = Some(ready.id());
    place.has_room(room);
    lies_there(tools, &mut place, &ready);
    lie_on(tools, &mut place);
    place
}

fn state_of(error: &Error) -> DriveState {
    match error {
        Error::Missing(_) | Error::NotMounted(_) | Error::Gone(_) => DriveState::Away,
        Error::ReadOnly(_) | Error::Shut(_) => DriveState::ReadOnly,
        Error::NotOurs(_) => DriveState::NotSetUp,
        Error::Swapped { .. } => DriveState::AnotherDrive,
        Error::Hung(_) => DriveState::Hanging,
        Error::BadMark(_) | Error::OfAnother { .. } | Error::Io { .. } => DriveState::Unusable,
    }
}

/// Archives as they lie on the drive now, and nights as the history knows them.
fn lies_there(tools: &Tools, place: &mut Place, ready: &Ready) {
    let folder = Folder::to_read(ready.dir().path().join(ARCHIVES), place.name.clone());
    let archives = stock::archives_in(tools, &folder);
    place.from_memory = archives.is_err();
    let archives = archives.ok().or_else(|| stock::archives_seen(tools, &place.name).ok());
    let nights = stock::nights_on(tools, &ready.id().to_string()).ok();
    place.archives = archives.as_deref().map(Stock::of);
    place.nights = nights.as_deref().map(Stock::of);
    let all: Vec<_> = archives.into_iter().chain(nights).flatten().collect();
    place.full = full_on(&all, place.free_bytes, (tools.now)().date());
}

/// What lay there when it was last seen.
fn remember(tools: &Tools, place: &mut Place) {
    place.archives = stock::archives_seen(tools, &place.name).ok().as_deref().map(Stock::of);
    let id = place.id.or_else(|| tools.drive(&place.name).ok().and_then(|drive| drive.drive.expected));
    let nights = id.map_or(Ok(Vec::new()), |id| stock::nights_on(tools, &id.to_string()));
    place.nights = nights.ok().as_deref().map(Stock::of);
}

/// The file system, and who else lies on it. By the table of mounts alone.
fn lie_on(tools: &Tools, place: &mut Place) {
    let mounts = mount::table().unwrap_or_default();
    let of = |path: &Path| -> Option<&Mount> { mount::of_path(&mounts, &follow(path, &mounts)) };
    let Some(here) = of(&place.path) else { return };
    (place.fs_type, place.source) = (Some(here.fs_type.clone()), Some(here.source.clone()));
    let is_system = of(Path::new("/")).is_some_and(|system| system.device == here.device);
    // The folder of a drive that is away lies on the disk of the system, and the drive does not.
    let is_away = |name: &DestinationName| {
        is_system && tools.drive(name).is_ok_and(|drive| drive.drive.mounting == Mounting::Required)
    };
    let is_here = |name: &DestinationName| of(path_of(tools, name)).is_some_and(|other| other.device == here.device);
    let others = names(tools).into_iter().filter(|name| *name != place.name);
    place.shares_drive_with = others.filter(|name| is_here(name) && !is_away(name)).collect();
}
