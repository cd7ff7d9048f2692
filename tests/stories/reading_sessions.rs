//! Verbs that only show something change nothing, whatever a killed program left, and they serve when the state
//! folder can be neither made nor written.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::injector;
use super::support::small_disk::SmallDisk;
use super::support::terminal::{PROGRAM, Said, Terminal, large, wait_until};

/// Every line that only shows something; `NAME` is an archive.
const READING: [&str; 18] = [
    "list",
    "info NAME",
    "info NAME --files",
    "info panel.tar.gz",
    "info panel.tar.gz --files",
    "jobs",
    "estimate",
    "restores",
    "nights list",
    "run nights --dry-run",
    "prune --dry-run",
    "plans list",
    "plans run config --dry-run",
    "schedule",
    "dest list",
    "mail list",
    "config show",
    "config check",
];

/// Everything below `folder` with its content. SQLite keeps locks in files that end in `-shm`, and no data.
fn all_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().map(Result::unwrap) {
            let path = entry.path();
            let about = path.symlink_metadata().unwrap();
            if about.is_dir() {
                folders.push(path.clone());
                all.insert(path, Vec::new());
            } else if !path.as_os_str().as_encoded_bytes().ends_with(b"-shm") {
                // Sparse files of some gigabytes are told by their size.
                let content =
                    if about.len() < 64 << 20 { fs::read(&path).unwrap() } else { about.len().to_be_bytes().to_vec() };
                all.insert(path, content);
            }
        }
    }
    all
}

/// An archive as the panel makes them: metadata last, one gzip member, and no index beside it.
fn panel_archive(terminal: &Terminal, name: &str) {
    let made = terminal.path("panel");
    fs::create_dir_all(made.join("config")).unwrap();
    fs::write(made.join("config/settings.json"), "{}").unwrap();
    let about = r#"{"backupType":"config","created":"2026-11-21 00:03:18","version":"v2026","permissions":[],"files":["config/settings.json"]}"#;
    fs::write(made.join("metadata.json"), about).unwrap();
    let archive = terminal.path("allskybackups").join(name);
    let mut tar = Command::new("tar");
    tar.args(["-czf"]).arg(archive).arg("-C").arg(&made).args(["config/settings.json", "metadata.json"]);
    assert!(tar.status().unwrap().success());
}

#[test]
fn a_verb_that_only_shows_something_changes_nothing_and_tells_what_was_interrupted() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    panel_archive(&terminal, "panel.tar.gz");
    assert!(!terminal.ask("list")["interrupted"].as_bool().unwrap_or(false));
    // One program is killed at its work, another one while the camera rests for it.
    fs::create_dir(terminal.path("allsky/images/huge")).unwrap();
    large(&terminal.path("allsky/images/huge/sky.raw"), 4 << 30);
    let mut images = terminal.start("create images --nights huge");
    wait_until("work has begun", || {
        images.is_over() || terminal.kept().iter().any(|name| name.starts_with(".partial-"))
    });
    images.kill();
    let left = |terminal: &Terminal| terminal.kept().iter().any(|name| name.starts_with(".partial-"));
    assert!(left(&terminal));
    let state = |terminal: &Terminal| ["allskybackups", "state"].map(|folder| all_of(&terminal.path(folder)));
    let before = state(&terminal);
    for line in READING {
        let line = line.replace("NAME", &name);
        let said = terminal.run(line.split(' '));
        let may_fail = line.contains("dry-run");
        assert!(said.code == Some(0) || may_fail, "{line}: {said:?}");
        let after = state(&terminal);
        for (one, other) in before.iter().zip(&after) {
            let changed: Vec<_> =
                one.keys().chain(other.keys()).filter(|path| one.get(*path) != other.get(*path)).collect();
            assert!(changed.is_empty(), "{line} changed {changed:?}");
        }
        let tells = said.text().contains("Something was interrupted");
        assert_eq!(tells, line == "list", "{line}: {said:?}");
    }
    let scratch = |terminal: &Terminal| {
        let names = fs::read_dir(terminal.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.as_encoded_bytes().starts_with(b"allsky-backups-")).count()
    };
    assert_eq!(scratch(&terminal), 0, "what they made elsewhere is gone");
    assert_eq!(terminal.ask("list")["interrupted"], true);
    assert_eq!(terminal.ask("jobs")["items"][0]["state"], "running");
    assert!(!terminal.ask("recover")["done"].as_array().unwrap().is_empty());
    assert!(!left(&terminal));
    assert_eq!(terminal.ask("list")["interrupted"], serde_json::Value::Null);
    assert_eq!(terminal.ask("jobs")["items"][0]["state"], "interrupted");
}

#[test]
fn a_camera_that_rests_for_a_killed_program_is_told_by_list_and_started_by_what_writes() {
    let terminal = Terminal::new();
    fs::write(terminal.path("hold-start"), "").unwrap();
    let mut create = terminal.start("create config --pause always");
    wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
    create.kill();
    fs::remove_file(terminal.path("hold-start")).unwrap();
    assert_eq!(terminal.ask("list")["interrupted"], true);
    assert!(!terminal.is_active() && terminal.told() == ["stop"], "{:?}", terminal.told());
    terminal.ask("verify --all");
    assert!(terminal.is_active());
    assert_eq!(terminal.ask("list")["interrupted"], serde_json::Value::Null);
}

