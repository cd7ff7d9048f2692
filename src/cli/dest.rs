//! `dest …`: the backups folder and the drives that backups are kept on.
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::Session;
use super::night_args::Dest;
use super::reading::ReadingSession;
use crate::base::size::Bytes;
use crate::base::space::{Room, room_at};
use crate::destination::capability::{self, Capabilities};
use crate::destination::drive::{Drive, Mounting, Ready};
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::work::nights::{Error, chosen};

impl Session {
    pub(super) fn dest(&self, what: Dest) -> Result<(), Failure> {
        match what {
            Dest::Init { which, plain_folder } => {
                let configured = self.drive(which.as_deref())?;
                let mounting = if plain_folder { Mounting::AnyFolder } else { configured.mounting };
                let (mark, can) = chosen::choose(&self.tools, configured, mounting).map_err(told)?;
                let value = json!({ "path": configured.path, "id": mark.id, "capabilities": can });
                self.screen.show(&value, |out| {
                    writeln!(out, "{} is set up for backups (id {})", configured.path.display(), mark.id)?;
                    writeln!(out, "{}", words(&can))
                })
            }
            Dest::Check { which } => {
                let ready = self.drive(which.as_deref())?.ready().map_err(Failure::from)?;
                let can = capability::probe(ready.dir()).map_err(|source| {
                    told(Error::Io { what: "a file could not be made for a trial".to_owned(), source })
                })?;
                let room = ready.room().ok();
                let free = room.map(|room| room.free_bytes);
                let total = room.map(|room| room.total_bytes);
                let path = ready.dir().path();
                let value = json!({ "path": path, "ready": true, "id": ready.id(), "free_bytes": free,
                                    "total_bytes": total, "capabilities": can });
                self.screen.show(&value, |out| {
                    let free = free.map(|free| format!(", {} free", Bytes(free))).unwrap_or_default();
                    writeln!(out, "{} is ready (id {}){free}", path.display(), ready.id())?;
                    writeln!(out, "{}", words(&can))
                })
            }
            Dest::List => self.reading().list_drives(),
        }
    }

    /// The drive of this name or path; without one that of the nights.
    fn drive(&self, which: Option<&str>) -> Result<&Drive, Failure> {
        let Some(which) = which else { return self.tools.nights.drive().map_err(told) };
        let is_it = |one: &&NamedDrive| one.name.as_str() == which || one.drive.path == Path::new(which);
        if let Some(one) = self.tools.drives.iter().find(is_it) {
            return Ok(&one.drive);
        }
        if which == DestinationName::backups().as_str() || self.tools.folder.path() == Path::new(which) {
            return Err(Failure {
                code: Code::Usage,
                message: "the backups folder is no drive, and needs no setting up".into(),
                advice: "allsky-backups dest list tells its state.".into(),
            });
        }
        Err(Failure {
            code: Code::NotFound,
            message: format!("there is no destination {which}"),
            advice:
                "allsky-backups dest list names all; a new one is written as [[destination]] into the configuration."
                    .into(),
        })
    }
}

impl ReadingSession {
    pub(super) fn list_drives(&self) -> Result<(), Failure> {
        let places: Vec<Place> = std::iter::once(self.backups()).chain(self.tools.drives.iter().map(place)).collect();
        self.screen.show(&json!({ "items": places }), |out| {
            places.iter().try_for_each(|place| {
                let free = place.free_bytes.map(|free| format!(", {} free", Bytes(free))).unwrap_or_default();
                let state = match &place.why {
                    None => "ready".to_owned(),
                    Some(why) => format!("not ready: {why}"),
                };
                writeln!(out, "{}  {}  {state}{free}", place.name, place.path.display())
            })
        })
    }

    /// The backups folder; looking does not make it.
    fn backups(&self) -> Place {
        let path = self.tools.folder.path().to_owned();
        let room = room_at(&path);
        let why = room.as_ref().err().map(|error| match error.kind() {
            ErrorKind::NotFound => "this folder is made with the first backup".to_owned(),
            _ => error.to_string(),
        });
        Place::new(DestinationName::backups(), path, why, None, room.ok())
    }
}

/// A place that backups are kept in, as it is now.
#[derive(Serialize)]
struct Place {
    name: DestinationName,
    path: PathBuf,
    ready: bool,
    /// Why it is not ready.
    why: Option<String>,
    /// Of the mark on the drive, or of the one that was chosen.
    id: Option<Uuid>,
    free_bytes: Option<u64>,
    total_bytes: Option<u64>,
}

impl Place {
    fn new(name: DestinationName, path: PathBuf, why: Option<String>, id: Option<Uuid>, room: Option<Room>) -> Place {
        let room = room.filter(Room::is_told);
        let (free_bytes, total_bytes) = (room.map(|room| room.free_bytes), room.map(|room| room.total_bytes));
        Place { name, path, ready: why.is_none(), why, id, free_bytes, total_bytes }
    }
}

fn place(one: &NamedDrive) -> Place {
    let ready = one.drive.ready();
    let why = ready.as_ref().err().map(ToString::to_string);
    let id = ready.as_ref().map(Ready::id).ok().or(one.drive.expected);
    let room = ready.ok().and_then(|ready| ready.room().ok());
    Place::new(one.name.clone(), one.drive.path.clone(), why, id, room)
}

fn told(error: Error) -> Failure {
    Failure::of(&error)
}

/// "hard links, symbolic links, no files above 4 GiB".
fn words(can: &Capabilities) -> String {
    let one = |has: bool, name: &str| if has { name.to_owned() } else { format!("no {name}") };
    let mut parts = vec![
        one(can.hard_links, "hard links"),
        one(can.symlinks, "symbolic links"),
        one(can.habits.case_sensitive, "difference between upper and lower case"),
        one(can.large_files, "files above 4 GiB"),
    ];
    if let Some(inodes) = can.free_inodes {
        parts.push(format!("room for {inodes} more files"));
    }
    let habits = can.habits.in_words().into_iter().map(|sentence| format!("\nnote: {sentence}"));
    parts.join(", ") + &habits.collect::<String>()
}
