//! Snapshots of a folder of this machine: what is in them, what is shared, and what is told.
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::json;

use super::support::host_rig::{HostRig, hour, inode, looks, name};

fn warnings(taken: &serde_json::Value) -> String {
    taken["warnings"].to_string()
}

#[test]
fn what_did_not_change_is_one_file_in_all_snapshots_and_an_older_one_never_changes() {
    let rig = HostRig::new();
    for path in ["a.txt", "notes/b.txt", "notes/deep/er/c.txt", "mode.sh", "time.txt", "gone.txt"] {
        rig.write(path, path);
    }
    symlink("notes/b.txt", rig.home.join("link")).unwrap();
    symlink("nowhere", rig.home.join("broken")).unwrap();
    fs::create_dir(rig.home.join("empty")).unwrap();
    let first = rig.take(8);
    assert_eq!(first["snapshot"], name(8));
    let counts = &first["counts"];
    assert_eq!((&counts["files"], &counts["new"], &counts["symlinks"]), (&json!(6), &json!(6), &json!(2)), "{first}");
    assert_eq!(looks(&rig.snapshot(8)), looks(&rig.home));
    let before = looks(&rig.snapshot(8));

    rig.write("a.txt", "another text");
    rig.write("new.txt", "new");
    rig.remove("gone.txt");
    fs::set_permissions(rig.home.join("mode.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(rig.home.join("time.txt"), "time.txt").unwrap();
    let second = rig.take(9);
    let counts = &second["counts"];
    let said = ["files", "new", "changed", "linked", "deleted"].map(|key| counts[key].as_u64().unwrap());
    assert_eq!(said, [6, 1, 3, 2, 1], "{second}");
    assert_eq!(second["base"], name(8));
    assert_eq!(looks(&rig.snapshot(9)), looks(&rig.home));
    assert_eq!(looks(&rig.snapshot(8)), before, "an older snapshot never changes");
    let same = |path: &str| inode(&rig.snapshot(8).join(path)) == inode(&rig.snapshot(9).join(path));
    assert!(same("notes/b.txt") && same("notes/deep/er/c.txt"));
    assert!(!same("a.txt") && !same("mode.sh") && !same("time.txt"));
    assert_eq!(rig.listed(), [name(8), name(9)]);
    for pointer in ["latest", "current"] {
        assert_eq!(rig.pointed(pointer), format!("hourly/{}", name(9)));
    }
    assert_eq!(rig.litter(), [""; 0]);
    let shown = rig.terminal.ask(&format!("snapshots show pi {}", name(8)));
    assert_eq!((&shown["name"], &shown["counts"]["files"]), (&json!(name(8)), &json!(6)));
}

#[test]
fn an_hour_that_is_there_is_skipped_and_a_dry_run_writes_nothing() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    let dry = rig.terminal.ask(&format!("snapshots take pi --dry-run --now {}", hour(8)));
    assert_eq!(dry["snapshot"]["counts"]["new"], 1);
    assert!(!rig.store().exists(), "a dry run makes nothing");
    rig.take(8);
    rig.write("b.txt", "b");
    let again = rig.take(8);
    assert_eq!(again["skipped"], true);
    assert!(!rig.snapshot(8).join("b.txt").exists());
    let dry = rig.terminal.ask(&format!("snapshots take pi --dry-run --now {}", hour(9)));
    let counts = &dry["snapshot"]["counts"];
    assert_eq!((&counts["new"], &counts["linked"], &counts["added_bytes"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(rig.listed(), [name(8)]);
}

#[test]
fn a_file_that_was_changed_without_a_trace_in_size_and_time_is_found() {
    let rig = HostRig::new();
    rig.write("data.bin", "one");
    rig.take(8);
    rig.write("data.bin", "two");
    let second = rig.take(9);
    assert_eq!(second["counts"]["changed"], 1, "{second}");
    assert_eq!(fs::read_to_string(rig.snapshot(9).join("data.bin")).unwrap(), "two");
    assert_eq!(fs::read_to_string(rig.snapshot(8).join("data.bin")).unwrap(), "one");
}

#[test]
fn a_file_that_was_changed_in_the_snapshot_before_is_copied_anew() {
    let rig = HostRig::new();
    rig.write("a.txt", "good");
    rig.take(8);
    fs::write(rig.snapshot(8).join("a.txt"), "bad!").unwrap();
    let second = rig.take(9);
    assert_eq!(second["counts"]["linked"], 0, "{second}");
    assert_eq!(fs::read_to_string(rig.snapshot(9).join("a.txt")).unwrap(), "good");
    // A manifest that is damaged makes no base.
    fs::write(rig.snapshot(9).join(".snapshot_manifest.gz"), "x").unwrap();
    let third = rig.take(10);
    assert_eq!(third["counts"]["linked"], 0);
    assert!(warnings(&third).contains("all files are copied anew"), "{third}");
}

#[test]
fn a_missing_an_empty_and_a_wrong_folder_make_no_snapshot() {
    let rig = HostRig::new();
    assert!(rig.refuse(8, 1).contains("is empty"));
    rig.write("a.txt", "a");
    rig.take(8);
    fs::rename(&rig.home, rig.terminal.path("away")).unwrap();
    assert!(rig.refuse(9, 1).contains("is not there"));
    fs::write(&rig.home, "a file").unwrap();
    assert!(rig.refuse(9, 1).contains("is no folder"));
    fs::remove_file(&rig.home).unwrap();
    fs::create_dir(&rig.home).unwrap();
    let told = rig.refuse(9, 1);
    assert!(told.contains("is empty") && told.contains("all earlier ones stay"), "{told}");
    rig.configure("excludes = [\"*\"]\n");
    rig.write("a.txt", "a");
    assert!(rig.refuse(9, 1).contains("is empty"), "everything is left out");
    assert_eq!((rig.listed(), rig.litter()), (vec![name(8)], vec![]));
}

#[test]
fn odd_names_deep_folders_and_long_paths_are_kept_exactly() {
    let rig = HostRig::new();
    let odd: [&[u8]; 6] = [b"latin\xe4", b"new\nline", b" ", b"\xff\xfe", b"-rf", b"\\n"];
    for name in odd {
        fs::write(rig.home.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    let long = "x".repeat(255);
    fs::write(rig.home.join(&long), "long").unwrap();
    // 300 folders whose path is far longer than a path may be in one call.
    let deep = |begin: &Path| {
        let mut here: std::os::fd::OwnedFd = fs::File::open(begin).unwrap().into();
        let mut depth = 0;
        let folder = format!("folder-{}", "y".repeat(40));
        let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY;
        while let Ok(next) = rustix::fs::openat(&here, folder.as_str(), flags, rustix::fs::Mode::empty()) {
            (here, depth) = (next, depth + 1);
        }
        (here, depth, folder)
    };
    for _ in 0..300 {
        let (here, _, folder) = deep(&rig.home);
        rustix::fs::mkdirat(&here, folder.as_str(), rustix::fs::Mode::RWXU).unwrap();
    }
    let (bottom, ..) = deep(&rig.home);
    let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
    rustix::fs::openat(&bottom, "at-the-bottom", flags, rustix::fs::Mode::RUSR).unwrap();
    for n in [8, 9] {
        let taken = rig.take(n);
        assert_eq!(taken["counts"]["files"], 8, "{taken}");
        assert_eq!(taken["counts"]["folders"], 300, "{taken}");
        let (there, depth, _) = deep(&rig.snapshot(n));
        assert_eq!(depth, 300);
        assert!(rustix::fs::statat(&there, "at-the-bottom", rustix::fs::AtFlags::empty()).is_ok());
        for name in odd {
            let file = rig.snapshot(n).join(std::ffi::OsStr::from_bytes(name));
            assert_eq!(fs::read(&file).unwrap(), name, "{file:?}");
        }
    }
    assert_eq!(rig.terminal.ask("snapshots show pi")["counts"]["linked"], 8);
}

#[test]
fn several_names_of_one_file_stay_names_of_one_file_unless_their_owner_does_not_want_that() {
    for (keys, kept) in [("", true), ("hard_links = false\n", false)] {
        let rig = HostRig::with(keys);
        rig.write("settings.json", "{}");
        fs::create_dir(rig.home.join("other")).unwrap();
        fs::hard_link(rig.home.join("settings.json"), rig.home.join("other/settings_rpi.json")).unwrap();
        for n in [8, 9] {
            rig.take(n);
            let at = |path: &str| inode(&rig.snapshot(n).join(path));
            assert_eq!(at("settings.json") == at("other/settings_rpi.json"), kept, "{keys} {n}");
        }
        let shared = inode(&rig.snapshot(8).join("settings.json")) == inode(&rig.snapshot(9).join("settings.json"));
        assert!(shared, "{keys}");
    }
}

#[test]
fn pipes_sockets_and_devices_are_counted_and_our_own_names_are_told() {
    let rig = HostRig::with("excludes = [\"*.tmp\", \"/cache/\"]\nexclude_presets = [\"python\"]\n");
    for path in
        ["a.txt", "x.tmp", "cache/big", "sub/cache/kept", "sub/m.pyc", ".snapshot_complete", ".snapshot_complete.new"]
    {
        rig.write(path, path);
    }
    rustix::fs::mkfifoat(rustix::fs::CWD, rig.home.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = UnixListener::bind(rig.home.join("socket")).unwrap();
    let taken = rig.take(8);
    let counts = &taken["counts"];
    assert_eq!(
        (&counts["files"], &counts["special"], &counts["left_out"]),
        (&json!(2), &json!(2), &json!(3)),
        "{taken}"
    );
    assert!(warnings(&taken).contains("2 files are called as files of ours"), "{taken}");
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
    assert!(rig.snapshot(8).join("sub/cache/kept").exists() && !rig.snapshot(8).join("cache").exists());
}

#[test]
fn a_host_that_lost_half_of_its_files_is_kept_but_not_trusted_until_its_owner_says_so() {
    let rig = HostRig::new();
    (0..120).for_each(|n| rig.write(&format!("picture-{n}.jpg"), "picture"));
    rig.take(8);
    (0..70).for_each(|n| rig.remove(&format!("picture-{n}.jpg")));
    let second = rig.take(9);
    assert_eq!(second["suspect"], "of 120 files 50 are left");
    assert!(warnings(&second).contains("snapshots trust pi"), "{second}");
    assert_eq!(rig.pointed("latest"), format!("hourly/{}", name(9)));
    assert_eq!(rig.pointed("current"), format!("hourly/{}", name(8)));
    let third = rig.take(10);
    assert_eq!(
        (&third["base"], third["suspect"].is_string()),
        (&json!(name(8)), true),
        "compared with the last good one"
    );
}

#[test]
fn what_files_carry_and_holes_are_kept() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    let file = fs::File::create(rig.home.join("disk.img")).unwrap();
    file.set_len(64 << 20).unwrap();
    let carries = |path: &Path, value: &str| {
        rustix::fs::setxattr(path, "user.note", value.as_bytes(), rustix::fs::XattrFlags::empty())
    };
    if carries(&rig.home.join("a.txt"), "mine").is_err() {
        eprintln!("skipped: no extended attributes here");
        return;
    }
    rig.take(8);
    let note = |n: u32| {
        let mut value = [0; 16];
        let length = rustix::fs::getxattr(rig.snapshot(n).join("a.txt"), "user.note", &mut value[..]).unwrap();
        String::from_utf8(value[..length].to_vec()).unwrap()
    };
    assert_eq!(note(8), "mine");
    let image = rig.snapshot(8).join("disk.img").metadata().unwrap();
    assert!(image.len() == 64 << 20 && image.blocks() < 1000, "{image:?}");
    carries(&rig.home.join("a.txt"), "yours").unwrap();
    let second = rig.take(9);
    assert_eq!((note(8), note(9)), ("mine".into(), "yours".into()), "{second}");
}
