//! The schedule tells its next turn, can be paused, and a run that missed its turn is caught up by the
//! service. The owner's program gets the summary.
use std::fs;

use super::support::night_page::NightPage;
use super::support::night_sites::{Camera, NightSites};
use super::support::terminal::wait_until;

#[test]
fn the_daily_run_has_its_next_turn_at_half_past_eleven_unless_it_is_paused() {
    let sites = NightSites::new();
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let plan = |line: &str| {
        let line = format!("{line} --dest {} --now 2025-12-29T02:00:00Z", drive.display());
        sites.ask(Camera::Team, &line)["items"][0].clone()
    };
    let first = plan("schedule");
    assert_eq!((first["plan"].as_str(), first["daily"].as_str()), (Some("nights"), Some("11:30")));
    assert_eq!(first["next"], "2025-12-29T11:30:00Z");
    let paused = plan("schedule pause");
    assert_eq!((&paused["paused"], &paused["next"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(plan("schedule resume")["next"], "2025-12-29T11:30:00Z");
    assert_eq!(sites.ask(Camera::Team, "schedule")["items"][0]["why_not"], "no drive is configured for nights");
}

#[test]
fn the_service_catches_up_a_turn_that_was_missed_and_tells_its_owner() {
    let sites = NightSites::new();
    let (drive, told) = (sites.path("drive"), sites.path("told"));
    fs::create_dir(&drive).unwrap();
    let config = sites.path("c.toml");
    let text = format!(
        "[[destination]]\nname = \"drive\"\npath = \"{}\"\n[notify]\ncommand = [\"sh\", \"-c\", \"cat > {}\"]\n",
        drive.display(),
        told.display()
    );
    fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    sites.ask(Camera::Team, &format!("dest init --plain-folder --config {config}"));
    // Its last turn was before the one of today, as the machine was off at half past eleven.
    sites.ask(Camera::Team, &format!("schedule resume --config {config} --now 2025-12-29T02:00:00Z"));
    let service = NightPage::open(&sites, Camera::Team, &["--config", &config, "--now", "2025-12-29T18:00:00Z"]);
    wait_until("the run is told", || fs::read_to_string(&told).is_ok_and(|told| told.contains("Thumbnails")));
    std::process::Command::new("kill").args(["-s", "TERM", &service.process().to_string()]).status().unwrap();
    service.end();
    let summary = fs::read_to_string(&told).unwrap();
    assert!(summary.contains("2025-12-19 | 40 images |") && summary.contains("Ø stars 1509.3"), "{summary}");
    assert!(summary.contains("2025-12-28 | 40 images |"), "the last night is over by now: {summary}");
}

#[test]
fn a_daily_run_is_not_queued_behind_one_that_waits_already() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(Camera::Team);
    sites.ask(Camera::Team, &format!("schedule resume {dest} --now 2025-12-29T02:00:00Z"));
    // The drive is taken, so that what is ordered waits.
    let lane = fs::File::options()
        .append(true)
        .create(true)
        .open(sites.path("state-allsky/lane-destination-drive.lock"))
        .unwrap();
    rustix::fs::flock(&lane, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let serve = |now| NightPage::open(&sites, Camera::Team, &["--dest", drive.to_str().unwrap(), "--now", now]);
    let before = serve("2025-12-29T03:00:00Z");
    assert_eq!(before.post("/nights/run", "/nights", "").status, 202);
    before.end();

    let _service = serve("2025-12-29T18:00:00Z");
    let catalog = rusqlite::Connection::open(sites.path("state-allsky/catalog.db")).unwrap();
    let is_so = |what: &str| catalog.query_row(what, [], |row| row.get::<_, bool>(0)).unwrap_or_default();
    let half_past_eleven: jiff::Timestamp = "2025-12-29T11:30:00Z".parse().unwrap();
    let had_its_turn = format!("SELECT at = {} FROM turns WHERE plan = 'nights'", half_past_eleven.as_millisecond());
    wait_until("the schedule had its turn", || is_so(&had_its_turn));
    drop(lane);
    let all_over = "SELECT count(*) > 0 AND min(state NOT IN ('queued', 'running')) FROM jobs";
    wait_until("every job is over", || is_so(all_over));
    let jobs = sites.ask(Camera::Team, "jobs")["items"].as_array().unwrap().clone();
    assert_eq!((jobs.len(), &jobs[0]["trigger"]), (1, &"hand".into()), "{jobs:?}");
}
