//! How every place for backups stands, in the terminal: told by looking, and by nothing that was made up.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::odd_drive::OddDrive;
use super::support::small_disk::SmallDisk;
use super::support::terminal::Terminal;

/// A terminal whose drives are these, by name.
fn with_drives(drives: &[(&str, &Path)]) -> Terminal {
    let terminal = Terminal::new();
    let entry = |(name, path): &(&str, &Path)| format!("[[destination]]\nname = \"{name}\"\npath = {path:?}\n");
    fs::write(terminal.path("c.toml"), drives.iter().map(entry).collect::<String>()).unwrap();
    terminal
}

fn ask(terminal: &Terminal, words: &str) -> Value {
    terminal.ask(&format!("{words} --config c.toml"))
}

fn item(terminal: &Terminal, name: &str) -> Value {
    let list = ask(terminal, "dest list");
    list["items"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
}

fn state(terminal: &Terminal, name: &str) -> String {
    item(terminal, name)["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_drive_is_told_from_its_first_day_to_the_day_when_it_is_full() {
    let Some(disk) = SmallDisk::mount("size=64m") else { return };
    let terminal = with_drives(&[("usb", disk.path())]);
    assert_eq!((state(&terminal, "backups").as_str(), state(&terminal, "usb").as_str()), ("not_made", "not_set_up"));
    ask(&terminal, "dest init usb");
    let new = item(&terminal, "usb");
    assert_eq!((&new["state"], &new["fs_type"]), (&json!("ready"), &json!("tmpfs")));
    assert_eq!((&new["full"], &new["archives"]["number"]), (&json!("not_enough_history"), &json!(0)));
    assert!(new["last_check"]["capabilities"]["hard_links"] == true && new["last_check"]["failure"].is_null(), "{new}");

    // One archive a week, each of 7 MB by its size.
    fs::create_dir_all(disk.path().join("archives")).unwrap();
    for day in ["01", "08", "15", "22"] {
        let name = format!("archives/allsky-config-backup-202611{day}-120000.tar.gz");
        fs::write(disk.path().join(name), vec![0; 7_000_000]).unwrap();
    }
    let at = "dest list --now 2026-11-23T12:00:00Z";
    let list = ask(&terminal, at);
    let usb = &list["items"][1];
    assert_eq!(usb["archives"], json!({ "number": 4, "bytes": 28_000_000 }));
    let free = usb["free_bytes"].as_u64().unwrap();
    let rate = usb["bytes_a_day"].as_u64().unwrap();
    assert_eq!((&usb["full"], rate), (&json!("day"), 21_000_000 / 22));
    let days = i64::try_from(free / rate).unwrap();
    let full_on = jiff::civil::date(2026, 11, 23).checked_add(jiff::Span::new().days(days)).unwrap();
    assert_eq!(usb["full_on"], full_on.to_string());
    let words = terminal.run(format!("{at} --config c.toml").split(' ')).text();
    assert!(words.contains(&format!("full on {full_on} at 954.5 kB a day, if nothing is deleted")), "{words}");

    disk.fill("other.bin", 100);
    assert_eq!(state(&terminal, "usb"), "full");
    disk.remount("ro");
    assert_eq!(state(&terminal, "usb"), "read_only");
}

#[test]
fn what_lay_on_a_drive_that_is_away_is_told_as_last_seen_and_another_drive_in_its_place_is_not_taken_for_it() {
    let point = tempfile::tempdir().unwrap();
    let path = point.path().join("my disk ü");
    fs::create_dir(&path).unwrap();
    let terminal = with_drives(&[("usb", &path)]);
    assert_eq!(state(&terminal, "usb"), "away");
    ask(&terminal, "create config");
    let backups = item(&terminal, "backups");
    assert_eq!((&backups["state"], &backups["shares_drive_with"]), (&json!("ready"), &json!([])), "{backups}");
    let Some(first) = SmallDisk::mount("size=96m") else { return };
    let shown = Shown::at(first.path(), &path);
    ask(&terminal, "dest init usb");
    let name = ask(&terminal, "create config")["name"].as_str().unwrap().to_owned();
    ask(&terminal, &format!("copy {name} --to usb"));
    let there = item(&terminal, "usb");
    assert_eq!((&there["from_memory"], &there["archives"]["number"]), (&json!(false), &json!(1)));
    drop(shown);
    let away = item(&terminal, "usb");
    assert_eq!((&away["state"], &away["from_memory"]), (&json!("away"), &json!(true)));
    assert_eq!((&away["archives"], &away["free_bytes"]), (&there["archives"], &Value::Null));

    let Some(second) = SmallDisk::mount("size=96m") else { return };
    let shown = Shown::at(second.path(), &path);
    assert_eq!(state(&terminal, "usb"), "not_set_up");
    fs::copy(first.path().join(".allsky-backups.json"), second.path().join(".allsky-backups.json")).unwrap();
    assert_eq!(state(&terminal, "usb"), "ready");
    let mark = fs::read_to_string(second.path().join(".allsky-backups.json")).unwrap();
    let id = there["id"].as_str().unwrap();
    let other = mark.replace(id, "0198c5f0-0000-7000-8000-000000000000");
    fs::write(second.path().join(".allsky-backups.json"), other).unwrap();
    assert_eq!(state(&terminal, "usb"), "another_drive");
    fs::write(second.path().join(".allsky-backups.json"), "not ours").unwrap();
    assert_eq!(state(&terminal, "usb"), "unusable");
    drop(shown);
}

#[test]
fn two_destinations_on_one_drive_say_so_and_a_share_says_what_it_cannot_do() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &["no-links", "case-blind"]) else { return };
    let (one, two) = (drive.path().join("one"), drive.path().join("two"));
    for folder in [&one, &two] {
        fs::create_dir(folder).unwrap();
    }
    let terminal = with_drives(&[("one", &one), ("two", &two)]);
    ask(&terminal, "dest init one");
    let told = item(&terminal, "one");
    assert_eq!(told["shares_drive_with"], json!(["two"]));
    assert_eq!(told["last_check"]["capabilities"]["case_sensitive"], false);
    assert_eq!(state(&terminal, "two"), "not_set_up", "each folder has a mark of its own");
}

/// A disk that is shown at another place, until it is dropped.
struct Shown(PathBuf);

impl Shown {
    fn at(disk: &Path, point: &Path) -> Shown {
        let done = std::process::Command::new("mount").arg("--bind").args([disk, point]).status().unwrap();
        assert!(done.success());
        Shown(point.to_owned())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
