//! What is known of archive files. Bound to the fingerprint of the file: a file that changed is
//! unknown again.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::columns::{from_json, from_millis, to_json};
use super::{Catalog, Error};
use crate::domain::archive_name::ArchiveName;
use crate::domain::metadata::Metadata;
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

impl Catalog {
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
        self.connection().execute(
            &format!(
                "INSERT INTO archives (name, fingerprint, state, reason, metadata, verified_at, sha256, origin)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, state = excluded.state,
                     reason = excluded.reason, metadata = excluded.metadata, verified_at = excluded.verified_at,
                     sha256 = excluded.sha256, origin = excluded.origin {only}"
            ),
            params![
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
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT fingerprint, state, reason, metadata, verified_at, sha256, origin FROM archives
             WHERE name = ?1 AND fingerprint = ?2",
        )?;
        let known = query.query_row(params![name.as_str(), fingerprint], |row| {
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
        self.connection().execute("DELETE FROM archives WHERE name = ?1", params![name.as_str()])?;
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
        catalog.remember(&name, &known).unwrap();
        assert_eq!(catalog.recall(&name, "1").unwrap(), Some(known.clone()));
        assert_eq!(catalog.recall(&name, "2").unwrap(), None);
        let glanced = Known { state: Knowledge::Unverified, origin: Origin::Elsewhere, ..known.clone() };
        catalog.remember_if_new(&name, &glanced).unwrap();
        assert_eq!(catalog.recall(&name, "1").unwrap(), Some(known), "a short look replaces nothing of the same file");
        let other = Known { fingerprint: "2".into(), ..glanced };
        catalog.remember_if_new(&name, &other).unwrap();
        assert_eq!(catalog.recall(&name, "2").unwrap(), Some(other));
        catalog.forget(&name).unwrap();
        assert_eq!(catalog.recall(&name, "2").unwrap(), None);
    }
}
