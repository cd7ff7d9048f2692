//! kill -9 at random moments of moving a set of snapshots from one drive to another, and back. What counts is whole at
//! every moment, nothing is ever on neither drive, and the next run goes on to the end with all links.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dice::Dice;
use crate::support::foreign_snapshots::time_backup;
use crate::support::host_rig::{hour, looks};
use crate::support::moving_rig::{Contents, MovingRig, contents, inodes, shared};
use crate::{Outcome, Scale};

pub fn of_move(scale: Scale, dice: &mut Dice) -> Outcome {
    let moving = MovingRig::new();
    for n in 0..200 {
        moving.rig.write(&format!("f{}/{n}.jpg", n % 20), &format!("picture {n} ").repeat(50));
    }
    moving.take_all();
    // A golden month that was read again says so in a file of its own.
    verify_all(&moving, "before");
    let whole = contents(&moving.rig.drive);
    let (links, count) = (shared(&moving.rig.drive), inodes(&moving.rig.drive));
    let all = places(&moving.rig.drive);
    let drives = [("usb", moving.rig.drive.clone()), ("big", moving.big.clone())];
    let (mut killed, mut tried, wanted, mut goal) = (0, 0, scale.of(200), 1);
    let (mut whole_run, mut ends, mut in_a_row) = (Duration::from_millis(1500), 0, 0);
    while killed < wanted {
        tried += 1;
        assert!(tried < 5 * wanted, "only {killed} of {tried} died at work");
        let line = format!("snapshots move pi {} --remove --now {}", drives[goal].0, hour(11));
        let (moment, begin) = (whole_run.mul_f64(dice.part()), Instant::now());
        let mut running = moving.rig.terminal.start(&line);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let at = format!("{line} killed after {moment:?}");
        let is_over = running.is_over();
        match (is_over, in_a_row) {
            (true, 0) => whole_run = begin.elapsed(),
            (true, _) => {}
            (false, _) => (killed, in_a_row) = (killed + 1, in_a_row + 1),
        }
        running.kill();
        look(&moving, &drives, &whole, &at);
        // Up to three kills in a row, so that kills of runs that go on are among them; then to the end.
        if is_over || in_a_row == 3 {
            (ends, in_a_row) = (ends + 1, 0);
            finish(&moving, drives[goal].0);
            let (from, to) = (&drives[1 - goal].1, &drives[goal].1);
            assert!(!from.join("hosts/pi").exists(), "{at}: the old set is gone");
            assert!(contents(to) == whole, "{at}: something is not as it was");
            let found = shared(to);
            let lost: Vec<_> = links.symmetric_difference(&found).take(2).collect();
            assert!(lost.is_empty(), "{at}: other links than before, such as {lost:?}");
            let found = places(to);
            let odd: Vec<_> = all.symmetric_difference(&found).take(5).collect();
            assert!(odd.is_empty(), "{at}: {odd:?}");
            assert_eq!(inodes(to), count, "{at}");
            let litter = fs::read_dir(to.join("hosts/pi")).unwrap().map(|entry| entry.unwrap().file_name());
            let odd: Vec<_> = litter.filter(|name| name.to_string_lossy().starts_with('.')).collect();
            assert!(odd.is_empty(), "{at}: {odd:?}");
            verify_all(&moving, &at);
            goal = 1 - goal;
        }
    }
    Outcome { count: killed, remark: format!("{ends} moves went on to their end") }
}

/// Every path of the set on a drive.
fn places(drive: &Path) -> BTreeSet<PathBuf> {
    let store = drive.join("hosts/pi");
    let all = walkdir::WalkDir::new(&store).into_iter().map(Result::unwrap);
    all.map(|entry| entry.path().strip_prefix(&store).unwrap().to_owned()).collect()
}

/// One that is at its goal already has nothing to do.
fn finish(moving: &MovingRig, to: &str) {
    let line = format!("snapshots move pi {to} --remove --json");
    let said = moving.rig.terminal.run(line.split(' '));
    let is_done = said.code == Some(0) || said.json()["error"]["message"].as_str().unwrap().contains("already");
    assert!(is_done, "{said:?}");
}

