//! What is known of archive files, by destination and name. Bound to the fingerprint of the file: a file that
//! changed is unknown again.
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::columns::{from_json, from_millis, to_json};
use super::{Catalog, Error};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::restore::program::Origin;

/// What we know of an archive file with exactly this fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub fingerprint: String,
    pub state: Knowledge,
    /// Why, in words.
    pub reason: String,
    pub metadata: Option<Metadata>,
    /// When it was last read in full.
    pub verified_at: Option<Timestamp>,
    /// SHA-256 of the file in hex, for uploads.
    pub sha256: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    Verified,
    Unverified,
    Damaged,
    Foreign,
}

/// What is known of the archives on one destination.
pub struct ArchiveRecords<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) destination: &'a DestinationName,
}

/// A copy of an archive, as it was when its destination was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub destination: DestinationName,
    pub bytes: u64,
    pub state: Knowledge,
    pub verified_at: Option<Timestamp>,
}

impl Known {
    /// Size of the file: its fingerprint begins with it.
    pub fn bytes(&self) -> u64 {
        bytes_of(&self.fingerprint)
    }
}

/// An archive as it was when its destination was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenArchive {
    pub name: String,
    pub bytes: u64,
    /// When its file was last written, in Unix seconds.
    pub mtime: i64,
}

fn bytes_of(fingerprint: &str) -> u64 {
    fingerprint.split_once('-').and_then(|(bytes, _)| bytes.parse().ok()).unwrap_or(0)
}

impl Catalog {
    pub fn archives_on<'a>(&'a self, destination: &'a DestinationName) -> ArchiveRecords<'a> {
        ArchiveRecords { catalog: self, destination }
    }

    /// Every archive by its name, with the destinations on which it was last seen. Reads no destination.
    pub fn copies(&self) -> Result<BTreeMap<String, Vec<Copy>>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT destination, name, fingerprint, state, verified_at FROM archives ORDER BY destination, name",
        )?;
        let mut rows = query.query([])?;
        let mut all = BTreeMap::<String, Vec<Copy>>::new();
        while let Some(row) = rows.next()? {
            // A name of another version of this program is no destination that this one could use.
            let Ok(destination) = row.get::<_, String>("destination")?.parse() else { continue };
            all.entry(row.get("name")?).or_default().push(Copy {
                destination,
                bytes: bytes_of(&row.get::<_, String>("fingerprint")?),
                state: from_json(row, "state")?.ok_or(rusqlite::Error::InvalidQuery)?,
                verified_at: row.get::<_, Option<i64>>("verified_at")?.map(from_millis),
            });
        }
        Ok(all)
    }
}

