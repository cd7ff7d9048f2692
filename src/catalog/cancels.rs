//! Cancels: what waits ends at once, what runs is asked by the process that runs it.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::columns::{from_json, job_id, read_state};
use super::events::{self, EventKind};
use super::run_state::follow;
use super::{Catalog, Error};
use crate::domain::job::{JobId, JobState};
use crate::domain::order::Order;
use crate::domain::run_id::RunId;
use crate::domain::turn::{Part, part};

impl Catalog {
    /// Asks the process that runs the job to stop it. A job without a runner ends here. False when the
    /// job is over already or unknown.
    pub fn ask_cancel(&self, id: JobId, at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let asked = cancel(&transaction, id, at)?;
        transaction.commit()?;
        Ok(asked)
    }

    /// Asks all jobs of a run to stop. Hooks behind a run that has begun still have their turn: they put right what it has
    /// changed. False when nothing is left to be stopped.
    pub fn ask_cancel_run(&self, run: RunId, at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let jobs: Vec<OfRun> = transaction
            .prepare_cached("SELECT id, state, wanted FROM jobs WHERE run = ?1 ORDER BY seq DESC")?
            .query_map([run.to_string()], read_of_run)?
            .collect::<Result<_, _>>()?;
        let has_begun = jobs.iter().any(|job| job.state != JobState::Queued);
        let mut asked = false;
        for job in jobs.iter().filter(|job| !job.state.is_over()) {
            let comes = has_begun && job.state == JobState::Queued && job.comes_in_any_case;
            asked |= !comes && cancel(&transaction, job.id, at)?;
        }
        transaction.commit()?;
        Ok(asked)
    }

    pub fn cancel_asked(&self, id: JobId) -> Result<bool, Error> {
        let connection = self.connection();
        let mut query = connection.prepare_cached("SELECT cancel_asked FROM jobs WHERE id = ?1")?;
        Ok(query.query_row(params![id.to_string()], |row| row.get(0)).optional()?.unwrap_or(false))
    }
}

/// A job of a run that is to be cancelled.
struct OfRun {
    id: JobId,
    state: JobState,
    comes_in_any_case: bool,
}

fn read_of_run(row: &Row) -> rusqlite::Result<OfRun> {
    let order: Option<Order> = from_json(row, "wanted")?;
    let comes_in_any_case = order.as_ref().and_then(part).is_some_and(Part::comes_in_any_case);
    Ok(OfRun { id: job_id(row, "id")?, state: read_state(row)?, comes_in_any_case })
}

/// Ends a job that waits, and asks the process that runs one. False when it is over or unknown.
fn cancel(transaction: &Transaction, id: JobId, at: Timestamp) -> rusqlite::Result<bool> {
    let waiting = transaction.execute(
        "UPDATE jobs SET state = 'cancelled', ended_at = ?2 WHERE id = ?1 AND state = 'queued' AND runner IS NULL",
        params![id.to_string(), at.as_millisecond()],
    )?;
    if waiting > 0 {
        follow(transaction, id, at)?;
        events::insert(transaction, id, &EventKind::State { state: JobState::Cancelled }, at)?;
    }
    let asked = transaction.execute(
        "UPDATE jobs SET cancel_asked = 1 WHERE id = ?1 AND state IN ('queued', 'running')",
        params![id.to_string()],
    )?;
    if asked > 0 {
        events::insert(transaction, id, &EventKind::Cancelling, at)?;
    }
    Ok(waiting + asked > 0)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::base::instance::Instance;
    use crate::catalog::tests::catalog;
    use crate::domain::job::Trigger;
    use crate::domain::order::ArchiveOrder;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
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
}
