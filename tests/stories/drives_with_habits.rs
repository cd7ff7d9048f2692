//! Shares and sticks that refuse what a disk of Linux takes: nights and archives are kept on them all the
//! same, the owner is told once, and what cannot be held is named.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::night_sites::{Camera, NightSites};
use super::support::odd_drive::OddDrive;
use super::support::terminal::{Said, Terminal};

const CAMERA: Camera = Camera::Team;
const NIGHT: &str = "2025-12-21";

fn on(drive: &OddDrive, words: &str) -> String {
    format!("{words} --dest {}", drive.path().display())
}

/// What a run said, which must have saved every night and the camera's settings.
fn run_whole(sites: &NightSites, drive: &OddDrive) -> Value {
    let report = sites.ask(CAMERA, &on(drive, "run nights"));
    let nights = report["nights"].as_array().unwrap();
    assert!(nights.iter().all(|night| night["verified"] == true), "{report}");
    assert!(report["settings"]["name"].is_string(), "{report}");
    report
}

fn archives(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".tar.gz")).count()
}

/// Each as a whole: what a share mounted for another user does, what a stick does, what a cloud does.
const DRIVES: &[&[&str]] = &[
    &["no-times", "no-owners", "owner=0", "mode=0777"],
    &["no-modes", "no-owners", "mode=0777"],
    &["no-replace"],
    &["no-size", "no-sync-folder"],
    &["case-blind", "fat-names", "no-links", "no-modes", "mode=0777", "step=2"],
    &[
        "no-times",
        "no-modes",
        "no-owners",
        "no-links",
        "no-replace",
        "no-size",
        "no-sync-folder",
        "case-blind",
        "links=0",
    ],
];

#[test]
fn nights_and_settings_are_kept_on_every_drive_and_its_habits_are_told_once() {
    for habits in DRIVES {
        let sites = NightSites::new();
        let back = sites.path("back");
        fs::create_dir(&back).unwrap();
        let Some(mut drive) = OddDrive::of(&back, habits) else { return };
        let said = sites.run(CAMERA, &on(&drive, "dest init"));
        assert_eq!(said.code, Some(0), "{habits:?}: {said:?}");
        assert!(said.text().contains("note: it "), "{habits:?}: {said:?}");
        let first = sites.run(CAMERA, &on(&drive, "run nights"));
        assert_eq!(first.code, Some(0), "{habits:?}: {first:?}");
        let told = format!("{}: it ", drive.path().display());
        assert!(first.err.contains(&told), "{habits:?}: {first:?}");
        assert!(!first.err.contains("/proc/self"), "{habits:?}: {first:?}");
        assert_eq!(archives(&back.join("settings")), 1, "{habits:?}");

        drive.mount_again(&back, habits);
        let second = sites.run(CAMERA, &on(&drive, "run nights"));
        assert_eq!(second.code, Some(0), "{habits:?}: {second:?}");
        assert!(!second.err.contains("warning"), "{habits:?}: {second:?}");
        let checked = sites.ask(CAMERA, &on(&drive, "nights verify"));
        assert!(
            checked["checked"].as_array().unwrap().iter().all(|night| night["ok"] == true),
            "{habits:?}: {checked}"
        );
    }
}

#[test]
fn a_night_that_grew_and_a_timelapse_that_came_late_are_not_copied_twice_where_no_times_are_kept() {
    let sites = NightSites::new();
    let back = sites.path("back");
    fs::create_dir(&back).unwrap();
    let Some(drive) = OddDrive::of(&back, &["no-times"]) else { return };
    sites.ask(CAMERA, &on(&drive, "dest init"));
    run_whole(&sites, &drive);
    let list = fs::read_to_string(back.join("nights").join(NIGHT).join("files.tsv")).unwrap();
    let line: Vec<&str> = list.lines().next().unwrap().split('\t').collect();
    let picture = sites.path("allsky/images/20251221").join(line[0]);
    let time = fs::metadata(picture).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(line[2], time.as_secs().to_string(), "the list has the time that the drive did not take");

    let again = sites.ask(CAMERA, &on(&drive, &format!("nights save {NIGHT}")));
    assert_eq!((&again["nights"][0]["copied_files"], &again["nights"][0]["verified"]), (&0.into(), &true.into()));
    let again = sites.ask(CAMERA, &on(&drive, "run nights"));
    assert!(again["late"].is_null(), "{again}");
}