impl ArchiveRecords<'_> {
    /// Every archive that was seen on the destination. The destination itself is not read.
    pub fn seen(&self) -> Result<Vec<SeenArchive>, Error> {
        let connection = self.catalog.reading();
        let mut query =
            connection.prepare_cached("SELECT name, fingerprint FROM archives WHERE destination = ?1 ORDER BY name")?;
        let rows = query.query_map([self.destination.as_str()], |row| {
            let fingerprint: String = row.get("fingerprint")?;
            let seconds = fingerprint.split_once('-').and_then(|(_, time)| time.split('.').next()?.parse().ok());
            Ok(SeenArchive { name: row.get("name")?, bytes: bytes_of(&fingerprint), mtime: seconds.unwrap_or(0) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Replaces what was known of `name`.
    pub fn remember(&self, name: &ArchiveName, known: &Known) -> Result<(), Error> {
        self.put(name, known, "")
    }

    /// Keeps what a short look has found, unless more is known of the same file by now: its maker may have finished
    /// between the look and this call.
    pub fn remember_if_new(&self, name: &ArchiveName, known: &Known) -> Result<(), Error> {
        self.put(name, known, "WHERE archives.fingerprint <> excluded.fingerprint")
    }

    fn put(&self, name: &ArchiveName, known: &Known, only: &str) -> Result<(), Error> {
        self.catalog.connection().execute(
            &format!(
                "INSERT INTO archives (destination, name, fingerprint, state, reason, metadata, verified_at, sha256, origin)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (destination, name) DO UPDATE SET fingerprint = excluded.fingerprint, state = excluded.state,
                     reason = excluded.reason, metadata = excluded.metadata, verified_at = excluded.verified_at,
                     sha256 = excluded.sha256, origin = excluded.origin {only}"
            ),
            params![
                self.destination.as_str(),
                name.as_str(),
                known.fingerprint,
                to_json(&known.state)?,
                known.reason,
                known.metadata.as_ref().map(to_json).transpose()?,
                known.verified_at.map(Timestamp::as_millisecond),
                known.sha256,
                to_json(&known.origin)?
            ],
        )?;
        Ok(())
    }

    /// What is known of `name`, when its fingerprint still fits.
    pub fn recall(&self, name: &ArchiveName, fingerprint: &str) -> Result<Option<Known>, Error> {
        let connection = self.catalog.reading();
        let mut query = connection.prepare_cached(
            "SELECT fingerprint, state, reason, metadata, verified_at, sha256, origin FROM archives
             WHERE destination = ?1 AND name = ?2 AND fingerprint = ?3",
        )?;
        let known = query.query_row(params![self.destination.as_str(), name.as_str(), fingerprint], |row| {
            Ok(Known {
                fingerprint: row.get("fingerprint")?,
                state: from_json(row, "state")?.ok_or(rusqlite::Error::InvalidQuery)?,
                reason: row.get("reason")?,
                metadata: from_json(row, "metadata")?,
                verified_at: row.get::<_, Option<i64>>("verified_at")?.map(from_millis),
                sha256: row.get("sha256")?,
                origin: from_json(row, "origin")?.unwrap_or(Origin::Elsewhere),
            })
        });
        Ok(known.optional()?)
    }

    pub fn forget(&self, name: &ArchiveName) -> Result<(), Error> {
        let of = params![self.destination.as_str(), name.as_str()];
        self.catalog.connection().execute("DELETE FROM archives WHERE destination = ?1 AND name = ?2", of)?;
        Ok(())
    }

    /// Forgets every archive that is not in `names`: the folder of the destination was read and does not have it.
    pub fn forget_others(&self, names: &[&ArchiveName]) -> Result<(), Error> {
        let names = to_json(&names.iter().map(|name| name.as_str()).collect::<Vec<_>>())?;
        self.catalog.connection().execute(
            "DELETE FROM archives WHERE destination = ?1 AND name NOT IN (SELECT value FROM json_each(?2))",
            params![self.destination.as_str(), names],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    #[test]
    fn what_was_known_of_a_file_that_changed_is_not_told_of_the_new_one() {
        let (_top, catalog) = catalog();
        let backups = DestinationName::backups();
        let records = catalog.archives_on(&backups);
        let name = ArchiveName::parse("a.tar.gz").unwrap();
        let known = Known {
            fingerprint: "1".into(),
            state: Knowledge::Damaged,
            reason: "its end is missing".into(),
            metadata: None,
            verified_at: Some(Timestamp::UNIX_EPOCH),
            sha256: Some("ab".into()),
            origin: Origin::Here,
        };
        records.remember(&name, &known).unwrap();
        assert_eq!(records.recall(&name, "1").unwrap(), Some(known.clone()));
        assert_eq!(records.recall(&name, "2").unwrap(), None);
        let glanced = Known { state: Knowledge::Unverified, origin: Origin::Elsewhere, ..known.clone() };
        records.remember_if_new(&name, &glanced).unwrap();
        assert_eq!(records.recall(&name, "1").unwrap(), Some(known), "a short look replaces nothing of the same file");
        let other = Known { fingerprint: "2".into(), ..glanced };
        records.remember_if_new(&name, &other).unwrap();
        assert_eq!(records.recall(&name, "2").unwrap(), Some(other));
        records.forget(&name).unwrap();
        assert_eq!(records.recall(&name, "2").unwrap(), None);
    }

    #[test]
    fn copies_of_an_archive_are_known_apart_and_one_that_is_gone_from_its_folder_is_forgotten() {
        let (_top, catalog) = catalog();
        let (backups, usb) = (DestinationName::backups(), "usb".parse::<DestinationName>().unwrap());
        let [one, two] = ["a.tar.gz", "b.tar.gz"].map(|name| ArchiveName::parse(name).unwrap());
        let known = |fingerprint: &str, state| Known {
            fingerprint: fingerprint.into(),
            state,
            reason: String::new(),
            metadata: None,
            verified_at: None,
            sha256: None,
            origin: Origin::Here,
        };
        catalog.archives_on(&backups).remember(&one, &known("9-1", Knowledge::Damaged)).unwrap();
        for name in [&one, &two] {
            catalog.archives_on(&usb).remember(name, &known("7-1", Knowledge::Verified)).unwrap();
        }
        let copy = |destination: &DestinationName, bytes, state| Copy {
            destination: destination.clone(),
            bytes,
            state,
            verified_at: None,
        };
        let on_usb = copy(&usb, 7, Knowledge::Verified);
        let of = catalog.copies().unwrap();
        assert_eq!(of["a.tar.gz"], [copy(&backups, 9, Knowledge::Damaged), on_usb.clone()]);
        assert_eq!(of["b.tar.gz"], [on_usb]);
        let seen = |name: &str| SeenArchive { name: name.into(), bytes: 7, mtime: 1 };
        assert_eq!(catalog.archives_on(&usb).seen().unwrap(), [seen("a.tar.gz"), seen("b.tar.gz")]);
        catalog.archives_on(&usb).forget_others(&[&two]).unwrap();
        let of = catalog.copies().unwrap();
        assert_eq!((of["a.tar.gz"].len(), of["b.tar.gz"].len()), (1, 1), "only that destination was looked at");
    }
}
