//! What did not change at a host over ssh gets another name of the file in the snapshot before, also when the drive or
//! that snapshot has its limits.
use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::ext4::Ext4;
use super::support::far_host::{FarHost, KeyFor, SshRig};
use super::support::host_rig::{HostRig, inode, looks, name};
use super::support::terminal::Terminal;

/// As many as ext4 gives to one file.
const MOST_NAMES: u64 = 65_000;

#[test]
fn a_file_with_all_the_names_that_the_drive_gives_is_kept_and_told() {
    let Some(drive) = Ext4::mount("96M") else { return eprintln!("skipped: no ext4 can be mounted here") };
    for (keys, more) in [("", 0), ("hard_links = true\n", 1)] {
        let place = drive.folder.path().join(format!("on-{more}"));
        fs::create_dir(&place).unwrap();
        let rig = HostRig::on(Terminal::new(), place, "");
        let ssh = SshRig::of(rig, FarHost::new(), KeyFor::Everything, keys);
        let rig = &ssh.rig;
        ["many", "notes/a", "notes/b"].iter().for_each(|path| rig.write(path, path));
        if more > 0 {
            fs::hard_link(rig.home.join("many"), rig.home.join("notes/many")).unwrap();
        }
        rig.take(8);
        let names = drive.folder.path().join("names");
        fs::create_dir_all(&names).unwrap();
        (1 + more..MOST_NAMES)
            .for_each(|n| fs::hard_link(rig.snapshot(8).join("many"), names.join(n.to_string())).unwrap());
        let taken = rig.take(9);
        assert_eq!((&taken["counts"]["files"], &taken["counts"]["linked"]), (&(3 + more).into(), &2.into()), "{taken}");
        // With `hard_links` rsync itself copies it, and it stays one file.
        assert_eq!(taken["warnings"].to_string().contains("as many names"), more == 0, "{taken}");
        if more > 0 {
            assert_eq!(inode(&rig.snapshot(9).join("many")), inode(&rig.snapshot(9).join("notes/many")));
        }
        assert_ne!(inode(&rig.snapshot(8).join("many")), inode(&rig.snapshot(9).join("many")));
        assert_eq!(looks(&rig.snapshot(9)), looks(&rig.home), "{keys}");
        assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
        // The next one shares all of them again.
        assert_eq!(rig.take(10)["counts"]["linked"], 3 + more, "{keys}");
        fs::remove_dir_all(&names).unwrap();
    }
}

#[test]
fn a_file_that_only_lies_in_the_snapshot_before_is_never_missing_in_the_next() {
    let ssh = SshRig::with(KeyFor::Everything, "");
    let rig = &ssh.rig;
    ["a", "notes/b"].iter().for_each(|path| rig.write(path, path));
    rig.take(8);
    rig.write("notes/c", "was put there by hand");
    let copied =
        Command::new("cp").arg("-p").args([rig.home.join("notes/c"), rig.snapshot(8).join("notes/c")]).status();
    assert!(copied.unwrap().success());
    let taken = rig.take(9);
    assert!(taken["warnings"].to_string().contains("compared again"), "{taken}");
    assert_eq!((&taken["counts"]["files"], &taken["counts"]["new"]), (&3.into(), &1.into()), "{taken}");
    assert_eq!(looks(&rig.snapshot(9)), looks(&rig.home));
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
    let next = rig.take(10);
    assert_eq!((&next["counts"]["linked"], &next["warnings"]), (&3.into(), &serde_json::json!([])), "{next}");
}

#[test]
fn what_a_restore_keeps_for_an_undo_is_not_taken_again() {
    let here = HostRig::new();
    let ssh = SshRig::with(KeyFor::Everything, "");
    for rig in [&here, &ssh.rig] {
        ["a", "notes/b"].iter().for_each(|path| rig.write(path, path));
        rig.take(8);
        rig.write("a", "another");
        rig.terminal.ask(&format!("snapshots restore pi {} a --overwrite --to {}", name(8), rig.home.display()));
        let kept = |folder: &Path| {
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_str().unwrap().starts_with(".allsky-restore-")).count()
        };
        assert_eq!(kept(&rig.home), 1);
        let taken = rig.take(9);
        assert_eq!((&taken["counts"]["files"], kept(&rig.snapshot(9))), (&2.into(), 0), "{taken}");
    }
}
