//! List: every archive in the folder, for what it is.
//!
//! The folder is the truth. What the catalog remembers counts only for a file that has not changed
//! since; anything else is looked at.
use std::cmp::Reverse;

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::archive::glance::{Glance, glance};
use crate::catalog::{Copy, Knowledge, Known, Marks};
use crate::destination::folder::{self, Found, Stranger};
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::nth;
use crate::domain::believable;
use crate::domain::destination::DestinationName;
use crate::domain::monitor::Unwatched;
use crate::domain::restore::program::Origin;
use crate::domain::retention::nights::Pinned;
use crate::work::archive::inspect::read_in_full;
use crate::work::{Error, Tools, iso};

/// Archives up to this size that somebody else made are read in full at once.
pub(crate) const SMALL: u64 = 16 << 20;

/// One line of the table and of `list --json`.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    pub name: String,
    /// `config`, `images`; by the name when the content is not known yet; `null` when neither tells.
    #[serde(rename = "type")]
    pub kind: Option<crate::domain::archive::name::ArchiveKind>,
    /// ISO 8601 with offset.
    pub created: String,
    pub version: Option<String>,
    pub camera_type: Option<String>,
    pub camera_model: Option<String>,
    pub bytes: u64,
    pub state: Knowledge,
    pub reason: String,
    pub verified_at: Option<String>,
    /// The archive holds files that were damaged on the camera or could not be read in full.
    pub with_damage: bool,
    /// A config archive without the file by which the camera finds all its settings.
    pub lacks_settings: bool,
    /// Nothing deletes it while it is pinned.
    pub pinned: bool,
    /// Other destinations on which a copy was seen last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_on: Vec<DestinationName>,
    /// A line that the owner wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The plan that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Why its date cannot be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_in_doubt: Option<&'static str>,
}

