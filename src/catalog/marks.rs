//! Pins, notes and makers of archives, by destination and name.
//!
//! Invariant: an archive counts as made by a plan only while it is the very file that the plan made. A file
//! that took its name later was made by somebody else.
use std::collections::BTreeMap;

use rusqlite::params;

use super::Error;
use super::archives::ArchiveRecords;
use crate::domain::archive::name::ArchiveName;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::plan::name::PlanName;
use crate::domain::retention::nights::Pinned;

/// The marks of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    pub pinned: Pinned,
    pub note: String,
    plan: Option<String>,
    fingerprint: Option<String>,
}

impl Marks {
    /// The plan that made the file with this fingerprint.
    pub fn plan_of(&self, fingerprint: &str) -> Option<&str> {
        self.plan.as_deref().filter(|_| self.fingerprint.as_deref() == Some(fingerprint))
    }
}

impl ArchiveRecords<'_> {
    /// The marks of all archives here that have any, by name.
    pub fn marks(&self) -> Result<BTreeMap<String, Marks>, Error> {
        let connection = self.catalog.reading();
        let mut query = connection
            .prepare_cached("SELECT name, pinned, note, plan, fingerprint FROM archive_marks WHERE destination = ?1")?;
        let rows = query.query_map(params![self.destination.as_str()], |row| {
            let pinned = if row.get::<_, i64>("pinned")? != 0 { Pinned::Yes } else { Pinned::No };
            let marks =
                Marks { pinned, note: row.get("note")?, plan: row.get("plan")?, fingerprint: row.get("fingerprint")? };
            Ok((row.get("name")?, marks))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn is_pinned(&self, name: &ArchiveName) -> Result<bool, Error> {
        Ok(self.marks()?.get(name.as_str()).is_some_and(|marks| marks.pinned == Pinned::Yes))
    }

    pub fn pin_archive(&self, name: &ArchiveName, pinned: Pinned) -> Result<(), Error> {
        self.catalog.connection().execute(
            "INSERT INTO archive_marks (destination, name, pinned) VALUES (?1, ?2, ?3)
             ON CONFLICT (destination, name) DO UPDATE SET pinned = excluded.pinned",
            params![self.destination.as_str(), name.as_str(), i64::from(pinned == Pinned::Yes)],
        )?;
        Ok(())
    }

    pub fn note_archive(&self, name: &ArchiveName, note: &ArchiveNote) -> Result<(), Error> {
        self.catalog.connection().execute(
            "INSERT INTO archive_marks (destination, name, note) VALUES (?1, ?2, ?3)
             ON CONFLICT (destination, name) DO UPDATE SET note = excluded.note",
            params![self.destination.as_str(), name.as_str(), note.as_str()],
        )?;
        Ok(())
    }

    /// Notes the plan of a new archive. Marks of an older archive of that name are dropped.
    pub fn made_by_plan(&self, name: &ArchiveName, fingerprint: &str, plan: &PlanName) -> Result<(), Error> {
        self.catalog.connection().execute(
            "INSERT OR REPLACE INTO archive_marks (destination, name, plan, fingerprint) VALUES (?1, ?2, ?3, ?4)",
            params![self.destination.as_str(), name.as_str(), plan.as_str(), fingerprint],
        )?;
        Ok(())
    }

    pub fn forget_marks(&self, name: &ArchiveName) -> Result<(), Error> {
        let of = params![self.destination.as_str(), name.as_str()];
        self.catalog.connection().execute("DELETE FROM archive_marks WHERE destination = ?1 AND name = ?2", of)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;
    use crate::domain::destination::DestinationName;

    #[test]
    fn a_plan_made_exactly_the_file_that_it_made_and_pins_outlive_a_copy_of_it() {
        let (_top, catalog) = catalog();
        let backups = DestinationName::backups();
        let records = catalog.archives_on(&backups);
        let name = ArchiveName::parse("a.tar.gz").unwrap();
        records.made_by_plan(&name, "1", &PlanName::weekly_config()).unwrap();
        records.pin_archive(&name, Pinned::Yes).unwrap();
        records.note_archive(&name, &ArchiveNote::parse("before the new lens").unwrap()).unwrap();
        let marks = records.marks().unwrap()["a.tar.gz"].clone();
        assert_eq!((marks.plan_of("1"), marks.plan_of("2")), (Some("weekly-config"), None));
        assert_eq!((marks.pinned, marks.note.as_str()), (Pinned::Yes, "before the new lens"));
        records.forget_marks(&name).unwrap();
        assert!(records.marks().unwrap().is_empty(), "the next file of that name begins anew");
    }
}
