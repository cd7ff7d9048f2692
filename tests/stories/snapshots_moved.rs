//! A set of snapshots goes to a larger drive: with all its links, whole, resumable, and never at the cost of the old set.
use std::fs;

use serde_json::{Value, json};

use super::support::host_rig::{hour, inode, name};
use super::support::injector::traced;
use super::support::moving_rig::{MovingRig, contents, inodes, shared};
use super::support::small_disk::SmallDisk;
use super::support::terminal::{Said, Terminal};

/// Runs `snapshots move pi big` with a system call of it changed; `None` where nothing can be traced.
fn with(moving: &MovingRig, more: &str, inject: &str) -> Option<Said> {
    let call = inject.split(':').next().unwrap();
    let line = format!("snapshots move pi big{more} --json --now {}", hour(11));
    let words = ["-e".into(), format!("trace={call}"), "-e".into(), format!("inject={inject}")];
    let ended = traced(&moving.rig.terminal.command(line.split(' ')), &words).output();
    if ended.is_err() {
        eprintln!("skipped: needs strace");
    }
    Some(Said::from(ended.ok()?))
}

fn go(moving: &MovingRig, more: &str) -> Value {
    moving.rig.terminal.ask(&format!("snapshots move pi big{more} --now {}", hour(11)))
}

fn listed(moving: &MovingRig) -> Value {
    moving.rig.terminal.ask("snapshots list pi")["items"][0].clone()
}

fn verify_all(moving: &MovingRig) {
    let list = listed(moving);
    let names = |kind: &str, key: &str| -> Vec<String> {
        list[kind].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
    };
    let all = [names("snapshots", "name"), names("golden", "month"), names("archives", "name")].concat();
    assert!(!all.is_empty());
    for one in all {
        assert_eq!(moving.rig.terminal.ask(&format!("snapshots verify pi {one}"))["ok"], true, "{one}");
    }
}

#[test]
fn ten_snapshots_of_one_file_are_one_file_on_the_new_drive_and_everything_is_there_as_it_was() {
    let moving = MovingRig::new();
    moving.take_all();
    let rig = &moving.rig;
    let (before, links, count) = (contents(&rig.drive), shared(&rig.drive), inodes(&rig.drive));
    let text = moving.config();
    let dry = rig.terminal.ask("snapshots move pi big --dry-run");
    let set = &dry["set"];
    assert_eq!(
        ["snapshots", "golden", "archives", "are_there"].map(|key| set[key].as_u64().unwrap()),
        [10, 1, 1, 0],
        "{dry}"
    );
    assert!(!moving.big.join("hosts").exists(), "a dry run makes nothing");

    let moved = go(&moving, "");
    assert_eq!(["snapshots", "golden", "archives"].map(|key| moved[key].as_u64().unwrap()), [10, 1, 1], "{moved}");
    assert_eq!((&moved["from"], &moved["to"], &moved["left"]), (&json!("usb"), &json!("big"), &json!([])));
    assert_eq!(moved["warnings"], json!([]), "{moved}");
    assert_eq!(contents(&moving.big), before);
    assert_eq!(shared(&moving.big), links, "links in are links out");
    assert_eq!(inodes(&moving.big), count, "as many inodes as before");
    assert!(links.iter().any(|names| names.len() == 20), "two names of one file in each of ten snapshots");

    // The configuration leads there, and everything else in it stays.
    assert_eq!(moving.config().replacen("destination = \"big\"\n", "", 1), text);
    let list = listed(&moving);
    assert_eq!((&list["destination"], list["snapshots"].as_array().unwrap().len()), (&json!("big"), 10));
    assert_eq!(list["snapshots"][8]["pinned"], true);
    for pointer in ["latest", "current"] {
        let leads_to = fs::read_link(moving.big.join("hosts/pi").join(pointer)).unwrap();
        assert_eq!(leads_to, std::path::Path::new("hourly").join(name(9)));
    }
    verify_all(&moving);

    // The next one shares what did not change with the newest that came.
    let next = rig.take(12);
    assert_eq!((&next["base"], &next["counts"]["new"]), (&json!(name(9)), &json!(0)), "{next}");
    let file = "stays/1.txt";
    let [old, new] = [9, 12].map(|n| inode(&moving.big.join("hosts/pi/hourly").join(name(n)).join(file)));
    assert_eq!(old, new);

    // The old set stays until its owner says otherwise.
    assert_eq!(moved["old_set"]["state"], "stays");
    assert_eq!(contents(&rig.drive), before);
    let removed = go(&moving, " --remove");
    assert_eq!(removed["old_set"], json!({ "state": "gone" }), "{removed}");
    assert!(!rig.drive.join("hosts/pi").exists());
    assert_eq!(listed(&moving)["snapshots"].as_array().unwrap().len(), 11);
    assert!(!moving.big.join("hosts/pi/.moved.json").exists());
    let told = rig.terminal.refuse("snapshots move pi big", 2);
    assert!(told["message"].as_str().unwrap().contains("already"), "{told}");
}