/// Newest first. Reads head and tail of archives that are not known yet, and all of small ones.
pub fn list(tools: &Tools) -> Result<Vec<Item>, Error> {
    let now = (tools.now)();
    let (marks, mut items) = (tools.records().marks()?, Vec::new());
    let all = tools.folder.archives()?;
    if !tools.folder.destination().is_backups() {
        // What lay on a drive is told without the drive, so that must go with the file.
        tools.records().forget_others(&all.iter().map(|found| &found.name).collect::<Vec<_>>())?;
    }
    for found in all {
        match look(tools, &found) {
            Ok(known) => items.push(describe(&found, &known, marks.get(found.name.as_str()), &now)),
            // Deleted while we looked.
            Err(Error::Folder(folder::Error::NoArchive(_))) => {}
            Err(other) => return Err(other),
        }
    }
    let copies = tools.catalog.copies()?;
    for (_, item) in &mut items {
        item.also_on = also_on(tools, copies.get(&item.name), item.bytes);
    }
    items.extend(tools.folder.strangers()?.iter().map(|stranger| strange(stranger, &now)));
    items
        .sort_by_key(|(at, item)| Reverse((believable::age(*at, now.timestamp()), nth(&item.name), item.name.clone())));
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// The other destinations that have an archive of this name and size.
pub(crate) fn also_on(tools: &Tools, copies: Option<&Vec<Copy>>, bytes: u64) -> Vec<DestinationName> {
    let elsewhere = |copy: &&Copy| copy.destination != *tools.folder.destination() && copy.bytes == bytes;
    copies.into_iter().flatten().filter(elsewhere).map(|copy| copy.destination.clone()).collect()
}

/// What the catalog knows of a file; an unknown file is inspected first.
pub(crate) fn look(tools: &Tools, found: &Found) -> Result<Known, Error> {
    if let Some(known) = tools.records().recall(&found.name, &found.fingerprint)? {
        return Ok(known);
    }
    let file = match tools.folder.open(&found.name) {
        Err(error @ folder::Error::NoArchive(_)) => return Err(error.into()),
        Err(error) => return Ok(unreadable(found, &crate::domain::failure::Failure::of(&error).message)),
        Ok(file) => file,
    };
    let (state, reason, metadata) = match glance(&file) {
        Err(error) => return Ok(unreadable(found, &error.to_string())),
        Ok(Glance::Ours(metadata)) => (Knowledge::Unverified, "not read in full here yet".to_owned(), Some(*metadata)),
        Ok(Glance::Cut(metadata)) => {
            let reason = "its end is missing or not where it belongs: it was interrupted, cut or written on".to_owned();
            (Knowledge::Damaged, reason, metadata.map(|m| *m))
        }
        Ok(Glance::Foreign(reason)) => (Knowledge::Foreign, reason, None),
        Ok(Glance::Other) if found.bytes <= SMALL => {
            return match read_in_full(tools, found, &Unwatched) {
                Ok((known, _)) => Ok(known),
                Err(Error::Catalog(error)) => Err(error.into()),
                Err(error) => Ok(unreadable(found, &crate::domain::failure::Failure::of(&error).message)),
            };
        }
        Ok(Glance::Other) => (Knowledge::Unverified, "not read yet".to_owned(), None),
    };
    let fingerprint = found.fingerprint.clone();
    let known =
        Known { fingerprint, state, reason, metadata, verified_at: None, sha256: None, origin: Origin::Elsewhere };
    tools.records().remember_if_new(&found.name, &known)?;
    // Its maker may have told more meanwhile.
    Ok(tools.records().recall(&found.name, &found.fingerprint)?.unwrap_or(known))
}

/// This is not written to the catalog, because the next look may succeed.
fn unreadable(found: &Found, why: &str) -> Known {
    Known {
        fingerprint: found.fingerprint.clone(),
        state: Knowledge::Unverified,
        reason: format!("it could not be read: {why}"),
        metadata: None,
        verified_at: None,
        sha256: None,
        origin: Origin::Elsewhere,
    }
}

/// The line of an archive and the moment by which it is sorted.
pub(crate) fn describe(found: &Found, known: &Known, marks: Option<&Marks>, now: &Zoned) -> (Timestamp, Item) {
    let metadata = known.metadata.as_ref();
    let created = created(metadata, found, now);
    let is_ahead = believable::is_ahead(created.timestamp(), now.timestamp());
    let item = Item {
        name: found.name.to_string(),
        kind: metadata.map(|m| m.backup_type).or_else(|| found.name.kind()),
        created: iso(&created),
        version: metadata.map(|m| m.version.clone()).filter(|version| !version.is_empty()),
        camera_type: metadata.and_then(|m| m.camera_type.clone()),
        camera_model: metadata.and_then(|m| m.camera_model.clone()),
        bytes: found.bytes,
        state: known.state,
        reason: known.reason.clone(),
        with_damage: metadata.is_some_and(|m| m.left_out().iter().any(LeftOut::is_doubtful)),
        lacks_settings: metadata.is_some_and(|m| m.ours.is_some() && !m.has_settings()),
        // A file that is no backup was read, and nothing in it was verified.
        verified_at: known
            .verified_at
            .filter(|_| known.state != Knowledge::Foreign)
            .map(|at| iso(&at.to_zoned(now.time_zone().clone()))),
        also_on: Vec::new(),
        pinned: marks.is_some_and(|marks| marks.pinned == Pinned::Yes),
        note: marks.map(|marks| marks.note.clone()).filter(|note| !note.is_empty()),
        plan: marks.and_then(|marks| marks.plan_of(&found.fingerprint)).map(str::to_owned),
        date_in_doubt: is_ahead.then_some(believable::TOLD),
    };
    // What came from elsewhere has a time of this machine as well.
    let at = if is_ahead { file_time(found.mtime, now).timestamp() } else { created.timestamp() };
    (at, item)
}

/// When the archive was made: as its metadata says, else its name, else the time of the file. A time without
/// a zone is taken in the zone of this machine.
fn created(metadata: Option<&Metadata>, found: &Found, now: &Zoned) -> Zoned {
    let zone = now.time_zone();
    let said = metadata.and_then(|m| m.ours.as_ref()).and_then(|ours| ours.created.parse::<Timestamp>().ok());
    let local = metadata
        .and_then(|m| DateTime::strptime("%Y-%m-%d %H:%M:%S", &m.created).ok())
        .or_else(|| found.name.made())
        .and_then(|at| at.to_zoned(zone.clone()).ok());
    match (said, local) {
        (Some(at), _) => at.to_zoned(zone.clone()),
        (None, Some(local)) => local,
        (None, None) => file_time(found.mtime, now),
    }
}

fn file_time(seconds: i64, now: &Zoned) -> Zoned {
    Timestamp::from_second(seconds).unwrap_or_default().to_zoned(now.time_zone().clone())
}

fn strange(stranger: &Stranger, now: &Zoned) -> (Timestamp, Item) {
    let at = file_time(stranger.mtime, now);
    let item = Item {
        name: stranger.name.clone(),
        kind: None,
        created: iso(&at),
        version: None,
        camera_type: None,
        camera_model: None,
        bytes: stranger.bytes,
        state: Knowledge::Foreign,
        reason: "no archive has a name like this: use letters, digits, `.`, `_` and `-`".into(),
        verified_at: None,
        with_damage: false,
        lacks_settings: false,
        also_on: Vec::new(),
        pinned: false,
        note: None,
        plan: None,
        date_in_doubt: None,
    };
    (at.timestamp(), item)
}
