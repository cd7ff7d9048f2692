//! Plans that copy their archives to other destinations, whether those are there or not.
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{Span, Zoned};
use serde_json::{Value, json};

use super::downloads_resumed::served;
use super::support::http;
use super::support::odd_drive::OddDrive;
use super::support::terminal::{Terminal, wait_until};

/// A camera whose weekly plan keeps two archives and copies them to the drive `usb`.
fn with_copies() -> (Terminal, PathBuf) {
    let terminal = Terminal::new();
    let drive = terminal.path("usb");
    fs::create_dir(&drive).unwrap();
    configure(&terminal, "copies = [\"usb\"]");
    terminal.ask("dest init usb");
    (terminal, drive)
}

fn configure(terminal: &Terminal, key: &str) {
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {:?}\nrequire_mount = false\n[[plan]]\nname = \"weekly-config\"\n\
         sources = [\"config\"]\n{key}\nschedule = {{ weekly = \"sunday 12:15\" }}\nretention = {{ keep_last = 2 }}\n",
        terminal.path("usb")
    );
    fs::write(folder.join("config.toml"), text).unwrap();
}

fn archives(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".tar.gz")).collect();
    names.sort();
    names
}

/// Runs the plan `days` from now; what it said of the copies.
fn run(terminal: &Terminal, days: i64) -> Value {
    let at = Zoned::now().checked_add(Span::new().days(days)).unwrap().timestamp();
    let said = terminal.ask(&format!("plans run weekly-config --now {at}"));
    copies(&said)
}

/// What a run, or `plans copy`, said of the copies.
fn copies(said: &Value) -> Value {
    said["items"].as_array().unwrap().iter().find(|item| item["destinations"].is_array()).unwrap().clone()
}

#[test]
fn each_archive_of_a_plan_is_copied_and_the_rules_of_the_plan_hold_there_too() {
    let (terminal, drive) = with_copies();
    let (here, there) = (terminal.path("allskybackups"), drive.join("archives"));
    let by_hand = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    for day in 0..4 {
        let copies = run(&terminal, day + 1)["destinations"][0].clone();
        let copied = copies["copied"].as_array().unwrap();
        assert_eq!((copied.len(), &copies["destination"]), (1, &json!("usb")), "{copies}");
        let mut ours = archives(&here);
        ours.retain(|name| *name != by_hand);
        assert_eq!((archives(&there), ours.len()), (ours.clone(), ours.len().min(2)), "day {day}");
        let items = terminal.ask("list --on usb")["items"].clone();
        let is_good = |item: &Value| item["state"] == "verified" && item["plan"] == "weekly-config";
        assert!(items.as_array().unwrap().iter().all(is_good), "{items}");
    }
    assert_eq!(copies(&terminal.ask("plans copy weekly-config"))["destinations"][0]["copied"], json!([]));
    // A pinned copy is there for ever, and one that its owner deleted there comes again while the plan keeps it.
    let (old, new) = (archives(&there)[0].clone(), archives(&there)[1].clone());
    terminal.ask(&format!("pin {old} --on usb"));
    terminal.ask(&format!("delete {new} --yes --on usb"));
    assert_eq!(copies(&terminal.ask("plans copy weekly-config"))["destinations"][0]["copied"][0]["name"], json!(new));
    run(&terminal, 5);
    assert!(archives(&there).contains(&old) && !archives(&here).contains(&old));
    let again = copies(&terminal.ask("plans copy weekly-config"));
    assert_eq!(again["destinations"][0]["copied"], json!([]), "{again}");
    assert!(terminal.path("allskybackups").join(by_hand).exists());
}

#[test]
fn what_a_drive_missed_is_told_and_brought_when_it_is_back() {
    let (terminal, drive) = with_copies();
    let away = terminal.path("pulled out");
    fs::rename(&drive, &away).unwrap();
    for day in 1..3 {
        let at = Zoned::now().checked_add(Span::new().days(day)).unwrap().timestamp();
        let said = terminal.run(["plans", "run", "weekly-config", "--json", "--now", &at.to_string()]);
        assert_eq!(said.code, Some(3), "{said:?}");
        let failure = said.json()["failures"][0].clone();
        assert!(failure["message"].as_str().unwrap().contains("not copied to usb"), "{failure}");
        assert_eq!(archives(&terminal.path("allskybackups")).len(), day as usize, "the archive itself is made");
        let job = terminal.ask("jobs")["items"][1].clone();
        assert_eq!((&job["order"]["order"], &job["state"]), (&json!("copy_plan"), &json!("failed")), "{job}");
    }
    assert!(!drive.exists(), "nothing is made in place of a drive");
    // The service looks for it when it starts, and then every ten minutes.
    fs::rename(&away, &drive).unwrap();
    let (_service, _) = served(&terminal);
    let there = drive.join("archives");
    wait_until("both are there", || archives(&there) == archives(&terminal.path("allskybackups")));
    // Behind it is retention, which looks only where something new was copied.
    let newest = || terminal.ask("jobs")["items"][1].clone();
    wait_until("the job is over", || newest()["ended_at"].is_string());
    assert_eq!(
        (&newest()["order"]["order"], &newest()["trigger"]),
        (&json!("copy_plan"), &json!("catch_up")),
        "{}",
        newest()
    );
    let list = terminal.ask("list --on usb")["items"].clone();
    assert_eq!(list.as_array().unwrap().len(), 2, "{list}");
}

