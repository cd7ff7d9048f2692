//! Which snapshots stay, which go, what their owner says of them, and what a kill or a stranger leaves.
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use super::support::host_rig::{HostRig, hour, looks, name};
use super::support::injector::{Fault, traced};

/// Name and reason of every snapshot that the rules drop, or keep.
fn previewed(rig: &HostRig, now: u32) -> Vec<(String, String, String)> {
    let said = rig.terminal.ask(&format!("snapshots prune pi --dry-run --now {}", hour(now)));
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let lines = said["items"][0]["lines"].as_array().unwrap();
    lines.iter().map(|line| (text(line, "snapshot"), text(line, "action"), text(line, "reason"))).collect()
}

/// Snapshots of two days, each three hours apart; of more than six hours only the first of a day stays.
fn two_days() -> HostRig {
    let rig = HostRig::with("retention = { hourly = 6 }\n");
    rig.write("a.txt", "a");
    (0..16).for_each(|n| {
        rig.take(n * 3);
    });
    rig
}

#[test]
fn the_older_the_fewer_stay_each_with_its_reason_and_a_dry_run_deletes_nothing() {
    let rig = two_days();
    rig.terminal.ask(&format!("snapshots pin pi {}", name(6)));
    let before = looks(&rig.store());
    let lines = previewed(&rig, 46);
    let of =
        |n: u32| lines.iter().find(|line| line.0 == name(n)).map(|line| (line.1.as_str(), line.2.as_str())).unwrap();
    assert_eq!(of(45), ("keep", "last_good"));
    assert_eq!(of(42), ("keep", "hourly"));
    assert_eq!(of(0), ("keep", "daily"));
    assert_eq!(of(3), ("drop", "daily"));
    assert_eq!(of(6), ("keep", "pinned"));
    assert_eq!(of(24), ("keep", "daily"));
    assert_eq!(looks(&rig.store()), before);
    let pruned = rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(46)));
    let gone = pruned["deleted"].as_array().unwrap().len();
    assert_eq!((gone, pruned["kept"].as_u64()), (11, Some(5)), "{pruned}");
    assert_eq!(rig.listed(), [0, 6, 24, 42, 45].map(name));
    assert_eq!((rig.litter(), rig.pointed("latest")), (vec![], format!("hourly/{}", name(45))));
    let again = rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(46)));
    assert_eq!(again["deleted"], json!([]));
    // Without its pin it goes with the next run.
    rig.terminal.ask(&format!("snapshots unpin pi {}", name(6)));
    let last = rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(46)));
    assert_eq!(last["deleted"][0]["snapshot"], name(6));
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true, "what is shared stays");
}

#[test]
fn a_machine_that_was_away_is_not_thinned_and_the_newest_good_one_never_goes() {
    let rig = HostRig::with("retention = { hourly = 1, daily = 1, monthly = 1 }\n");
    rig.write("a.txt", "a");
    (0..3).for_each(|n| {
        rig.take(n);
    });
    // Years later.
    let said = rig.terminal.ask("snapshots prune pi --dry-run --now 2031-01-01T00:00:00Z");
    let lines = said["items"][0]["lines"].as_array().unwrap();
    assert_eq!(lines.last().unwrap()["action"], "keep", "{said}");
    // A clock that jumps is not believed.
    assert!(lines.iter().all(|line| line["reason"] == "clock_doubtful"), "{said}");
    assert_eq!(rig.terminal.ask("snapshots prune pi --now 2031-01-01T00:00:00Z")["deleted"], json!([]));
}

#[test]
fn nothing_goes_while_the_newest_is_not_trusted_and_its_owner_can_say_that_it_is_good() {
    let rig = HostRig::with("retention = { hourly = 1 }\n");
    (0..120).for_each(|n| rig.write(&format!("{n}.jpg"), "picture"));
    (0..3).for_each(|n| {
        rig.take(n);
    });
    (0..70).for_each(|n| rig.remove(&format!("{n}.jpg")));
    rig.take(3);
    assert!(previewed(&rig, 4).iter().all(|line| line.2 == "frozen"));
    assert_eq!(rig.pointed("current"), format!("hourly/{}", name(2)));
    let trusted = rig.terminal.ask(&format!("snapshots trust pi {}", name(3)));
    assert_eq!(trusted["trusted"], true);
    assert_eq!(rig.pointed("current"), format!("hourly/{}", name(3)));
    assert_eq!(
        rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(4)))["deleted"].as_array().unwrap().len(),
        2
    );
    assert_eq!(rig.take(5)["suspect"], Value::Null);
}

