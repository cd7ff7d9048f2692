//! Alerts: raised once, seen again while the cause is there, acknowledged by their owner, and resolved by themselves.
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::support::http::{self, To};
use super::support::small_disk::SmallDisk;
use super::support::terminal::{Running, Terminal, wait_until};

/// A camera whose plan copies to the drive `usb`, and that tells problems by a mail server that is not there.
fn camera() -> (Terminal, PathBuf) {
    let terminal = Terminal::new();
    let drive = terminal.path("usb");
    fs::create_dir(&drive).unwrap();
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {drive:?}\nrequire_mount = false\n[[plan]]\nname = \"weekly-config\"\n\
         sources = [\"config\"]\ncopies = [\"usb\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 3 }}\n[notify]\ntransport = \"smtp\"\nsmtp_host = \"127.0.0.1\"\nsmtp_port = 9\n\
         smtp_security = \"none\"\nemail_sender = \"a@example.org\"\nemail_report = \"b@example.org\"\nreport = \"on_problem\"\njobs_by_hand = true\n"
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    terminal.ask("dest init usb");
    (terminal, drive)
}

fn alerts(terminal: &Terminal, kind: &str) -> Vec<Value> {
    let items = terminal.ask("alerts list")["items"].as_array().unwrap().clone();
    items.into_iter().filter(|alert| alert["kind"] == kind).collect()
}

fn mails(terminal: &Terminal) -> Vec<String> {
    let items = terminal.ask("mail list")["items"].as_array().unwrap().clone();
    items.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}

fn serve(terminal: &Terminal) -> (Running, To) {
    let mut service = terminal.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    (service, To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap()))
}

#[test]
fn a_drive_that_is_missed_is_one_alert_and_two_mails_however_often_its_plan_runs() {
    let (terminal, drive) = camera();
    let away = terminal.path("pulled out");
    fs::rename(&drive, &away).unwrap();
    for day in 1..4 {
        let line = format!("plans run weekly-config --json --now 2027-01-0{day}T12:00:00Z");
        assert_eq!(terminal.run(line.split(' ')).code, Some(3));
        let open = alerts(&terminal, "drive_missing");
        assert_eq!(
            (open.len(), &open[0]["subject"], &open[0]["state"]),
            (1, &json!("usb"), &json!("open")),
            "{open:?}"
        );
        assert!(open[0]["since"].as_str().unwrap().starts_with("2027-01-01"), "{open:?}");
        assert!(open[0]["last_seen"].as_str().unwrap().starts_with(&format!("2027-01-0{day}")), "{open:?}");
        assert_eq!(mails(&terminal).len(), 1, "the first run has told it: {:?}", mails(&terminal));
    }
    fs::rename(&away, &drive).unwrap();
    terminal.ask("plans run weekly-config --now 2027-01-04T12:00:00Z");
    assert_eq!(alerts(&terminal, "drive_missing")[0]["state"], "resolved");
    let told = mails(&terminal);
    assert!(told.len() == 2 && told.iter().any(|subject| subject.contains("alert resolved")), "{told:?}");
}

#[test]
fn a_damaged_archive_is_an_alert_until_it_is_whole_or_gone_and_stays_acknowledged() {
    let (terminal, _) = camera();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let path = terminal.path("allskybackups").join(&name);
    let whole = fs::read(&path).unwrap();
    let verify = |code| assert_eq!(terminal.run(["verify", name.as_str()]).code, Some(code));
    let state = || alerts(&terminal, "archive_damaged")[0]["state"].clone();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    verify(1);
    let alert = alerts(&terminal, "archive_damaged").remove(0);
    assert_eq!((&alert["subject"], &alert["state"]), (&json!(name), &json!("open")));
    let id = alert["id"].as_i64().unwrap();
    assert!(terminal.run(["alerts", "list"]).text().contains("is damaged"));
    terminal.ask(&format!("alerts ack {id}"));
    terminal.refuse(&format!("alerts ack {id}"), 4);
    verify(1);
    assert_eq!(state(), "acknowledged", "its owner knows");
    fs::write(&path, &whole).unwrap();
    verify(0);
    assert_eq!(state(), "resolved");
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    verify(1);
    assert_eq!((state(), alerts(&terminal, "archive_damaged").len()), (json!("open"), 2), "it begins anew");
    terminal.ask(&format!("delete {name} --yes"));
    assert_eq!(state(), "resolved");
}

