//! What a config archive of indi-allsky takes, and what it says of itself.
//!
//! Invariant: a listing with the database has the file with its `PASSWORD_KEY`, or says that it has not.
use std::path::Path;

use serde_json::Value;

use super::database_uri::Database;
use super::places::{Flask, FlaskFault, IndiPlaces};
use super::spots::{CORE, DATABASE, FLASK, RECORDS, Spots};
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::archive::section::{Capture, Place, Section, SectionKey};
use crate::domain::order::SectionChoice;
use crate::domain::remark::Remark;
use crate::domain::software::Software;
use crate::site::walk::Walk;
use crate::site::{Camera, DatabaseCopy, Error, archived, database};

/// Key, label, description.
const SECTIONS: [(&str, &str, &str); 2] = [
    (
        CORE,
        "Settings and Keys",
        "All of /etc/indi-allsky: flask.json with the key that opens the passwords in the database, and the settings of the web application.",
    ),
    (
        DATABASE,
        "Database",
        "Camera settings, users and what was recorded for each picture (indi-allsky.sqlite), with the migrations that an upgrade needs. Can be large.",
    ),
];

pub(super) struct Config<'a> {
    pub places: &'a IndiPlaces,
    pub spots: &'a Spots,
}

impl Config<'_> {
    /// None for a folder that has no `flask.json`: a database without its key is no backup.
    pub fn sections(&self) -> Vec<Section> {
        if self.places.flask.is_none() {
            return Vec::new();
        }
        let section = |(key, label, description): (&'static str, &str, &str)| Section {
            key: SectionKey::new(key),
            label: label.to_owned(),
            description: description.to_owned(),
            required: key == CORE,
            places: self.there(key),
            notes: if key == CORE { self.notes() } else { Vec::new() },
        };
        SECTIONS.into_iter().map(section).collect()
    }

    fn there(&self, section: &str) -> Vec<Place> {
        let spots = self.spots.iter().filter(|spot| spot.section == section && spot.path.exists());
        let secret = |member: &RelPath| section == CORE || member.as_bytes() == RECORDS.as_bytes();
        spots
            .map(|spot| Place { secret: secret(&spot.member), path: spot.member.clone(), capture: spot.capture })
            .collect()
    }

    fn notes(&self) -> Vec<Remark> {
        let lost = "without it camera settings, users and records are lost";
        let mut notes: Vec<Remark> = match &self.places.database {
            Database::Server(database) => vec![left_out(
                database,
                format!(
                    "is NOT part of this backup: {lost}. Save it on that server as well, for instance with mysqldump \
                     --single-transaction, and keep that file with this backup."
                ),
            )],
            Database::Elsewhere(why) => {
                vec![left_out(&"the database of indi-allsky", format!("is NOT part of this backup: {lost}. {why}."))]
            }
            Database::File(file) if !file.exists() => vec![left_out(
                &file.display(),
                format!(
                    "is the database that flask.json names, and it is not there: it is NOT part of this backup, and \
                     {lost}. Check that its disk is connected and mounted."
                ),
            )],
            Database::File(_) => Vec::new(),
        };
        notes.extend(self.places.flask.as_ref().and_then(|flask| self.note_on(flask)));
        notes
    }

    fn note_on(&self, flask: &Flask) -> Option<Remark> {
        let place = self.places.database.file().unwrap_or(Path::new("its usual place")).display();
        let path = flask.path.display();
        let without = |what: &str| {
            left_out(
                &FLASK,
                format!(
                    "{what}: this backup is without its PASSWORD_KEY, which opens the passwords in the database. \
                     The database is taken from {place}. Put back {path} from an older backup"
                ),
            )
        };
        match &flask.trouble {
            Some(FlaskFault::Missing) => Some(without("is not there")),
            Some(FlaskFault::Unreadable(why)) => Some(without(&format!("cannot be read ({why})"))),
            Some(FlaskFault::Spoilt(why)) => Some(Remark::Warning(format!(
                "{path} cannot be understood ({why}): it is saved as it is, and the database is taken from {place}. \
                 Put back an older flask.json, or mend this one."
            ))),
            None => key_of(flask).is_none().then(|| {
                Remark::Warning(format!("{path} has no PASSWORD_KEY; passwords in the database cannot be opened"))
            }),
        }
    }

    /// The database, when it was chosen.
    pub fn databases(&self, choice: &SectionChoice) -> Result<Vec<RelPath>, Error> {
        let sections = self.sections();
        let mut found = Vec::new();
        for place in archived::chosen(&sections, choice)?.into_iter().flat_map(|section| &section.places) {
            if place.capture == Capture::LiveDatabase {
                found.push(place.path.clone());
            }
        }
        Ok(found)
    }

    /// Everything of the chosen sections, each under its name in the archive; databases from their
    /// copies.
    pub fn list(
        &self,
        choice: &SectionChoice,
        copies: &[DatabaseCopy],
        warn: &mut dyn FnMut(String),
    ) -> Result<Listing, Error> {
        let Some(flask) = &self.places.flask else {
            let why = "there is no flask.json, and a database without its PASSWORD_KEY is no backup".to_owned();
            return Err(Error::Odd { path: self.places.images.clone(), why });
        };
        let sections = self.sections();
        let chosen = archived::chosen(&sections, choice)?;
        let mut listing = Listing::default();
        archived::tell(&chosen, &mut listing, warn);
        for spot in self.spots.iter().filter(|spot| chosen.iter().any(|section| section.key.as_str() == spot.section)) {
            if spot.path.exists() {
                listing.append(walked(&spot.path, &spot.member, warn));
            }
        }
        archived::put_databases(&mut listing, copies, warn)?;
        let entries = &listing.entries;
        // Between the first look and this walk somebody may have moved it.
        let has = |member: &str| entries.iter().any(|entry| entry.name.as_bytes() == member.as_bytes());
        let key = flask.path.file_name().map(|name| format!("etc/indi-allsky/{}", name.to_string_lossy()));
        if has(RECORDS) && !key.is_some_and(|key| has(&key)) {
            let why = "vanished while we looked: the database is in this backup without its PASSWORD_KEY";
            let missing = LeftOut::missing(FLASK, why);
            if !listing.left_out.iter().any(|one| one.path == missing.path) {
                warn(missing.to_string());
                listing.left_out.push(missing);
            }
        }
        Ok(listing)
    }

    /// All but the archive's own name and times.
    pub fn metadata(&self, camera: &Camera, choice: &SectionChoice, listing: &Listing) -> Result<Metadata, Error> {
        let sections = self.sections();
        let mut chosen = archived::chosen(&sections, choice)?;
        chosen.retain(|section| section.required || archived::has(listing, section));
        let (keys, included) = archived::in_words(chosen);
        let sizes = archived::sizes(listing, |name| self.spots.section_of(name));
        Ok(Metadata {
            backup_file: None,
            backup_type: ArchiveKind::Config,
            created: String::new(),
            version: camera.version.clone(),
            camera_type: camera.camera_type.clone(),
            camera_model: camera.camera_model.clone(),
            settings_file: None,
            cc_file: None,
            included_optional_targets: keys,
            included_sections: included,
            required_modules: None,
            backup_modules: None,
            backup_has_modules: None,
            image_backup_all: None,
            image_folders: None,
            image_targets: None,
            format: Some(1),
            ours: Some(archived::ours(Software::IndiAllsky, sizes)),
            left_out_here: Vec::new(),
            left_out_here_more: 0,
        })
    }
}

