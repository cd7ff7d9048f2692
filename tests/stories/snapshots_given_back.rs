//! What is in a snapshot is looked at, verified, and given back: exactly, and without touching what is there.
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use serde_json::{Value, json};

use super::support::host_rig::{HostRig, inode, looks, name};
use super::support::injector::{Fault, traced};

fn names(listed: &Value) -> Vec<&str> {
    listed["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// A host with one snapshot.
fn taken() -> HostRig {
    let rig = HostRig::new();
    for path in ["a.txt", "b.txt", "notes/c.txt", "notes/deep/d.txt", "tools/run.sh"] {
        rig.write(path, path);
    }
    fs::write(rig.home.join(std::ffi::OsStr::from_bytes(b"new\nline\xff")), "odd").unwrap();
    symlink("/etc/passwd", rig.home.join("notes/link")).unwrap();
    fs::hard_link(rig.home.join("a.txt"), rig.home.join("notes/a-again.txt")).unwrap();
    fs::set_permissions(rig.home.join("tools/run.sh"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(rig.home.join("notes/deep"), fs::Permissions::from_mode(0o550)).unwrap();
    rig.take(8);
    rig
}

#[test]
fn folders_of_a_snapshot_are_listed_with_sizes_links_and_odd_names() {
    let rig = taken();
    let at = |path: &str| rig.terminal.ask(format!("snapshots ls pi {} {path}", name(8)).trim_end());
    assert_eq!(names(&at("")), ["a.txt", "b.txt", "new\\x0aline\\xff", "notes", "tools"]);
    assert_eq!(at("")["items"][2]["name_bytes"], json!(b"new\nline\xff"));
    let notes = at("notes/");
    assert_eq!(names(&notes), ["a-again.txt", "c.txt", "link", "deep"]);
    assert_eq!(notes["items"][2]["target"], "/etc/passwd");
    assert_eq!(names(&at("notes/c.txt")), ["c.txt"]);
    for odd in ["../../etc", "nowhere", "notes/../a.txt"] {
        let said = rig.terminal.run(["snapshots", "ls", "pi", &name(8), odd, "--json"]);
        assert!(matches!(said.code, Some(2 | 4)), "{odd}: {said:?}");
    }
}

#[test]
fn everything_comes_back_as_it_was_and_nothing_that_is_there_is_replaced_unasked() {
    let rig = taken();
    let to = rig.terminal.path("back");
    let line = format!("snapshots restore pi {} --to {}", name(8), to.display());
    let back = rig.terminal.ask(&line);
    assert_eq!((&back["files"], &back["damaged"]), (&json!(7), &json!([])), "{back}");
    let mut wanted = looks(&rig.home);
    let run = fs::metadata(to.join("tools/run.sh")).unwrap();
    assert_eq!(run.mode() & 0o7777, 0o755, "the right to run as another user does not come back by itself");
    assert!(back["warnings"].to_string().contains("run as another user"), "{back}");
    let mut found = looks(&to);
    for all in [&mut wanted, &mut found] {
        all.remove(&b"tools/run.sh"[..].to_vec());
    }
    assert_eq!(found, wanted);
    assert_eq!(inode(&to.join("a.txt")), inode(&to.join("notes/a-again.txt")));

    fs::write(to.join("a.txt"), "mine now").unwrap();
    let error = rig.terminal.refuse(&line, 4);
    assert!(error["message"].as_str().unwrap().contains("something called a.txt"), "{error}");
    assert_eq!(fs::read_to_string(to.join("a.txt")).unwrap(), "mine now");
    let one =
        rig.terminal.ask(&format!("snapshots restore pi {} a.txt notes --overwrite --to {}", name(8), to.display()));
    assert_eq!(one["files"], 4);
    assert_eq!(fs::read_to_string(to.join("a.txt")).unwrap(), "a.txt");
    let litter: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(litter.iter().all(|name| !name.to_string_lossy().starts_with(".allsky")), "{litter:?}");
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
}

#[test]
fn names_of_one_file_within_a_folder_come_back_as_names_of_one_file() {
    let rig = HostRig::new();
    rig.write("config/settings.json", "{}");
    fs::hard_link(rig.home.join("config/settings.json"), rig.home.join("config/settings_rpi.json")).unwrap();
    rig.write("config/other.json", "{}");
    rig.take(8);
    rig.take(9);
    let to = rig.terminal.path("back");
    rig.terminal.ask(&format!("snapshots restore pi {} config --to {}", name(9), to.display()));
    let at = |file: &str| inode(&to.join("config").join(file));
    assert_eq!(at("settings.json"), at("settings_rpi.json"));
    assert_ne!(at("settings.json"), at("other.json"));
    assert_eq!(fs::metadata(to.join("config/other.json")).unwrap().nlink(), 1, "nothing leads into the snapshot");
}

#[test]
fn a_restore_goes_neither_through_links_nor_into_the_snapshots() {
    let rig = taken();
    let to = rig.terminal.path("back");
    fs::create_dir(&to).unwrap();
    let outside = rig.terminal.path("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, to.join("notes")).unwrap();
    let line = format!("snapshots restore pi {} notes --to {}", name(8), to.display());
    rig.terminal.refuse(&line, 4);
    rig.terminal.ask(&format!("{line} --overwrite"));
    assert!(to.join("notes").symlink_metadata().unwrap().is_dir());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    let inside = rig.snapshot(8).join("notes");
    let error = rig.terminal.refuse(&format!("snapshots restore pi {} a.txt --to {}", name(8), inside.display()), 2);
    assert!(error["message"].as_str().unwrap().contains("among the snapshots"), "{error}");
    rig.terminal.refuse(&format!("snapshots restore pi {} a.txt notes/a.txt --to {}", name(8), to.display()), 2);
    rig.terminal.refuse(&format!("snapshots restore pi {} nowhere --to {}", name(8), to.display()), 4);
    let through =
        rig.terminal.refuse(&format!("snapshots restore pi {} notes/link/x --to {}", name(8), to.display()), 4);
    assert!(through["message"].as_str().unwrap().contains("is not in"), "{through}");
}

#[test]
fn rot_and_strangers_in_a_snapshot_are_found_and_rotten_files_do_not_come_back() {
    let rig = taken();
    assert_eq!(rig.terminal.ask(&format!("snapshots verify pi {}", name(8)))["files"], 7);
    let at = |path: &str| rig.snapshot(8).join(path);
    fs::write(at("b.txt"), "b.tx!").unwrap();
    fs::write(at("notes/c.txt"), "longer than it was").unwrap();
    fs::remove_file(at("notes/deep/d.txt")).unwrap();
    fs::write(at("tools/new"), "new").unwrap();
    fs::remove_file(at("notes/link")).unwrap();
    symlink("elsewhere", at("notes/link")).unwrap();
    let said = rig.terminal.run(["snapshots", "verify", "pi", "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let found = said.json();
    assert_eq!((&found["ok"], &found["wrong"]), (&json!(false), &json!(5)), "{found}");
    for named in [
        "b.txt: its bytes",
        "notes/c.txt: it has",
        "d.txt: it is missing",
        "tools/new: it does not belong",
        "link leads elsewhere",
    ] {
        assert!(found["findings"].to_string().contains(named), "{named}: {found}");
    }
    let to = rig.terminal.path("back");
    let said = rig.terminal.run(["snapshots", "restore", "pi", &name(8), "--to", to.to_str().unwrap(), "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(!to.join("b.txt").exists() && !to.join("notes/c.txt").exists() && !to.join("tools/new").exists());
    assert_eq!(fs::read_to_string(to.join("a.txt")).unwrap(), "a.txt");
    // A manifest that is damaged is no measure.
    fs::write(at(".snapshot_manifest.gz"), "x").unwrap();
    assert!(rig.terminal.refuse("snapshots verify pi", 1)["message"].as_str().unwrap().contains("manifest"));
}

#[test]
fn a_restore_that_is_killed_or_fails_changes_nothing_and_the_next_one_removes_what_it_left() {
    let rig = taken();
    let to = rig.terminal.path("back");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("b.txt"), "mine").unwrap();
    fs::create_dir(to.join(".allsky-snapshot-mine")).unwrap();
    let before = looks(&to);
    let line = format!("snapshots restore pi {} a.txt b.txt notes --overwrite --json --to {}", name(8), to.display());
    let under = |fault: Fault, call: &str, nth: usize| {
        traced(&rig.terminal.command(line.split(' ')), &fault.at(call, nth)).output()
    };
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        return eprintln!("skipped: needs strace");
    }
    let contents = |all: std::collections::BTreeMap<Vec<u8>, String>| -> Vec<(Vec<u8>, String)> {
        let ours = |path: &[u8]| path.starts_with(b".allsky-snapshot-0");
        let end = |text: String| text.rsplit(' ').next().unwrap().to_owned();
        all.into_iter().filter(|(path, _)| !ours(path)).map(|(path, text)| (path, end(text))).collect()
    };
    for (call, nth) in [("mkdirat", 1), ("fchmod", 1), ("syncfs", 1)] {
        let died = under(Fault::Kill, call, nth).unwrap();
        assert!(!died.status.success(), "{call}: {died:?}");
        assert_eq!(contents(looks(&to)), contents(before.clone()), "{call} {nth}");
    }
    // The second of three things cannot get its place, so that the first goes back.
    let failed = under(Fault::Error("EIO"), "renameat2", 2).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert_eq!(contents(looks(&to)), contents(before));
    assert!(fs::read_dir(&to).unwrap().count() == 2, "what the killed ones left is gone");
    let done = rig.terminal.run(line.split(' '));
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(fs::read_to_string(to.join("b.txt")).unwrap(), "b.txt");
    assert!(to.join(".allsky-snapshot-mine").exists());
    assert_eq!(fs::read_dir(&to).unwrap().count(), 4);
}

#[test]
fn a_file_system_that_cannot_exchange_names_gives_back_all_the_same() {
    let rig = taken();
    let to = rig.terminal.path("back");
    fs::create_dir_all(to.join("notes")).unwrap();
    fs::write(to.join("notes/mine"), "mine").unwrap();
    let line = format!("snapshots restore pi {} notes --json --to {}", name(8), to.display());
    let without = |line: &str| {
        let words = ["-e", "trace=renameat2", "-e", "inject=renameat2:error=EINVAL"].map(String::from);
        traced(&rig.terminal.command(line.split(' ')), &words).output()
    };
    let Ok(refused) = without(&line) else { return eprintln!("skipped: needs strace") };
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert_eq!(fs::read_to_string(to.join("notes/mine")).unwrap(), "mine");
    let done = without(&format!("{line} --overwrite")).unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(to.join("notes/c.txt").exists() && !to.join("notes/mine").exists());
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}
