//! Alerts of runs: one that failed by itself is an alert until a run goes well, and what somebody started by hand is seen
//! by him, but for a drive that is away.
use std::fs;
use std::sync::{Arc, Mutex};

use allsky_backups::domain::alert::AlertState;
use allsky_backups::domain::settings::Reading;
use allsky_backups::jobs::Jobs;
use allsky_backups::work::Tools;
use jiff::{SignedDuration, Zoned};
use serde_json::Value;

use super::support::rig::{Rig, now};
use super::support::terminal::{Terminal, wait_until};

fn open(terminal: &Terminal, kind: &str) -> Vec<Value> {
    let all = terminal.ask("alerts list")["items"].as_array().unwrap().clone();
    all.into_iter().filter(|alert| alert["kind"] == kind && alert["state"] == "open").collect()
}

#[test]
fn a_hand_run_that_misses_its_drive_says_so_and_is_an_alert_of_the_drive_alone_until_it_is_back() {
    let terminal = Terminal::new();
    let (folder, drive) = (terminal.path("nobody/.config/allsky-backups"), terminal.path("usb"));
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir(&drive).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {drive:?}\nrequire_mount = false\n[[plan]]\nname = \"mine\"\n\
         sources = [\"config\"]\ndestination = \"usb\"\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 3 }}\n"
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    terminal.ask("dest init usb");
    fs::rename(&drive, terminal.path("away")).unwrap();
    for _ in 0..2 {
        let said = terminal.run(["plans", "run", "mine", "--json"]);
        assert!(said.code == Some(3) && said.text().contains("usb"), "{said:?}");
        assert!(!drive.exists(), "nothing was written in its place");
        assert_eq!((open(&terminal, "drive_missing").len(), open(&terminal, "plan_failed").len()), (1, 0));
    }
    assert_eq!(open(&terminal, "drive_missing")[0]["subject"], "usb");
    fs::rename(terminal.path("away"), &drive).unwrap();
    terminal.ask("plans run mine");
    assert_eq!(open(&terminal, "drive_missing"), Vec::<Value>::new());
    assert_eq!(terminal.ask("jobs runs")["items"].as_array().unwrap().len(), 3);
}

#[test]
fn a_run_that_failed_by_itself_is_an_alert_until_one_goes_well() {
    let rig = Rig::new();
    let fine = rig.path("fine");
    let text = format!(
        "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = {{ daily = \"02:30\" }}\n\
         hooks = [{{ on = \"before\", run = [\"test\", \"-e\", {fine:?}] }}]\n"
    );
    let reading = Reading::of(&text);
    assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
    let plans: Vec<_> = reading.settings.plans.into_iter().filter(|plan| plan.name.as_str() == "mine").collect();
    let clock = Arc::new(Mutex::new(now()));
    let told = clock.clone();
    let now = Arc::new(move || told.lock().unwrap().clone());
    let tools = Arc::new(Tools { now, plans, ..(*rig.tools).clone() });
    let jobs = Jobs::start(tools.clone(), allsky_backups::cli::command).unwrap();
    let next_day = || {
        let later: Zoned = &*clock.lock().unwrap() + SignedDuration::from_hours(24);
        *clock.lock().unwrap() = later;
        jobs.look_at_schedule();
        wait_until("what was owed is done", || tools.catalog.unfinished().unwrap().is_empty());
    };
    let alert = || {
        let all = tools.catalog.alerts(50).unwrap().into_iter();
        all.filter(|alert| serde_json::to_value(alert.kind).unwrap() == "plan_failed").collect::<Vec<_>>()
    };
    jobs.look_at_schedule();
    assert_eq!(tools.catalog.runs(None, 9).unwrap().len(), 0, "a plan begins with its next turn");
    for _ in 0..2 {
        next_day();
        wait_until("it is an alert", || alert().len() == 1 && alert()[0].state == AlertState::Open);
    }
    let told = &alert()[0];
    assert_eq!(told.subject, "mine");
    assert!(told.detail.starts_with("plan mine failed: "), "{}", told.detail);
    fs::write(&fine, "").unwrap();
    next_day();
    wait_until("it is over", || alert()[0].state == AlertState::Resolved);
    assert_eq!(alert().len(), 1);
    jobs.stop(std::time::Duration::from_secs(5));
}
