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
    let found: std::collections::BTreeMap<_, _> =
        found.into_iter().filter(|(path, _)| !path.starts_with(b".allsky-restore-")).collect();
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

/// Path and content of everything in a folder, without what is kept for an undo.
fn contents(folder: &std::path::Path) -> Vec<(Vec<u8>, String)> {
    let ours = |path: &[u8]| path.starts_with(b".allsky-restore-");
    let end = |text: String| text.rsplit(' ').next().unwrap().to_owned();
    looks(folder).into_iter().filter(|(path, _)| !ours(path)).map(|(path, text)| (path, end(text))).collect()
}

#[test]
fn a_restore_that_is_killed_anywhere_is_all_old_or_all_new_at_the_next_start_and_can_be_undone() {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        return eprintln!("skipped: needs strace");
    }
    let rig = taken();
    let to = rig.terminal.path("back");
    fs::create_dir_all(to.join("notes")).unwrap();
    fs::write(to.join("b.txt"), "mine").unwrap();
    fs::write(to.join("notes/mine.txt"), "mine").unwrap();
    let old = contents(&to);
    let plain = format!("snapshots restore pi {} a.txt b.txt notes --overwrite --to {}", name(8), to.display());
    let (done, line) = (rig.terminal.ask(&plain), format!("{plain} --json"));
    let id = done["restore_id"].as_str().unwrap().to_owned();
    let new = contents(&to);
    assert!(new.iter().any(|(path, _)| path == b"notes/deep/d.txt") && new != old);
    assert!(!to.join("notes/mine.txt").exists(), "a folder is replaced as a whole");
    let undone = rig.terminal.ask(&format!("undo {id}"));
    assert_eq!((contents(&to), &undone["files"]), (old.clone(), &json!(5)), "{undone}");
    let ends = |call: &str| {
        let (mut ends, mut nth) = ([0, 0], 0);
        loop {
            nth += 1;
            let status =
                traced(&rig.terminal.command(line.split(' ')), &Fault::Kill.at(call, nth)).output().unwrap().status;
            rig.terminal.run(["recover"]);
            let found = contents(&to);
            if found == new {
                ends[1] += 1;
                rig.terminal.ask("undo");
                assert_eq!(contents(&to), old, "{call} {nth}");
            } else {
                ends[0] += 1;
                assert_eq!(found, old, "{call} {nth}");
            }
            if status.success() {
                return ends;
            }
        }
    };
    let all = ["renameat2", "renameat", "mkdirat", "syncfs"].map(ends);
    assert!(all.iter().all(|[_, news]| *news > 0), "{all:?}");
    assert!(all[1..].iter().all(|[olds, _]| *olds > 0), "before the first name changes all is old: {all:?}");
}

#[test]
fn one_thing_that_cannot_get_its_place_puts_all_others_back() {
    let rig = taken();
    let to = rig.terminal.path("back");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("b.txt"), "mine").unwrap();
    let before = contents(&to);
    let line = format!("snapshots restore pi {} a.txt b.txt notes --overwrite --json --to {}", name(8), to.display());
    let failed = traced(&rig.terminal.command(line.split(' ')), &Fault::Error("EIO").at("renameat2", 2)).output();
    let Ok(failed) = failed else { return eprintln!("skipped: needs strace") };
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert_eq!(contents(&to), before);
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1, "nothing is left of it");
}

#[test]
fn files_that_came_since_stay_in_a_folder_when_that_is_wanted_and_nothing_of_them_is_copied() {
    let rig = taken();
    rig.write("notes/new.txt", "new");
    rig.write("notes/deep/newer.txt", "newer");
    rig.write("notes/fresh/inside.txt", "fresh");
    rig.write("notes/c.txt", "changed since");
    symlink("inside.txt", rig.home.join("notes/fresh/link")).unwrap();
    let number = inode(&rig.home.join("notes/new.txt"));
    let at = format!("pi {} notes --to {}", name(8), rig.home.display());
    let would = rig.terminal.ask(&format!("snapshots restore {at} --overwrite --keep-newer --dry-run"));
    let changes = &would["changes"];
    let of = |group: &str| {
        changes[group]["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((of("new"), of("changed"), &changes["newer"]), (vec![], vec!["notes/c.txt"], &json!(0)), "{would}");
    let since = ["notes/new.txt", "notes/deep/newer.txt", "notes/fresh/inside.txt", "notes/fresh/link"];
    assert_eq!(of("came_since"), since, "{would}");
    assert_eq!((of("same").len(), changes["there"][0].as_str()), (3, Some("notes")), "{would}");
    rig.terminal.refuse(&format!("snapshots restore {at}"), 4);
    let back = rig.terminal.ask(&format!("snapshots restore {at} --overwrite --keep-newer"));
    let read = |path: &str| fs::read_to_string(rig.home.join(path)).unwrap();
    assert_eq!(read("notes/c.txt"), "notes/c.txt");
    assert_eq!(
        (read("notes/new.txt"), read("notes/deep/newer.txt"), read("notes/fresh/link")),
        ("new".into(), "newer".into(), "fresh".into())
    );
    assert_eq!(inode(&rig.home.join("notes/new.txt")), number, "it is the very file");
    assert_eq!(fs::metadata(rig.home.join("notes/deep")).unwrap().permissions().mode() & 0o777, 0o550);
    rig.terminal.ask(&format!("undo {}", back["restore_id"].as_str().unwrap()));
    assert_eq!((read("notes/c.txt"), read("notes/fresh/inside.txt")), ("changed since".into(), "fresh".into()));
    let whole = rig.terminal.ask(&format!("snapshots restore {at} --overwrite"));
    assert!(!rig.home.join("notes/new.txt").exists() && whole["restore_id"].is_string());
}

#[test]
fn names_are_found_in_a_snapshot_and_below_a_folder_of_it() {
    let rig = taken();
    let find = |line: &str| rig.terminal.ask(&format!("snapshots find pi {} {line}", name(8)));
    let names = |found: &Value| -> Vec<String> {
        found["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&find("C.TXT")), ["notes/c.txt"]);
    assert_eq!(names(&find("deep")), ["notes/deep"]);
    assert_eq!(names(&find("txt --below notes/deep")), ["notes/deep/d.txt"]);
    assert_eq!((names(&find("nowhere")), find("nowhere")["more"].as_bool()), (vec![], Some(false)));
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
    let undone = without("undo --json").unwrap();
    assert_eq!(undone.status.code(), Some(0), "{undone:?}");
    assert!(!to.join("notes/c.txt").exists() && to.join("notes/mine").exists());
}