/// Everything that counts on either drive is whole, and together they have everything; what the configuration names can
/// be used.
fn look(moving: &MovingRig, drives: &[(&str, PathBuf); 2], whole: &Contents, at: &str) {
    let on = [0, 1].map(|n| counted(&drives[n].1, whole, at));
    for place in whole.keys() {
        assert!(on.iter().any(|names| names.contains(place)), "{at}: {place} is on neither drive");
    }
    let list = moving.rig.terminal.ask("snapshots list pi")["items"][0].clone();
    let drive = drives.iter().position(|(name, _)| list["destination"] == *name).unwrap_or(0);
    assert_eq!(on[drive].len(), whole.len(), "{at}: the configuration leads to a set that is not whole");
    for pointer in ["latest", "current"] {
        let marker = drives[drive].1.join("hosts/pi").join(pointer).join(".snapshot_complete");
        assert!(fs::read(&marker).is_ok_and(|text| text.ends_with(b"}")), "{at}: {pointer}");
    }
}

/// Snapshots and golden months on a drive that have their marker; each must be whole.
fn counted(drive: &Path, whole: &Contents, at: &str) -> Vec<String> {
    let mut all = contents(drive);
    all.retain(|place, _| drive.join("hosts/pi").join(place).join(".snapshot_complete").exists());
    for (place, found) in &all {
        assert!(whole.get(place) == Some(found), "{at}: {place} on {} is not whole", drive.display());
    }
    all.into_keys().collect()
}

fn verify_all(moving: &MovingRig, at: &str) {
    let list = moving.rig.terminal.ask("snapshots list pi")["items"][0].clone();
    let names = |kind: &str, key: &str| -> Vec<Value> {
        list[kind].as_array().unwrap().iter().map(|one| one[key].clone()).collect()
    };
    let all = [names("snapshots", "name"), names("golden", "month"), names("archives", "name")].concat();
    assert_eq!(all.len(), 12, "{at}");
    for one in all {
        let found = moving.rig.terminal.ask(&format!("snapshots verify pi {}", one.as_str().unwrap()));
        assert_eq!(found["ok"], true, "{at}: {found}");
    }
}

/// kill -9 at random moments of taking over what another program made, by a rename and by copying: each tree is whole
/// where it was or where it is now, and the next run goes on to the end.
pub fn of_adopt(scale: Scale, dice: &mut Dice) -> Outcome {
    let (mut killed, mut tried, wanted) = ([0, 0], 0, scale.of(100));
    let mut whole_run = [Duration::from_millis(700); 2];
    while killed[0] + killed[1] < wanted {
        tried += 1;
        assert!(tried < 5 * wanted, "only {killed:?} of {tried} died at work");
        let which = tried % 2;
        let moving = MovingRig::new();
        for n in 0..200 {
            moving.rig.write(&format!("f{}/{n}.jpg", n % 20), &format!("picture {n} ").repeat(50));
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let old = [moving.rig.drive.join("tm"), elsewhere.path().join("tm")][which].clone();
        let times: Vec<String> = (1..7).map(|day| format!("2026-02-0{day}-081500")).collect();
        let names: Vec<&str> = times.iter().map(String::as_str).collect();
        time_backup(&moving.rig.home, &old, &names, |n| moving.rig.write("changes.txt", &"v".repeat(n + 1)));
        let whole: Vec<_> = times.iter().map(|time| looks(&old.join(time))).collect();
        let line = format!("snapshots adopt {} --now {}", old.display(), hour(11));
        for _ in 0..2 {
            let (moment, begin) = (whole_run[which].mul_f64(dice.part()), Instant::now());
            let mut running = moving.rig.terminal.start(&line);
            while begin.elapsed() < moment && !running.is_over() {
                std::thread::sleep(Duration::from_micros(200));
            }
            if running.is_over() {
                whole_run[which] = begin.elapsed();
            } else {
                killed[which] += 1;
            }
            running.kill();
            for (n, time) in times.iter().enumerate() {
                let ours = moving.rig.store().join(format!("hourly/2026-02-0{}_0800", n + 1));
                let places = [ours, old.join(time)];
                let found: Vec<_> = places.iter().filter(|place| place.exists()).map(|place| looks(place)).collect();
                assert!(!found.is_empty(), "{line} killed after {moment:?}: {time} is gone");
                assert!(
                    found.iter().all(|one| *one == whole[n]),
                    "{line} killed after {moment:?}: {time} is not whole"
                );
            }
        }
        moving.rig.terminal.ask(&line);
        for n in 1..7 {
            let found = moving.rig.terminal.ask(&format!("snapshots verify pi 2026-02-0{n}_0800"));
            assert_eq!(found["ok"], true, "{line}: {found}");
        }
        assert_eq!(moving.rig.litter(), [""; 0], "{line}");
    }
    Outcome { count: killed[0] + killed[1], remark: format!("{} by a rename, {} by copying", killed[0], killed[1]) }
}
