//! Backups that are made by themselves, and what stays of them.
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{ArchiveOrder, Order, PauseChoice, SectionChoice};
use allsky_backups::domain::retention::nights::Pinned;
use allsky_backups::jobs::{Jobs, scheduled};
use allsky_backups::work::Tools;
use allsky_backups::work::archive::list;
use allsky_backups::work::archive::mark::{Mark, mark};
use jiff::civil::Date;
use jiff::{Span, Zoned};
use serde_json::json;

use super::support::rig::{Rig, now};
use super::support::terminal::{Terminal, large, wait_until};

/// A service whose clock is set by hand.
struct Walk {
    clock: Arc<Mutex<Zoned>>,
    tools: Arc<Tools>,
    jobs: Arc<Jobs>,
}

impl Walk {
    fn begin(rig: &Rig) -> Walk {
        let clock = Arc::new(Mutex::new(now()));
        let told = clock.clone();
        let tools = Arc::new(Tools { now: Arc::new(move || told.lock().unwrap().clone()), ..(*rig.tools).clone() });
        let jobs = Jobs::start(tools.clone(), allsky_backups::cli::command).unwrap();
        Walk { clock, tools, jobs }
    }

    /// What is owed at this moment is done.
    fn at(&self, moment: Zoned) {
        *self.clock.lock().unwrap() = moment;
        self.jobs.look_at_schedule();
        wait_until("what was owed is done", || self.tools.catalog.unfinished().unwrap().is_empty());
    }

    fn names(&self) -> BTreeSet<String> {
        list::list(&self.tools).unwrap().into_iter().map(|item| item.name).collect()
    }
}

/// The ten newest, and the first of each month within a year of the newest.
fn stays(made: &mut Vec<(Zoned, String)>) {
    let newest = made.last().unwrap().0.clone();
    let cut = newest.checked_sub(Span::new().months(12)).unwrap();
    let mut months: BTreeSet<Date> = BTreeSet::new();
    let from = made.len().saturating_sub(10);
    let keeps: Vec<bool> = made
        .iter()
        .enumerate()
        .map(|(n, (at, _))| (*at >= cut && months.insert(at.date().first_of_month())) || n >= from)
        .collect();
    let mut keep = keeps.into_iter();
    made.retain(|_| keep.next().unwrap());
}

#[test]
fn in_800_days_the_weekly_backups_that_stay_are_those_of_the_rule() {
    let rig = Rig::new();
    let walk = Walk::begin(&rig);
    let by_hand =
        Order::Archive(ArchiveOrder::CreateConfig { sections: SectionChoice::All, pause: PauseChoice::Never });
    let (_, created) = walk.jobs.run(by_hand, &Unwatched).unwrap();
    let by_hand = created.archive().unwrap().to_owned();
    let noon = now().date().at(12, 20, 0, 0).to_zoned(now().time_zone().clone()).unwrap();
    let (mut model, mut pinned, mut seen) = (Vec::new(), None, walk.names());
    let mut last: Option<Zoned> = None;
    for day in 0..800 {
        // The machine is off for six weeks.
        if (300..342).contains(&day) {
            continue;
        }
        let at = noon.checked_add(Span::new().days(day)).unwrap();
        walk.at(at.clone());
        walk.at(at.checked_add(Span::new().minutes(5)).unwrap());
        let names = walk.names();
        let new: Vec<String> = names.difference(&seen).cloned().collect();
        assert!(new.len() <= 1, "day {day}: {new:?}");
        let Some(name) = new.into_iter().next() else { continue };
        let is_catching_up = last.as_ref().is_some_and(|last| at.date().since(last.date()).unwrap().get_days() > 14);
        assert!(is_catching_up || at.date().weekday() == jiff::civil::Weekday::Sunday, "day {day}: {name}");
        model.push((at.clone(), name.clone()));
        // A clock that has just jumped is no reason to delete anything.
        if !is_catching_up {
            stays(&mut model);
        }
        if pinned.is_none() {
            mark(&walk.tools, &ArchiveName::parse(&name).unwrap(), &Mark::Pin(Pinned::Yes)).unwrap();
            pinned = Some(name);
        }
        last = Some(at);
        seen = names;
        let wanted: BTreeSet<String> = model.iter().map(|(_, name)| name.clone()).collect();
        let extra: BTreeSet<String> = [by_hand.clone()].into_iter().chain(pinned.clone()).collect();
        let missing: Vec<&String> = wanted.difference(&seen).collect();
        let spared: Vec<&String> = seen.difference(&wanted).filter(|name| !extra.contains(*name)).collect();
        assert!(missing.is_empty() && spared.is_empty(), "day {day}: {missing:?} are gone, {spared:?} stayed");
    }
    assert!(seen.contains(&by_hand) && seen.contains(&pinned.unwrap()), "{seen:?}");
    assert!((20..26).contains(&seen.len()), "{} archives stay", seen.len());
    let plan = &scheduled(&walk.tools).unwrap()[1];
    assert_eq!((plan.plan.as_str(), plan.why_not), ("weekly-config", None));
    walk.jobs.stop(std::time::Duration::from_secs(5));
}