#[test]
fn another_archive_of_that_name_on_the_drive_is_left_alone_and_told() {
    let (terminal, drive) = with_copies();
    run(&terminal, 1);
    let there = drive.join("archives");
    let name = archives(&there).remove(0);
    fs::write(there.join(&name), "somebody else's").unwrap();
    let said = copies(&terminal.ask("plans copy weekly-config"));
    assert_eq!(said["destinations"][0]["copied"], json!([]));
    assert!(said["warnings"][0].as_str().unwrap().contains("another archive of that name"), "{said}");
    assert_eq!(fs::read(there.join(&name)).unwrap(), b"somebody else's");
}

#[test]
fn a_plan_that_copies_to_nowhere_is_told_with_its_line() {
    let terminal = Terminal::new();
    for (key, told) in [
        ("copies = [\"nas\"]", "there is no [[destination]] with the name nas"),
        ("destination = \"usb\"\ncopies = [\"usb\"]", "the archives lie on usb already"),
        ("copies = [\"U S B\"]", "plan.copies"),
        ("copies = \"usb\"", "plan.copies"),
    ] {
        configure(&terminal, key);
        let said = terminal.run(["config", "check"]);
        let text = format!("{}{}", String::from_utf8_lossy(&said.out), said.err);
        assert!(said.code != Some(0) && text.contains(told), "{key}: {text}");
    }
    configure(&terminal, "");
    let refused = terminal.refuse("plans copy weekly-config", 2);
    assert!(refused["message"].as_str().unwrap().contains("no other destination"), "{refused}");
}

#[test]
fn the_page_offers_the_drives_for_copies_and_saves_what_was_ticked() {
    let (terminal, _) = with_copies();
    let (_service, to) = served(&terminal);
    let form = || http::ask(&to, "GET", "/plans/weekly-config/edit", &[], "").body;
    let box_of = |page: &str| page.split("name=\"copies\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
    let page = form();
    assert!(box_of(&page).contains("value=\"usb\"") && box_of(&page).contains("checked"), "{page}");
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let save = |copies: &str| {
        let fields = format!(
            "csrf={token}&when=weekly&day=sunday&time=12:15&source=config&keep_last=2&enabled=on&destination=backups{copies}"
        );
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        http::ask(&to, "POST", "/plans/weekly-config/edit", &headers, &fields).status
    };
    assert_eq!(save(""), 303);
    assert!(!box_of(&form()).contains("checked"));
    assert_eq!((save("&copies=nas"), save("&copies=..%2Fx")), (400, 400));
    assert_eq!(save("&copies=usb"), 303);
    let plans = http::ask(&to, "GET", "/plans", &[], "").body;
    assert!(plans.contains("a backup of the settings, copied to usb."), "{plans}");
}

#[test]
fn a_share_that_hangs_costs_its_own_copies_alone() {
    let terminal = Terminal::new();
    let (disk, other) = (terminal.path("disk"), terminal.path("other"));
    [&disk, &other].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let Some(mut share) = OddDrive::of(&disk, &[]) else { return };
    configure(&terminal, "copies = [\"nas\", \"other\"]");
    let file = terminal.path("nobody/.config/allsky-backups/config.toml");
    let mut text = fs::read_to_string(&file).unwrap();
    for (name, path) in [("nas", share.path()), ("other", other.as_path())] {
        text += &format!("[[destination]]\nname = \"{name}\"\npath = {path:?}\nrequire_mount = false\n");
    }
    fs::write(&file, text).unwrap();
    terminal.ask("dest init nas");
    terminal.ask("dest init other");
    share.mount_again(&disk, &["hangs-after=60000"]);
    let said = terminal.run(["plans", "run", "weekly-config", "--json"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let failure = said.json()["failures"][0].clone();
    assert!(failure["message"].as_str().unwrap().contains("does not answer"), "{failure}");
    let made = archives(&terminal.path("allskybackups"));
    assert_eq!((archives(&other.join("archives")), made.len()), (made.clone(), 1));
    share.mount_again(&disk, &[]);
    terminal.ask("plans copy weekly-config");
    assert_eq!(archives(&disk.join("archives")), made);
}
