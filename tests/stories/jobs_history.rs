//! Jobs: what was ordered, what became of it, and who may know.
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use allsky_backups::base::instance::Instance;
use allsky_backups::catalog::{Event, EventKind};
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::Code;
use allsky_backups::domain::job::{Job, JobId, JobState, Trigger};
use allsky_backups::domain::monitor::{Stage, Unwatched};
use allsky_backups::domain::order::{ArchiveOrder, NightChoice, Order, PlanOrder};
use allsky_backups::domain::plan::Source;
use allsky_backups::jobs::Jobs;
use allsky_backups::work::archive::verify::Finding;
use allsky_backups::work::outcome::Outcome;
use jiff::Timestamp;
use uuid::Uuid;

use crate::support::rig::{AtStage, Rig};

fn images() -> Order {
    Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All })
}

/// Polls until it is so, half a minute at most.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "not in half a minute: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn ended(jobs: &Jobs, id: JobId) -> Job {
    until("the job is over", || jobs.job(id).unwrap().unwrap().state.is_over());
    jobs.job(id).unwrap().unwrap()
}

fn state(jobs: &Jobs, id: JobId) -> JobState {
    jobs.job(id).unwrap().unwrap().state
}

/// A line to a browser that sends what it is given, and is quiet in between.
struct Slow(Receiver<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.recv_timeout(Duration::from_millis(20)) {
            Ok(bytes) => {
                buf[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Ok(0),
        }
    }
}

fn slow_upload(jobs: &Jobs) -> (JobId, Sender<Vec<u8>>) {
    let (browser, line) = channel();
    let id = jobs.receive("slow.tar.gz", Some(1 << 20), Box::new(Slow(line))).unwrap();
    // A first byte that was taken: the workspace is there.
    browser.send(vec![0x1f]).unwrap();
    until("it receives", || !jobs.gauges().borrow().is_empty());
    (id, browser)
}

/// A process that has ended.
fn dead() -> Instance {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let id = child.id();
    child.wait().unwrap();
    let us = Instance::here().unwrap().to_string();
    let boot = us.split(' ').nth(2).unwrap();
    Instance::parse(&format!("{id} 1 {boot}")).unwrap()
}

#[test]
fn an_order_becomes_history_with_every_stage_known_before_the_first() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let id = jobs.submit(images()).unwrap();
    let job = ended(&jobs, id);
    assert_eq!(job.state, JobState::Success, "{job:?}");
    assert_eq!(job.stage, Some(job.stages.len() - 1));
    assert_eq!(job.result.unwrap()["name"], "allsky-images-backup-20261121-000309.tar.gz");
    let kinds: Vec<_> = jobs.events_after(0, 100).unwrap().into_iter().map(|event| event.kind).collect();
    let stages = kinds.iter().position(|kind| matches!(kind, EventKind::Stages { .. })).unwrap();
    let first = kinds.iter().position(|kind| matches!(kind, EventKind::Stage { .. })).unwrap();
    assert!(stages < first);
    let running = EventKind::State { state: JobState::Running };
    assert_eq!(kinds.iter().filter(|kind| **kind == running).count(), 1);
    assert_eq!(kinds.last(), Some(&EventKind::State { state: JobState::Success }));
    assert!(jobs.gauges().borrow().is_empty());
}

#[test]
fn a_listener_that_subscribes_first_and_replays_second_misses_nothing() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let first = jobs.submit(images()).unwrap();
    until("something has happened", || jobs.newest_event().unwrap() > 0);
    let mut live = jobs.events();
    let mut seen: Vec<Event> = jobs.events_after(0, 1000).unwrap();
    let second = jobs.submit(images()).unwrap();
    ended(&jobs, first);
    ended(&jobs, second);
    until("the feed has told all", || {
        while let Ok(event) = live.try_recv() {
            if event.id > seen.last().map_or(0, |last| last.id) {
                seen.push(event);
            }
        }
        seen.last().map(|last| last.id) == Some(jobs.newest_event().unwrap())
    });
    let ids: Vec<_> = seen.iter().map(|event| event.id).collect();
    let all: Vec<_> = jobs.events_after(0, 1000).unwrap().iter().map(|event| event.id).collect();
    assert_eq!(ids, all);
}

#[test]
fn events_of_another_process_are_told_too() {
    let rig = Rig::new();
    let service = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let mut live = service.events();
    let terminal = Jobs::attend(rig.another(), allsky_backups::cli::command).unwrap();
    let (id, outcome) = terminal.run(images(), &Unwatched).unwrap();
    let Outcome::Created(created) = outcome else { panic!("not an archive: {outcome:?}") };
    assert!(created.files > 0);
    let done = EventKind::State { state: JobState::Success };
    until("the service has heard", || live.try_recv().is_ok_and(|event| event.job == Some(id) && event.kind == done));
    assert_eq!(service.history(10).unwrap()[0].id, id);
}

