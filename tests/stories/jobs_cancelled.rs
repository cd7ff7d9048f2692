//! A job that is cancelled at any of its checkpoints has done all or nothing, and a part that must not be cut is
//! finished first.
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use allsky_backups::catalog::EventKind;
use allsky_backups::domain::failure::Code;
use allsky_backups::domain::job::JobState;
use allsky_backups::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage, Unwatched};
use allsky_backups::domain::order::{ArchiveOrder, NightChoice, Order, PauseChoice, SectionChoice};
use allsky_backups::domain::turn::Turn;
use allsky_backups::jobs::Jobs;
use allsky_backups::work::plan;
use uuid::Uuid;

use super::support::rig::{CancelAt, Rig};
use super::support::terminal::wait_until;

/// Says when a part begins that must not be cut, and holds it up until it is told to go on.
struct Held {
    begun: Sender<&'static str>,
    go: Mutex<Receiver<()>>,
}

impl Monitor for Held {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        Ok(())
    }
    fn protected(&self, change: Protection) {
        if let Protection::Begins(what) = change {
            self.begun.send(what).unwrap();
            self.go.lock().unwrap().recv().unwrap();
        }
    }
}

#[test]
fn a_cancel_waits_until_the_archive_lies_in_its_place_and_says_so() {
    let rig = Rig::new();
    let jobs = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (begun, begins) = channel();
    let (go, wait) = channel();
    let held = Held { begun, go: Mutex::new(wait) };
    std::thread::scope(|scope| {
        let order = Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All });
        let running = scope.spawn(|| jobs.run(order, &held));
        assert_eq!(begins.recv().unwrap(), "the archive lies in its place");
        let id = jobs.history(1).unwrap()[0].id;
        assert!(jobs.cancel(id).unwrap());
        let job = jobs.job(id).unwrap().unwrap();
        assert!(job.cancelling && job.state == JobState::Running, "{job:?}");
        assert_eq!(jobs.protected(id), Some("the archive lies in its place"));
        let events = jobs.events_after(0, 1000).unwrap();
        assert!(events.iter().any(|event| event.kind == EventKind::Cancelling), "pages are told");
        go.send(()).unwrap();
        running.join().unwrap().unwrap();
        let job = jobs.job(id).unwrap().unwrap();
        assert_eq!((job.state, job.cancelling), (JobState::Success, false), "it was done already");
        assert_eq!(jobs.protected(id), None);
    });
    assert_eq!(rig.kept().iter().filter(|name| name.ends_with(".tar.gz")).count(), 1);
}

#[test]
fn an_archive_is_there_whole_or_not_at_all_wherever_its_job_is_cancelled() {
    let config = Order::Archive(ArchiveOrder::CreateConfig { sections: SectionChoice::All, pause: PauseChoice::Never });
    for order in [config, Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All })] {
        let rig = Rig::new();
        let jobs = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
        for checkpoint in 0.. {
            let ended = jobs.run(order.clone(), &CancelAt::checkpoint(checkpoint));
            let job = jobs.history(1).unwrap().remove(0);
            let archives = || rig.kept().into_iter().filter(|name| name.ends_with(".tar.gz")).count();
            let steps = rig.tools.catalog.steps(job.id).unwrap();
            match ended {
                Err(failure) => {
                    assert_eq!(failure.code, Code::Cancelled, "checkpoint {checkpoint}: {failure:?}");
                    assert_eq!((job.state, archives()), (JobState::Cancelled, 0), "checkpoint {checkpoint}");
                    assert!(rig.kept().is_empty(), "checkpoint {checkpoint}: {:?}", rig.kept());
                    assert!(steps.last().is_none_or(|step| step.result == JobState::Cancelled), "{steps:?}");
                }
                Ok(_) => {
                    assert!(checkpoint > 3 && archives() == 1, "checkpoint {checkpoint}");
                    assert!(steps.iter().all(|step| step.ended_at.is_some()), "{steps:?}");
                    break;
                }
            }
        }
    }
}

#[test]
fn retention_that_is_cancelled_anywhere_deletes_only_what_its_rules_say_and_the_next_run_goes_on() {
    let rig = Rig::new();
    let jobs = Jobs::attend(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let name = rig.tools.plans.first().unwrap().name.clone();
    let turn = || Turn::of(plan::named(&rig.tools, &name).unwrap(), Uuid::now_v7());
    let archives = || rig.kept().into_iter().filter(|name| name.ends_with(".tar.gz")).collect::<Vec<_>>();
    // The plan keeps ten, and all were made in one second.
    for _ in 0..11 {
        let run = jobs.begin_run(&turn()).unwrap();
        run.jobs.iter().for_each(|part| drop(jobs.run_part(part, &Unwatched).unwrap()));
    }
    let before = archives();
    for checkpoint in 0.. {
        let run = jobs.begin_run(&turn()).unwrap();
        let (makes, prunes) = (&run.jobs[0], &run.jobs[1]);
        jobs.run_part(makes, &Unwatched).unwrap();
        let made = archives();
        match jobs.run_part(prunes, &CancelAt::checkpoint(checkpoint)) {
            Err(failure) => {
                assert_eq!(failure.code, Code::Cancelled, "checkpoint {checkpoint}");
                wait_until("the run is over", || jobs.run_of(run.run).unwrap().unwrap().state.is_over());
                assert_eq!(jobs.run_of(run.run).unwrap().unwrap().state, JobState::Cancelled);
                assert!(archives().len() + checkpoint as usize >= made.len(), "checkpoint {checkpoint}");
            }
            Ok(_) => {
                assert!(checkpoint > 0 && archives().len() <= before.len(), "checkpoint {checkpoint}");
                break;
            }
        }
    }
}
