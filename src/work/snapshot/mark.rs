//! What an owner says of a snapshot: it stays whatever the rules say, or it is good although so much is gone.
use serde::Serialize;

use super::{Error, places, pointed};
use crate::catalog::EventKind;
use crate::destination::snapshots::store::{Mark, Said};
use crate::domain::alert::AlertKind;
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Unwatched;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::{Tools, alerts};

/// What is so now.
#[derive(Debug, Clone, Serialize)]
pub struct Marked {
    pub host: HostName,
    pub snapshot: SnapshotName,
    pub pinned: bool,
    pub trusted: bool,
}

pub fn mark(tools: &Tools, host: &HostName, name: SnapshotName, mark: Mark, said: Said) -> Result<Marked, Error> {
    let held = places::hold(tools, places::host(tools, host)?)?;
    places::snapshot(&held.store, host, Some(name))?;
    held.store.say(name, mark, said).map_err(Error::io("it could not be written to the drive"))?;
    pointed::point(&held.store, (tools.now)().timestamp(), &Unwatched)?;
    let now = places::snapshot(&held.store, host, Some(name))?;
    if now.suspect().is_none() {
        alerts::resolve(tools, AlertKind::SnapshotNotTrusted, &format!("{host} {name}"));
    }
    let kind = EventKind::Mark { name: format!("{host} {name}") };
    tools.catalog.tell(&kind, (tools.now)().timestamp())?;
    Ok(Marked {
        host: host.clone(),
        snapshot: name,
        pinned: now.pinned == crate::domain::retention::nights::Pinned::Yes,
        trusted: now.suspect().is_none(),
    })
}
