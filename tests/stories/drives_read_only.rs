//! A drive that turned read-only gives back all that is on it; what would write to it is refused.
use std::fs;

use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;
use super::support::terminal::Terminal;

#[test]
fn archives_are_listed_verified_restored_and_copied_from_a_drive_that_takes_no_writes() {
    let Some(disk) = SmallDisk::mount("size=200m,mode=755") else { return };
    let terminal = Terminal::new();
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let path = disk.path().display();
    fs::write(folder.join("config.toml"), format!("[[destination]]\nname = \"usb\"\npath = \"{path}\"\n")).unwrap();
    // The advice names this drive, so that no other one of the configuration is set up by mistake.
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let unknown = terminal.refuse(&format!("copy {name} --to usb"), 3);
    assert!(unknown["advice"].as_str().unwrap().contains(&format!("`allsky-backups dest init {path}`")), "{unknown}");
    terminal.ask(&format!("dest init {path}"));
    terminal.ask(&format!("move {name} --to usb"));
    disk.remount("ro");
    let on_drive = files(disk.path());

    assert_eq!(terminal.ask("list --on usb")["items"][0]["name"], name);
    assert_eq!(terminal.ask(&format!("verify {name} --on usb"))["ok"], true);
    assert_eq!(terminal.ask(&format!("info {name} --on usb"))["name"], name);
    let extracted = terminal.run(["extract", &name, "env.json", "--on", "usb"]);
    assert_eq!(extracted.out, fs::read(terminal.path("allsky/env.json")).unwrap(), "{extracted:?}");
    let lost = terminal.path("allsky/config/onewire.json");
    let before = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    let preview = terminal.ask(&format!("restore {name} --on usb --preview"));
    let digest = preview["digest"].as_str().unwrap();
    terminal.ask(&format!("restore {name} --on usb --yes --seen {digest}"));
    assert_eq!(fs::read(&lost).unwrap(), before);
    assert_eq!(terminal.ask(&format!("copy {name} --from usb --to backups"))["moved"], false);

    for line in ["create config", &format!("delete {name} --yes"), &format!("pin {name}")] {
        let refused = terminal.refuse(&format!("{line} --on usb"), 3);
        assert!(refused["message"].as_str().unwrap().contains("the drive is read-only"), "{line}: {refused}");
    }
    terminal.refuse(&format!("move {name} --from usb --to backups"), 3);
    assert_eq!(files(disk.path()), on_drive);
}

#[test]
fn a_night_comes_back_from_a_drive_that_takes_no_writes() {
    let Some(disk) = SmallDisk::mount("size=200m,mode=755") else { return };
    let sites = NightSites::new();
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(Camera::Team, &format!("dest init {dest}"));
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let night = sites.path("allsky/images/20251221");
    let before = fs::read_dir(&night).unwrap().count();
    fs::remove_dir_all(&night).unwrap();
    disk.remount("ro");
    let preview = sites.ask(Camera::Team, &format!("nights restore 2025-12-21 --preview {dest}"));
    let digest = preview["digest"].as_str().unwrap();
    let done = sites.ask(Camera::Team, &format!("nights restore 2025-12-21 --yes --seen {digest} {dest}"));
    assert!(done["files"].as_u64().unwrap() > 0 && before > 0, "{done}");
    assert!(fs::read_dir(&night).unwrap().count() > 0, "{done}");
}
