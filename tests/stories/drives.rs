//! A drive is used only when it is there, writable and the chosen one. Needs root for mounts; each
//! test says so and ends when it may not mount.
use std::path::Path;
use std::process::Command;

use allsky_backups::destination::drive::{Drive, Error, Mounting};
use uuid::Uuid;

/// A mount that is gone when the test is over, however it ends.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy"]).arg(self.0).status();
    }
}

fn mount<'a>(args: &[&str], point: &'a Path) -> Option<Mounted<'a>> {
    let done = Command::new("mount").args(args).arg(point).output().ok()?;
    if !done.status.success() {
        eprintln!("skipped: may not mount here: {}", String::from_utf8_lossy(&done.stderr).trim());
        return None;
    }
    Some(Mounted(point))
}

fn tmpfs(point: &Path) -> Option<Mounted<'_>> {
    mount(&["-t", "tmpfs", "-o", "size=8m", "nights"], point)
}

fn drive(path: &Path) -> Drive {
    Drive { path: path.to_owned(), mounting: Mounting::Required, expected: None }
}

fn init(drive: &Drive) -> Uuid {
    drive.init("2026-11-21T11:30:00+01:00".to_owned(), "allsky".to_owned()).unwrap().0.id
}

#[test]
fn an_empty_mount_point_is_refused_and_stays_empty() {
    let point = tempfile::tempdir().unwrap();
    assert!(matches!(drive(point.path()).ready(), Err(Error::NotMounted(_))));
    assert!(matches!(drive(point.path()).init(String::new(), String::new()), Err(Error::NotMounted(_))));
    assert_eq!(std::fs::read_dir(point.path()).unwrap().count(), 0);
    let missing = point.path().join("missing");
    assert!(matches!(drive(&missing).ready(), Err(Error::Missing(_))));
    assert!(!missing.exists());
}

#[test]
fn a_folder_of_the_system_disk_under_another_name_is_no_drive() {
    let top = tempfile::tempdir().unwrap();
    let (folder, point) = (top.path().join("folder"), top.path().join("point"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(&point).unwrap();
    let Some(_mounted) = mount(&["--bind", folder.to_str().unwrap()], &point) else { return };
    assert!(matches!(drive(&point).ready(), Err(Error::NotMounted(_))));
}

#[test]
fn a_drive_is_ours_once_it_is_set_up_and_another_one_in_its_place_is_not() {
    let point = tempfile::tempdir().unwrap();
    let first = {
        let Some(_mounted) = tmpfs(point.path()) else { return };
        assert!(matches!(drive(point.path()).ready(), Err(Error::NotOurs(_))));
        let id = init(&drive(point.path()));
        assert_eq!(drive(point.path()).ready().unwrap().id(), id);
        assert_eq!(init(&drive(point.path())), id, "a second set-up changes nothing");
        id
    };
    let Some(_mounted) = tmpfs(point.path()) else { return };
    let second = init(&drive(point.path()));
    let chosen = Drive { expected: Some(first), ..drive(point.path()) };
    match chosen.ready() {
        Err(Error::Swapped { found, expected, .. }) => assert_eq!((found, expected), (second, first)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_read_only_drive_is_refused() {
    let point = tempfile::tempdir().unwrap();
    let Some(_mounted) = tmpfs(point.path()) else { return };
    init(&drive(point.path()));
    let remounted = Command::new("mount").args(["-o", "remount,ro"]).arg(point.path()).status().unwrap();
    assert!(remounted.success());
    assert!(matches!(drive(point.path()).ready(), Err(Error::ReadOnly(_))));
}

#[test]
fn a_drive_that_is_taken_away_in_between_does_not_count() {
    let point = tempfile::tempdir().unwrap();
    let Some(mounted) = tmpfs(point.path()) else { return };
    init(&drive(point.path()));
    let ready = drive(point.path()).ready().unwrap();
    ready.recheck().unwrap();
    drop(mounted);
    assert!(matches!(ready.recheck(), Err(Error::Gone(_))));
}

#[test]
fn what_a_drive_can_do_is_found_by_trying() {
    let folder = tempfile::tempdir().unwrap();
    let anywhere = Drive { mounting: Mounting::AnyFolder, ..drive(folder.path()) };
    let (_, can) = anywhere.init(String::new(), String::new()).unwrap();
    assert!(can.hard_links && can.symlinks && can.habits.case_sensitive);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [".allsky-backups.json"]);
}
