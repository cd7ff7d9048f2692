//! Is everything backed up? One verdict for page, terminal and programs, each reason from what an owner lives through.
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::support::http::{self, To};
use super::support::terminal::{Running, Terminal, wait_until};

/// A camera with a drive `usb`, and a host `pi` that is taken every day; nights are off.
fn camera() -> Terminal {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("usb")).unwrap();
    fs::create_dir(terminal.path("home")).unwrap();
    fs::write(terminal.path("home/notes.txt"), "text").unwrap();
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let (usb, home) = (terminal.path("usb"), terminal.path("home"));
    let text = format!(
        "[nights]\nschedule = \"\"\n[[destination]]\nname = \"usb\"\npath = {usb:?}\nrequire_mount = false\n\
         [[host]]\nname = \"pi\"\npath = {home:?}\n[[plan]]\nname = \"daily\"\nsources = [\"host:pi\"]\n\
         schedule = {{ daily = \"06:00\" }}\n"
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    terminal.ask("dest init usb");
    terminal
}

fn serve(terminal: &Terminal, now: &str) -> (Running, To) {
    let mut service = terminal.start(&format!("serve --bind 127.0.0.1:0 --now {now}"));
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    (service, To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap()))
}

fn get(to: &To, path: &str) -> String {
    http::ask(to, "GET", path, &[], "").body
}

fn status(terminal: &Terminal, now: &str) -> Value {
    terminal.ask(&format!("status --now {now}"))
}

