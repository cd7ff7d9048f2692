//! Jobs: the queue and the history in one table.
//!
//! A queued job without a runner belongs to the process that takes it when its lanes are free. One with a runner is waited for or
//! worked on by that process; when the process is dead, the job is interrupted and never rerun.
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::columns::{from_json, from_millis, job_id, read_state, state_text, to_json};
use super::events::{self, EventKind};
use super::run_state::{follow, read_trigger};
use super::{Catalog, Error, outbox, steps};
use crate::base::instance::Instance;
use crate::domain::believable;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId, JobState, Trigger, Way};
use crate::domain::mail::letter::Letter;
use crate::domain::order::Order;
use crate::domain::run_id::RunId;

/// How much history is kept.
const JOBS_KEPT: u32 = 1000;
const HOURS_KEPT: i64 = 730 * 24;

pub(super) const COLUMNS: &str =
    "id, run, wanted, state, stages, stage, cancel_asked, queued_at, started_at, ended_at, result, failure,
    dir_from, dir_to, exit_code,
    (SELECT json_group_array(json_extract(kind, '$.text') ORDER BY events.id) FROM events
     WHERE events.job = jobs.id AND json_extract(kind, '$.event') = 'warning') AS warnings,
    coalesce((SELECT wanted_by FROM runs WHERE runs.id = jobs.run),
             CASE by_schedule WHEN 1 THEN 'schedule' ELSE 'hand' END) AS wanted_by";

/// A job that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub id: JobId,
    pub run: Option<RunId>,
    pub order: Order,
    pub state: JobState,
    pub runner: Option<Instance>,
}

/// A job that is to be added.
#[derive(Debug)]
pub(super) struct NewJob<'a> {
    pub(super) id: JobId,
    pub(super) order: &'a Order,
    pub(super) trigger: Trigger,
    /// `None` leaves it to the process that takes it.
    pub(super) runner: Option<&'a Instance>,
    pub(super) run: Option<RunId>,
}

impl Catalog {
    /// Queues `order` for the process that takes it when its lanes are free.
    pub fn add_job(&self, id: JobId, order: &Order, trigger: Trigger, at: Timestamp) -> Result<(), Error> {
        self.add(&NewJob { id, order, trigger, runner: None, run: None }, at)
    }

    /// Adds a job that `runner` itself will run, and no one else.
    pub fn add_own_job(&self, id: JobId, order: &Order, runner: &Instance, at: Timestamp) -> Result<(), Error> {
        self.add(&NewJob { id, order, trigger: Trigger::Hand, runner: Some(runner), run: None }, at)
    }

    fn add(&self, job: &NewJob<'_>, at: Timestamp) -> Result<(), Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        insert(&transaction, job, at)?;
        Ok(transaction.commit()?)
    }

    /// Takes a queued job without a runner. It is running now, and `runner` has it. False when it no longer waits.
    pub fn take(&self, id: JobId, runner: &Instance, at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = transaction.execute(
            "UPDATE jobs SET state = 'running', started_at = ?2, runner = ?3
             WHERE id = ?1 AND state = 'queued' AND runner IS NULL",
            params![id.to_string(), at.as_millisecond(), runner.to_string()],
        )? > 0;
        if taken {
            follow(&transaction, id, at)?;
            events::insert(&transaction, id, &EventKind::State { state: JobState::Running }, at)?;
        }
        transaction.commit()?;
        Ok(taken)
    }

