//! Runs of plans: a run and its jobs are added together. `run_state` keeps the one like the others.
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::columns::{from_millis, job_id, read_state, state_text, to_json};
use super::jobs;
use super::run_state::read_trigger;
use super::{Catalog, Error};
use crate::base::instance::Instance;
use crate::domain::job::{JobId, JobState, Trigger};
use crate::domain::order::Order;
use crate::domain::plan::name::PlanName;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;

/// Runs are small, and outlive their jobs: a plan that runs every hour has more than a month of them.
const RUNS_KEPT: u32 = 3000;

/// A run that is to begin.
#[derive(Debug)]
pub struct NewRun<'a> {
    pub id: RunId,
    pub plan: &'a PlanName,
    pub trigger: Trigger,
    pub slot: Option<Timestamp>,
    /// In the order in which they are to be done.
    pub jobs: &'a [(JobId, Order)],
    /// The process that keeps the jobs for itself; `None` leaves them to the service.
    pub runner: Option<&'a Instance>,
}

impl Catalog {
    /// Adds a run with its jobs. False when a run of this plan is not over: a second one would do nothing.
    pub fn add_run(&self, run: &NewRun<'_>, at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if is_open(&transaction, run.plan)? {
            return Ok(false);
        }
        transaction.execute(
            "INSERT INTO runs (id, plan, wanted_by, slot, state, queued_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                run.id.to_string(),
                run.plan.as_str(),
                to_json(&run.trigger)?.trim_matches('"'),
                run.slot.map(Timestamp::as_millisecond),
                state_text(JobState::Queued)?,
                at.as_millisecond()
            ],
        )?;
        for (id, order) in run.jobs {
            let job = jobs::NewJob { id: *id, order, trigger: run.trigger, runner: run.runner, run: Some(run.id) };
            jobs::insert(&transaction, &job, at)?;
        }
        transaction.execute("DELETE FROM runs WHERE seq <= (SELECT max(seq) FROM runs) - ?1", [RUNS_KEPT])?;
        transaction.commit()?;
        Ok(true)
    }

    /// True when a run of `plan` waits or runs.
    pub fn has_open_run(&self, plan: &PlanName) -> Result<bool, Error> {
        Ok(is_open(&self.reading(), plan)?)
    }

    /// Ids of jobs and of runs that end with `text`, at most a few of each.
    pub fn ids_ending(&self, text: &str) -> Result<(Vec<JobId>, Vec<RunId>), Error> {
        let like = text.to_ascii_lowercase();
        if like.is_empty() || !like.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            return Ok((Vec::new(), Vec::new()));
        }
        let connection = self.reading();
        let ids = |table: &str| -> rusqlite::Result<Vec<JobId>> {
            let mut query = connection.prepare(&format!("SELECT id FROM {table} WHERE id LIKE '%' || ?1 LIMIT 9"))?;
            query.query_map([&like], |row| job_id(row, "id"))?.collect()
        };
        Ok((ids("jobs")?, ids("runs")?))
    }

    pub fn run(&self, id: RunId) -> Result<Option<Run>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM runs WHERE id = ?1")?;
        Ok(query.query_row([id.to_string()], read_run).optional()?)
    }

    /// Newest first; those of `plan`, or of all plans.
    pub fn runs(&self, plan: Option<&PlanName>, limit: u32) -> Result<Vec<Run>, Error> {
        let connection = self.reading();
        let mut query =
            connection.prepare_cached("SELECT * FROM runs WHERE ?1 IS NULL OR plan = ?1 ORDER BY seq DESC LIMIT ?2")?;
        let rows = query.query_map(params![plan.map(PlanName::as_str), limit], read_run)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the newest job ended, besides those of runs that are not over. A run proves nothing about the clock to
    /// itself.
    pub fn last_end(&self) -> Result<Option<Timestamp>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT ended_at FROM jobs WHERE ended_at IS NOT NULL
             AND (run IS NULL OR run NOT IN (SELECT id FROM runs WHERE state IN ('queued', 'running')))
             ORDER BY seq DESC LIMIT 1",
        )?;
        Ok(query.query_row([], |row| row.get(0)).optional()?.map(from_millis))
    }
}

