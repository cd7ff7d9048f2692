//! kill -9 while nights are saved and while room is made. However a run is killed, what is called
//! verified is whole, nothing verified is lost, and nothing half deleted is seen.
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::injector::{self, Fault};
use crate::support::night_sites::{Camera, NightSites, files};
use crate::support::small_disk::SmallDisk;
use crate::{Outcome, Scale};

/// Files and folders of the nights that go.
const REMOVALS: usize = 86;

/// Runs a line and kills it after `moment`; true when it was still at work.
fn killed_after(sites: &NightSites, line: &str, moment: Duration) -> bool {
    let mut child = sites.command(Camera::Team, line.split(' ')).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + moment;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    let alive = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    alive
}

/// Runs a line and kills it at its `nth` removal of a file or folder; true when it was still at work.
fn killed_at_removal(sites: &NightSites, line: &str, nth: usize) -> bool {
    let line = sites.command(Camera::Team, line.split(' '));
    let mut traced = injector::traced(&line, &Fault::Kill.at("unlinkat", nth));
    let status = traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    status.signal() == Some(9) || status.code() == Some(137)
}

/// Nights on the drive whose manifest says verified; each must be whole.
pub fn verified(sites: &NightSites, drive: &Path, frames: usize) -> BTreeSet<String> {
    let mut nights = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(drive.join("nights")) else { return nights };
    for entry in entries {
        let folder = entry.unwrap().path();
        let manifest = std::fs::read_to_string(folder.join("manifest.txt")).unwrap_or_default();
        if !manifest.contains("verified=1") {
            continue;
        }
        let night = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let pictures: Vec<_> =
            files(&folder).into_iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "jpg")).collect();
        assert_eq!(pictures.len(), frames, "{night}");
        for (path, bytes) in pictures {
            let original = sites.path("allsky/images").join(night.replace('-', "")).join(&path);
            assert_eq!(std::fs::read(original).unwrap(), bytes, "{night} {path:?}");
        }
        nights.insert(night);
    }
    nights
}

/// Names on the drive that hold `word`.
pub fn litter(drive: &Path, word: &str) -> Vec<PathBuf> {
    files(drive).into_iter().map(|(path, _)| path).filter(|path| path.to_string_lossy().contains(word)).collect()
}

pub fn of_save(scale: Scale, dice: &mut Dice) -> Outcome {
    let sites = NightSites::with(&["--frames", "20", "--bytes", "60000"]);
    let drive = sites.path("drive");
    std::fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    let fresh = || {
        for old in [drive.join("nights"), drive.join("timelapse"), sites.path("state-allsky")] {
            let _ = std::fs::remove_dir_all(old);
        }
        sites.ask(Camera::Team, &format!("dest init --plain-folder {dest}"));
    };
    fresh();
    let begin = Instant::now();
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let mut whole = begin.elapsed();
    assert_eq!(verified(&sites, &drive, 20).len(), 7);
    let (count, mut tried, mut killed, mut proved) = (scale.of(300), 0, 0, 0);
    // Only those count that died at work; on a busy machine one may be done before its moment comes.
    while killed < count {
        tried += 1;
        assert!(tried < 5 * count, "only {killed} of {tried} died at work");
        fresh();
        let begin = Instant::now();
        if killed_after(&sites, &format!("run nights {dest}"), whole.mul_f64(dice.part())) {
            killed += 1;
        } else {
            whole = begin.elapsed();
        }
        let before = verified(&sites, &drive, 20);
        proved += before.len();
        let done = sites.ask(Camera::Team, &format!("run nights {dest}"));
        let saved = done["nights"].as_array().unwrap().len();
        assert_eq!(saved + before.len(), 7, "{tried}: what was verified is not copied again");
        assert_eq!(verified(&sites, &drive, 20).len(), 7, "{tried}");
        let left = litter(&drive, ".part");
        assert!(left.is_empty(), "{tried}: {left:?}");
    }
    Outcome { count, remark: format!("{proved} nights were verified by then, all of them whole") }
}

pub fn of_prune(scale: Scale, dice: &mut Dice) -> Outcome {
    let sites = NightSites::new();
    let Some(disk) = SmallDisk::mount("size=8m") else {
        return Outcome { count: 0, remark: "skipped: disks of a chosen size need root".to_owned() };
    };
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(Camera::Team, &format!("dest init {dest}"));
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let all = verified(&sites, disk.path(), 40);
    let filler = disk.path().join("other.bin");
    let fill = || std::fs::write(&filler, vec![1; 6_700_000]).unwrap();
    fill();
    let begin = Instant::now();
    sites.ask(Camera::Team, &format!("prune --plan nights {dest}"));
    let mut whole = begin.elapsed();
    assert!(verified(&sites, disk.path(), 40).len() < all.len());
    let can_trace = injector::works();
    let (count, mut tried, mut killed, mut half) = (scale.of(300), 0, 0, 0);
    while killed < count {
        tried += 1;
        assert!(tried < 5 * count, "only {killed} of {tried} died at work");
        std::fs::remove_file(&filler).unwrap();
        let gone: Vec<String> = all.difference(&verified(&sites, disk.path(), 40)).cloned().collect();
        if !gone.is_empty() {
            sites.ask(Camera::Team, &format!("nights save {} {dest}", gone.join(" ")));
        }
        assert_eq!(verified(&sites, disk.path(), 40), all, "{tried}");
        fill();
        let begin = Instant::now();
        let line = format!("prune --plan nights {dest}");
        // Two moments in three lie in the middle of deleting, which is over too soon to be hit by chance.
        if can_trace && tried % 3 > 0 {
            killed += usize::from(killed_at_removal(&sites, &line, dice.roll() as usize % REMOVALS + 1));
        } else if killed_after(&sites, &line, whole.mul_f64(dice.part())) {
            killed += 1;
        } else {
            whole = begin.elapsed();
        }
        let left = verified(&sites, disk.path(), 40);
        let seen = std::fs::read_dir(disk.path().join("nights")).unwrap().count();
        assert_eq!(seen, left.len(), "{tried}: every night that is seen is whole");
        half += trash(disk.path());
        // The next look tells how it is, and the next one that may write puts it right.
        let items = sites.ask(Camera::Team, &format!("nights list {dest}"))["items"].as_array().unwrap().clone();
        for item in items.iter().filter(|item| all.contains(item["night"].as_str().unwrap())) {
            let state = if left.contains(item["night"].as_str().unwrap()) { "verified" } else { "deleted" };
            assert_eq!(item["state"], state, "{tried}: {item}");
        }
        sites.ask(Camera::Team, &format!("nights rescan {dest}"));
        assert_eq!(trash(disk.path()), 0, "{tried}");
    }
    assert!(half > 0 || !can_trace, "no moment lay in the middle of deleting");
    Outcome { count, remark: format!("{half} nights were half deleted and out of sight, until the next run") }
}

fn trash(drive: &Path) -> usize {
    let is_trash = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".trash");
    std::fs::read_dir(drive).unwrap().filter(|entry| is_trash(&entry.as_ref().unwrap().file_name())).count()
}