/// The file or folder at `path`, named `member` in the archive.
fn walked(path: &Path, member: &RelPath, warn: &mut dyn FnMut(String)) -> Listing {
    // A file is read below its folder, under its own name.
    let named = |found: Source| match (found, path.file_name(), path.is_file()) {
        (Source::File { root, .. }, Some(name), true) => match RelPath::parse(name.as_encoded_bytes()) {
            Ok(name) => Source::Elsewhere { root, path: Box::new(name) },
            Err(_) => Source::File { root, strip: 0 },
        },
        (found, ..) => found,
    };
    let root = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let strip = u16::try_from(member.as_bytes().len() + 1).unwrap_or(u16::MAX);
    let mut walk = Walk::new(root, strip, warn);
    walk.add(path, member, &|name| {
        let rest = name.as_bytes().get(member.as_bytes().len() + 1..).unwrap_or_default();
        let here = path.join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(rest));
        !rest.is_empty() && database::is_side_file(&here)
    });
    let mut listing = walk.listing;
    for entry in &mut listing.entries {
        entry.source = named(entry.source.clone());
    }
    listing
}

fn left_out(what: &dyn std::fmt::Display, why: String) -> Remark {
    Remark::LeftOut(LeftOut::missing(what, why))
}

/// `None` where the file has none, cannot be understood or cannot be read.
pub(super) fn key_of(flask: &Flask) -> Option<String> {
    let text = read_plain(&flask.path, plain::TEXT).ok()?;
    // A file that cannot be parsed may still hold the key, so the archive takes its bytes for the owner to mend.
    let config: Value = serde_json::from_slice(&text).unwrap_or_default();
    config["PASSWORD_KEY"].as_str().filter(|key| !key.is_empty() && *key != "CHANGEME").map(str::to_owned)
}