fn is_open(connection: &Connection, plan: &PlanName) -> rusqlite::Result<bool> {
    let mut query = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM runs WHERE plan = ?1 AND state IN ('queued', 'running'))")?;
    query.query_row([plan.as_str()], |row| row.get(0))
}

pub(super) fn read_run(row: &Row) -> rusqlite::Result<Run> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(from_millis));
    let bad = |why: String| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, why.into());
    let plan: String = row.get("plan")?;
    Ok(Run {
        id: job_id(row, "id")?,
        plan: PlanName::try_from(plan).map_err(bad)?,
        trigger: read_trigger(row)?,
        slot: time("slot")?,
        state: read_state(row)?,
        queued_at: from_millis(row.get("queued_at")?),
        started_at: time("started_at")?,
        ended_at: time("ended_at")?,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::catalog::tests::catalog;
    use crate::domain::order::PlanOrder;
    use crate::domain::plan::Source;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn add(catalog: &Catalog, trigger: Trigger, second: i64) -> Option<(RunId, [JobId; 2])> {
        let plan = PlanName::weekly_config();
        let order = |source| Order::Plan(PlanOrder::Run { plan: plan.clone(), source });
        let (id, ids) = (Uuid::now_v7(), [Uuid::now_v7(), Uuid::now_v7()]);
        let jobs = [(ids[0], order(Source::Config)), (ids[1], order(Source::Images))];
        let run = NewRun { id, plan: &plan, trigger, slot: Some(at(second)), jobs: &jobs, runner: None };
        catalog.add_run(&run, at(second)).unwrap().then_some((id, ids))
    }

    #[test]
    fn a_run_follows_its_jobs_and_a_plan_has_one_at_a_time() {
        let (_top, catalog) = catalog();
        let us = Instance::here().unwrap();
        let (id, [one, two]) = add(&catalog, Trigger::CatchUp, 0).unwrap();
        let run = || catalog.run(id).unwrap().unwrap();
        assert_eq!((run().state, run().trigger, run().slot), (JobState::Queued, Trigger::CatchUp, Some(at(0))));
        assert!(add(&catalog, Trigger::Hand, 1).is_none(), "a second run does nothing");
        assert!(catalog.take(one, &us, at(2)).unwrap());
        assert_eq!((run().state, run().started_at), (JobState::Running, Some(at(2))));
        catalog.finish_job(one, JobState::Warning, None, None, &[], at(3)).unwrap();
        assert_eq!((run().state, run().ended_at), (JobState::Running, None), "the other one waits");
        assert_eq!(catalog.last_end().unwrap(), None, "a run proves nothing to itself");
        assert!(catalog.ask_cancel(two, at(4)).unwrap());
        assert_eq!((run().state, run().ended_at), (JobState::Warning, Some(at(4))));
        assert_eq!(catalog.last_end().unwrap(), Some(at(4)));
        let jobs = catalog.jobs_of_run(id).unwrap();
        assert_eq!(jobs.iter().map(|job| (job.id, job.run)).collect::<Vec<_>>(), [(one, Some(id)), (two, Some(id))]);
        assert!(jobs.iter().all(|job| job.trigger == Trigger::CatchUp));
        assert!(add(&catalog, Trigger::Hand, 5).is_some());
        assert_eq!(catalog.runs(None, 9).unwrap().len(), 2);
        assert!(catalog.runs(Some(&PlanName::nights()), 9).unwrap().is_empty());
    }

    #[test]
    fn cancelling_a_run_ends_what_waits_and_asks_what_runs() {
        let (_top, catalog) = catalog();
        let us = Instance::here().unwrap();
        let (id, [one, two]) = add(&catalog, Trigger::Schedule, 0).unwrap();
        catalog.take(one, &us, at(1)).unwrap();
        assert!(catalog.ask_cancel_run(id, at(2)).unwrap());
        assert_eq!(catalog.job(two).unwrap().unwrap().state, JobState::Cancelled);
        assert!(catalog.cancel_asked(one).unwrap());
        catalog.finish_job(one, JobState::Cancelled, None, None, &[], at(3)).unwrap();
        assert_eq!(catalog.run(id).unwrap().unwrap().state, JobState::Cancelled);
        assert!(!catalog.ask_cancel_run(id, at(4)).unwrap(), "it is over");
    }
}
