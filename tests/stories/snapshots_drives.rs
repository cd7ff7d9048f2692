//! Snapshots on drives as they are: full, read-only, away, exchanged, without hard links, within the host itself.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use serde_json::json;

use super::support::ext4::Ext4;
use super::support::host_rig::{HostRig, hour, inode, looks, name};
use super::support::injector::traced;
use super::support::small_disk::SmallDisk;
use super::support::terminal::{PROGRAM, Terminal};

/// A host whose drive is a small disk; `None` where none can be mounted.
fn on_small_disk(options: &str) -> Option<(HostRig, SmallDisk)> {
    let disk = SmallDisk::mount(options);
    if disk.is_none() {
        eprintln!("skipped: no disk can be mounted here");
    }
    let disk = disk?;
    Some((HostRig::on(Terminal::new(), disk.path().to_owned(), ""), disk))
}

#[test]
fn a_drive_without_the_room_is_told_before_and_one_that_fills_up_meanwhile_keeps_what_it_had() {
    let Some((rig, disk)) = on_small_disk("size=8m,nr_inodes=400") else { return };
    rig.write("a.txt", "a");
    rig.take(0);
    fs::write(rig.home.join("large"), vec![7; 12 << 20]).unwrap();
    let told = rig.refuse(1, 3);
    assert!(told.contains("the drive has room for") && told.contains("are needed"), "{told}");
    fs::remove_file(rig.home.join("large")).unwrap();
    (0..500).for_each(|n| rig.write(&format!("many/{n}"), "x"));
    let told = rig.refuse(1, 3);
    assert!(told.contains("more files"), "{told}");
    fs::remove_dir_all(rig.home.join("many")).unwrap();
    // A file that has grown since it was looked at: here it only says that it is small.
    fs::write(rig.home.join("large"), vec![7; 3 << 20]).unwrap();
    disk.fill("filler", 60);
    let before = looks(&rig.snapshot(0));
    let holes = fs::File::create(rig.home.join("z-holes")).unwrap();
    holes.set_len(3 << 20).unwrap();
    let said = rig.said(1);
    assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
    assert_eq!((looks(&rig.snapshot(0)), rig.litter()), (before, vec![]));
}

#[test]
fn a_write_that_fails_in_the_middle_leaves_nothing_and_says_why() {
    let rig = HostRig::new();
    (0..5).for_each(|n| rig.write(&format!("{n}.txt"), "text"));
    rig.take(0);
    (0..5).for_each(|n| rig.write(&format!("{n}.txt"), "other text"));
    for (call, error, nth, code) in [
        ("linkat", "ENOSPC", 1, 3),
        ("mkdirat", "EROFS", 2, 3),
        ("syncfs", "EIO", 1, 1),
        ("fsync", "EIO", 3, 1),
        ("renameat,renameat2", "EIO", 1, 1),
    ] {
        if call == "linkat" {
            rig.write("0.txt", "text");
        }
        let line = format!("snapshots take pi --json --now {}", hour(1));
        let inject = format!("inject={call}:error={error}:when={nth}+");
        let words = ["-e".into(), format!("trace={call}"), "-e".into(), inject];
        let Ok(ended) = traced(&rig.terminal.command(line.split(' ')), &words).output() else {
            eprintln!("skipped: needs strace");
            return;
        };
        let said = super::support::terminal::Said::from(ended);
        assert_eq!(said.code, Some(code), "{call} {error}: {said:?}");
        assert_eq!(rig.listed(), [name(0)], "{call} {error}");
        assert!(rig.store().join("latest/0.txt").exists());
    }
    rig.take(1);
    assert_eq!((rig.listed(), rig.litter()), ([0, 1].map(name).to_vec(), vec![]));
}

#[test]
fn a_drive_that_is_read_only_away_or_another_one_gets_nothing() {
    let Some((rig, disk)) = on_small_disk("size=8m") else { return };
    rig.write("a.txt", "a");
    rig.take(0);
    disk.remount("ro");
    assert!(rig.refuse(1, 3).contains("read-only"));
    assert_eq!(rig.listed(), [name(0)], "a disk that turned read-only still gives back what is on it");
    let to = rig.terminal.path("back");
    rig.terminal.ask(&format!("snapshots restore pi {} --to {}", name(0), to.display()));
    assert_eq!(fs::read_to_string(to.join("a.txt")).unwrap(), "a");
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
    assert!(
        rig.terminal.refuse(&format!("snapshots prune pi --now {}", hour(1)), 3)["message"]
            .to_string()
            .contains("read-only")
    );
    disk.remount("rw");
    let mark = rig.drive.join(".allsky-backups.json");
    let kept = fs::read_to_string(&mark).unwrap();
    fs::write(&mark, kept.replacen(|c: char| c.is_ascii_digit(), "f", 1)).unwrap();
    assert!(rig.refuse(1, 3).contains("another drive"), "exchanged");
    fs::remove_file(&mark).unwrap();
    assert!(rig.refuse(1, 3).contains("has not been set up"));
    fs::write(&mark, kept).unwrap();
    rig.take(1);
    drop(disk);
    let told = rig.refuse(2, 3);
    assert!(told.contains("not there") || told.contains("not been set up"), "{told}");
    assert!(!rig.store().exists(), "nothing is written to the empty mount point");
    let list = rig.terminal.ask("snapshots list");
    assert!(list["items"][0]["why"].is_string(), "{list}");
}