    /// Ends a job and puts down the letters that tell of it; returns the id of the event. History goes that is more
    /// than a thousand jobs back, or older than two years in time that has believably passed.
    pub fn finish_job(
        &self,
        job: JobId,
        state: JobState,
        result: Option<&serde_json::Value>,
        failure: Option<&Failure>,
        letters: &[Letter],
        at: Timestamp,
    ) -> Result<i64, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE jobs SET state = ?2, result = ?3, failure = ?4, ended_at = ?5 WHERE id = ?1",
            params![
                job.to_string(),
                state_text(state)?,
                result.map(to_json).transpose()?,
                failure.map(to_json).transpose()?,
                at.as_millisecond()
            ],
        )?;
        steps::end(&transaction, job, state, at)?;
        follow(&transaction, job, at)?;
        let id = events::insert(&transaction, job, &EventKind::State { state }, at)?;
        for letter in letters {
            outbox::insert(&transaction, letter, at)?;
        }
        let old = last_of_old(&transaction, at)?;
        transaction.execute(
            "DELETE FROM jobs WHERE state NOT IN ('queued', 'running') AND id <> ?3
             AND (seq <= ?1 OR seq <= (SELECT max(seq) FROM jobs) - ?2)",
            params![old, JOBS_KEPT, job.to_string()],
        )?;
        transaction.commit()?;
        Ok(id)
    }

    /// From where to where a job works.
    pub fn note_way(&self, id: JobId, way: &Way) -> Result<(), Error> {
        let values = params![id.to_string(), way.from, way.to];
        self.connection().execute("UPDATE jobs SET dir_from = ?2, dir_to = ?3 WHERE id = ?1", values)?;
        Ok(())
    }

    /// The exit status of the program that a job is.
    pub fn note_exit(&self, id: JobId, exit_code: i32) -> Result<(), Error> {
        let values = params![id.to_string(), exit_code];
        self.connection().execute("UPDATE jobs SET exit_code = ?2 WHERE id = ?1", values)?;
        Ok(())
    }

    pub fn job(&self, id: JobId) -> Result<Option<Job>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"))?;
        Ok(query.query_row(params![id.to_string()], read_job).optional()?)
    }

    /// Newest first.
    pub fn jobs(&self, limit: u32) -> Result<Vec<Job>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs ORDER BY seq DESC LIMIT ?1"))?;
        let rows = query.query_map(params![limit], read_job)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The jobs of a run, in the order in which they are done.
    pub fn jobs_of_run(&self, run: RunId) -> Result<Vec<Job>, Error> {
        let connection = self.reading();
        let mut query =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE run = ?1 ORDER BY seq"))?;
        let rows = query.query_map([run.to_string()], read_job)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Queued and running jobs of all processes, oldest first.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT id, run, wanted, state, runner FROM jobs WHERE state IN ('queued', 'running') ORDER BY seq",
        )?;
        let rows = query.query_map([], |row| {
            let runner: Option<String> = row.get("runner")?;
            Ok(Unfinished {
                id: job_id(row, "id")?,
                run: run_id(row)?,
                order: from_json(row, "wanted")?.ok_or(rusqlite::Error::InvalidQuery)?,
                state: read_state(row)?,
                runner: runner.as_deref().and_then(Instance::parse),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Part of the transaction that adds a job or its run.
pub(super) fn insert(transaction: &Transaction, job: &NewJob<'_>, at: Timestamp) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO jobs (id, run, wanted, state, queued_at, runner, by_schedule) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            job.id.to_string(),
            job.run.map(|run| run.to_string()),
            to_json(job.order)?,
            state_text(JobState::Queued)?,
            at.as_millisecond(),
            job.runner.map(Instance::to_string),
            job.trigger != Trigger::Hand
        ],
    )?;
    events::insert(transaction, job.id, &EventKind::State { state: JobState::Queued }, at)?;
    Ok(())
}

/// The number of the newest job that ended longer ago than history is kept, in time that has believably passed
/// from one job to the next; 0 when there is none. A clock that was ahead for a while forgets nothing.
fn last_of_old(connection: &Connection, at: Timestamp) -> rusqlite::Result<i64> {
    let mut query =
        connection.prepare_cached("SELECT seq, ended_at FROM jobs WHERE ended_at IS NOT NULL ORDER BY seq DESC")?;
    let mut rows = query.query([])?;
    let (mut age, mut later) = (SignedDuration::ZERO, at);
    while let Some(row) = rows.next()? {
        let ended = from_millis(row.get("ended_at")?);
        age = age.saturating_add(believable::passed(ended, later));
        if age > SignedDuration::from_hours(HOURS_KEPT) {
            return row.get("seq");
        }
        later = ended;
    }
    Ok(0)
}

fn run_id(row: &Row) -> rusqlite::Result<Option<RunId>> {
    row.get::<_, Option<String>>("run")?.is_some().then(|| job_id(row, "run")).transpose()
}

pub(super) fn read_job(row: &Row) -> rusqlite::Result<Job> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(from_millis));
    let state = read_state(row)?;
    Ok(Job {
        id: job_id(row, "id")?,
        run: run_id(row)?,
        order: from_json(row, "wanted")?.ok_or(rusqlite::Error::InvalidQuery)?,
        state,
        cancelling: row.get::<_, bool>("cancel_asked")? && !state.is_over(),
        stages: from_json(row, "stages")?.unwrap_or_default(),
        stage: row.get::<_, Option<i64>>("stage")?.and_then(|n| usize::try_from(n).ok()),
        trigger: read_trigger(row)?,
        way: Way { from: row.get("dir_from")?, to: row.get("dir_to")? },
        exit_code: row.get("exit_code")?,
        warnings: from_json(row, "warnings")?.unwrap_or_default(),
        queued_at: from_millis(row.get("queued_at")?),
        started_at: time("started_at")?,
        ended_at: time("ended_at")?,
        result: from_json(row, "result")?,
        failure: from_json(row, "failure")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;
    use crate::domain::failure::Code;
    use crate::domain::monitor::Stage;
    use crate::domain::order::ArchiveOrder;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_job_reads_back_as_it_was_lived() {
        let (_top, catalog) = catalog();
        let id = Uuid::now_v7();
        catalog.add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        let us = Instance::here().unwrap();
        assert!(catalog.take(id, &us, at(1)).unwrap() && !catalog.take(id, &us, at(1)).unwrap());
        let stages = vec![Stage::Survey, Stage::Verify, Stage::Verify];
        catalog.record(id, &EventKind::Stages { stages: stages.clone() }, at(1)).unwrap();
        for stage in &stages {
            catalog.record(id, &EventKind::Stage { stage: *stage }, at(2)).unwrap();
        }
        for text in ["one", "two"] {
            catalog.record(id, &EventKind::Warning { text: text.into() }, at(3)).unwrap();
        }
        let failure = Failure { code: Code::Damaged, message: "m".into(), advice: "a".into() };
        let last = catalog.finish_job(id, JobState::Failed, Some(&7.into()), Some(&failure), &[], at(4)).unwrap();
        let job = catalog.job(id).unwrap().unwrap();
        assert_eq!((job.state, job.stage, job.stages), (JobState::Failed, Some(2), stages));
        assert_eq!(job.warnings, ["one", "two"]);
        assert_eq!((job.queued_at, job.started_at, job.ended_at), (at(0), Some(at(1)), Some(at(4))));
        assert_eq!((job.result, job.failure), (Some(7.into()), Some(failure)));
        assert_eq!(catalog.newest_event().unwrap(), last);
        let events = catalog.events_after(0, 100).unwrap();
        assert_eq!(events.len(), 9);
        assert_eq!(events[0].kind, EventKind::State { state: JobState::Queued });
        assert_eq!(catalog.events_after(events[4].id, 2).unwrap()[0].id, events[5].id);
    }

    #[test]
    fn the_queue_is_first_in_first_out_and_what_a_process_keeps_for_itself_is_not_in_it() {
        let (_top, catalog) = catalog();
        let us = Instance::here().unwrap();
        let ids: Vec<_> = (0..3).map(|_| Uuid::now_v7()).collect();
        catalog.add_own_job(ids[0], &Order::Archive(ArchiveOrder::VerifyAll), &us, at(9)).unwrap();
        catalog.add_job(ids[1], &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(8)).unwrap();
        catalog.add_job(ids[2], &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(7)).unwrap();
        let open = catalog.unfinished().unwrap();
        assert_eq!(open.iter().map(|u| u.id).collect::<Vec<_>>(), ids);
        assert_eq!([0, 1, 2, 1].map(|n: usize| catalog.take(ids[n], &us, at(10)).unwrap()), [false, true, true, false]);
        let open = catalog.unfinished().unwrap();
        assert!(open.iter().all(|u| u.runner.as_ref() == Some(&us)));
    }

    #[test]
    fn a_job_remembers_who_wanted_it() {
        let (_top, catalog) = catalog();
        let (by_hand, by_schedule) = (Uuid::now_v7(), Uuid::now_v7());
        catalog.add_job(by_hand, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        catalog.add_job(by_schedule, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Schedule, at(0)).unwrap();
        let trigger = |id| catalog.job(id).unwrap().unwrap().trigger;
        assert_eq!((trigger(by_hand), trigger(by_schedule)), (Trigger::Hand, Trigger::Schedule));
    }

    #[test]
    fn history_forgets_what_is_old_and_never_reuses_an_event_id() {
        let (_top, catalog) = catalog();
        let end = |second: i64| {
            let id = Uuid::now_v7();
            catalog.add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(second)).unwrap();
            (id, catalog.finish_job(id, JobState::Success, None, None, &[], at(second)).unwrap())
        };
        let (old, seen) = end(0);
        let waiting = Uuid::now_v7();
        catalog.add_job(waiting, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        let month = 30 * 24 * 3600;
        for n in 1..=24 {
            end(n * month);
        }
        assert!(catalog.job(old).unwrap().is_some());
        for n in 25..=26 {
            end(n * month);
        }
        assert!(catalog.job(old).unwrap().is_none());
        assert!(catalog.job(waiting).unwrap().is_some(), "what is not over is not history");
        assert!(catalog.events_after(0, 1000).unwrap().iter().all(|e| e.job != Some(old) && e.id > seen));
    }

    #[test]
    fn a_clock_that_was_years_ahead_for_a_while_forgets_no_history() {
        let (_top, catalog) = catalog();
        let years = 5 * 365 * 24 * 3600;
        let ids: Vec<JobId> = [0, 60, years, years + 60, 120]
            .map(|second| {
                let id = Uuid::now_v7();
                catalog.add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(second)).unwrap();
                catalog.finish_job(id, JobState::Success, None, None, &[], at(second)).unwrap();
                id
            })
            .into();
        assert!(ids.iter().all(|id| catalog.job(*id).unwrap().is_some()));
        let newest: Vec<JobId> = catalog.jobs(9).unwrap().into_iter().map(|job| job.id).rev().collect();
        assert_eq!(newest, ids, "by order of making");
        let last = catalog.last_event_of(&ids).unwrap();
        assert_eq!((last, catalog.last_event_of(&[]).unwrap()), (Some(catalog.newest_event().unwrap()), None));
    }
}
