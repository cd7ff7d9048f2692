//! Golden months beside the snapshots: `golden/2026-03` is a full copy that shares no file with anything.
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::partial::Partial;
use super::store::{MARKS, SnapshotStore};
use super::trash::Trashed;
use crate::base::attributes::Seen;
use crate::base::dir::Dir;
use crate::base::plain::{self, read_open};
use crate::base::rel_path::RelPath;
use crate::destination::manifest::ManifestReader;
use crate::domain::snapshot::marker::Marker;
use crate::domain::snapshot::month::Month;

pub(super) const GOLDEN: &str = "golden";
/// Of the file in which a scrub is remembered.
pub(super) const SCRUB: &str = "scrub";

/// A complete golden month.
#[derive(Debug, Clone, PartialEq)]
pub struct Golden {
    pub month: Month,
    pub marker: Marker,
    pub scrub: Option<Scrub>,
}

/// What reading all of it again has shown, last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrub {
    pub at: Timestamp,
    /// How many things are not as they were.
    pub wrong: u64,
    /// The first of them, in words.
    pub findings: Vec<String>,
}

impl SnapshotStore {
    /// All complete ones, the oldest first.
    pub fn goldens(&self) -> io::Result<Vec<Golden>> {
        let names = match self.dir.dir(&RelPath::of_our_own(GOLDEN)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?.entries()?,
        };
        let mut all = Vec::new();
        for name in names {
            let Some(month) = name.to_str().and_then(|text| text.parse::<Month>().ok()) else { continue };
            let marker = self.marker_at(&place(month))?.filter(|marker| marker.golden == Some(month));
            if let Some(marker) = marker {
                all.push(Golden { month, marker, scrub: self.scrub(month)? });
            }
        }
        all.sort_by_key(|golden| golden.month);
        Ok(all)
    }

    /// True when anything at all has the name of this month.
    pub fn is_golden_taken(&self, month: Month) -> io::Result<bool> {
        Ok(self.dir.seen(&place(month))?.is_some())
    }

    pub fn golden_tree(&self, month: Month) -> io::Result<Dir> {
        self.dir.dir(&place(month))
    }

    /// The manifest of a golden month, after all of it was found to be as it was written.
    pub fn golden_manifest(&self, golden: &Golden) -> io::Result<ManifestReader> {
        self.manifest_at(&self.golden_tree(golden.month)?, &golden.marker)
    }

    /// Takes the name of a golden month away.
    pub fn discard_golden(&self, month: Month) -> io::Result<Trashed> {
        let trashed = self.discard_at(&place(month), &RelPath::of_our_own(GOLDEN))?;
        match self.dir.remove_file(&scrub_file(month)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(trashed),
        }
    }

    fn scrub(&self, month: Month) -> io::Result<Option<Scrub>> {
        match self.dir.read(&scrub_file(month)) {
            Ok(file) => Ok(serde_json::from_slice(&read_open(file, plain::LINE)?).ok()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Remembers beside the marks of the owner what a scrub has shown.
    pub fn remember_scrub(&self, month: Month, scrub: &Scrub) -> io::Result<()> {
        self.dir.make_folders(&RelPath::of_our_own(MARKS))?;
        self.dir.write_atomic(&scrub_file(month), &serde_json::to_vec_pretty(scrub)?)
    }
}

impl Partial<'_> {
    /// Gives a golden month its name, after everything in it is on the disk.
    pub fn publish_golden(self, marker: &Marker, top: &Seen, month: Month) -> io::Result<()> {
        self.store_dir().make_folders(&RelPath::of_our_own(GOLDEN))?;
        self.publish_at(marker, top, &place(month), &RelPath::of_our_own(GOLDEN))
    }
}

fn place(month: Month) -> RelPath {
    RelPath::of_our_own(&format!("{GOLDEN}/{month}"))
}

fn scrub_file(month: Month) -> RelPath {
    RelPath::of_our_own(&format!("{MARKS}/{month}.{SCRUB}"))
}
