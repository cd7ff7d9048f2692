//! Silence is told: hosts of which no snapshot goes well, and plans that do not run well. A clock that jumps is no silence.
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::support::host_rig::HostRig;
use super::support::terminal::{Running, Terminal, wait_until};

/// Tells problems by a mail server that is not there.
const NOTIFY: &str = "[notify]\ntransport = \"smtp\"\nsmtp_host = \"127.0.0.1\"\nsmtp_port = 9\nsmtp_security = \"none\"\n\
    email_sender = \"a@example.org\"\nemail_report = \"b@example.org\"\nreport = \"on_problem\"\n";
const DAILY: &str = "[[plan]]\nname = \"daily\"\nsources = [\"host:pi\"]\nschedule = { daily = \"06:00\" }\n";

fn alerts(terminal: &Terminal, kind: &str) -> Vec<Value> {
    let items = terminal.ask("alerts list")["items"].as_array().unwrap().clone();
    items.into_iter().filter(|alert| alert["kind"] == kind).collect()
}

fn states(terminal: &Terminal, kind: &str) -> Vec<Value> {
    alerts(terminal, kind).iter().map(|alert| alert["state"].clone()).collect()
}

fn mails(terminal: &Terminal) -> Vec<String> {
    let items = terminal.ask("mail list")["items"].as_array().unwrap().clone();
    items.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}

fn serve(terminal: &Terminal, now: &str) -> Running {
    let mut service = terminal.start(&format!("serve --bind 127.0.0.1:0 --now {now}"));
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    service
}

/// Serves until everything was looked at once: that all lies on one disk is the last thing that is found.
fn looked_at(terminal: &Terminal, now: &str) {
    let service = serve(terminal, now);
    wait_until("it is looked at", || {
        let seen = alerts(terminal, "one_disk");
        seen.first().is_some_and(|alert| alert["last_seen"].as_str().unwrap() >= now.trim_end_matches('Z'))
    });
    drop(service);
}

/// A host with `keys`, and no nights, whose copy on the drive would be a backup elsewhere.
fn host(keys: &str) -> HostRig {
    let rig = HostRig::with(&format!("{keys}[nights]\nschedule = \"\"\n"));
    rig.write("notes.txt", "text");
    rig.terminal.ask("create config --now 2026-11-20T11:00:00Z");
    rig
}

fn take(rig: &HostRig, now: &str) {
    rig.terminal.ask(&format!("snapshots take pi --now {now}"));
}

#[test]
fn a_host_that_is_silent_for_too_long_is_one_alert_and_two_mails_until_a_snapshot_goes_well() {
    let rig = host(&format!("stale_after = \"1d\"\n{NOTIFY}"));
    take(&rig, "2026-11-20T12:00:00Z");
    looked_at(&rig.terminal, "2026-11-21T11:00:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), [""; 0], "it has an hour left");
    for hour in [13, 14, 15] {
        looked_at(&rig.terminal, &format!("2026-11-21T{hour}:00:00Z"));
        let told = alerts(&rig.terminal, "host_stale");
        assert_eq!((told.len(), &told[0]["subject"], &told[0]["state"]), (1, &json!("pi"), &json!("open")), "{told:?}");
        let detail = told[0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("no snapshot of pi has gone well since 2026-11-20"), "{detail}");
        assert_eq!(mails(&rig.terminal).len(), 1, "{:?}", mails(&rig.terminal));
    }
    take(&rig, "2026-11-21T16:00:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), ["resolved"]);
    let told = mails(&rig.terminal);
    assert!(told.len() == 2 && told.iter().any(|subject| subject.contains("alert resolved")), "{told:?}");
    looked_at(&rig.terminal, "2026-11-22T15:00:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), ["resolved"]);
}

#[test]
fn a_host_that_no_plan_takes_or_that_may_be_silent_is_never_told() {
    for keys in ["", "stale_after = \"never\"\n"] {
        let rig = host(keys);
        take(&rig, "2026-11-20T12:00:00Z");
        for day in [21, 23, 26] {
            looked_at(&rig.terminal, &format!("2026-11-{day}T12:00:00Z"));
        }
        assert_eq!(states(&rig.terminal, "host_stale"), [""; 0], "{keys:?}");
    }
}

#[test]
fn a_clock_that_jumps_by_years_makes_no_host_silent_and_a_host_that_is_gone_is_forgotten() {
    let rig = host("stale_after = \"1d\"\n");
    take(&rig, "2026-11-20T12:00:00Z");
    for now in ["2031-01-01T00:00:00Z", "2026-11-20T13:00:00Z", "2020-01-01T00:00:00Z", "2026-11-20T14:00:00Z"] {
        let service = serve(&rig.terminal, now);
        // It looks at once, and the list is asked until that look is over.
        wait_until("it is looked at", || !states(&rig.terminal, "one_disk").is_empty());
        drop(service);
        assert_eq!(states(&rig.terminal, "host_stale"), [""; 0], "{now}");
    }
    // From then on its silence counts again.
    looked_at(&rig.terminal, "2026-11-22T15:00:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), ["open"]);
    let config = rig.terminal.path("nobody/.config/allsky-backups/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.split("[[host]]").next().unwrap()).unwrap();
    looked_at(&rig.terminal, "2026-11-22T16:00:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), ["resolved"]);
}

#[test]
fn a_plan_that_fails_for_two_turns_is_overdue_and_its_host_silent_until_it_runs_well() {
    let rig = host(&format!("{NOTIFY}{DAILY}"));
    looked_at(&rig.terminal, "2026-11-20T12:00:00Z");
    rig.terminal.ask("plans run daily --now 2026-11-20T12:10:00Z");
    let away = rig.terminal.path("away");
    fs::rename(&rig.home, &away).unwrap();
    for day in [21, 22, 23, 24] {
        let now = format!("2026-11-{day}T12:00:00Z");
        let service = serve(&rig.terminal, &now);
        wait_until("its turn has failed", || {
            let runs = rig.terminal.ask("jobs runs daily");
            runs["items"][0]["state"] == "failed" && runs["items"][0]["queued_at"].as_str().unwrap() >= &now[..10]
        });
        drop(service);
    }
    looked_at(&rig.terminal, "2026-11-24T13:00:00Z");
    assert_eq!(states(&rig.terminal, "plan_overdue"), ["open"]);
    assert_eq!(states(&rig.terminal, "host_stale"), ["open"], "four days are more than three turns");
    fs::rename(&away, &rig.home).unwrap();
    rig.terminal.ask("plans run daily --now 2026-11-24T13:30:00Z");
    assert_eq!(states(&rig.terminal, "host_stale"), ["resolved"]);
    looked_at(&rig.terminal, "2026-11-24T14:00:00Z");
    assert_eq!(states(&rig.terminal, "plan_overdue"), ["resolved"]);
}

#[test]
fn a_machine_that_was_off_catches_up_before_anything_is_called_overdue() {
    let rig = host(DAILY);
    looked_at(&rig.terminal, "2026-11-20T12:00:00Z");
    rig.terminal.ask("plans run daily --now 2026-11-20T12:10:00Z");
    let service = serve(&rig.terminal, "2026-11-23T12:00:00Z");
    wait_until("it is caught up", || {
        let runs = rig.terminal.ask("jobs runs daily");
        runs["items"].as_array().unwrap().len() == 2 && runs["items"][0]["state"] == "success"
    });
    drop(service);
    looked_at(&rig.terminal, "2026-11-23T13:00:00Z");
    assert_eq!((states(&rig.terminal, "plan_overdue").len(), states(&rig.terminal, "host_stale").len()), (0, 0));
}
