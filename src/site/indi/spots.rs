//! Where members of a config archive lie: one table, read in both directions.
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::places::IndiPlaces;
use crate::base::rel_path::RelPath;
use crate::domain::archive::section::Capture;
use crate::site::restoring::RestoreRoot;

pub(super) const CORE: &str = "core";
pub(super) const DATABASE: &str = "database";
/// Holds the key that opens passwords in the database.
pub(super) const FLASK: &str = "etc/indi-allsky/flask.json";
pub(super) const RECORDS: &str = "var/lib/indi-allsky/indi-allsky.sqlite";

/// A file or folder of the installation, and its name in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub section: &'static str,
    pub member: RelPath,
    pub path: PathBuf,
    pub capture: Capture,
}

pub(super) struct Spots(Vec<Spot>);

impl Spots {
    pub fn of(places: &IndiPlaces) -> Spots {
        let mut spots = Vec::new();
        let mut add = |section, member: &str, path: &Path, capture| {
            spots.push(Spot { section, member: RelPath::of_our_own(member), path: path.to_owned(), capture });
        };
        if let Some(flask) = &places.flask {
            if let Some(folder) = flask.path.parent() {
                add(CORE, "etc/indi-allsky", folder, Capture::Files);
            }
            if let Some(file) = places.database.file() {
                add(DATABASE, RECORDS, file, Capture::LiveDatabase);
            }
            add(DATABASE, "var/lib/indi-allsky/migrations", &flask.migrations, Capture::Files);
        }
        Spots(spots)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Spot> {
        self.0.iter()
    }

    pub fn section_of(&self, member: &RelPath) -> Option<&'static str> {
        self.0.iter().find(|spot| member.is_within(&spot.member)).map(|spot| spot.section)
    }

    /// Where `member` lies on this machine; `None` for what belongs to no section.
    pub fn place(&self, member: &RelPath) -> Option<PathBuf> {
        let spot = self.0.iter().find(|spot| member.is_within(&spot.member))?;
        let rest = member.as_bytes().get(spot.member.as_bytes().len() + 1..);
        Some(rest.map_or_else(|| spot.path.clone(), |rest| spot.path.join(OsStr::from_bytes(rest))))
    }

    /// The folders that a restore writes to.
    pub fn restore_roots(&self) -> Vec<RestoreRoot> {
        let restore_root = |spot: &Spot| {
            let (root, path) = match spot.section {
                CORE => (spot.path.as_path(), None),
                _ => (spot.path.parent()?, RelPath::parse(spot.path.file_name()?.as_bytes()).ok()),
            };
            Some(RestoreRoot { member: Some(spot.member.clone()), root: root.to_owned(), path })
        };
        self.0.iter().filter_map(restore_root).collect()
    }
}
