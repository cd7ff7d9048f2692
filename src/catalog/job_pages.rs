//! Parts of the history of jobs: so many rows behind a row, and the newest work on each host.
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;

use super::columns::from_millis;
use super::jobs::{COLUMNS, read_job};
use super::{Catalog, Error};
use crate::domain::job::Job;

/// Rows that are looked through for work on hosts. The history of a service has no more.
const NEWEST: u32 = 1000;

/// Which jobs are wanted; `None` = any.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    pub state: Option<String>,
    /// The tag of the order: `create_config`.
    pub order: Option<String>,
    pub plan: Option<String>,
    pub host: Option<String>,
    /// Those that were queued then or later.
    pub since: Option<Timestamp>,
    /// Only so many of the newest jobs are looked through.
    pub newest: Option<u32>,
}

impl Catalog {
    /// At most `limit` jobs, newest first, each with the number of its row. `behind` is the row of the last one of the
    /// part before.
    pub fn jobs_behind(&self, behind: Option<i64>, filter: &JobFilter, limit: u32) -> Result<Vec<(i64, Job)>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(&format!(
            "SELECT seq, {COLUMNS} FROM jobs
             WHERE seq < ?1 AND seq > coalesce((SELECT max(seq) FROM jobs) - ?7, 0) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR json_extract(wanted, '$.order') = ?3)
               AND (?4 IS NULL OR json_extract(wanted, '$.plan') = ?4)
               AND (?5 IS NULL OR json_extract(wanted, '$.host') = ?5
                    OR json_extract(wanted, '$.source') IN ('host:' || ?5, 'host-archive:' || ?5, 'host-golden:' || ?5))
               AND (?6 IS NULL OR queued_at >= ?6)
             ORDER BY seq DESC LIMIT ?8"
        ))?;
        let JobFilter { state, order, plan, host, since, newest } = filter;
        let since = since.map(Timestamp::as_millisecond);
        let wanted = params![behind.unwrap_or(i64::MAX), state, order, plan, host, since, newest, limit];
        let rows = query.query_map(wanted, |row| Ok((row.get("seq")?, read_job(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest job of each kind for each host, and all that are not over; newest first.
    pub fn jobs_about_hosts(&self) -> Result<Vec<Job>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(&format!(
            "WITH own AS (
                 SELECT seq, state, json_extract(wanted, '$.order') AS kind,
                        coalesce(json_extract(wanted, '$.host'), json_extract(wanted, '$.source')) AS host
                 FROM jobs ORDER BY seq DESC LIMIT ?1
             )
             SELECT {COLUMNS} FROM jobs WHERE seq IN (
                 SELECT max(seq) FROM own WHERE host IS NOT NULL GROUP BY kind, host
                 UNION SELECT seq FROM own WHERE host IS NOT NULL AND state IN ('queued', 'running')
             ) ORDER BY seq DESC"
        ))?;
        let rows = query.query_map([NEWEST], read_job)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many runs have ended in all, by plan and state; those that are no longer remembered are counted as well.
    pub fn run_totals(&self) -> Result<BTreeMap<(String, String), u64>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT plan, state, sum(count) FROM (
                 SELECT plan, state, count(*) AS count FROM runs WHERE ended_at IS NOT NULL GROUP BY plan, state
                 UNION ALL SELECT plan, state, count FROM forgotten_runs)
             GROUP BY plan, state",
        )?;
        let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?.unsigned_abs())))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When each plan last ended well.
    pub fn last_successes(&self) -> Result<Vec<(String, Timestamp)>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT plan, max(ended_at) FROM runs WHERE state IN ('success', 'warning', 'skipped') AND ended_at IS NOT NULL
             GROUP BY plan ORDER BY plan",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, from_millis(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::catalog::tests::catalog;
    use crate::domain::job::{JobState, Trigger};
    use crate::domain::order::{ArchiveOrder, Order, SnapshotOrder};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn parts_of_the_history_follow_each_other_without_a_gap_while_jobs_are_added() {
        let (_top, catalog) = catalog();
        let add = |second| {
            let id = Uuid::now_v7();
            catalog.add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(second)).unwrap();
            id
        };
        let ids: Vec<_> = (0..7).map(add).collect();
        let (mut seen, mut behind) = (Vec::new(), None);
        loop {
            let part = catalog.jobs_behind(behind, &JobFilter::default(), 3).unwrap();
            let Some((last, _)) = part.last() else { break };
            behind = Some(*last);
            seen.extend(part.iter().map(|(_, job)| job.id));
            add(100);
        }
        seen.reverse();
        assert_eq!(seen, ids);
        let since = JobFilter { since: Some(at(100)), ..JobFilter::default() };
        assert_eq!(catalog.jobs_behind(None, &since, 99).unwrap().len(), 3);
        let newest = JobFilter { newest: Some(2), ..JobFilter::default() };
        assert_eq!(catalog.jobs_behind(None, &newest, 99).unwrap().len(), 2);
        let odd = JobFilter { state: Some("' OR 1 --".into()), ..JobFilter::default() };
        assert!(catalog.jobs_behind(None, &odd, 99).unwrap().is_empty());
    }

    #[test]
    fn runs_that_are_no_longer_remembered_are_counted_all_the_same() {
        let (_top, catalog) = catalog();
        let write = |sql: &str| catalog.connection().execute_batch(sql).unwrap();
        for (id, state, ended) in [(1, "success", "1"), (2, "success", "1"), (3, "failed", "1"), (4, "running", "NULL")]
        {
            write(&format!(
                "INSERT INTO runs (id, plan, wanted_by, state, queued_at, ended_at) VALUES ('{id}', 'a', 'hand', '{state}', 1, {ended})"
            ));
        }
        let of = |state: &str, count| ((String::from("a"), state.to_owned()), count);
        let all = BTreeMap::from([of("success", 2), of("failed", 1)]);
        assert_eq!(catalog.run_totals().unwrap(), all, "what runs has not ended");
        write("DELETE FROM runs WHERE id IN ('1', '3', '4')");
        assert_eq!(catalog.run_totals().unwrap(), all);
        write("DELETE FROM runs");
        assert_eq!(catalog.run_totals().unwrap(), all);
    }

    #[test]
    fn each_host_has_its_newest_work_of_each_kind_and_all_that_runs() {
        let (_top, catalog) = catalog();
        let host = |name: &str| name.to_owned().try_into().unwrap();
        let add = |order, second| {
            let id = Uuid::now_v7();
            catalog.add_job(id, &Order::Snapshot(order), Trigger::Hand, at(second)).unwrap();
            id
        };
        let old = add(SnapshotOrder::Take { host: host("a") }, 0);
        catalog.finish_job(old, JobState::Success, None, None, &[], at(1)).unwrap();
        let open = add(SnapshotOrder::Take { host: host("a") }, 2);
        let taken = add(SnapshotOrder::Take { host: host("a") }, 3);
        let pruned = add(SnapshotOrder::Prune { host: host("a") }, 4);
        let other = add(SnapshotOrder::Take { host: host("b") }, 5);
        let found: Vec<_> = catalog.jobs_about_hosts().unwrap().iter().map(|job| job.id).collect();
        assert_eq!(found, [other, pruned, taken, open]);
    }
}
