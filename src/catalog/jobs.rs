//! Jobs: the queue and the history in one table.
//!
//! A queued job without a runner belongs to the process that takes it when its lanes are free. One with a runner is waited for or
//! worked on by that process; when the process is dead, the job is interrupted and never rerun.
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::columns::{from_json, from_millis, job_id, state_text, to_json};
use super::events::{self, EventKind};
use super::{Catalog, Error, outbox};
use crate::base::instance::Instance;
use crate::domain::believable;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId, JobState, Trigger};
use crate::domain::mail::letter::Letter;
use crate::domain::order::Order;

/// How much history is kept.
const JOBS_KEPT: u32 = 1000;
const HOURS_KEPT: i64 = 730 * 24;

const COLUMNS: &str = "id, wanted, state, stages, stage, by_schedule, queued_at, started_at, ended_at, result, failure,
    (SELECT json_group_array(json_extract(kind, '$.text') ORDER BY events.id) FROM events
     WHERE events.job = jobs.id AND json_extract(kind, '$.event') = 'warning') AS warnings";

/// A job that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub id: JobId,
    pub order: Order,
    pub state: JobState,
    pub runner: Option<Instance>,
}

impl Catalog {
    /// Queues `order` for the process that takes it when its lanes are free.
    pub fn add_job(&self, id: JobId, order: &Order, trigger: Trigger, at: Timestamp) -> Result<(), Error> {
        self.add(id, order, trigger, None, at)
    }

    /// Adds a job that `runner` itself will run, and no one else.
    pub fn add_own_job(&self, id: JobId, order: &Order, runner: &Instance, at: Timestamp) -> Result<(), Error> {
        self.add(id, order, Trigger::Hand, Some(runner), at)
    }

    fn add(
        &self,
        id: JobId,
        order: &Order,
        trigger: Trigger,
        runner: Option<&Instance>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO jobs (id, wanted, state, queued_at, runner, by_schedule) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                id.to_string(),
                to_json(order)?,
                state_text(JobState::Queued)?,
                at.as_millisecond(),
                runner.map(Instance::to_string),
                trigger == Trigger::Schedule
            ],
        )?;
        events::insert(&transaction, id, &EventKind::State { state: JobState::Queued }, at)?;
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

    /// Queued and running jobs of all processes, oldest first.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT id, wanted, state, runner FROM jobs WHERE state IN ('queued', 'running') ORDER BY seq",
        )?;
        let rows = query.query_map([], |row| {
            let runner: Option<String> = row.get("runner")?;
            Ok(Unfinished {
                id: job_id(row, "id")?,
                order: from_json(row, "wanted")?.ok_or(rusqlite::Error::InvalidQuery)?,
                state: read_state(row)?,
                runner: runner.as_deref().and_then(Instance::parse),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Asks the process that runs the job to stop it. A job without a runner ends here. False when the
    /// job is over already or unknown.
    pub fn ask_cancel(&self, id: JobId, at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let waiting = transaction.execute(
            "UPDATE jobs SET state = 'cancelled', ended_at = ?2 WHERE id = ?1 AND state = 'queued' AND runner IS NULL",
            params![id.to_string(), at.as_millisecond()],
        )?;
        if waiting > 0 {
            events::insert(&transaction, id, &EventKind::State { state: JobState::Cancelled }, at)?;
        }
        let asked = transaction.execute(
            "UPDATE jobs SET cancel_asked = 1 WHERE id = ?1 AND state IN ('queued', 'running')",
            params![id.to_string()],
        )?;
        transaction.commit()?;
        Ok(waiting + asked > 0)
    }

    pub fn cancel_asked(&self, id: JobId) -> Result<bool, Error> {
        let connection = self.connection();
        let mut query = connection.prepare_cached("SELECT cancel_asked FROM jobs WHERE id = ?1")?;
        Ok(query.query_row(params![id.to_string()], |row| row.get(0)).optional()?.unwrap_or(false))
    }
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

fn read_state(row: &Row) -> rusqlite::Result<JobState> {
    let text: String = row.get("state")?;
    serde_json::from_value(text.into())
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}

fn read_job(row: &Row) -> rusqlite::Result<Job> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(from_millis));
    Ok(Job {
        id: job_id(row, "id")?,
        order: from_json(row, "wanted")?.ok_or(rusqlite::Error::InvalidQuery)?,
        state: read_state(row)?,
        stages: from_json(row, "stages")?.unwrap_or_default(),
        stage: row.get::<_, Option<i64>>("stage")?.and_then(|n| usize::try_from(n).ok()),
        trigger: if row.get("by_schedule")? { Trigger::Schedule } else { Trigger::Hand },
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
    fn cancelling_ends_a_waiting_job_and_asks_the_process_that_runs_one() {
        let (_top, catalog) = catalog();
        let us = Instance::here().unwrap();
        let (running, waiting) = (Uuid::now_v7(), Uuid::now_v7());
        catalog.add_job(running, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        catalog.take(running, &us, at(0)).unwrap();
        catalog.add_job(waiting, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        assert!(catalog.ask_cancel(waiting, at(1)).unwrap());
        assert_eq!(catalog.job(waiting).unwrap().unwrap().state, JobState::Cancelled);
        assert!(!catalog.cancel_asked(running).unwrap());
        assert!(catalog.ask_cancel(running, at(1)).unwrap());
        assert!(catalog.cancel_asked(running).unwrap());
        catalog.finish_job(running, JobState::Cancelled, None, None, &[], at(2)).unwrap();
        assert!(!catalog.ask_cancel(running, at(3)).unwrap());
        assert!(!catalog.ask_cancel(Uuid::now_v7(), at(3)).unwrap());
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
        assert!(catalog.events_after(0, 1000).unwrap().iter().all(|e| e.job != old && e.id > seen));
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
