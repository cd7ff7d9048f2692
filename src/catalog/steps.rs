//! The steps of jobs, written in the transactions of the events that tell of them.
use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

use super::columns::{from_json, from_millis, read_state, state_text, to_json};
use super::{Catalog, Error};
use crate::domain::job::{JobId, JobState};
use crate::domain::monitor::Stage;
use crate::domain::recorded_step::{RecordedStep, Warned, result_of};

impl Catalog {
    /// The steps of a job in the order in which they were done.
    pub fn steps(&self, job: JobId) -> Result<Vec<RecordedStep>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT json_quote(stage) AS stage, started_at, ended_at, state, warnings FROM steps
             WHERE job = ?1 ORDER BY id",
        )?;
        let rows = query.query_map([job.to_string()], read_step)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The next step begins, and the one before it is over.
pub(super) fn begin(transaction: &Transaction, job: JobId, stage: Stage, at: Timestamp) -> rusqlite::Result<()> {
    end(transaction, job, JobState::Success, at)?;
    transaction.execute(
        "INSERT INTO steps (job, stage, started_at, state) VALUES (?1, ?2, ?3, ?4)",
        params![
            job.to_string(),
            to_json(&stage)?.trim_matches('"'),
            at.as_millisecond(),
            state_text(JobState::Running)?
        ],
    )?;
    Ok(())
}

/// The step that runs has warned of something.
pub(super) fn warn(transaction: &Transaction, job: JobId, text: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE steps SET warnings = json_insert(warnings, '$[#]', ?2) WHERE job = ?1 AND state = 'running'",
        params![job.to_string(), text],
    )?;
    Ok(())
}

/// The step that runs is over, in a job that is in `state`.
pub(super) fn end(transaction: &Transaction, job: JobId, state: JobState, at: Timestamp) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE steps SET ended_at = ?2, state = CASE warnings WHEN '[]' THEN ?3 ELSE ?4 END
         WHERE job = ?1 AND state = 'running'",
        params![
            job.to_string(),
            at.as_millisecond(),
            state_text(result_of(state, Warned::No))?,
            state_text(result_of(state, Warned::Yes))?
        ],
    )?;
    Ok(())
}

fn read_step(row: &Row) -> rusqlite::Result<RecordedStep> {
    Ok(RecordedStep {
        name: from_json(row, "stage")?.ok_or(rusqlite::Error::InvalidQuery)?,
        started_at: from_millis(row.get("started_at")?),
        ended_at: row.get::<_, Option<i64>>("ended_at")?.map(from_millis),
        result: read_state(row)?,
        warnings: from_json(row, "warnings")?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::catalog::EventKind;
    use crate::catalog::tests::catalog;
    use crate::domain::job::Trigger;
    use crate::domain::order::{ArchiveOrder, Order};

    #[test]
    fn a_job_keeps_its_steps_with_their_times_results_and_warnings() {
        let (_top, catalog) = catalog();
        let at = |second: i64| Timestamp::from_second(1_700_000_000 + second).unwrap();
        let id = Uuid::now_v7();
        catalog.add_job(id, &Order::Archive(ArchiveOrder::VerifyAll), Trigger::Hand, at(0)).unwrap();
        let record = |kind: EventKind, second| catalog.record(id, &kind, at(second)).unwrap();
        record(EventKind::Stage { stage: Stage::Survey }, 1);
        record(EventKind::Stage { stage: Stage::Verify }, 3);
        record(EventKind::Warning { text: "it's \"odd\"".into() }, 4);
        record(EventKind::Stage { stage: Stage::Delete }, 5);
        assert_eq!(catalog.steps(id).unwrap()[2].result, JobState::Running);
        catalog.finish_job(id, JobState::Failed, None, None, &[], at(8)).unwrap();
        let step = |name, from, to, result, warnings: &[&str]| RecordedStep {
            name,
            started_at: at(from),
            ended_at: Some(at(to)),
            result,
            warnings: warnings.iter().map(|text| (*text).to_owned()).collect(),
        };
        assert_eq!(
            catalog.steps(id).unwrap(),
            [
                step(Stage::Survey, 1, 3, JobState::Success, &[]),
                step(Stage::Verify, 3, 5, JobState::Warning, &["it's \"odd\""]),
                step(Stage::Delete, 5, 8, JobState::Failed, &[]),
            ]
        );
    }
}
