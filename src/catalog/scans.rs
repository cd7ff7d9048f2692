//! Sizes of sections and picture folders as last seen, so that no page waits for a walk of the tree.
use jiff::Timestamp;
use rusqlite::params;

use super::columns::from_millis;
use super::{Catalog, Error};

/// Sizes of a section or picture folder as last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// `section/modules`, `images/20261117`.
    pub key: String,
    pub files: u64,
    pub raw_bytes: u64,
    pub packed_bytes: u64,
    /// What must be equal for the scan to hold (folder mtimes and counts).
    pub fingerprint: String,
    pub at: Timestamp,
}

impl Catalog {
    /// By key.
    pub fn scans(&self) -> Result<Vec<Scan>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM scans ORDER BY key")?;
        let rows = query.query_map([], |row| {
            Ok(Scan {
                key: row.get("key")?,
                files: row.get::<_, i64>("files")?.unsigned_abs(),
                raw_bytes: row.get::<_, i64>("raw_bytes")?.unsigned_abs(),
                packed_bytes: row.get::<_, i64>("packed_bytes")?.unsigned_abs(),
                fingerprint: row.get("fingerprint")?,
                at: from_millis(row.get("at")?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Replaces the scan with this key.
    pub fn put_scan(&self, scan: &Scan) -> Result<(), Error> {
        self.connection().execute(
            "INSERT OR REPLACE INTO scans (key, files, raw_bytes, packed_bytes, fingerprint, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                scan.key,
                scan.files.cast_signed(),
                scan.raw_bytes.cast_signed(),
                scan.packed_bytes.cast_signed(),
                scan.fingerprint,
                scan.at.as_millisecond()
            ],
        )?;
        Ok(())
    }

    pub fn drop_scan(&self, key: &str) -> Result<(), Error> {
        self.connection().execute("DELETE FROM scans WHERE key = ?1", params![key])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    #[test]
    fn a_scan_is_kept_until_a_newer_one_or_until_its_folder_is_gone() {
        let (_top, catalog) = catalog();
        let scan = Scan {
            key: "images/20261117".into(),
            files: 3,
            raw_bytes: 1 << 40,
            packed_bytes: 5,
            fingerprint: "f".into(),
            at: Timestamp::UNIX_EPOCH,
        };
        catalog.put_scan(&scan).unwrap();
        let newer = Scan { files: 4, ..scan.clone() };
        catalog.put_scan(&newer).unwrap();
        assert_eq!(catalog.scans().unwrap(), [newer]);
        catalog.drop_scan(&scan.key).unwrap();
        assert!(catalog.scans().unwrap().is_empty());
    }
}
