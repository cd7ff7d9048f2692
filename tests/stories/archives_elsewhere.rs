//! Archives on other destinations: copied, moved, made and used there, whatever becomes of the drive.
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::downloads_resumed::served;
use super::support::http;
use super::support::injector::{Fault, traced};
use super::support::odd_drive::OddDrive;
use super::support::small_disk::SmallDisk;
use super::support::terminal::{Said, Terminal, wait_until};

/// A camera with a drive called `usb`, and the folder of the archives on it.
fn with_drive() -> (Terminal, PathBuf) {
    let terminal = Terminal::new();
    let drive = terminal.path("usb");
    fs::create_dir(&drive).unwrap();
    configure(&terminal, &drive.display().to_string());
    terminal.ask("dest init usb");
    (terminal, drive.join("archives"))
}

fn configure(terminal: &Terminal, drive: &str) {
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let text = format!("[[destination]]\nname = \"usb\"\npath = \"{drive}\"\nrequire_mount = false\n");
    fs::write(folder.join("config.toml"), text).unwrap();
}

fn made(terminal: &Terminal) -> String {
    terminal.ask("create config")["name"].as_str().unwrap().to_owned()
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Name, state and other places of each archive that `line` lists.
fn listed(terminal: &Terminal, line: &str) -> Vec<Value> {
    let list = terminal.ask(line);
    let short = |item: &Value| json!([item["name"], item["state"], item["also_on"]]);
    list["items"].as_array().unwrap().iter().map(short).collect()
}

#[test]
fn an_archive_is_copied_verified_listed_with_its_places_and_moved_back() {
    let (terminal, there) = with_drive();
    let name = made(&terminal);
    terminal.ask(&format!("note {name} before the new lens"));
    terminal.ask(&format!("pin {name}"));
    let bytes = fs::read(terminal.path("allskybackups").join(&name)).unwrap();
    let copied = terminal.ask(&format!("copy {name} --to usb"));
    assert_eq!((&copied["was_there"], &copied["moved"]), (&json!(false), &json!(false)));
    assert_eq!(fs::read(there.join(&name)).unwrap(), bytes);
    let stem = name.strip_suffix(".tar.gz").unwrap();
    assert_eq!(names(&there), ["index", "json", "tar.gz"].map(|ending| format!("{stem}.{ending}")));
    assert_eq!(listed(&terminal, "list"), [json!([name, "verified", ["usb"]])]);
    assert_eq!(listed(&terminal, "list --on usb"), [json!([name, "verified", ["backups"]])]);
    let info = terminal.ask(&format!("info {name} --on usb"));
    assert_eq!((&info["note"], &info["pinned"]), (&json!("before the new lens"), &json!(true)), "{info}");
    assert_eq!(terminal.ask(&format!("copy {name} --to usb"))["was_there"], true);
    // The pin goes with the archive, and the archive goes only after its copy was read.
    assert_eq!(terminal.ask(&format!("move {name} --to usb"))["moved"], true);
    assert!(terminal.kept().is_empty());
    assert_eq!(listed(&terminal, "list --on usb"), [json!([name, "verified", null])]);
    assert_eq!(terminal.refuse(&format!("delete {name} --yes --on usb"), 4)["message"], format!("{name} is pinned"));
    let extracted = terminal.run(["extract", &name, "env.json", "--on", "usb"]);
    assert_eq!(extracted.code, Some(0), "{extracted:?}");
    assert_eq!(extracted.out, fs::read(terminal.path("allsky/env.json")).unwrap());
    terminal.ask(&format!("move {name} --from usb --to backups"));
    assert_eq!(fs::read(terminal.path("allskybackups").join(&name)).unwrap(), bytes);
    assert!(names(&there).is_empty());
    assert_eq!(listed(&terminal, "list"), [json!([name, "verified", null])]);
    assert_eq!(terminal.ask(&format!("info {name}"))["pinned"], true);
}

#[test]
fn the_page_copies_an_archive_and_tells_where_it_lies_until_the_warning_of_one_disk_is_untrue() {
    let (terminal, there) = with_drive();
    let name = made(&terminal);
    let (_service, to) = served(&terminal);
    let info = || http::ask(&to, "GET", &format!("/archive/{name}"), &[], "").body;
    let odd = http::ask(&to, "GET", "/archive/zzz", &[], "");
    assert!(odd.status == 404 && odd.body.contains("othing is at this address"), "{odd:?}");
    assert!(!odd.body.contains("deserialize"), "{odd:?}");
    let page = info();
    assert!(page.contains("Copy there") && page.contains("value=\"usb\""), "{page}");
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let send = |fields: &str| {
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
        http::ask(&to, "POST", &format!("/archive/{name}/copy"), &headers, &format!("csrf={token}&{fields}")).status
    };
    assert_eq!((send("to=..%2Fx"), send("")), (400, 400));
    assert_eq!(send("to=usb"), 202);
    wait_until("it is there", || info().contains("</i> usb") || info().contains("</svg> usb"));
    assert!(there.join(&name).exists());
    assert!(!info().contains("Copy there"), "there is no other drive");
    let board = http::ask(&to, "GET", "/board", &[], "").body;
    assert!(board.contains("also on usb") && !board.contains("All your backups are on the disk"), "{board}");
}

#[test]
fn an_archive_is_made_on_a_drive_and_restored_from_it_with_an_empty_backups_folder() {
    let (terminal, there) = with_drive();
    let name = terminal.ask("create config --on usb")["name"].as_str().unwrap().to_owned();
    assert!(there.join(&name).exists() && terminal.kept().is_empty());
    assert_eq!(listed(&terminal, "list"), Vec::<Value>::new());
    let settings = terminal.path("allsky/config/overlay/overlay.json");
    let settings = if settings.exists() { settings } else { terminal.path("allsky/config/uservariables.sh") };
    let before = fs::read(&settings).unwrap_or_default();
    fs::write(&settings, "changed").unwrap();
    let restored = terminal.ask(&format!("restore {name} --programs --yes --on usb"));
    assert!(restored["restore_id"].is_string(), "{restored}");
    assert_eq!(fs::read(&settings).unwrap_or_default(), before);
    terminal.ask("undo");
    assert_eq!(fs::read(&settings).unwrap(), b"changed");
    terminal.ask(&format!("delete {name} --yes --on usb"));
    assert!(names(&there).is_empty());
}

#[test]
fn another_archive_is_never_replaced_and_what_cannot_be_done_is_said() {
    let (terminal, there) = with_drive();
    let name = made(&terminal);
    fs::create_dir(&there).unwrap();
    fs::write(there.join(&name), "somebody else's").unwrap();
    let refused = terminal.refuse(&format!("move {name} --to usb"), 4);
    assert!(refused["message"].as_str().unwrap().contains("another archive with the name"), "{refused}");
    assert_eq!(fs::read(there.join(&name)).unwrap(), b"somebody else's");
    assert_eq!(terminal.kept().len(), 3, "the original stays");
    for (line, code, word) in [
        (format!("copy {name} --to nas"), 4, "no destination nas"),
        (format!("copy {name} --to backups"), 2, "lies on backups already"),
        (format!("copy {name} --to usb --on usb"), 2, "--from"),
        ("copy allsky-config-backup-20200101-000000.tar.gz --to usb".into(), 4, "no archive"),
        ("list --on nas".into(), 4, "no destination nas"),
    ] {
        let error = terminal.refuse(&line, code);
        assert!(error.to_string().contains(word), "{line}: {error}");
    }
    fs::rename(terminal.path("usb"), terminal.path("taken-away")).unwrap();
    let away = terminal.refuse(&format!("copy {name} --to usb"), 3);
    assert!(away["message"].as_str().unwrap().contains("the drive is not there"), "{away}");
    assert!(!terminal.path("usb").exists(), "nothing is made in its place");
}

#[test]
fn a_damaged_archive_is_copied_as_it_is_told_and_never_moved_away() {
    let (terminal, there) = with_drive();
    let name = made(&terminal);
    let path = terminal.path("allskybackups").join(&name);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    let said: Said = terminal.run(["move", &name, "--to", "usb"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!((said.text() + &said.err).contains("it stays on both"), "{said:?}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(fs::read(there.join(&name)).unwrap(), bytes);
    assert_eq!(listed(&terminal, "list --on usb")[0][1], "damaged");
}

#[test]
fn an_archive_that_changed_since_it_came_in_is_not_spread() {
    let (terminal, there) = with_drive();
    let name = made(&terminal);
    let path = terminal.path("allskybackups").join(&name);
    fs::rename(&path, terminal.path(&name)).unwrap();
    let came = terminal.ask(&format!("import {name}"))["name"].as_str().unwrap().to_owned();
    let path = terminal.path("allskybackups").join(&came);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&path, &bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let error = terminal.refuse(&format!("copy {came} --to usb"), 1);
    assert!(error["message"].as_str().unwrap().contains("no longer as it was"), "{error}");
    assert!(names(&there).is_empty(), "nothing is left there");
}

#[test]
fn a_full_drive_gets_nothing_and_the_original_stays() {
    let Some(disk) = SmallDisk::mount("size=1m") else { return };
    let terminal = Terminal::new();
    configure(&terminal, &disk.path().display().to_string());
    terminal.ask("dest init usb");
    let name = made(&terminal);
    let error = terminal.refuse(&format!("move {name} --to usb"), 3);
    assert!(error["message"].as_str().unwrap().contains("not enough room"), "{error}");
    assert_eq!(terminal.kept().len(), 3);
    assert!(names(&disk.path().join("archives")).is_empty());
}

#[test]
fn a_move_that_is_killed_at_any_step_loses_nothing_and_leaves_nothing_half() {
    for (call, most) in [("renameat2", 12), ("unlinkat", 12), ("fsync", 60)] {
        let (terminal, there) = with_drive();
        let name = made(&terminal);
        let bytes = fs::read(terminal.path("allskybackups").join(&name)).unwrap();
        let mut ended = false;
        for nth in 1..=most {
            let command = terminal.command(["move", &name, "--to", "usb"]);
            let status = traced(&command, &Fault::Kill.at(call, nth)).output().unwrap().status;
            let places = [terminal.path("allskybackups").join(&name), there.join(&name)];
            let whole = places.iter().filter(|place| place.exists()).map(|place| fs::read(place).unwrap());
            let whole: Vec<Vec<u8>> = whole.collect();
            assert!(!whole.is_empty() && whole.iter().all(|one| *one == bytes), "{call} {nth}");
            if status.signal().is_none() && status.code() != Some(137) {
                ended = true;
                break;
            }
            if !places[0].exists() {
                terminal.ask(&format!("move {name} --from usb --to backups"));
            }
        }
        assert!(ended, "{call}: it was never carried out to its end");
        // Whatever works on the drive next sweeps it.
        terminal.ask("verify --all --on usb");
        let left = names(&there).into_iter().chain(terminal.kept());
        let half: Vec<String> = left.filter(|name| name.starts_with('.')).collect();
        assert!(half.is_empty(), "{call}: {half:?}");
    }
}

#[test]
fn a_plan_keeps_its_archives_on_a_drive_and_its_rules_hold_there_alone() {
    let (terminal, there) = with_drive();
    let config = terminal.path("nobody/.config/allsky-backups/config.toml");
    let drives = fs::read_to_string(&config).unwrap();
    let plan = "[[plan]]\nname = \"away\"\nsources = [\"config\"]\nschedule = { daily = \"12:00\" }\n\
                retention = { keep_last = 2 }\ndestination = ";
    fs::write(&config, format!("{drives}{plan}\"nas\"\n")).unwrap();
    let mistake = terminal.run(["config", "check"]);
    assert!(
        mistake.code == Some(2) && (mistake.text() + &mistake.err).contains("no [[destination]] with the name nas")
    );
    fs::write(&config, format!("{drives}{plan}\"usb\"\n")).unwrap();
    let by_hand = made(&terminal);
    for day in 1..=4 {
        terminal.ask(&format!("plans run away --now 2026-11-0{day}T12:00:00Z"));
    }
    let archives =
        |folder: &std::path::Path| names(folder).into_iter().filter(|name| name.ends_with(".tar.gz")).count();
    assert_eq!(archives(&there), 2, "{:?}", names(&there));
    assert_eq!(listed(&terminal, "list"), [json!([by_hand, "verified", null])], "the backups folder has its own");
    let next = terminal.ask("prune --plan away --dry-run")["items"][0]["lines"].as_array().unwrap().len();
    assert_eq!(next, 2);
    // Without its drive a run fails, and no other plan is kept from its turn.
    fs::rename(terminal.path("usb"), terminal.path("taken-away")).unwrap();
    let away = terminal.refuse("plans run away", 3);
    assert!(away["message"].as_str().unwrap().contains("the drive is not there"), "{away}");
    terminal.ask("plans run weekly-config");
    let pruned = terminal.run(["prune"]);
    assert!(pruned.code == Some(0) && pruned.err.contains("nothing of plan away was deleted"), "{pruned:?}");
    assert!(!terminal.path("usb").exists());
}

/// A camera whose drive `usb` shows the folder `disk` with `habits`.
fn with_share(habits: &[&str]) -> Option<(Terminal, OddDrive)> {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("disk")).unwrap();
    let share = OddDrive::of(&terminal.path("disk"), habits)?;
    configure(&terminal, &share.path().display().to_string());
    terminal.ask("dest init usb");
    Some((terminal, share))
}

#[test]
fn a_share_that_hangs_in_the_middle_of_a_copy_is_given_up_in_words_and_served_when_it_is_back() {
    let Some((terminal, mut share)) = with_share(&[]) else { return };
    let (name, disk) = (made(&terminal), terminal.path("disk"));
    let hangs = |line: &str| {
        let error = terminal.refuse(line, 3);
        assert!(error["message"].as_str().unwrap().ends_with("the drive does not answer"), "{line}: {error}");
    };
    share.mount_again(&disk, &["hangs-after=60000"]);
    hangs(&format!("copy {name} --to usb"));
    assert_eq!(listed(&terminal, "list"), [json!([name, "verified", null])]);
    share.mount_again(&disk, &[]);
    assert_eq!(terminal.ask(&format!("copy {name} --to usb"))["was_there"], false);
    assert_eq!(names(&disk.join("archives")).len(), 3, "nothing of the copy that was given up is left");

    // Also where the share is what is read from: what lies there goes only when it has come.
    terminal.ask(&format!("delete {name} --yes"));
    share.mount_again(&disk, &["hangs-after=60000"]);
    hangs(&format!("move {name} --from usb --to backups"));
    assert!(!terminal.kept().iter().any(|name| name.ends_with(".tar.gz")));
    assert!(disk.join("archives").join(&name).exists());
}