#[test]
fn every_page_shows_what_is_open_and_one_press_acknowledges_it() {
    let (terminal, _) = camera();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let path = terminal.path("allskybackups").join(&name);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    assert_eq!(terminal.run(["verify", name.as_str()]).code, Some(1));
    let (_service, to) = serve(&terminal);
    let drawn = |path: &str| http::ask(&to, "GET", path, &[], "").body;
    for path in ["/", "/plans", "/nights", "/snapshots", "/destinations"] {
        assert!(drawn(path).contains(&format!("{name} is damaged")), "{path}");
    }
    let listed: Value = serde_json::from_str(&drawn("/api/alerts")).unwrap();
    let items = listed["items"].as_array().unwrap();
    let alert = items.iter().find(|alert| alert["kind"] == "archive_damaged").unwrap();
    let token = drawn("/plans").split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let press = format!("/alerts/{}/ack", alert["id"]);
    assert_eq!(http::ask(&to, "POST", &press, &form, &format!("csrf={token}")).status, 303);
    assert!(drawn("/").contains("1 acknowledged alert"), "{}", drawn("/"));
    // What is gone without a job is noticed by the look of every few minutes, which begins with the service.
    drop(_service);
    fs::remove_file(&path).unwrap();
    let _service = serve(&terminal);
    wait_until("it is resolved", || alerts(&terminal, "archive_damaged")[0]["state"] == "resolved");
}

#[test]
fn a_camera_with_one_disk_is_told_on_the_page_alone_until_a_copy_lies_on_another() {
    let terminal = Terminal::new();
    let Some(disk) = SmallDisk::mount("size=256m") else { return };
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let drive = disk.path();
    fs::write(folder.join("config.toml"), format!("[[destination]]\nname = \"usb\"\npath = {drive:?}\n")).unwrap();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let one_disk = || alerts(&terminal, "one_disk").first().map(|alert| alert["state"].clone());
    let (service, _) = serve(&terminal);
    wait_until("it is told", || one_disk() == Some(json!("open")));
    drop(service);
    assert_eq!(mails(&terminal), [""; 0], "a new camera has one disk");
    terminal.ask("dest init usb");
    terminal.ask(&format!("copy {name} --to usb"));
    let (_service, _) = serve(&terminal);
    wait_until("it is over", || one_disk() == Some(json!("resolved")));
}

#[test]
fn a_clock_that_jumped_is_an_alert_until_it_goes_on_evenly() {
    let (terminal, _) = camera();
    let days = |days: i64| (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days)).to_string();
    let in_doubt = || alerts(&terminal, "clock_in_doubt").first().map(|alert| alert["state"].clone());
    terminal.ask(&format!("plans run weekly-config --now {}", days(60)));
    assert_eq!(in_doubt(), None);
    terminal.ask("plans run weekly-config");
    assert_eq!(in_doubt(), Some(json!("open")), "two months since the last job");
    let (_service, _) = serve(&terminal);
    wait_until("it is over", || in_doubt() == Some(json!("resolved")));
}

#[test]
fn mails_that_fail_are_an_alert_that_no_mail_tells_of() {
    let (terminal, drive) = camera();
    fs::rename(&drive, terminal.path("pulled out")).unwrap();
    assert_eq!(terminal.run(["plans", "run", "weekly-config"]).code, Some(3));
    let waiting = mails(&terminal).len();
    let fail = || alerts(&terminal, "mails_fail").first().cloned();
    assert_eq!(fail().map(|alert| alert["state"].clone()), Some(json!("open")), "the terminal has tried");
    let detail = fail().unwrap()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("mails cannot be sent: ") && detail.contains("127.0.0.1"), "{detail}");
    assert!(mails(&terminal).iter().all(|subject| !subject.contains("cannot be sent")));
    assert!(mails(&terminal).len() <= waiting + 1, "{:?}", mails(&terminal));
}
