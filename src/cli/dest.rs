//! `dest …`: the backups folder and the drives that backups are kept on.
use std::io::{self, Write};
use std::path::Path;

use super::Session;
use super::night_args::Dest;
use super::reading::ReadingSession;
use crate::api::list::Items;
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::destination::capability::Capabilities;
use crate::destination::drive::{Drive, Mounting};
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::DestinationName;
use crate::domain::drives::full_on::FullOn;
use crate::domain::failure::{Code, Failure};
use crate::work::destinations::check::{self, DriveChecked};
use crate::work::destinations::look::{Place, look_at_all};
use crate::work::destinations::set_up::{self, DriveSetUp};
use crate::work::nights::Error;

impl Session {
    pub(super) fn dest(&self, what: Dest) -> Result<(), Failure> {
        match what {
            Dest::Init { which, plain_folder } => {
                let configured = self.drive(which.as_deref())?;
                let mounting = if plain_folder { Mounting::AnyFolder } else { configured.mounting };
                let done = set_up::set_up(&self.tools, configured, mounting).map_err(told)?;
                self.screen.show(&done, |out| self::set_up(&done, out))
            }
            Dest::Check { which } => {
                let checked = check::check(&self.tools, self.drive(which.as_deref())?).map_err(told)?;
                self.screen.show(&checked, |out| self::checked(&checked, out))
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
            advice: "allsky-backups dest list names all; a new one is added on the page Destinations, or written as \
                     [[destination]] into the configuration."
                .into(),
        })
    }
}

impl ReadingSession {
    pub(super) fn list_drives(&self) -> Result<(), Failure> {
        let places = look_at_all(&self.tools);
        self.screen.show(&Items::all(&places), |out| places.iter().try_for_each(|place| line(place, out)))
    }
}

pub(super) fn set_up(done: &DriveSetUp, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} is set up for backups (id {})", done.path.display(), done.id)?;
    writeln!(out, "{}", words(&done.capabilities))
}

pub(super) fn checked(checked: &DriveChecked, out: &mut dyn Write) -> io::Result<()> {
    let free = checked.free_bytes.map(|free| format!(", {} free", Bytes(free))).unwrap_or_default();
    writeln!(out, "{} is ready (id {}){free}", checked.path.display(), checked.id)?;
    writeln!(out, "{}", words(&checked.capabilities))
}

/// A place in one line, and what lies there in another.
fn line(place: &Place, out: &mut dyn Write) -> io::Result<()> {
    let room = match (place.free_bytes, place.total_bytes) {
        (Some(free), Some(total)) => format!(", {} of {} free", Bytes(free), Bytes(total)),
        _ => String::new(),
    };
    let state = match &place.why {
        None => place.state.word().to_owned(),
        Some(why) => format!("not ready: {why}"),
    };
    writeln!(out, "{}  {}  {state}{room}", place.name, place.path.display())?;
    if place.was_never_seen() {
        return writeln!(out, "    nothing is known of what lies there");
    }
    let (archives, nights) = (place.archives.unwrap_or_default(), place.nights.unwrap_or_default());
    let mut parts = vec![format!("{}, {}", counted(archives.number, "archive"), Bytes(archives.bytes))];
    if !place.name.is_backups() {
        parts.push(format!("{}, {}", counted(nights.number, "night"), Bytes(nights.bytes)));
    }
    if place.from_memory {
        parts.push("as last seen".to_owned());
    }
    parts.extend(when_full(place.full));
    writeln!(out, "    {}", parts.join("; "))
}

fn when_full(full: FullOn) -> Option<String> {
    match full {
        FullOn::Now => Some("full now".to_owned()),
        FullOn::Day { full_on, bytes_a_day } => {
            Some(format!("full on {full_on} at {} a day, if nothing is deleted", Bytes(bytes_a_day)))
        }
        FullOn::Far { bytes_a_day } => Some(format!("not full within ten years, at {} a day", Bytes(bytes_a_day))),
        FullOn::NotGrowing => Some("nothing came in the last four weeks".to_owned()),
        FullOn::NotEnoughHistory => Some("not enough history yet to tell when it will be full".to_owned()),
        FullOn::RoomNotKnown => None,
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