#[test]
fn what_would_not_end_well_is_refused_before_anything_is_copied() {
    let moving = MovingRig::new();
    let terminal = &moving.rig.terminal;
    let told = |line: &str, code: i32| {
        let error = terminal.refuse(line, code);
        format!("{}. {}", error["message"].as_str().unwrap(), error["advice"].as_str().unwrap())
    };
    assert!(told("snapshots move pi big", 4).contains("no snapshot of pi"));
    moving.take_ten();
    let before = contents(&moving.rig.drive);
    assert!(told("snapshots move pi nowhere", 4).contains("no destination nowhere"));
    assert!(told("snapshots move nobody big", 4).contains("no host nobody"));
    assert!(told("snapshots move pi usb", 2).contains("lie on usb already"));
    // Snapshots that were made there by somebody else, of a host of this name.
    fs::create_dir_all(moving.big.join("hosts/pi/hourly/2020-01-01_0000")).unwrap();
    for more in ["", " --dry-run", " --remove"] {
        let said = told(&format!("snapshots move pi big{more}"), 4);
        assert!(said.contains("did not come from the drive") && said.contains("rm -r"), "{said}");
    }
    fs::remove_dir_all(moving.big.join("hosts")).unwrap();
    // Somebody else works on the set.
    let folder = fs::File::open(moving.rig.store()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert!(told("snapshots move pi big", 4).contains("another program changes the snapshots of pi"));
    drop(folder);
    if let Some(said) = with(&moving, "", "linkat:error=EPERM") {
        assert!(said.code == Some(3) && said.json().to_string().contains("no hard links"), "{said:?}");
    }
    fs::remove_file(moving.big.join(".allsky-backups.json")).unwrap();
    assert!(told("snapshots move pi big", 3).contains("has not been set up"));
    assert!(!moving.big.join("hosts/pi/hourly").exists());
    assert_eq!(contents(&moving.rig.drive), before);
    assert!(!moving.config().contains("destination = \"big\""));
}

#[test]
fn a_drive_that_is_too_small_or_fills_up_in_the_middle_loses_nothing_and_the_next_run_goes_on() {
    let Some(disk) = SmallDisk::mount("size=2m,nr_inodes=2000") else {
        eprintln!("skipped: no disk can be mounted here");
        return;
    };
    let moving = MovingRig::with(Terminal::new(), disk.path().to_owned());
    moving.take_ten();
    moving.rig.write("large", &"x".repeat(3 << 20));
    moving.rig.take(10);
    let (before, count) = (contents(&moving.rig.drive), inodes(&moving.rig.drive));
    let told = moving.rig.terminal.refuse("snapshots move pi big", 3);
    assert!(told["message"].as_str().unwrap().contains("the drive has room for"), "{told}");
    disk.remount("size=16m,nr_inodes=100");
    let told = moving.rig.terminal.refuse("snapshots move pi big", 3);
    assert!(told["message"].as_str().unwrap().contains("more files"), "{told}");
    disk.remount("size=16m,nr_inodes=4000");
    // Another program takes the room while the set is copied.
    let Some(said) = with(&moving, "", "linkat:error=ENOSPC:when=150+") else { return };
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.json()["error"]["advice"].as_str().unwrap().contains("goes on where this one ended"), "{said:?}");
    assert_eq!(contents(&moving.rig.drive), before);
    let came = contents(disk.path()).len();
    assert!((1..11).contains(&came), "{came}");
    let moved = go(&moving, "");
    assert_eq!(moved["were_there"], came, "{moved}");
    assert_eq!((contents(disk.path()), inodes(disk.path())), (before, count));
    verify_all(&moving);
}

