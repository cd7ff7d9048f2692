//! Jobs side by side: what waits for what, over all processes.
use std::sync::Mutex;
use std::sync::mpsc::channel;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::job::{JobId, JobState};
use allsky_backups::domain::monitor::Stage;
use allsky_backups::domain::order::{ArchiveOrder, CameraOrder, NightChoice, NightsOrder, Order, Original};
use allsky_backups::jobs::Jobs;

use crate::support::rig::{AtStage, Rig};
use crate::support::terminal::wait_until;

fn images() -> Order {
    Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All })
}

/// Between two drives; ends at once, as there are no such drives.
fn copy() -> Order {
    Order::Archive(ArchiveOrder::Copy {
        name: ArchiveName::parse("allsky-images-backup-20261117.tar.gz").unwrap(),
        from: "usb".parse().unwrap(),
        to: "nas".parse().unwrap(),
        original: Original::Stays,
    })
}

fn state(jobs: &Jobs, id: JobId) -> JobState {
    jobs.job(id).unwrap().unwrap().state
}

/// Runs `act` with the jobs of a service while a terminal writes an archive into the backups folder, and gives back
/// what it answered, after that archive is done.
fn beside_a_backup<T>(act: impl FnOnce(&Jobs) -> T) -> (Rig, std::sync::Arc<Jobs>, T) {
    let rig = Rig::new();
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let busy = AtStage { stage: Stage::Write, act: || wait.lock().unwrap().recv().unwrap() };
    let answer = std::thread::scope(|scope| {
        let terminal = Jobs::attend(rig.another(), allsky_backups::cli::command).unwrap();
        let running = scope.spawn(move || terminal.run(images(), &busy).map(|(id, _)| id));
        let is_busy = || jobs.history(9).unwrap().iter().any(|job| job.state == JobState::Running);
        wait_until("the archive is being written", is_busy);
        let answer = act(&jobs);
        go.send(()).unwrap();
        running.join().unwrap().unwrap();
        answer
    });
    (rig, jobs, answer)
}

#[test]
fn work_on_another_destination_waits_for_no_backup() {
    let (_rig, _jobs, states) = beside_a_backup(|jobs| {
        let orders = [copy(), Order::Nights(NightsOrder::Prune)];
        orders.map(|order| {
            let id = jobs.submit(order).unwrap();
            wait_until("it is over while the archive is still being written", || state(jobs, id).is_over());
            state(jobs, id)
        })
    });
    assert_eq!(states, [JobState::Failed, JobState::Failed], "there are no such drives");
}

#[test]
fn who_changes_the_camera_waits_for_all_who_read_it_and_is_not_overtaken_by_them() {
    let (_rig, jobs, (undo, nights)) = beside_a_backup(|jobs| {
        let undo = jobs.submit(Order::Camera(CameraOrder::Undo { id: None })).unwrap();
        let nights = jobs.submit(Order::Nights(NightsOrder::Prune)).unwrap();
        // Has its turn after those two had theirs.
        let last = jobs.submit(copy()).unwrap();
        wait_until("the last one is over", || state(jobs, last).is_over());
        assert_eq!([undo, nights].map(|id| state(jobs, id)), [JobState::Queued, JobState::Queued]);
        (undo, nights)
    });
    wait_until("both are over", || [undo, nights].iter().all(|id| state(&jobs, *id).is_over()));
    let [undo, nights] = [undo, nights].map(|id| jobs.job(id).unwrap().unwrap());
    assert!(undo.ended_at <= nights.started_at, "{undo:?} {nights:?}");
}

#[test]
fn what_waits_begins_as_soon_as_its_lanes_are_free() {
    let (rig, jobs, waiting) = beside_a_backup(|jobs| {
        let waiting = jobs.submit(images()).unwrap();
        let last = jobs.submit(copy()).unwrap();
        wait_until("the last one is over", || state(jobs, last).is_over());
        assert_eq!(state(jobs, waiting), JobState::Queued, "both write into the backups folder");
        waiting
    });
    wait_until("it is over", || state(&jobs, waiting).is_over());
    assert_eq!((state(&jobs, waiting), rig.kept().len()), (JobState::Success, 6), "{:?}", rig.kept());
}
