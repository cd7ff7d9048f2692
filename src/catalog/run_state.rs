//! What a run is, by its jobs: written in the transaction that changes a job of it, so that no kill leaves a run that
//! says something else than its jobs.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::columns::{from_json, read_state, state_text};
use crate::domain::job::{JobId, JobState, Trigger};
use crate::domain::order::Order;
use crate::domain::run::{counted_as, state_of};

/// Writes down the state that follows from the jobs of the run of `job`. Part of the transaction that changed `job`.
pub(super) fn follow(transaction: &Transaction, job: JobId, at: Timestamp) -> rusqlite::Result<()> {
    let mut query = transaction.prepare_cached("SELECT run FROM jobs WHERE id = ?1")?;
    let run: Option<Option<String>> = query.query_row([job.to_string()], |row| row.get(0)).optional()?;
    let Some(run) = run.flatten() else { return Ok(()) };
    let mut query = transaction.prepare_cached("SELECT state, wanted FROM jobs WHERE run = ?1")?;
    let states: Vec<JobState> = query.query_map([&run], read_part)?.collect::<Result<_, _>>()?;
    let state = state_of(&states);
    let begun = (state != JobState::Queued).then(|| at.as_millisecond());
    let over = state.is_over().then(|| at.as_millisecond());
    transaction.execute(
        "UPDATE runs SET state = ?2, started_at = coalesce(started_at, ?3), ended_at = ?4 WHERE id = ?1",
        params![run, state_text(state)?, begun, over],
    )?;
    Ok(())
}

fn read_part(row: &Row) -> rusqlite::Result<JobState> {
    let (state, order): (JobState, Option<Order>) = (read_state(row)?, from_json(row, "wanted")?);
    Ok(order.map_or(state, |order| counted_as(&order, state)))
}

/// Who wanted a run or a job, in column `wanted_by`.
pub(super) fn read_trigger(row: &Row) -> rusqlite::Result<Trigger> {
    let text: String = row.get("wanted_by")?;
    serde_json::from_value(text.into())
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}
