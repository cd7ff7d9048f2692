//! When a snapshot of each host went well last, and from when its silence is counted. It outlives the jobs that it was
//! learnt from.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::columns::from_millis;
use super::{Catalog, Error};

/// What is remembered of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSuccess {
    pub host: String,
    /// `None` = not counted: it rests, or the clock is in doubt.
    pub counted_from: Option<Timestamp>,
    /// `None` = none yet.
    pub succeeded_at: Option<Timestamp>,
}

impl Catalog {
    /// A snapshot of the host has gone well.
    pub fn note_host_success(&self, host: &str, at: Timestamp) -> Result<(), Error> {
        self.connection().execute(
            "INSERT INTO host_successes (host, counted_from, succeeded_at) VALUES (?1, ?2, ?2)
             ON CONFLICT (host) DO UPDATE SET counted_from = ?2, succeeded_at = ?2",
            params![host, at.as_millisecond()],
        )?;
        Ok(())
    }

    /// The silence of the host is counted from then on, or not at all; its last success stays.
    pub fn count_host_from(&self, host: &str, at: Option<Timestamp>) -> Result<(), Error> {
        self.connection().execute(
            "INSERT INTO host_successes (host, counted_from) VALUES (?1, ?2)
             ON CONFLICT (host) DO UPDATE SET counted_from = ?2",
            params![host, at.map(Timestamp::as_millisecond)],
        )?;
        Ok(())
    }

    /// A host that is no more: one of its name that comes later begins anew.
    pub fn forget_host(&self, host: &str) -> Result<(), Error> {
        self.connection().execute("DELETE FROM host_successes WHERE host = ?1", [host])?;
        Ok(())
    }

    pub fn host_success(&self, host: &str) -> Result<Option<HostSuccess>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM host_successes WHERE host = ?1")?;
        Ok(query.query_row([host], read).optional()?)
    }

    /// By name.
    pub fn host_successes(&self) -> Result<Vec<HostSuccess>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM host_successes ORDER BY host")?;
        let rows = query.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row) -> rusqlite::Result<HostSuccess> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(from_millis));
    Ok(HostSuccess { host: row.get("host")?, counted_from: time("counted_from")?, succeeded_at: time("succeeded_at")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    #[test]
    fn counting_may_begin_anew_while_the_last_success_stays() {
        let (_top, catalog) = catalog();
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        assert_eq!(catalog.host_success("pi").unwrap(), None);
        catalog.count_host_from("pi", Some(at(0))).unwrap();
        catalog.note_host_success("pi", at(5)).unwrap();
        catalog.count_host_from("pi", None).unwrap();
        let known = HostSuccess { host: "pi".into(), counted_from: None, succeeded_at: Some(at(5)) };
        assert_eq!(catalog.host_success("pi").unwrap(), Some(known.clone()));
        catalog.count_host_from("a", Some(at(1))).unwrap();
        assert_eq!(catalog.host_successes().unwrap()[1], known);
        catalog.forget_host("pi").unwrap();
        assert_eq!(catalog.host_success("pi").unwrap(), None);
    }
}
