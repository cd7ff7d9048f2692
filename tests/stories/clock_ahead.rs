//! The clock of the machine was years ahead for one run. What was made then is never the newest afterwards, deletes
//! nothing, hides nothing, and is told once.
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allsky_backups::domain::job::{JobState, Trigger};
use allsky_backups::domain::order::{NightsOrder, Order};
use allsky_backups::observe::cached::{Cached, Subject, Wanted};
use uuid::Uuid;

use crate::support::night_sites::{Camera, NightSites};
use crate::support::rig::{Rig, now};
use crate::support::terminal::Terminal;

const CAMERA: Camera = Camera::Team;
const AHEAD: &str = "2031-01-01T02:00:00+00:00";

/// At two in the morning of a day in January 2026.
fn day(n: usize) -> String {
    format!("2026-01-{n:02}T02:00:00+00:00")
}

/// The days of which the drive has settings.
fn kept(drive: &Path) -> Vec<String> {
    let names = fs::read_dir(drive.join("settings")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut days: Vec<String> = names
        .filter_map(|name| {
            let name = name.to_string_lossy().into_owned();
            name.ends_with(".tar.gz").then(|| name["allsky-config-backup-".len()..][..8].to_owned())
        })
        .collect();
    days.sort();
    days
}

#[test]
fn settings_on_the_drive_go_by_the_order_in_which_they_were_made() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(CAMERA);
    let run = |now: &str| {
        let said = sites.run(CAMERA, &format!("run nights {dest} --now {now} --json"));
        assert_eq!(said.code, Some(0), "{now}: {said:?}");
        assert!(said.json()["settings"]["name"].is_string(), "{now}: {said:?}");
        said.err
    };
    (1..=3).for_each(|n| drop(run(&day(n))));
    run(AHEAD);
    assert_eq!(kept(&drive), ["20260101", "20260102", "20260103", "20310101"]);
    let told = |err: &str| err.contains("dated in the future, because the clock of this machine was ahead");
    assert!(told(&run(&day(4))));
    for n in 4..=10 {
        // A second run of a day makes no second archive.
        assert!(!told(&run(&day(n))) && !told(&run(&day(n))), "day {n}");
    }
    let newest: Vec<String> = (4..=10).map(|n| format!("202601{n:02}")).collect();
    assert_eq!(kept(&drive), newest, "a week of the newest stays, and none of 2031");
}

#[test]
fn the_list_begins_with_the_newest_that_can_be_believed() {
    let terminal = Terminal::new();
    let make = |now: &str| terminal.ask(&format!("create config --now {now}"))["name"].as_str().unwrap().to_owned();
    let (old, ahead, new) = (make("2026-01-01T02:00:00Z"), make("2031-01-01T02:00:00Z"), make("2026-01-02T02:00:00Z"));
    let list = terminal.ask("list --now 2026-01-02T03:00:00Z");
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names[2], ahead);
    assert_eq!(names[..2], [new, old]);
    assert_eq!(list["items"][2]["date_in_doubt"], "the clock of this machine was ahead");
    let said = terminal.run(["list", "--now", "2026-01-02T03:00:00Z"]);
    assert!(said.text().contains("and it counts as the oldest"), "{said:?}");
    let jobs = terminal.run(["jobs", "--now", "2026-01-02T03:00:00Z"]);
    assert_eq!(jobs.text().matches("(the clock of this machine was ahead)").count(), 1, "{jobs:?}");
}

#[test]
fn a_night_of_the_future_is_saved_and_the_night_that_runs_still_runs() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(CAMERA);
    let folder = sites.path("allsky/images/20310101");
    fs::create_dir(&folder).unwrap();
    let picture = fs::read_dir(sites.path("allsky/images/20251221")).unwrap().map(|entry| entry.unwrap().path());
    let picture = picture.filter(|path| path.is_file()).find(|path| path.extension().is_some_and(|e| e == "jpg"));
    for time in ["213000", "213100"] {
        fs::copy(picture.as_ref().unwrap(), folder.join(format!("image-20310101{time}.jpg"))).unwrap();
    }
    let states = || -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        sites.nights(CAMERA).iter().map(|item| (text(&item["night"]), text(&item["state"]))).collect()
    };
    let running = ("2025-12-28".to_owned(), "running".to_owned());
    assert!(states().contains(&running), "{:?}", states());
    let said = sites.run(CAMERA, &format!("run nights {dest}"));
    assert!(said.err.contains("these nights are dated in the future"), "{said:?}");
    assert!(drive.join("nights/2031-01-01/manifest.txt").exists(), "{said:?}");
    assert!(!drive.join("nights/2025-12-28").exists());
    let again = sites.run(CAMERA, &format!("run nights {dest}"));
    assert!(!again.err.contains("dated in the future"), "{again:?}");
    let plan = sites.ask(CAMERA, &format!("prune --plan nights --dry-run {dest}"));
    let reason = |night: &str| {
        let lines = plan["plan"]["lines"].as_array().unwrap();
        lines.iter().find(|line| line["night"] == night).unwrap()["reason"].clone()
    };
    assert_eq!(reason("2031-01-01"), "future");
}

#[test]
fn a_job_that_ended_in_the_future_makes_no_page_look_again() {
    let rig = Rig::new();
    let (tools, looks) = (rig.tools.clone(), Arc::new(AtomicUsize::new(0)));
    let id = Uuid::now_v7();
    let years_ahead = now().checked_add(jiff::Span::new().years(5)).unwrap().timestamp();
    tools.catalog.add_job(id, &Order::Nights(NightsOrder::Run), Trigger::Hand, years_ahead).unwrap();
    tools.catalog.finish_job(id, JobState::Success, None, None, &[], years_ahead).unwrap();
    let counted = looks.clone();
    let subject = Subject {
        name: "anything",
        look: Box::new(move |_| Ok(counted.fetch_add(1, Ordering::SeqCst))),
        is_same: |_, _| true,
        also: |_| None,
        fresh: Duration::from_secs(3600),
    };
    let cached = Cached::new(subject, tools.clone());
    let patience = Duration::from_secs(60);
    let seen = || {
        let wanted = tools.catalog.last_event_of(&[id]).unwrap().map_or(Wanted::Any, Wanted::Since);
        *cached.seen(wanted, patience).seen.unwrap().found.as_ref().unwrap()
    };
    assert_eq!([seen(), seen(), seen()], [0, 0, 0]);
    // Work that ended since makes one look worthless, whatever the clock says by now.
    let later = Uuid::now_v7();
    tools.catalog.add_job(later, &Order::Nights(NightsOrder::Run), Trigger::Hand, now().timestamp()).unwrap();
    tools.catalog.finish_job(later, JobState::Success, None, None, &[], now().timestamp()).unwrap();
    let wanted = tools.catalog.last_event_of(&[later, id]).unwrap().map_or(Wanted::Any, Wanted::Since);
    let seen = || *cached.seen(wanted, patience).seen.unwrap().found.as_ref().unwrap();
    assert_eq!([seen(), seen()], [1, 1]);
    assert_eq!(looks.load(Ordering::SeqCst), 2);
}
