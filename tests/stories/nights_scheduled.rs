//! The schedule tells its next turn, can be paused, and a run that missed its turn is caught up by the
//! service. The owner's program gets the summary.
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::support::night_sites::{Camera, NightSites};

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
        "[destination]\npath = \"{}\"\n[notify]\ncommand = [\"sh\", \"-c\", \"cat > {}\"]\n",
        drive.display(),
        told.display()
    );
    fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    sites.ask(Camera::Team, &format!("dest init --plain-folder --config {config}"));
    // Its last turn was before the one of today, as the machine was off at half past eleven.
    sites.ask(Camera::Team, &format!("schedule resume --config {config} --now 2025-12-29T02:00:00Z"));
    let args = ["serve", "--bind", "127.0.0.1:0", "--config", &config, "--now", "2025-12-29T18:00:00Z"];
    let mut service = sites.command(Camera::Team, args).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while !told.exists() || fs::read_to_string(&told).unwrap().is_empty() {
        assert!(Instant::now() < end, "nothing ran");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let end = Instant::now() + Duration::from_secs(20);
    while !fs::read_to_string(&told).unwrap().contains("Thumbnails") && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    std::process::Command::new("kill").args(["-s", "TERM", &service.id().to_string()]).status().unwrap();
    service.wait().unwrap();
    let summary = fs::read_to_string(&told).unwrap();
    assert!(summary.contains("2025-12-19 | 40 images |") && summary.contains("Ø stars 1509.3"), "{summary}");
    assert!(summary.contains("2025-12-28 | 40 images |"), "the last night is over by now: {summary}");
}