#[test]
fn a_panic_is_a_failed_job_and_the_next_one_runs() {
    let rig = Rig::new();
    let jobs = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let careless = AtStage { stage: Stage::Write, act: || panic!("a mistake in the program") };
    let failure = jobs.run(images(), &careless).unwrap_err();
    assert_eq!(failure.code, Code::Failed);
    assert!(failure.message.contains("a mistake in the program"), "{failure:?}");
    let job = &jobs.history(1).unwrap()[0];
    assert_eq!((job.state, job.failure.as_ref()), (JobState::Failed, Some(&failure)));
    assert!(rig.kept().is_empty(), "{:?}", rig.kept());
    jobs.run(images(), &Unwatched).unwrap();
}

#[test]
fn a_running_job_is_cancelled_within_two_seconds_by_us_and_by_another_process() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let other = Jobs::attend(rig.another(), allsky_backups::cli::command).unwrap();
    for by in [&jobs, &other] {
        let (id, _browser) = slow_upload(&jobs);
        let asked = Instant::now();
        assert!(by.cancel(id).unwrap());
        assert_eq!(ended(&jobs, id).state, JobState::Cancelled);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert!(rig.kept().is_empty(), "{:?}", rig.kept());
        assert!(!by.cancel(id).unwrap(), "it is over");
    }
}

#[test]
fn an_upload_waits_for_no_lane() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (upload, browser) = slow_upload(&jobs);
    let id = jobs.submit(images()).unwrap();
    assert_eq!(ended(&jobs, id).state, JobState::Success);
    assert_eq!(state(&jobs, upload), JobState::Running);
    drop(browser);
    let job = ended(&jobs, upload);
    assert_eq!(job.state, JobState::Failed);
    assert!(job.failure.unwrap().message.contains("the connection broke after 1 B of 1.0 MB"));
}

#[test]
fn one_job_at_a_time_on_a_destination_over_all_processes_and_what_waits_can_be_cancelled() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let busy = AtStage { stage: Stage::Write, act: || wait.lock().unwrap().recv().unwrap() };
    std::thread::scope(|scope| {
        let terminal = Jobs::attend(rig.another(), allsky_backups::cli::command).unwrap();
        let running = scope.spawn(move || terminal.run(images(), &busy).map(|(id, _)| id));
        until("the terminal's job runs", || {
            jobs.history(1).unwrap().first().is_some_and(|job| job.state == JobState::Running)
        });
        let waiting = [jobs.submit(images()).unwrap(), jobs.submit(images()).unwrap()];
        std::thread::yield_now();
        assert!(waiting.iter().all(|id| state(&jobs, *id) == JobState::Queued));
        assert!(jobs.cancel(waiting[0]).unwrap());
        assert_eq!(state(&jobs, waiting[0]), JobState::Cancelled);
        go.send(()).unwrap();
        let first = running.join().unwrap().unwrap();
        assert_eq!(ended(&jobs, waiting[1]).state, JobState::Success);
        let [first, second] = [first, waiting[1]].map(|id| jobs.job(id).unwrap().unwrap());
        assert!(first.ended_at <= second.started_at);
    });
}

#[test]
fn a_terminal_that_waits_for_its_lanes_can_be_stopped() {
    let rig = Rig::new();
    let jobs = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let lane =
        OpenOptions::new().create(true).append(true).open(rig.path("state/lane-destination-backups.lock")).unwrap();
    lane.lock().unwrap();
    let failure = jobs.run(images(), &crate::support::rig::CancelAt::checkpoint(2)).unwrap_err();
    assert_eq!(failure.code, Code::Cancelled);
    assert_eq!(jobs.history(1).unwrap()[0].state, JobState::Cancelled);
}