#[test]
fn what_belongs_to_others_is_neither_listed_nor_touched() {
    let rig = two_days();
    let hourly = rig.store().join("hourly");
    fs::create_dir(hourly.join("2020-01-01_0000")).unwrap();
    fs::write(hourly.join("2020-01-01_0000/mine"), "mine").unwrap();
    for odd in ["2026-03-01_0100.old", "notes", "2026-03-01"] {
        fs::create_dir(hourly.join(odd)).unwrap();
        fs::copy(rig.snapshot(0).join(".snapshot_complete"), hourly.join(odd).join(".snapshot_complete")).unwrap();
    }
    symlink(rig.snapshot(0), hourly.join("2020-01-02_0000")).unwrap();
    // A marker that names another snapshot makes none.
    fs::create_dir(hourly.join("2020-01-03_0000")).unwrap();
    fs::copy(rig.snapshot(0).join(".snapshot_complete"), hourly.join("2020-01-03_0000/.snapshot_complete")).unwrap();
    let id = "0195a000-0000-7000-8000-000000000000";
    for unsigned in [format!(".partial-{id}"), format!(".trash-{id}"), ".partial-mine".into()] {
        fs::create_dir(rig.store().join(&unsigned)).unwrap();
        fs::write(rig.store().join(&unsigned).join("mine"), "mine").unwrap();
    }
    let before: Vec<_> =
        looks(&rig.store()).into_iter().filter(|(path, _)| !path.starts_with(b"hourly/2026-03")).collect();
    assert_eq!(rig.listed().len(), 16);
    rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(46)));
    rig.take(48);
    let after = looks(&rig.store());
    for (path, looks) in before {
        if !path.starts_with(b"latest") && !path.starts_with(b"current") {
            // Folders in which snapshots came and went have another time.
            let is_ours = [&b"hourly"[..], b"marks"].contains(&path.as_slice());
            assert!(is_ours || after.get(&path) == Some(&looks), "{}", String::from_utf8_lossy(&path));
        }
    }
    // The hour of a foreign folder is not taken.
    fs::create_dir(rig.snapshot(50)).unwrap();
    fs::write(rig.snapshot(50).join("mine"), "mine").unwrap();
    assert!(rig.refuse(50, 4).contains("something that is no snapshot"));
    assert_eq!(fs::read_to_string(rig.snapshot(50).join("mine")).unwrap(), "mine");
}

#[test]
fn the_clock_may_go_back_or_ahead_and_what_is_dated_ahead_is_never_the_newest() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    rig.take(100);
    let back = rig.take(3);
    assert!(back["warnings"].to_string().contains("from a later time than now"), "{back}");
    assert_eq!(back["base"], name(100), "it is shared with what there is");
    assert_eq!(rig.pointed("latest"), format!("hourly/{}", name(3)));
    rig.take(4);
    assert_eq!(rig.pointed("latest"), format!("hourly/{}", name(4)));
    assert!(previewed(&rig, 5).iter().any(|line| (line.0.as_str(), line.2.as_str()) == (name(100).as_str(), "future")));
    assert_eq!(rig.listed().len(), 3);
}

#[test]
fn a_kill_at_any_step_leaves_no_half_snapshot_and_the_next_run_removes_what_is_left() {
    let rig = HostRig::with("retention = { hourly = 1 }\n");
    (0..6).for_each(|n| rig.write(&format!("f{n}/{n}.txt"), "text"));
    rig.take(0);
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: needs strace");
        return;
    }
    let (mut killed, mut n) = (0, 1);
    for call in ["mkdirat", "linkat", "renameat,renameat2,rename", "unlinkat", "fsync", "syncfs", "symlinkat"] {
        for verb in ["take", "prune"] {
            for nth in [1, 2, 5] {
                let now = hour(n);
                let line = format!("snapshots {verb} pi --now {now}");
                let command = rig.terminal.command(line.split(' '));
                let ended = traced(&command, &Fault::Kill.at(call, nth)).output().unwrap();
                killed += usize::from(ended.status.signal() == Some(9));
                for pointer in ["latest", "current"] {
                    assert!(rig.store().join(pointer).join(".snapshot_complete").exists(), "{line}, {call} {nth}");
                }
                let found = rig.terminal.ask("snapshots verify pi");
                assert_eq!(found["ok"], true, "{line}, {call} {nth}: {found}");
                n += 1;
                rig.take(n);
                assert_eq!(rig.litter(), [""; 0], "{line}, {call} {nth}");
                n += 1;
            }
        }
    }
    assert!(killed > 18, "only {killed} died");
}

#[test]
fn a_snapshot_whose_folders_are_closed_goes_all_the_same() {
    let rig = HostRig::with("retention = { hourly = 1 }\n");
    rig.write("closed/inner/a.txt", "a");
    for folder in ["closed/inner", "closed"] {
        fs::set_permissions(rig.home.join(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    (0..3).for_each(|n| {
        rig.take(n);
    });
    let pruned = rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(3)));
    assert_eq!(pruned["deleted"].as_array().unwrap().len(), 1, "{pruned}");
    assert_eq!((rig.listed(), rig.litter()), ([0, 2].map(name).to_vec(), vec![]));
}

#[test]
fn a_plan_takes_snapshots_in_its_turn_and_lets_older_ones_go() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    let plan = "retention = { hourly = 2 }\n[[plan]]\nname = \"hours\"\nsources = [\"host:pi\"]\nschedule = { every = \"1h\" }\n";
    rig.configure(plan);
    for n in 0..4 {
        let ran = rig.terminal.ask(&format!("plans run hours --now {}", hour(n)));
        assert_eq!(ran["items"][0]["snapshot"]["snapshot"], name(n), "{ran}");
    }
    assert_eq!(rig.listed(), [0, 2, 3].map(name), "the first of the day and the last two hours");
    let listed = rig.terminal.ask("plans list");
    let sentences = listed["items"].to_string();
    assert!(sentences.contains("a snapshot of pi") && sentences.contains("become fewer"), "{sentences}");
    let jobs = rig.terminal.ask("jobs");
    assert_eq!(jobs["items"][0]["result"]["snapshots"][0]["deleted"][0]["snapshot"], name(1), "{jobs}");
    rig.configure("[[plan]]\nname = \"hours\"\nsources = [\"host:nas\"]\nschedule = { every = \"1h\" }\n");
    let mistaken = rig.terminal.run(["config", "check", "--json"]);
    assert!(String::from_utf8_lossy(&mistaken.out).contains("unknown_ref"), "{mistaken:?}");
}