#[test]
fn a_drive_without_hard_links_is_refused_in_words_and_copies_are_made_on_request() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    let without = |n: u32| {
        let line = format!("snapshots take pi --json --now {}", hour(n));
        let words = ["-e", "trace=linkat", "-e", "inject=linkat:error=EPERM"].map(String::from);
        traced(&rig.terminal.command(line.split(' ')), &words).output().ok().map(super::support::terminal::Said::from)
    };
    let Some(said) = without(0) else {
        eprintln!("skipped: needs strace");
        return;
    };
    assert_eq!(said.code, Some(3), "{said:?}");
    let told = said.json().to_string();
    assert!(told.contains("no hard links") && told.contains("sharing = \\\"copies\\\""), "{told}");
    assert_eq!(rig.listed(), [""; 0]);
    rig.configure("sharing = \"copies\"\n");
    for n in [0, 1] {
        let said = without(n).unwrap();
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(said.json()["counts"]["linked"], 0);
    }
    assert_ne!(inode(&rig.snapshot(0).join("a.txt")), inode(&rig.snapshot(1).join("a.txt")));
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
}

#[test]
fn a_drive_within_the_host_is_left_out_and_a_host_within_the_drive_is_refused() {
    let terminal = Terminal::new();
    let drive = terminal.path("home/usb");
    fs::create_dir_all(&drive).unwrap();
    let mut rig = HostRig::on(terminal, drive.clone(), "");
    rig.write("a.txt", "a");
    for n in [0, 1, 2] {
        let taken = rig.take(n);
        assert_eq!((&taken["counts"]["files"], &taken["counts"]["folders"]), (&json!(1), &json!(0)), "{taken}");
        assert!(taken["warnings"].to_string().contains("drive of the snapshots lies within"), "{taken}");
    }
    rig.home = drive.join("hosts/pi/hourly");
    rig.configure("");
    assert!(rig.refuse(3, 2).contains("lies on the drive"));
}

#[test]
fn another_file_system_within_the_host_stays_out_unless_its_owner_wants_it() {
    let Some(other) = SmallDisk::mount("size=1m") else { return eprintln!("skipped: no disk can be mounted here") };
    fs::write(other.path().join("there"), "there").unwrap();
    for (keys, taken) in [("", 1), ("one_file_system = false\n", 2)] {
        let mut rig = HostRig::with(keys);
        rig.home = other
            .path()
            .parent()
            .unwrap()
            .join(format!("host-{}", rig.terminal.path("").file_name().unwrap().to_str().unwrap()));
        fs::create_dir(&rig.home).unwrap();
        rig.configure(keys);
        rig.write("a.txt", "a");
        let inside = rig.home.join("mounted");
        fs::create_dir(&inside).unwrap();
        let bound = Command::new("mount").arg("--bind").args([other.path(), inside.as_path()]).status().unwrap();
        if bound.success() {
            let said = rig.take(0);
            assert_eq!(said["counts"]["files"], taken, "{keys} {said}");
            assert!(rig.snapshot(0).join("mounted").is_dir());
        }
        Command::new("umount").arg(&inside).status().unwrap();
        fs::remove_dir_all(&rig.home).unwrap();
    }
}