#[test]
fn a_file_that_has_rotted_costs_itself_and_keeps_the_old_set() {
    let moving = MovingRig::new();
    moving.take_all();
    let store = moving.rig.store();
    // One inode of ten snapshots, and one file of the golden month.
    let rotten = store.join("hourly").join(name(3)).join("stays/3.txt");
    let time = rotten.metadata().unwrap().modified().unwrap();
    fs::write(&rotten, "tixt 3").unwrap();
    fs::File::options().write(true).open(&rotten).unwrap().set_modified(time).unwrap();
    fs::remove_file(store.join("hourly").join(name(2)).join("stays/4.txt")).unwrap();
    let manifest = store.join("hourly").join(name(0)).join(".snapshot_manifest.gz");
    fs::write(&manifest, "nothing").unwrap();
    let before = contents(&moving.rig.drive);
    let line = ["snapshots", "move", "pi", "big", "--remove", "--json", "--now", &hour(11)].map(str::to_owned);
    let said = moving.rig.terminal.run(line);
    assert_eq!(said.code, Some(1), "{said:?}");
    let moved = said.json();
    let told = moved["old_set"]["why"].as_str().unwrap();
    assert!(told.contains("did not come to the new drive"), "{moved}");
    assert_eq!(moved["left"].as_array().unwrap().len(), 10, "{moved}");
    assert_eq!(moved["snapshots"], 9, "what did not come is not counted: {moved}");
    assert_eq!(contents(&moving.rig.drive), before, "the old set stays, whatever was asked for");
    let shown = moving.rig.terminal.ask("snapshots list pi");
    assert_eq!(shown["items"][0]["snapshots"].as_array().unwrap().len(), 9, "the one without a manifest stays");
    let found = moving.rig.terminal.run(["snapshots", "verify", "pi", &name(2), "--json"]).json();
    assert_eq!(found["wrong"], 2, "{found}");
    assert!(!moving.big.join("hosts/pi/hourly").join(name(4)).join("stays/3.txt").exists());
    assert!(moving.big.join("hosts/pi/hourly").join(name(4)).join("stays/4.txt").exists());
    assert_eq!(moving.rig.terminal.ask("snapshots verify pi 2026-03")["ok"], true);
    // A later run says it again, and keeps it again.
    let again = moving.rig.terminal.run(["snapshots", "move", "pi", "big", "--remove", "--json"]);
    assert!(again.code == Some(1) && again.json().to_string().contains("did not come"), "{again:?}");
    assert_eq!(contents(&moving.rig.drive), before);
    moving.rig.take(12);
}

#[test]
fn a_drive_that_gives_a_file_no_more_names_gets_another_file_and_that_is_told() {
    let moving = MovingRig::new();
    moving.take_ten();
    let before = contents(&moving.rig.drive);
    let Some(said) = with(&moving, "", "linkat:error=EMLINK:when=60..64") else { return };
    assert_eq!(said.code, Some(0), "{said:?}");
    let moved = said.json();
    assert!(moved["warnings"].to_string().contains("no more names"), "{moved}");
    assert_eq!(contents(&moving.big), before);
    let (old, new) = (inodes(&moving.rig.drive), inodes(&moving.big));
    assert!(new > old && new <= old + 5, "{old} {new}");
    verify_all(&moving);
}

#[test]
fn what_is_taken_meanwhile_or_came_back_wrong_is_never_lost() {
    let moving = MovingRig::new();
    moving.take_ten();
    // The drive does not keep what it is given: nothing counts, and nothing changes.
    if let Some(said) = with(&moving, "", "syncfs:error=EIO:when=4+") {
        assert_eq!(said.code, Some(1), "{said:?}");
        assert_eq!(listed(&moving)["destination"], "usb");
    }
    // Between two runs life goes on at the old drive.
    moving.rig.write("late.txt", "late");
    moving.rig.take(12);
    moving.rig.terminal.ask(&format!("snapshots unpin pi {}", name(8)));
    moving.rig.terminal.ask(&format!("snapshots pin pi {}", name(2)));
    let (before, links) = (contents(&moving.rig.drive), shared(&moving.rig.drive));
    go(&moving, "");
    assert_eq!((contents(&moving.big), shared(&moving.big)), (before, links));
    let list = listed(&moving);
    let pinned = list["snapshots"].as_array().unwrap().iter().filter(|one| one["pinned"] == true);
    assert_eq!(pinned.map(|one| one["name"].clone()).collect::<Vec<_>>(), [json!(name(2))]);
    // One that was taken to the old set by hand afterwards keeps it from being removed.
    let text = moving.config();
    let file = moving.rig.terminal.path("nobody/.config/allsky-backups/config.toml");
    fs::write(&file, text.replacen("destination = \"big\"", "destination = \"usb\"", 1)).unwrap();
    moving.rig.take(14);
    fs::write(&file, text).unwrap();
    let removed = go(&moving, " --remove");
    assert!(removed["old_set"]["why"].as_str().unwrap().contains(&name(14)), "{removed}");
    assert!(moving.rig.snapshot(14).join("late.txt").exists() && moving.rig.snapshot(0).exists());
}

#[test]
fn foreign_things_among_the_snapshots_stay_where_they_are() {
    let moving = MovingRig::new();
    moving.take_ten();
    let foreign = moving.rig.store().join("hourly/2020-01-01_0000");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("mine"), "mine").unwrap();
    fs::write(moving.rig.store().join("notes.txt"), "mine").unwrap();
    let moved = go(&moving, " --remove");
    assert!(moved["warnings"].to_string().contains("no snapshots of this host"), "{moved}");
    assert_eq!(moved["old_set"]["state"], "stays");
    assert_eq!(fs::read_to_string(foreign.join("mine")).unwrap(), "mine");
    assert!(moving.rig.store().join("notes.txt").exists() && !moving.rig.snapshot(3).exists());
    assert_eq!(moving.big.join("hosts/pi/hourly").read_dir().unwrap().count(), 10);
}
