//! Snapshots that other programs made become ours, and whatever is not understood stays as it is.
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::Value;

use super::support::foreign_snapshots::{by_rsync, rsnapshot, time_backup};
use super::support::host_rig::{HostRig, inode, looks};
use super::support::moving_rig::MovingRig;

const NOW: &str = "2026-03-01T11:10:00+00:00";

/// Files with two names of one, a link, and something that changes each time.
fn live(rig: &HostRig) -> impl FnMut(usize) {
    for n in 0..10 {
        rig.write(&format!("stays/{n}.txt"), &format!("text {n}"));
    }
    rig.write("two.txt", "two names");
    fs::hard_link(rig.home.join("two.txt"), rig.home.join("second.txt")).unwrap();
    std::os::unix::fs::symlink("stays/1.txt", rig.home.join("link")).unwrap();
    |n| rig.write("changes.txt", &"v".repeat(n + 1))
}

fn inodes(folder: &Path) -> usize {
    let all = walkdir::WalkDir::new(folder).min_depth(1).into_iter().map(Result::unwrap);
    let ours = [".snapshot_complete", ".snapshot_manifest.gz"];
    let files = all.filter(|entry| !ours.iter().any(|name| entry.file_name() == *name));
    files.map(|entry| entry.path().symlink_metadata().unwrap().ino()).collect::<BTreeSet<_>>().len()
}

fn listed(rig: &HostRig) -> Vec<String> {
    let list = rig.terminal.ask("snapshots list pi")["items"][0]["snapshots"].clone();
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

fn verify_all(rig: &HostRig) {
    for name in listed(rig) {
        let found = rig.terminal.ask(&format!("snapshots verify pi {name}"));
        assert_eq!(found["ok"], true, "{found}");
    }
}

fn adopt(rig: &HostRig, path: &Path, more: &str) -> Value {
    rig.terminal.ask(&format!("snapshots adopt {}{more} --now {NOW}", path.display()))
}

fn why(adopted: &Value, folder: &str) -> String {
    let stays = adopted["stays"].as_array().unwrap();
    let one = stays.iter().find(|one| one["folder"] == folder);
    one.unwrap_or_else(|| panic!("{folder}: {adopted}"))["why"].as_str().unwrap().to_owned()
}

#[test]
fn snapshots_of_rsync_time_backup_are_renamed_into_their_place_and_the_next_one_shares_with_them() {
    let moving = MovingRig::new();
    let rig = &moving.rig;
    let old = rig.drive.join("tm");
    let times = ["2026-02-01-081500", "2026-02-01-083000", "2026-02-02-081500", "2026-02-03-081500"];
    time_backup(&rig.home, &old, &times, live(rig));
    fs::write(old.join("notes.txt"), "mine").unwrap();
    fs::create_dir(old.join("2026-02-04")).unwrap();
    let listener = UnixListener::bind(old.join(times[2]).join("socket")).unwrap();
    drop(listener);
    let before = [0, 2, 3].map(|n| looks(&old.join(times[n])));
    let dry = adopt(rig, &old, " --dry-run");
    let set = &dry["set"];
    assert_eq!((&set["coming"], set["taken"].as_array().unwrap().len()), (&"renamed".into(), 3), "{dry}");
    assert!(why(set, times[1]).contains("earlier one of the same hour"));
    assert!(why(set, "2026-02-04").contains("not called as those beside it"));
    assert!(!rig.store().exists() && old.join(times[0]).exists(), "a dry run changes nothing");

    let count = inodes(&old);
    let adopted = adopt(rig, &old, "");
    assert_eq!(adopted["taken"].as_array().unwrap().len(), 3, "{adopted}");
    assert!(adopted["warnings"].to_string().contains("1 pipe, socket or device not kept"), "{adopted}");
    let names = ["2026-02-01_0800", "2026-02-02_0800", "2026-02-03_0800"];
    assert_eq!(listed(rig), names);
    for (n, name) in names.iter().enumerate() {
        let mut was = before[n].clone();
        was.remove(&b"socket"[..]);
        // The folder that held the socket is the top, which is not compared.
        assert_eq!(looks(&rig.store().join("hourly").join(name)), was, "{name}");
    }
    let [first, last] = [0, 2].map(|n| inode(&rig.store().join("hourly").join(names[n]).join("stays/3.txt")));
    assert_eq!(first, last, "what was one file is one file");
    assert_eq!(inodes(&old) + inodes(&rig.store().join("hourly")), count - 1 + shared_between(&old, &rig.store()));
    verify_all(rig);
    for name in ["notes.txt", "backup.marker", "2026-02-04", times[1]] {
        assert!(old.join(name).exists(), "{name} is left alone");
    }
    let next = rig.take(12);
    assert_eq!((&next["base"], &next["counts"]["changed"]), (&names[2].into(), &0.into()), "{next}");
    let again = adopt(rig, &old, "");
    assert_eq!(again["taken"].as_array().unwrap().len(), 0, "{again}");
    assert!(why(&again, times[1]).contains("there is a snapshot of this hour"));
}

/// Inodes that both folders have.
fn shared_between(one: &Path, other: &Path) -> usize {
    let all = |folder: &Path| -> BTreeSet<u64> {
        let files =
            walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| !entry.file_type().is_dir());
        files.map(|entry| entry.path().symlink_metadata().unwrap().ino()).collect()
    };
    all(one).intersection(&all(other)).count()
}