#[test]
fn a_living_program_at_its_work_is_not_told_as_interrupted() {
    let terminal = Terminal::new();
    fs::write(terminal.path("hold-start"), "").unwrap();
    let mut create = terminal.start("create config --pause always");
    wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
    assert_eq!(terminal.ask("list")["interrupted"], serde_json::Value::Null);
    fs::remove_file(terminal.path("hold-start")).unwrap();
    assert_eq!(create.end().code, Some(0));
}

/// What serves without a state folder that can be written to.
const SERVING: [&str; 8] = [
    "list",
    "verify NAME",
    "verify --all",
    "info NAME",
    "info NAME --files",
    "extract NAME metadata.json -o taken",
    "nights list",
    "estimate",
];

#[test]
fn backups_can_be_read_while_the_disk_of_the_state_folder_is_full_or_read_only() {
    for (what, has_catalog, is_full) in [
        ("full, with a history", true, true),
        ("full, without a history", false, true),
        ("read-only, with a history", true, false),
        ("read-only, without a history", false, false),
    ] {
        let Some(disk) = SmallDisk::mount("size=1m") else {
            eprintln!("skipped: a disk cannot be mounted here");
            return;
        };
        let terminal = Terminal::new();
        let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
        let place = disk.path().join("state");
        let with = |line: &str| format!("{line} --state {}", place.display());
        if has_catalog {
            terminal.ask(&with("verify --all"));
        }
        match is_full {
            true => {
                disk.fill("large", 100);
                // The last bytes of the last blocks as well.
                let _ = fs::write(disk.path().join("rest"), vec![1; 1 << 20]);
            }
            false => disk.remount("ro"),
        }
        for line in SERVING {
            let line = with(&line.replace("NAME", &name));
            let said = terminal.run(line.split(' '));
            assert_eq!(said.code, Some(0), "{what}: {line}: {said:?}");
            let warnings = said.err.lines().filter(|line| line.starts_with("warning: ")).count();
            assert!(warnings == 1 && said.err.contains("state"), "{what}: {line}: {said:?}");
            assert!(!said.text().is_empty(), "{what}: {line}: {said:?}");
        }
        let jobs = terminal.ask(&with("jobs"));
        assert_eq!(jobs["items"].as_array().unwrap().len(), usize::from(has_catalog), "{what}: {jobs}");
        for line in ["create config", &format!("delete {name} --yes"), &format!("pin {name}")] {
            let said = terminal.run(with(line).split(' ').chain(["--json"]));
            let error = said.json()["error"].take();
            assert!(said.code.is_some_and(|code| code > 0), "{what}: {line}: {said:?}");
            assert!(error["message"].as_str().unwrap().contains("state folder"), "{what}: {line}: {error}");
            assert!(error["advice"].as_str().unwrap().contains("--state"), "{what}: {line}: {error}");
        }
        assert_eq!(terminal.kept().iter().filter(|name| name.starts_with('.')).count(), 0, "{what}");
        let said = terminal.run(with("recover").split(' '));
        assert_eq!(said.code, Some(0), "{what}: {said:?}");
    }
}

#[test]
fn a_history_that_the_disk_does_not_give_back_ends_neither_a_list_nor_a_recovery() {
    if !injector::works() {
        eprintln!("skipped: strace cannot let a read fail here");
        return;
    }
    for calls in ["pread64", "pread64,openat", "pread64,read,fcntl"] {
        let terminal = Terminal::new();
        fs::write(terminal.path("hold-start"), "").unwrap();
        let mut create = terminal.start("create config --pause always");
        wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
        create.kill();
        fs::remove_file(terminal.path("hold-start")).unwrap();
        let catalog = terminal.path("state/catalog.db").canonicalize().unwrap();
        let failing = |line: &str| -> Said {
            let mut command = Command::new("timeout");
            command.args(["--kill-after=5", "100", PROGRAM]);
            let command = terminal.dressed(command, line.split(' '));
            let inject = format!("inject={calls}:error=EIO");
            let words = ["-P", catalog.to_str().unwrap(), "-e", &format!("trace={calls}"), "-e", &inject];
            injector::traced(&command, &words.map(str::to_owned)).output().unwrap().into()
        };
        let listed = failing("list");
        assert_eq!(listed.code, Some(0), "{calls}: {listed:?}");
        let told = ["warning: ", "the history of all jobs"];
        assert!(told.iter().all(|words| listed.err.contains(words)), "{calls}: {listed:?}");
        // An empty history would be a lie.
        let jobs = failing("jobs");
        assert!(!matches!(jobs.code, None | Some(0 | 124 | 137)), "{calls}: {jobs:?}");
        assert!(!terminal.is_active());
        let recovered = failing("recover");
        assert_eq!(recovered.code, Some(0), "{calls}: {recovered:?}");
        assert!(terminal.is_active() && recovered.text().contains("left as it is"), "{calls}: {recovered:?}");
    }
}