#[test]
fn a_plan_is_run_paused_and_resumed_in_the_terminal_and_its_archives_are_told_from_others() {
    let terminal = Terminal::new();
    let by_hand = terminal.ask("create config")["name"].clone();
    let run = terminal.ask("plans run weekly-config")["items"][0].clone();
    let name = run["created"]["name"].as_str().unwrap().to_owned();
    let plan_of = |name: &serde_json::Value| {
        let items = terminal.ask("list")["items"].clone();
        items.as_array().unwrap().iter().find(|item| item["name"] == *name).unwrap()["plan"].clone()
    };
    assert_eq!((plan_of(&json!(name)), plan_of(&by_hand)), (json!("weekly-config"), json!(null)));
    let plan = |line: &str| terminal.ask(line)["items"].as_array().unwrap().last().unwrap().clone();
    let listed = plan("plans list");
    assert!(listed["sentence"].as_str().unwrap().starts_with("Every Sunday at 12:15"), "{listed}");
    assert!(listed["next"].is_string(), "{listed}");
    assert!(matches!(listed["last_state"].as_str(), Some("success" | "warning")), "{listed}");
    assert_eq!(plan("plans pause weekly-config")["why_not"], "paused by its owner");
    assert!(plan("plans resume weekly-config")["next"].is_string());
    terminal.refuse("plans run pictures", 4);
    terminal.refuse("plans pause pictures", 4);
}

#[test]
fn pins_and_notes_stay_with_an_archive_and_a_pinned_one_cannot_be_deleted() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    terminal.ask(&format!("pin {name}"));
    assert_eq!(terminal.ask(&format!("note {name} before the new lens"))["note"], "before the new lens");
    let item = terminal.ask("list")["items"][0].clone();
    assert_eq!((&item["pinned"], &item["note"]), (&json!(true), &json!("before the new lens")));
    let refusal = terminal.refuse(&format!("delete {name} --yes"), 4);
    assert!(refusal["message"].as_str().unwrap().contains("is pinned"), "{refusal}");
    assert_eq!(terminal.ask("list")["items"].as_array().unwrap().len(), 1);
    terminal.ask(&format!("unpin {name}"));
    terminal.ask(&format!("delete {name} --yes"));
    terminal.refuse("pin allsky-config-backup-20200101-000000.tar.gz", 4);
}

