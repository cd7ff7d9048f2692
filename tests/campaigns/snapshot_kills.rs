//! kill -9 at random moments of taking and pruning snapshots. What is listed is whole, `latest` and `current` always
//! lead to a snapshot, and the next run leaves no litter.
use std::fs;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::far_host::{KeyFor, SshRig};
use crate::support::host_rig::{HostRig, hour};
use crate::{Outcome, Scale};

/// Pictures of the host, so that a run takes long enough to be hit in each of its steps.
const FILES: u32 = 400;

pub fn of_take_and_prune(scale: Scale, dice: &mut Dice) -> Outcome {
    kill(&HostRig::with("retention = { hourly = 2 }\n"), scale, dice)
}

/// The program alone is killed: ssh and rsync, which it started, find that out by themselves.
pub fn of_take_over_ssh(scale: Scale, dice: &mut Dice) -> Outcome {
    let ssh = SshRig::with(KeyFor::TheFolder, "retention = { hourly = 2 }\n");
    kill(&ssh.rig, scale, dice)
}

fn kill(rig: &HostRig, scale: Scale, dice: &mut Dice) -> Outcome {
    for n in 0..FILES {
        rig.write(&format!("f{}/{n}.jpg", n % 20), &format!("picture {n}"));
    }
    let (mut now, mut killed, mut tried, count) = (0, [0, 0], 0, scale.of(200));
    let begin = Instant::now();
    rig.take(now);
    let mut whole_run = begin.elapsed();
    while killed[0] + killed[1] < count {
        tried += 1;
        assert!(tried < 5 * count, "only {killed:?} of {tried} died at work");
        now += 1;
        rig.write(&format!("f{}/{now}.new", now % 20), "new");
        let which = usize::from(dice.part() < 0.4);
        let line = format!("snapshots {} pi --now {}", ["take", "prune"][which], hour(now));
        let (moment, begin) = (whole_run.mul_f64(dice.part()), Instant::now());
        let mut running = rig.terminal.start(&line);
        while begin.elapsed() < moment && !running.is_over() {
            see_pointers(rig, &line);
            std::thread::sleep(Duration::from_micros(200));
        }
        if running.is_over() {
            whole_run = begin.elapsed();
        } else {
            killed[which] += 1;
        }
        running.kill();
        look(rig, &mut now, &format!("{line} killed after {moment:?}"));
    }
    Outcome { count, remark: format!("{} of take, {} of prune", killed[0], killed[1]) }
}

/// Neither is ever missing, whatever is at work.
fn see_pointers(rig: &HostRig, at: &str) {
    for pointer in ["latest", "current"] {
        let marker = rig.store().join(pointer).join(".snapshot_complete");
        assert!(fs::read(&marker).is_ok_and(|text| text.ends_with(b"}")), "{at}: {pointer}");
    }
}

fn look(rig: &HostRig, now: &mut u32, at: &str) {
    see_pointers(rig, at);
    let listed = rig.listed();
    assert!(!listed.is_empty(), "{at}");
    let newest = listed.last().unwrap();
    let found = rig.terminal.ask(&format!("snapshots verify pi {newest}"));
    assert_eq!(found["ok"], true, "{at}: {found}");
    assert!(found["files"].as_u64().unwrap() >= u64::from(FILES), "{at}: {found}");
    *now += 1;
    rig.take(*now);
    assert_eq!(rig.litter(), [""; 0], "{at}");
}

/// kill -9 at random moments of making an archive and a golden month: what is listed is whole, and the next run makes what
/// is missing and leaves no litter.
pub fn of_archive_and_golden(scale: Scale, dice: &mut Dice) -> Outcome {
    let rig = HostRig::new();
    for n in 0..FILES {
        rig.write(&format!("f{}/{n}.jpg", n % 20), &format!("picture {n} ").repeat(200));
    }
    rig.take(0);
    let (mut killed, mut tried, count) = ([0, 0], 0, scale.of(100));
    let mut whole_run = [Duration::from_millis(400); 2];
    while killed[0] + killed[1] < count {
        tried += 1;
        assert!(tried < 5 * count, "only {killed:?} of {tried} died at work");
        let which = usize::from(dice.part() < 0.5);
        let line = format!("snapshots {} pi --now {}", ["archive", "golden"][which], hour(1));
        let (moment, begin) = (whole_run[which].mul_f64(dice.part()), Instant::now());
        let mut running = rig.terminal.start(&line);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        if running.is_over() {
            whole_run[which] = begin.elapsed();
        } else {
            killed[which] += 1;
        }
        running.kill();
        whole_beside(&rig, &format!("{line} killed after {moment:?}"));
    }
    for verb in ["archive", "golden"] {
        rig.terminal.ask(&format!("snapshots {verb} pi --now {}", hour(1)));
    }
    whole_beside(&rig, "at the end");
    assert_eq!(rig.litter(), [""; 0]);
    assert_eq!(fs::read_dir(rig.store().join("archives")).unwrap().count(), 3, "archive, description and index");
    Outcome { count, remark: format!("{} of archive, {} of golden", killed[0], killed[1]) }
}

/// Everything that is listed beside the snapshots is whole; then it goes, so that it is made anew.
fn whole_beside(rig: &HostRig, at: &str) {
    let listed = rig.terminal.ask("snapshots list pi")["items"][0].clone();
    let names = |kind: &str, key: &str| -> Vec<String> {
        listed[kind].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    for name in names("archives", "name").into_iter().chain(names("golden", "month")) {
        let found = rig.terminal.ask(&format!("snapshots verify pi {name}"));
        assert_eq!(found["ok"], true, "{at}: {found}");
        if at != "at the end" {
            let _ = fs::remove_dir_all(rig.store().join("golden"));
            let _ = fs::remove_dir_all(rig.store().join("archives"));
        }
    }
}