fn kinds(verdict: &Value) -> Vec<String> {
    verdict["reasons"].as_array().unwrap().iter().map(|reason| reason["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_camera_a_first_backup_and_a_copy_elsewhere_each_have_their_verdict() {
    let terminal = camera();
    let verdict = status(&terminal, "2026-11-20T12:00:00Z");
    assert_eq!((&verdict["level"], &verdict["headline"]), (&json!("bad"), &json!("No backup yet")), "{verdict}");
    assert_eq!(verdict["reasons"][0]["remedy"], "create_backup");
    let name = terminal.ask("create config --now 2026-11-20T12:01:00Z")["name"].as_str().unwrap().to_owned();
    let verdict = status(&terminal, "2026-11-20T12:02:00Z");
    assert_eq!(
        (&verdict["level"], &verdict["headline"]),
        (&json!("warning"), &json!("Only on this card")),
        "{verdict}"
    );
    assert!(verdict["detail"].as_str().unwrap().starts_with("Last config backup today"), "{verdict}");
    terminal.ask(&format!("copy {name} --to usb --now 2026-11-20T12:03:00Z"));
    let verdict = status(&terminal, "2026-11-20T12:04:00Z");
    assert_eq!((&verdict["level"], &verdict["headline"]), (&json!("good"), &json!("Backed up")), "{verdict}");
    let said = terminal.run(["status", "--now", "2026-11-20T12:04:00Z"]).text();
    assert!(said.starts_with("Backed up. Last config backup today") && said.contains("verified."), "{said}");
}

#[test]
fn what_is_damaged_old_paused_or_away_is_told_with_the_line_that_mends_it() {
    let terminal = camera();
    let name = terminal.ask("create config --now 2026-11-01T12:00:00Z")["name"].as_str().unwrap().to_owned();
    terminal.ask(&format!("copy {name} --to usb --now 2026-11-01T12:03:00Z"));
    terminal.ask("verify --all --now 2026-11-16T12:00:00Z");
    let old = status(&terminal, "2026-11-16T13:00:00Z");
    assert_eq!(
        (&old["level"], &old["headline"]),
        (&json!("warning"), &json!("Last config backup 2 weeks ago")),
        "{old}"
    );
    terminal.ask("plans pause weekly-config --now 2026-11-16T13:00:00Z");
    terminal.ask("create config --now 2026-11-16T13:01:00Z");
    let paused = status(&terminal, "2026-11-16T13:02:00Z");
    assert_eq!(
        (&paused["headline"], kinds(&paused)),
        (&json!("Backed up"), vec!["plan_paused".to_owned()]),
        "{paused}"
    );
    let said = terminal.run(["status", "--now", "2026-11-16T13:02:00Z"]).text();
    assert!(
        said.contains("note: Plan weekly-config is paused") && said.contains("plans resume weekly-config"),
        "{said}"
    );

    let path = terminal.path("allskybackups").join(&name);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    assert_eq!(terminal.run(["verify", &name, "--now", "2026-11-16T13:03:00Z"]).code, Some(1));
    fs::rename(terminal.path("usb"), terminal.path("pulled out")).unwrap();
    assert_eq!(terminal.run(["plans", "run", "daily", "--now", "2026-11-16T13:04:00Z"]).code, Some(3));
    let worse = status(&terminal, "2026-11-18T13:04:00Z");
    assert_eq!(worse["headline"], "1 backup is damaged", "{worse}");
    let away = worse["reasons"].as_array().unwrap().iter().find(|reason| reason["kind"] == "drive_away").unwrap();
    assert_eq!(away["headline"], "Drive usb away since Monday");
    terminal.ask(&format!("delete {name} --yes --now 2026-11-18T13:05:00Z"));
    let is_told = |verdict: &Value, headline: &str| {
        verdict["reasons"].as_array().unwrap().iter().any(|reason| reason["headline"] == headline)
    };
    terminal.ask("verify --all --now 2028-12-16T12:00:00Z");
    assert!(is_told(&status(&terminal, "2028-12-16T13:00:00Z"), "Last config backup 2 years ago"));
    // The clock went on by years since the last work: no age can be told.
    let jumped = status(&terminal, "2035-01-01T00:00:00Z");
    assert!(kinds(&jumped).contains(&"clock_in_doubt".to_owned()), "{jumped}");
    assert!(!kinds(&jumped).contains(&"config_old".to_owned()), "{jumped}");
}

#[test]
fn the_dashboard_says_what_terminal_and_programs_say_and_works_without_scripts() {
    let terminal = camera();
    let (service, to) = serve(&terminal, "2026-11-20T12:00:00Z");
    wait_until("it has looked", || get(&to, "/dashboard").contains("No backup yet"));
    let page = get(&to, "/dashboard");
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>"), "{page}");
    assert!(
        page.contains("<title>No backup yet · Dashboard – Allsky Backups</title>") && page.contains("icon-bad.svg")
    );
    drop(service);

    terminal.ask("create config --now 2026-11-20T12:10:00Z");
    terminal.ask("plans run daily --now 2026-11-20T12:11:00Z");
    let (service, to) = serve(&terminal, "2026-11-20T12:20:00Z");
    // With a copy of nothing elsewhere all lies on one disk.
    wait_until("it has looked", || get(&to, "/dashboard").contains("Only on this card"));
    wait_until("the snapshots are seen", || get(&to, "/dashboard").contains("1 of hours, 0 of days, 0 of months"));
    let page = get(&to, "/dashboard");
    let told: Value = serde_json::from_str(&get(&to, "/api/status")).unwrap();
    assert_eq!(told["verdict"]["headline"], "Only on this card");
    assert_eq!(told["verdict"], status(&terminal, "2026-11-20T12:20:00Z"));
    for part in [
        "data-host=\"pi\"",
        "This machine",
        "Taken",
        "data-plan=\"daily\"",
        "ab-strip",
        "data-place=\"usb\"",
        "New backups by day",
        "Longest run by day",
        "As a table",
        "Golden months",
        "Current",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Recent work by plan, host and result.
    let lines = |query: &str| get(&to, &format!("/dashboard{query}")).matches("list-group-item\" data-job").count();
    assert!(
        lines("") >= 3 && lines("?host=pi") == 1 && lines("?plan=daily") >= 1,
        "{} {}",
        lines(""),
        lines("?host=pi")
    );
    assert_eq!(lines("?result=failed"), 0);
    assert!(get(&to, "/dashboard?result=failed").contains("Nothing that was done is like this."));
    for odd in ["?plan=%ff", "?host=%3Cb%3E&result=x", "?plan='%20OR%201"] {
        assert_eq!(http::ask(&to, "GET", &format!("/dashboard{odd}"), &[], "").status, 200, "{odd}");
    }
    drop(service);
}

#[test]
fn a_run_that_fails_in_its_turn_and_a_silent_host_are_reasons_until_they_run_well() {
    let terminal = camera();
    let (service, _) = serve(&terminal, "2026-11-20T12:00:00Z");
    wait_until("its turns have begun", || !terminal.ask("alerts list")["items"].is_null());
    wait_until("turns are known", || terminal.ask("plans list")["items"][1]["next"].is_string());
    drop(service);
    let name = terminal.ask("create config --now 2026-11-20T12:05:00Z")["name"].as_str().unwrap().to_owned();
    terminal.ask("plans run daily --now 2026-11-20T12:10:00Z");
    terminal.ask(&format!("copy {name} --to usb --now 2026-11-20T12:12:00Z"));
    assert_eq!(status(&terminal, "2026-11-20T12:20:00Z")["headline"], "Backed up");
    fs::rename(terminal.path("home"), terminal.path("away")).unwrap();
    let (service, _) = serve(&terminal, "2026-11-21T07:00:00Z");
    wait_until("the run has failed", || {
        kinds(&status(&terminal, "2026-11-21T07:10:00Z")).contains(&"plan_failed".to_owned())
    });
    drop(service);
    let failed = status(&terminal, "2026-11-21T07:10:00Z");
    assert_eq!((&failed["level"], &failed["headline"]), (&json!("warning"), &json!("Plan daily failed")), "{failed}");
    assert_eq!(failed["reasons"][0]["remedy"], json!({ "run_plan": "daily" }));
    let (service, _) = serve(&terminal, "2026-11-24T13:00:00Z");
    wait_until("all that was missed is caught up", || {
        let runs = terminal.ask("jobs runs")["items"].as_array().unwrap().clone();
        runs.len() == 4 && runs.iter().all(|run| !["queued", "running"].contains(&run["state"].as_str().unwrap()))
    });
    drop(service);
    let (service, to) = serve(&terminal, "2026-11-24T14:00:00Z");
    wait_until("the page says so", || get(&to, "/dashboard").contains("No new snapshot of pi"));
    drop(service);
    fs::rename(terminal.path("away"), terminal.path("home")).unwrap();
    terminal.ask("plans run daily --now 2026-11-24T15:00:00Z");
    let kinds = kinds(&status(&terminal, "2026-11-24T15:10:00Z"));
    for over in ["host_stale", "plan_failed", "plan_overdue"] {
        assert!(!kinds.contains(&over.to_owned()), "{over}: {kinds:?}");
    }
}
