//! However a run is killed, what is called verified is whole, nothing verified is lost, and nothing
//! half deleted is seen. `CAMPAIGN=full` kills a hundred and fifty times each.
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;

fn times() -> u32 {
    if std::env::var("CAMPAIGN").is_ok_and(|how| how == "full") { 150 } else { 6 }
}

/// Runs a line and kills it after `moment`; true when it was still at work.
fn killed_after(sites: &NightSites, line: &str, moment: Duration) -> bool {
    let mut child = sites.command(Camera::Team, line.split(' ')).stdout(std::process::Stdio::null()).spawn().unwrap();
    let end = Instant::now() + moment;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    let alive = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    alive
}

/// Nights on the drive whose manifest says verified; each must be whole.
fn verified(sites: &NightSites, drive: &Path) -> BTreeSet<String> {
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
        assert_eq!(pictures.len(), 40, "{night}");
        for (path, bytes) in pictures {
            let original = sites.path("allsky/images").join(night.replace('-', "")).join(&path);
            assert_eq!(std::fs::read(original).unwrap(), bytes, "{night} {path:?}");
        }
        nights.insert(night);
    }
    nights
}

/// The moment of try `n` of `all`, over the time that a whole run takes.
fn moment(whole: Duration, n: u32, all: u32) -> Duration {
    whole * (2 * n + 1) / (2 * all)
}

#[test]
fn a_save_that_is_killed_at_any_moment_never_calls_a_night_verified_that_is_not_and_goes_on() {
    let sites = NightSites::with(&["--bytes", "60000"]);
    let drive = sites.path("drive");
    std::fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(Camera::Team, &format!("dest init --plain-folder {dest}"));
    let begin = Instant::now();
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let whole = begin.elapsed();
    assert_eq!(verified(&sites, &drive).len(), 7);
    let mut hits = 0;
    for n in 0..times() {
        std::fs::remove_dir_all(drive.join("nights")).unwrap();
        std::fs::remove_dir_all(sites.path("state-allsky")).unwrap();
        sites.ask(Camera::Team, &format!("dest init --plain-folder {dest}"));
        hits += u32::from(killed_after(&sites, &format!("run nights {dest}"), moment(whole, n, times())));
        let before = verified(&sites, &drive);
        let done = sites.ask(Camera::Team, &format!("run nights {dest}"));
        assert_eq!(
            done["nights"].as_array().unwrap().len() + before.len(),
            7,
            "{n}: what was verified is not copied again"
        );
        assert_eq!(verified(&sites, &drive).len(), 7, "{n}");
        let parts = files(&drive).into_iter().filter(|(p, _)| p.to_string_lossy().contains(".part")).count();
        assert_eq!(parts, 0, "{n}");
    }
    assert!(hits > 0, "no kill hit a program at work");
}

#[test]
fn a_deletion_that_is_killed_at_any_moment_leaves_a_night_whole_or_out_of_sight() {
    let sites = NightSites::new();
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(Camera::Team, &format!("dest init {dest}"));
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let all = verified(&sites, disk.path());
    let filler = disk.path().join("other.bin");
    let fill = || std::fs::write(&filler, vec![1; 6_700_000]).unwrap();
    fill();
    let begin = Instant::now();
    sites.ask(Camera::Team, &format!("prune --plan nights {dest}"));
    let whole = begin.elapsed();
    assert!(verified(&sites, disk.path()).len() < all.len());
    for n in 0..times() {
        std::fs::remove_file(&filler).unwrap();
        let gone: Vec<String> = all.difference(&verified(&sites, disk.path())).cloned().collect();
        if !gone.is_empty() {
            sites.ask(Camera::Team, &format!("nights save {} {dest}", gone.join(" ")));
        }
        assert_eq!(verified(&sites, disk.path()), all, "{n}");
        fill();
        killed_after(&sites, &format!("prune --plan nights {dest}"), moment(whole, n, times()));
        let left = verified(&sites, disk.path());
        let seen = std::fs::read_dir(disk.path().join("nights")).unwrap().count();
        assert_eq!(seen, left.len(), "{n}: every night that is seen is whole");
        // The next look puts everything right.
        let items = sites.ask(Camera::Team, &format!("nights list {dest}"))["items"].as_array().unwrap().clone();
        for item in items.iter().filter(|item| all.contains(item["night"].as_str().unwrap())) {
            let state = if left.contains(item["night"].as_str().unwrap()) { "verified" } else { "deleted" };
            assert_eq!(item["state"], state, "{n}: {item}");
        }
        let trash = std::fs::read_dir(disk.path()).unwrap();
        assert_eq!(
            trash.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".trash")).count(),
            0,
            "{n}"
        );
    }
}
