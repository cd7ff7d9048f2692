//! `dest …`: the drive that nights are kept on.
use serde_json::json;

use super::Session;
use super::night_args::Dest;
use super::reading::ReadingSession;
use crate::base::size::Bytes;
use crate::destination::capability::{self, Capabilities};
use crate::destination::drive::{Mounting, Ready};
use crate::domain::failure::Failure;
use crate::work::nights::{Error, chosen};

impl Session {
    pub(super) fn dest(&self, what: Dest) -> Result<(), Failure> {
        match what {
            Dest::Init { plain_folder } => {
                let configured = self.tools.nights.drive().map_err(told)?;
                let mounting = if plain_folder { Mounting::AnyFolder } else { configured.mounting };
                let (mark, can) = chosen::choose(&self.tools, mounting).map_err(told)?;
                let value = json!({ "path": configured.path, "id": mark.id, "capabilities": can });
                self.screen.show(&value, |out| {
                    writeln!(out, "{} is set up for nights (id {})", configured.path.display(), mark.id)?;
                    writeln!(out, "{}", words(&can))
                })
            }
            Dest::Check => {
                let ready = self.ready()?;
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

    fn ready(&self) -> Result<Ready, Failure> {
        self.tools.nights.drive().map_err(told)?.ready().map_err(Failure::from)
    }
}

impl ReadingSession {
    pub(super) fn list_drives(&self) -> Result<(), Failure> {
        let items: Vec<_> = self.tools.nights.drive.iter().map(|drive| (drive, drive.ready())).collect();
        let value: Vec<_> = items
            .iter()
            .map(|(drive, ready)| {
                let why = ready.as_ref().err().map(ToString::to_string);
                json!({ "path": drive.path, "ready": ready.is_ok(), "why": why,
                        "id": ready.as_ref().map(Ready::id).ok().or(drive.expected) })
            })
            .collect();
        self.screen.show(&json!({ "items": value }), |out| {
            if items.is_empty() {
                return writeln!(out, "no drive is configured for nights");
            }
            items.iter().try_for_each(|(drive, ready)| match ready {
                Ok(_) => writeln!(out, "{}  ready", drive.path.display()),
                Err(why) => writeln!(out, "not ready: {why}"),
            })
        })
    }
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
