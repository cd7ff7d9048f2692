//! Which runs were told in a report. A run is marked in the transaction that puts its letter down, so that no crash
//! loses a report and no second program tells it again.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::columns::from_millis;
use super::runs::read_run;
use super::{Catalog, Error, outbox};
use crate::domain::mail::letter::Letter;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;

impl Catalog {
    /// Runs that are over and were not told yet, oldest first.
    pub fn runs_to_report(&self, limit: u32) -> Result<Vec<Run>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT * FROM runs WHERE reported = 0 AND state NOT IN ('queued', 'running') ORDER BY seq LIMIT ?1",
        )?;
        let rows = query.query_map([limit], read_run)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Puts `letters` down as what tells of `runs`; without any they count as told. False, and nothing is done, when
    /// another program has told of one of them.
    pub fn put_report(&self, runs: &[RunId], letters: &[Letter], at: Timestamp) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for run in runs {
            let marked = transaction
                .execute("UPDATE runs SET reported = 1 WHERE id = ?1 AND reported = 0", [run.to_string()])?;
            if marked == 0 {
                return Ok(false);
            }
        }
        for letter in letters {
            outbox::insert(&transaction, letter, at)?;
        }
        transaction.commit()?;
        Ok(true)
    }

    /// When the newest run of the plan of `run` ended that went well, `run` itself and those before it.
    pub fn last_success(&self, run: &Run) -> Result<Option<Timestamp>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT ended_at FROM runs WHERE plan = ?1 AND seq <= (SELECT seq FROM runs WHERE id = ?2)
             AND state IN ('success', 'warning', 'skipped') AND ended_at IS NOT NULL ORDER BY seq DESC LIMIT 1",
        )?;
        let at = query.query_row(params![run.plan.as_str(), run.id.to_string()], |row| row.get(0)).optional()?;
        Ok(at.map(from_millis))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::catalog::NewRun;
    use crate::catalog::tests::catalog;
    use crate::domain::job::{JobState, Trigger};
    use crate::domain::mail::{Kind, Message};
    use crate::domain::order::{Order, PlanOrder};
    use crate::domain::plan::Source;
    use crate::domain::plan::name::PlanName;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn over(catalog: &Catalog, second: i64, state: JobState) -> RunId {
        let plan = PlanName::weekly_config();
        let (id, job) = (Uuid::now_v7(), Uuid::now_v7());
        let order = Order::Plan(PlanOrder::Run { plan: plan.clone(), source: Source::Config });
        let jobs = [(job, order)];
        let run = NewRun { id, plan: &plan, trigger: Trigger::Schedule, slot: None, jobs: &jobs, runner: None };
        assert!(catalog.add_run(&run, at(second)).unwrap());
        assert!(catalog.runs_to_report(9).unwrap().iter().all(|run| run.id != id), "it is not over");
        catalog.finish_job(job, state, None, None, &[], at(second + 1)).unwrap();
        id
    }

    #[test]
    fn a_run_that_is_over_is_told_once_and_knows_the_last_that_went_well() {
        let (_top, catalog) = catalog();
        let ids = [(0, JobState::Failed), (10, JobState::Warning), (20, JobState::Failed)]
            .map(|(second, state)| over(&catalog, second, state));
        let waiting = catalog.runs_to_report(9).unwrap();
        assert_eq!(waiting.iter().map(|run| run.id).collect::<Vec<_>>(), ids);
        let last: Vec<_> = waiting.iter().map(|run| catalog.last_success(run).unwrap()).collect();
        assert_eq!(last, [None, Some(at(11)), Some(at(11))]);
        let letter = Letter {
            channel: String::new(),
            kind: Kind::Report,
            occasion: "report".into(),
            message_id: "<r@example.org>".into(),
            message: Message { subject: "s".into(), text: "t".into(), html: "h".into() },
            attachments: Vec::new(),
        };
        assert!(catalog.put_report(&ids[..1], &[], at(30)).unwrap());
        assert!(!catalog.put_report(&ids, std::slice::from_ref(&letter), at(31)).unwrap(), "one of them was told");
        assert_eq!((catalog.runs_to_report(9).unwrap().len(), catalog.letters(9).unwrap().len()), (2, 0));
        assert!(catalog.put_report(&ids[1..], &[letter], at(32)).unwrap());
        assert_eq!((catalog.runs_to_report(9).unwrap().len(), catalog.letters(9).unwrap().len()), (0, 1));
    }
}