#[test]
fn prune_says_what_would_go_and_why_the_rest_stays_and_then_does_exactly_that() {
    let terminal = Terminal::new();
    let text = "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = { every = \"6h\" }\nretention = { keep_last = 2 }\n\
                steps = [\"archive\"]\n";
    fs::write(terminal.path("c.toml"), text).unwrap();
    let at = |minute: u32| format!("--config c.toml --now 2027-01-01T12:{minute:02}:00Z");
    let by_hand = terminal.ask(&format!("create config {}", at(0)))["name"].as_str().unwrap().to_owned();
    let made: Vec<String> = (1..5)
        .map(|minute| {
            let run = terminal.ask(&format!("plans run mine {}", at(minute)));
            run["items"][0]["created"]["name"].as_str().unwrap().to_owned()
        })
        .collect();
    let before = terminal.kept();
    let preview = terminal.ask(&format!("prune --plan mine --dry-run {}", at(9)))["items"][0]["lines"].clone();
    assert_eq!(terminal.kept(), before, "a dry run changes nothing");
    let said = |name: &str| {
        let line = preview.as_array().unwrap().iter().find(|line| line["name"] == name).unwrap().clone();
        (line["action"].as_str().unwrap().to_owned(), line["reason"].as_str().unwrap().to_owned())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(said(&by_hand), pair("keep", "by_hand"));
    assert_eq!((said(&made[0]), said(&made[1])), (pair("drop", "expired"), pair("drop", "expired")));
    assert_eq!((said(&made[2]), said(&made[3])), (pair("keep", "keep_last"), pair("keep", "last_good")));
    terminal.ask(&format!("prune --plan mine {}", at(10)));
    let left: BTreeSet<String> = terminal.ask("list")["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap().into())
        .collect();
    assert_eq!(left, [by_hand, made[2].clone(), made[3].clone()].into_iter().collect());
    let again = terminal.ask(&format!("prune {}", at(11)))["items"].clone();
    assert!(again.as_array().unwrap().iter().all(|pruned| pruned["deleted"] == json!([])), "{again}");
}

#[test]
fn on_the_cameras_own_disk_the_weekly_backup_leaves_large_databases_out_and_says_so() {
    let terminal = Terminal::new();
    let database = terminal.path("allsky/config/myFiles/allsky.db");
    assert!(database.exists());
    large(&database, 60 << 20);
    let run = terminal.ask("plans run weekly-config")["items"][0].clone();
    assert!(!run["warnings"].to_string().contains("allsky.db"), "it is no warning every week: {run}");
    let name = run["created"]["name"].as_str().unwrap();
    let info = terminal.ask(&format!("info {name}"));
    let left_out = info["metadata"]["allskyBackups"]["left_out"].to_string();
    assert!(left_out.contains("allsky.db") && left_out.contains("left out because"), "{info}");
    let files = terminal.ask(&format!("info {name} --files"))["files"].to_string();
    assert!(!files.contains("allsky.db") && files.contains("settings"), "{files}");
}

#[test]
fn an_images_plan_takes_the_nights_since_its_last_archive_and_makes_none_when_there_are_none() {
    let terminal = Terminal::new();
    let text = "[[plan]]\nname = \"pictures\"\nsources = [\"images-new\"]\nschedule = { daily = \"13:00\" }\n";
    fs::write(terminal.path("c.toml"), text).unwrap();
    let run = |line: &str| terminal.ask(&format!("plans run pictures --config c.toml {line}"))["items"][0].clone();
    let first = run("--now 2027-01-01T12:00:00Z");
    assert!(first["created"]["name"].is_string(), "{first}");
    let second = run("--now 2027-01-02T12:00:00Z");
    assert_eq!(second["created"], json!(null));
    assert_eq!(second["nothing"], "there are no new nights since the last one");
    let night = terminal.path("allsky/images/20270103");
    fs::create_dir_all(&night).unwrap();
    fs::write(night.join("image-20270103210000.jpg"), vec![7; 4000]).unwrap();
    assert_eq!(run("--now 2027-01-04T03:00:00Z")["created"], json!(null), "that night is not over");
    let third = run("--now 2027-01-04T14:00:00Z")["created"]["name"].as_str().unwrap().to_owned();
    let files = terminal.ask(&format!("info {third} --files"))["files"].to_string();
    assert!(files.contains("20270103") && !files.contains("202611"), "{files}");
}