#[test]
fn snapshots_of_rsnapshot_on_another_disk_are_copied_with_their_links_and_stay() {
    let moving = MovingRig::new();
    let rig = &moving.rig;
    let elsewhere = tempfile::tempdir().unwrap();
    let old = elsewhere.path().join("snapshots");
    if rsnapshot(&rig.home, &old, live(rig)).is_none() {
        return;
    }
    if elsewhere.path().metadata().unwrap().dev() == rig.drive.metadata().unwrap().dev() {
        eprintln!("skipped: needs two file systems");
        return;
    }
    fs::create_dir(old.join("_delete.1234")).unwrap();
    let before = looks(&old);
    let adopted = adopt(rig, &old, " --host pi");
    assert_eq!(adopted["coming"], "copied", "{adopted}");
    let taken = adopted["taken"].as_array().unwrap();
    assert!(taken.len() >= 3, "{adopted}");
    assert!(why(&adopted, "_delete.1234").contains("being deleted"));
    assert_eq!(looks(&old), before, "the old ones stay as they were");
    for tree in taken {
        let [folder, name] = ["folder", "snapshot"].map(|key| tree[key].as_str().unwrap());
        assert_eq!(looks(&rig.store().join("hourly").join(name)), looks(&old.join(folder)), "{folder}");
    }
    fs::remove_dir(old.join("_delete.1234")).unwrap();
    // Each top folder has its counterpart; `hourly` itself is that of the old folder.
    assert_eq!(inodes(&rig.store().join("hourly")), inodes(&old), "as many inodes as there");
    verify_all(rig);
    assert!(
        fs::read_dir(rig.store()).unwrap().all(|one| !one
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".moving"))
    );
}

#[test]
fn with_keep_files_get_second_names_and_folders_called_by_hour_or_day_are_understood() {
    let moving = MovingRig::new();
    let rig = &moving.rig;
    let old = rig.drive.join("manager/pi");
    let hours = ["2026-02-01_0800", "2026-02-01_0900", "2026-02-01_1000", "2031-02-01_1000"];
    by_rsync(&rig.home, &old.join("hourly"), &hours, &mut live(rig));
    for hour in [0, 1, 3] {
        fs::write(old.join("hourly").join(hours[hour]).join(".snapshot_complete"), "done\n").unwrap();
    }
    fs::create_dir(old.join("hourly/2026-02-01_1100.partial")).unwrap();
    let before = looks(&old);
    let adopted = adopt(rig, &old, " --keep");
    assert_eq!((&adopted["coming"], &adopted["host"]), (&"linked".into(), &"pi".into()), "{adopted}");
    assert_eq!(listed(rig), &hours[..2]);
    assert!(why(&adopted, hours[2]).contains("half") && why(&adopted, hours[3]).contains("ahead of the clock"));
    assert!(why(&adopted, "2026-02-01_1100.partial").contains("half"));
    assert_eq!(looks(&old), before, "nothing of the old ones is changed");
    let [theirs, ours] =
        [old.join("hourly"), rig.store().join("hourly")].map(|top| inode(&top.join(hours[1]).join("two.txt")));
    assert_eq!(theirs, ours);
    verify_all(rig);

    // Days of two machines side by side: only those of the host.
    let days = rig.drive.join("days");
    by_rsync(&rig.home, &days, &["pi-2026-01-10", "pi-2026-01-11", "nas-2026-01-11"], &mut |_| {});
    let adopted = adopt(rig, &days, " --host pi");
    assert_eq!(adopted["taken"].as_array().unwrap().len(), 2, "{adopted}");
    assert!(why(&adopted, "nas-2026-01-11").contains("another machine"));
    assert!(listed(rig).starts_with(&["2026-01-10_0000".to_owned(), "2026-01-11_0000".to_owned()]));
    verify_all(rig);
}

#[test]
fn what_is_no_folder_of_snapshots_or_is_ours_already_is_refused_and_not_touched() {
    let moving = MovingRig::new();
    let rig = &moving.rig;
    let told = |path: &Path, more: &str, code: i32| {
        let error = rig.terminal.refuse(&format!("snapshots adopt {}{more}", path.display()), code);
        error["message"].as_str().unwrap().to_owned()
    };
    assert!(told(&rig.drive.join("nothing"), " --host pi", 3).contains("cannot be read"));
    assert!(told(&rig.home, " --host pi", 4).contains("no snapshots of another program"));
    assert!(told(&rig.home, " --host nobody", 4).contains("no host nobody"));
    moving.take_ten();
    assert!(told(&rig.store(), "", 2).contains("on its own drive"));
    assert!(told(&rig.store().join("hourly"), " --dry-run", 2).contains("on its own drive"));
    // A tree that was being made, and one whose time cannot be right.
    let old = rig.drive.join("tm");
    time_backup(&rig.home, &old, &["1970-01-01-000000", "2026-01-01-081500", "2026-01-02-081500"], |_| {});
    fs::write(old.join("backup.inprogress"), "4711").unwrap();
    let adopted = adopt(rig, &old, "");
    assert!(why(&adopted, "2026-01-02-081500").contains("half"), "{adopted}");
    assert!(why(&adopted, "1970-01-01-000000").contains("cannot be right"), "{adopted}");
    assert!(old.join("2026-01-02-081500").exists() && !old.join("2026-01-01-081500").exists());
    assert_eq!(listed(rig).len(), 11);
    verify_all(rig);
}