#[test]
fn two_programs_at_once_never_take_one_host_at_the_same_time() {
    let rig = HostRig::new();
    (0..300).for_each(|n| rig.write(&format!("f{}/{n}", n % 7), "text"));
    let line = format!("snapshots take pi --json --now {}", hour(0));
    let start = |state: &str| {
        let mut command = rig.terminal.command(line.split(' '));
        command.env("STATE_DIRECTORY", rig.terminal.path(state)).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let all: Vec<_> = ["state", "state", "other", "third"].map(start).into_iter().collect();
    for child in all {
        let said = super::support::terminal::Said::from(child.wait_with_output().unwrap());
        match said.code {
            Some(0) => {}
            Some(4) => assert!(said.json().to_string().contains("another program"), "{said:?}"),
            _ => panic!("{said:?}"),
        }
    }
    assert_eq!((rig.listed(), rig.litter()), (vec![name(0)], vec![]));
    assert_eq!(rig.terminal.ask("snapshots verify pi")["files"], 300);
}

#[test]
fn a_file_of_8000_names_is_kept_when_the_drive_gives_it_no_more_names() {
    let Some(drive) = Ext4::mount("64M") else { return eprintln!("skipped: no ext4 can be mounted here") };
    let rig = HostRig::on(Terminal::new(), drive.folder.path().to_owned(), "");
    rig.write("first", "text");
    for n in 0..7999 {
        fs::hard_link(rig.home.join("first"), rig.home.join(format!("name-{n}"))).unwrap();
    }
    let mut anew = 0;
    for n in 0..10 {
        let taken = rig.take(n);
        assert_eq!(taken["counts"]["files"], 8000);
        anew += taken["counts"]["many_names"].as_u64().unwrap();
        assert_eq!(
            taken["counts"]["many_names"].as_u64().unwrap() > 0,
            taken["warnings"].to_string().contains("as many names")
        );
        let (one, other) = (inode(&rig.snapshot(n).join("name-7")), inode(&rig.snapshot(n).join("name-9")));
        assert_eq!(one, other, "snapshot {n}");
    }
    assert!((1..=2).contains(&anew), "the limit was met {anew} times");
    assert_eq!(rig.terminal.ask("snapshots verify pi")["files"], 8000);
}

#[test]
fn what_a_user_may_not_read_is_named_and_an_unreadable_top_is_an_error() {
    let rig = HostRig::new();
    for path in ["a.txt", "closed.txt", "closed/b.txt", "c.txt"] {
        rig.write(path, path);
    }
    let user = "4321";
    let modes =
        |text: &str| Command::new("sh").arg("-c").arg(text).current_dir(rig.terminal.path("")).status().unwrap();
    let done = modes(&format!(
        "chown -R {user}:{user} . && chmod 755 . && chmod 000 home/closed.txt home/closed && chown 0:0 home/c.txt && chmod 644 home/c.txt"
    ));
    let as_user = |n: u32| {
        let line = format!("snapshots take pi --json --now {}", hour(n));
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", user, "--clear-groups", "--", PROGRAM]);
        rig.terminal.dressed(command, line.split(' ')).output().map(super::support::terminal::Said::from)
    };
    let Ok(said) = as_user(0) else { return eprintln!("skipped: needs setpriv") };
    if !done.success() || said.code == Some(126) || said.code == Some(127) {
        return eprintln!("skipped: needs root and a program that others may run");
    }
    assert_eq!(said.code, Some(0), "{said:?}");
    let taken = said.json();
    assert_eq!((&taken["counts"]["unreadable"], &taken["counts"]["files"]), (&json!(2), &json!(2)), "{taken}");
    let told = taken["warnings"].to_string();
    assert!(told.contains("closed.txt (Permission denied") && told.contains("closed (Permission denied"), "{told}");
    let second = as_user(1).unwrap().json();
    assert_eq!(second["counts"]["linked"], 2, "owners that cannot be kept break no sharing: {second}");
    assert_eq!(fs::metadata(rig.snapshot(1).join("c.txt")).unwrap().uid().to_string(), user);
    modes("chmod 000 home");
    let said = as_user(2).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.json().to_string().contains("cannot be read"), "{said:?}");
    modes("chmod 755 home");
}

#[test]
fn a_full_drive_can_be_pruned() {
    let Some(drive) = Ext4::mount("16M") else { return eprintln!("skipped: no ext4 can be mounted here") };
    let rig = HostRig::on(Terminal::new(), drive.folder.path().to_owned(), "retention = { hourly = 1 }\n");
    (0..50).for_each(|n| rig.write(&format!("f{n}/{n}.txt"), "text"));
    for n in 0..4 {
        fs::write(rig.home.join("large"), vec![n as u8; 1 << 20]).unwrap();
        rig.take(n);
    }
    let mut filler = fs::File::create(drive.folder.path().join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[1; 4096]).is_ok() {}
    // What is written late frees some of the room that was set aside for it.
    filler.sync_all().unwrap();
    let more = (0..5_000).map(|n| fs::create_dir(drive.folder.path().join(format!("more{n}"))));
    assert!(more.into_iter().any(|made| made.is_err()), "nothing fits any more");
    let pruned = rig.terminal.ask(&format!("snapshots prune pi --now {}", hour(4)));
    assert_eq!(pruned["deleted"].as_array().unwrap().len(), 2, "{pruned}");
    assert!(pruned["freed_bytes"].as_u64().unwrap() >= 2 << 20, "{pruned}");
    assert_eq!((rig.listed(), rig.litter()), ([0, 3].map(name).to_vec(), vec![]));
}