#[test]
fn what_a_drive_takes_for_another_file_or_for_none_is_named_and_the_rest_is_saved() {
    let sites = NightSites::new();
    let (back, images) = (sites.path("back"), sites.path("allsky/images"));
    fs::create_dir(&back).unwrap();
    let Some(drive) = OddDrive::of(&back, &["case-blind", "fat-names"]) else { return };
    let is_frame = |path: &PathBuf| path.to_string_lossy().ends_with(".jpg");
    let names = fs::read_dir(images.join("20251221")).unwrap().map(|entry| entry.unwrap().path());
    let picture = names.filter(|path| path.is_file()).find(is_frame).unwrap();
    // Also folders that the camera's database does not know are nights.
    let folder = images.join("20251213");
    fs::create_dir(&folder).unwrap();
    let frame = |name: &str| format!("{name}-20251213213000.jpg");
    for name in ["image-a", "image-A", "image-a:b", "image-other"].map(frame) {
        fs::copy(&picture, folder.join(name)).unwrap();
    }
    sites.ask(CAMERA, &on(&drive, "dest init"));
    let said = sites.run(CAMERA, &on(&drive, "nights save 2025-12-13 2025-12-21 --json"));
    assert_eq!(said.code, Some(1), "{said:?}");
    let report = said.json();
    let (odd, whole) = (&report["nights"][0], &report["nights"][1]);
    assert_eq!((&odd["images"], &odd["verified"], &whole["verified"]), (&2.into(), &false.into(), &true.into()));
    let troubles = odd["troubles"].to_string();
    assert!(troubles.contains("image-a:b") && troubles.contains("upper and lower case"), "{troubles}");
    let saved = fs::read_dir(back.join("nights/2025-12-13")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(saved.filter(|name| name.to_string_lossy().ends_with(".jpg")).count(), 2);
}

#[test]
fn archives_on_a_share_stay_verified_when_it_is_mounted_anew_and_its_modes_are_told_once() {
    let sites = NightSites::new();
    let back = sites.path("back");
    fs::create_dir(&back).unwrap();
    let habits = ["no-modes", "no-owners", "no-times", "no-replace", "no-size", "mode=0777", "links=0"];
    let Some(mut share) = OddDrive::of(&back, &habits) else { return };
    let line = |words: &str, share: &OddDrive| format!("{words} --backups {}", share.path().display());
    let first = sites.run(CAMERA, &line("create config", &share));
    assert!(first.code == Some(0) && first.err.contains("can be opened by other users"), "{first:?}");
    let second = sites.run(CAMERA, &line("create config --now 2025-12-30T02:00:00+00:00", &share));
    assert!(second.code == Some(0) && !second.err.contains("can be opened"), "{second:?}");
    share.mount_again(&back, &habits);
    let items = sites.ask(CAMERA, &line("list", &share));
    let states: Vec<&Value> = items["items"].as_array().unwrap().iter().map(|item| &item["state"]).collect();
    assert_eq!(states, ["verified", "verified"]);
}

#[test]
fn a_camera_on_a_disk_that_never_replaces_by_rename_is_restored_and_the_restore_is_undone() {
    for habits in [&["no-replace"][..], &["no-replace", "no-links"]] {
        let terminal = Terminal::new();
        let back = terminal.path("disk");
        fs::create_dir(&back).unwrap();
        fs::rename(terminal.path("allsky"), back.join("allsky")).unwrap();
        let Some(disk) = OddDrive::of(&back, habits) else { return };
        let home = disk.path().join("allsky");
        fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
        let ask = |line: &str| -> Value {
            let line = format!("--config config.toml --backups {} {line} --json", terminal.path("backups").display());
            let said: Said = terminal.command(line.split(' ')).env("ALLSKY_HOME", &home).output().unwrap().into();
            assert_eq!(said.code, Some(0), "{habits:?} {line}: {said:?}");
            said.json()
        };
        let name = ask("create config")["name"].as_str().unwrap().to_owned();
        let settings = home.join("config/settings.json");
        let saved = fs::read_to_string(&settings).unwrap();
        let changed = saved.replace("50.03N", "1.0N");
        assert_ne!(saved, changed);
        fs::write(&settings, &changed).unwrap();
        ask(&format!("restore {name} --yes"));
        assert_eq!(fs::read_to_string(&settings).unwrap(), saved, "{habits:?}");
        ask("undo");
        assert_eq!(fs::read_to_string(&settings).unwrap(), changed, "{habits:?}");
    }
}

#[test]
fn a_name_that_a_disk_cannot_hold_ends_a_restore_to_it_and_no_other_restore() {
    let terminal = Terminal::new();
    let back = terminal.path("stick");
    fs::create_dir(&back).unwrap();
    let Some(stick) = OddDrive::of(&back, &["fat-names"]) else { return };
    let night = terminal.path("allsky/images/20251213");
    fs::create_dir(&night).unwrap();
    fs::write(night.join("notes 21:30.txt"), "clouds").unwrap();
    let restore = |kind: &str| {
        let name = terminal.ask(&format!("create {kind}"))["name"].as_str().unwrap().to_owned();
        format!("restore {name} --to {} --yes", stick.path().display())
    };
    let error = terminal.refuse(&restore("images"), 1);
    assert!(error["message"].as_str().unwrap().contains("put back"), "{error}");
    assert!(!back.join("images").exists());
    terminal.ask("recover");
    terminal.ask(&restore("config"));
    assert!(back.join("config").is_dir());
}
