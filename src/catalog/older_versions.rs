//! A camera that has the catalog of an older version loses nothing of its history.
use refinery::Target;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Catalog, migrations};
use crate::domain::job::{JobId, JobState, Trigger};
use crate::domain::monitor::Stage;
use crate::domain::plan::name::PlanName;

/// The catalog before runs, with these jobs: what was wanted, how it stands, and whether the schedule wanted it.
fn before_runs(path: &std::path::Path, jobs: &[(JobId, &str, &str, bool)]) {
    let mut connection = Connection::open(path).unwrap();
    migrations::runner().set_target(Target::Version(6)).run(&mut connection).unwrap();
    for (n, (id, wanted, state, by_schedule)) in jobs.iter().enumerate() {
        let at = 1_700_000_000_000 + 1000 * n as i64;
        let ended = (*state != "queued").then_some(at + 900);
        connection
            .execute(
                "INSERT INTO jobs (id, wanted, state, queued_at, started_at, ended_at, by_schedule, stages, stage)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, '[\"survey\",\"write\"]', 1)",
                params![id.to_string(), wanted, state, at, ended, by_schedule],
            )
            .unwrap();
        for kind in [
            r#"{"event":"state","state":"running"}"#,
            r#"{"event":"stage","stage":"survey"}"#,
            r#"{"event":"stage","stage":"write"}"#,
            r#"{"event":"warning","text":"a picture could not be read"}"#,
        ] {
            let event = params![id.to_string(), at + 100, kind];
            connection.execute("INSERT INTO events (job, at, kind) VALUES (?1, ?2, ?3)", event).unwrap();
        }
    }
}

#[test]
fn the_steps_of_earlier_jobs_are_told_by_their_events() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("catalog.db");
    let ids: [JobId; 2] = std::array::from_fn(|_| Uuid::now_v7());
    let verify = r#"{"order":"verify_all"}"#;
    before_runs(&path, &[(ids[0], verify, "warning", false), (ids[1], verify, "cancelled", false)]);
    let catalog = Catalog::open(&path).unwrap();
    let results = |id| {
        let steps = catalog.steps(id).unwrap();
        assert!(steps.iter().all(|step| step.ended_at.is_some()), "{steps:?}");
        steps.iter().map(|step| (step.name, step.result, step.warnings.len())).collect::<Vec<_>>()
    };
    let survey = (Stage::Survey, JobState::Success, 0);
    assert_eq!(results(ids[0]), [survey, (Stage::Write, JobState::Warning, 1)]);
    assert_eq!(results(ids[1]), [survey, (Stage::Write, JobState::Cancelled, 1)]);
}

#[test]
fn what_plans_did_before_there_were_runs_becomes_a_run_of_one_job_each() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("catalog.db");
    let ids: [JobId; 5] = std::array::from_fn(|_| Uuid::now_v7());
    before_runs(
        &path,
        &[
            (ids[0], r#"{"order":"run_plan","plan":"weekly-config","source":"config"}"#, "success", true),
            (ids[1], r#"{"order":"copy_plan","plan":"weekly-config"}"#, "failed", true),
            (ids[2], r#"{"order":"nights","wish":"run"}"#, "warning", false),
            (ids[3], r#"{"order":"verify_all"}"#, "success", false),
            (ids[4], r#"{"order":"run_plan","plan":"pictures","source":"images-new"}"#, "queued", false),
        ],
    );
    let catalog = Catalog::open(&path).unwrap();
    let jobs = catalog.jobs(9).unwrap();
    assert_eq!(jobs.iter().rev().map(|job| job.id).collect::<Vec<_>>(), ids, "no job is lost");
    assert_eq!(catalog.newest_event().unwrap(), 20);
    let runs = catalog.runs(None, 9).unwrap();
    let told: Vec<_> = runs.iter().rev().map(|run| (run.id, run.plan.to_string(), run.state, run.trigger)).collect();
    let named = |name: &str| name.to_owned();
    assert_eq!(
        told,
        [
            (ids[0], named("weekly-config"), JobState::Success, Trigger::Schedule),
            (ids[2], named("nights"), JobState::Warning, Trigger::Hand),
            (ids[4], named("pictures"), JobState::Queued, Trigger::Hand),
        ]
    );
    assert_eq!((jobs[4].run, jobs[3].run, jobs[2].run), (Some(ids[0]), None, Some(ids[2])));
    assert!(catalog.has_open_run(&PlanName::try_from(named("pictures")).unwrap()).unwrap());
    drop(catalog);
    assert_eq!(Catalog::open(&path).unwrap().runs(None, 9).unwrap().len(), 3, "a second start changes nothing");
}