#[test]
fn the_queue_survives_a_restart_and_what_ran_is_interrupted_not_rerun() {
    let rig = Rig::new();
    let catalog = &rig.tools.catalog;
    let [ran, waited, uploaded, terminal] = std::array::from_fn(|_| Uuid::now_v7());
    let at = Timestamp::UNIX_EPOCH;
    let dead = dead();
    catalog.add_job(ran, &images(), Trigger::Hand, at).unwrap();
    assert!(catalog.take(ran, &dead, at).unwrap());
    catalog.add_job(waited, &images(), Trigger::Hand, at).unwrap();
    catalog.add_own_job(uploaded, &Order::Archive(ArchiveOrder::Upload { file_name: "x".into() }), &dead, at).unwrap();
    catalog.add_own_job(terminal, &images(), &dead, at).unwrap();
    let litter = rig.archive(&format!(".partial-{}", Uuid::now_v7()));
    rig.tools.folder.prepare().unwrap();
    std::fs::create_dir(&litter).unwrap();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    assert!(!litter.exists());
    assert_eq!(jobs.recovered().len(), 4, "{:?}", jobs.recovered());
    for id in [ran, uploaded, terminal] {
        let job = jobs.job(id).unwrap().unwrap();
        assert_eq!(job.state, JobState::Interrupted);
        assert!(!job.failure.unwrap().advice.is_empty());
    }
    assert_eq!(ended(&jobs, waited).state, JobState::Success);
    assert_eq!(rig.kept().len(), 3);
}

#[test]
fn a_second_process_leaves_the_jobs_of_the_first_alone() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (id, browser) = slow_upload(&jobs);
    let other = Jobs::attend(rig.another(), allsky_backups::cli::command).unwrap();
    assert!(other.recovered().is_empty(), "{:?}", other.recovered());
    assert_eq!(state(&other, id), JobState::Running);
    assert_eq!(rig.kept().len(), 1, "the workspace of the living");
    drop(browser);
    ended(&jobs, id);
}

#[test]
fn stopping_interrupts_what_does_not_end_in_time_and_keeps_the_queue() {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (id, _browser) = slow_upload(&jobs);
    let lane =
        OpenOptions::new().create(true).append(true).open(rig.path("state/lane-destination-backups.lock")).unwrap();
    lane.lock().unwrap();
    let queued = jobs.submit(images()).unwrap();
    let asked = Instant::now();
    jobs.stop(Duration::from_millis(50));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(state(&jobs, id), JobState::Interrupted);
    assert_eq!(state(&jobs, queued), JobState::Queued);
    assert_eq!(jobs.submit(images()).unwrap_err().code, Code::NotReady);
    assert!(rig.kept().is_empty(), "{:?}", rig.kept());
    drop(lane);
    let restarted = Jobs::start(rig.another(), allsky_backups::cli::command).unwrap();
    assert_eq!(ended(&restarted, queued).state, JobState::Success);
}

#[test]
fn what_the_history_keeps_of_a_job_is_read_back_by_its_order() {
    let rig = Rig::new();
    let jobs: Arc<Jobs> = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (_, made) = jobs.run(images(), &Unwatched).unwrap();
    let name = ArchiveName::parse(made.archive().unwrap()).unwrap();
    let copy = rig.path("a copy.tar.gz");
    std::fs::copy(rig.archive(name.as_str()), &copy).unwrap();
    let config = rig.tools.plans.first().unwrap().name.clone();
    let orders = [
        Order::Archive(ArchiveOrder::Verify { name: name.clone() }),
        Order::Archive(ArchiveOrder::VerifyAll),
        Order::Archive(ArchiveOrder::Inspect { name: name.clone() }),
        Order::Archive(ArchiveOrder::Import { file: copy }),
        Order::Plan(PlanOrder::Run { plan: config.clone(), source: Source::Config }),
        Order::Plan(PlanOrder::Prune { plan: None }),
        Order::Archive(ArchiveOrder::Delete { name }),
    ];
    for order in orders {
        let (id, outcome) = jobs.run(order.clone(), &Unwatched).unwrap();
        let kept = jobs.job(id).unwrap().unwrap().result.unwrap();
        assert_eq!(serde_json::to_value(&outcome).unwrap(), kept, "{order:?}");
        let recalled = Outcome::recall(&order, &kept).unwrap_or_else(|| panic!("not read back: {order:?} {kept}"));
        assert_eq!(serde_json::to_value(&recalled).unwrap(), kept, "{order:?}");
    }
}

#[test]
fn damage_that_verify_finds_makes_the_job_fail_and_is_told_in_its_result() {
    let rig = Rig::new();
    let jobs: Arc<Jobs> = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (_, made) = jobs.run(images(), &Unwatched).unwrap();
    let path = rig.archive(made.archive().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 10);
    std::fs::write(path, bytes).unwrap();
    let (id, outcome) = jobs.run(Order::Archive(ArchiveOrder::VerifyAll), &Unwatched).unwrap();
    let Outcome::AllChecked(checked) = outcome else { panic!("not a verify of all: {outcome:?}") };
    assert_eq!(checked[0].finding, Finding::Damaged);
    let job = jobs.job(id).unwrap().unwrap();
    assert_eq!((job.state, job.failure.unwrap().code), (JobState::Failed, Code::Damaged));
}
