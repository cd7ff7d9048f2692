//! Restores from the terminal, with the camera's service beside them, and kills at any moment.
use std::fs;

use serde_json::Value;

use crate::support::looks::{differences, looks};
use crate::support::terminal::Terminal;

/// A camera with a backup of its settings, and changes since.
fn backed_up() -> (Terminal, String) {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let settings = terminal.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap().replace("50.03N", "1.0N");
    fs::write(&settings, text).unwrap();
    fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
    (terminal, name)
}

const CONFIG: &str = "--config config.toml";

/// The demo's own unit is not the camera's: a terminal pretends that it is.
fn run(terminal: &Terminal, line: &str) -> Value {
    terminal.ask(&format!("{CONFIG} {line}"))
}

fn latitude(terminal: &Terminal) -> String {
    let text = fs::read(terminal.path("allsky/config/settings.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()["latitude"].as_str().unwrap().to_owned()
}

#[test]
fn the_camera_rests_during_a_restore_and_runs_afterwards() {
    let (terminal, name) = backed_up();
    let before = terminal.told().len();
    let done = run(&terminal, &format!("restore {name} --yes"));
    assert_eq!(latitude(&terminal), "50.03N");
    assert!(terminal.is_active());
    let told = terminal.told()[before..].join("\n");
    assert_eq!(told.matches("stop").count(), 1, "{told}");
    assert_eq!(told.matches("start").count(), 1, "{told}");
    for key in ["restore_id", "name", "log"] {
        assert!(done[key].is_string(), "{key}: {done}");
    }
    assert!(done["pause_ms"].as_u64().is_some() && done["warnings"].is_array() && done["files"].as_u64() > Some(0));
    let listed = run(&terminal, "restores");
    assert_eq!(listed["restores"][0]["restore_id"], done["restore_id"]);
    run(&terminal, "undo");
    assert_eq!(latitude(&terminal), "1.0N");
    assert!(terminal.is_active());
    assert_eq!(terminal.refuse("undo 20260101-000000-000000", 4)["code"], "not_found");
}

#[test]
fn a_camera_that_its_owner_stopped_is_not_started() {
    let (terminal, name) = backed_up();
    fs::write(terminal.path("active"), "inactive\n").unwrap();
    let before = terminal.told().len();
    let said = terminal.run(["--config", "config.toml", "restore", &name, "--yes"]).text();
    assert!(said.contains("the camera was not running, and stays so until you start it"), "{said}");
    run(&terminal, "undo");
    assert_eq!(terminal.told()[before..], [""; 0]);
    assert!(!terminal.is_active());
}

#[test]
fn without_yes_nothing_is_restored_and_the_preview_says_all() {
    let (terminal, name) = backed_up();
    let preview = run(&terminal, &format!("restore {name} --preview"));
    let changes: Vec<&str> =
        preview["files"].as_array().unwrap().iter().map(|f| f["change"].as_str().unwrap()).collect();
    assert!(changes.contains(&"changed") && changes.contains(&"same"));
    let setting = preview["settings"].as_array().unwrap().iter().find(|s| s["key"] == "latitude").unwrap();
    assert_eq!((&setting["old"], &setting["new"]), (&"1.0N".into(), &"50.03N".into()));
    assert_eq!(setting["kind"], "general");
    for check in preview["checks"].as_array().unwrap() {
        assert!(["pass", "warning", "fail"].contains(&check["result"].as_str().unwrap()));
        assert!(check["name"].is_string() && check["detail"].is_string() && check["advice"].is_string());
    }
    assert_eq!(latitude(&terminal), "1.0N");
    let words = terminal.run(format!("{CONFIG} restore {name}").split(' '));
    assert_eq!(words.code, Some(2));
    assert_eq!(latitude(&terminal), "1.0N");
    let digest = preview["digest"].as_str().unwrap();
    let stale = terminal.path("allsky/config/settings.json");
    let text = fs::read_to_string(&stale).unwrap().replace("1.0N", "2.0N");
    fs::write(&stale, text).unwrap();
    let error = terminal.refuse(&format!("{CONFIG} restore {name} --yes --seen {digest}"), 1);
    assert_eq!(error["code"], "refused");
    assert_eq!(latitude(&terminal), "2.0N");
}

#[test]
fn killed_at_any_moment_the_camera_is_all_old_or_all_new_and_runs() {
    let (terminal, name) = backed_up();
    let home = terminal.path("allsky");
    let old = looks(&home);
    run(&terminal, &format!("restore {name} --yes"));
    let new = looks(&home);
    run(&terminal, "undo");
    assert_eq!(differences(&looks(&home), &old), [""; 0]);
    let mut ends = [0, 0];
    for moment in 0..24u64 {
        let mut running = terminal.start(&format!("{CONFIG} restore {name} --yes"));
        std::thread::sleep(std::time::Duration::from_millis(moment * 12));
        running.kill();
        terminal.ask("recover");
        let now = looks(&home);
        let end = usize::from(differences(&now, &old) != [""; 0]);
        if end == 1 {
            assert_eq!(differences(&now, &new), [""; 0], "moment {moment}");
            run(&terminal, "undo");
            assert_eq!(differences(&looks(&home), &old), [""; 0], "moment {moment}");
        }
        ends[end] += 1;
        assert!(terminal.is_active(), "moment {moment}");
        let id = run(&terminal, "restores")["restores"].as_array().unwrap().len();
        let litter = fs::read_dir(&home)
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".allsky-restore"));
        assert_eq!(litter.count(), id, "moment {moment}: only what can be undone is kept");
    }
    assert!(ends[0] > 0, "no kill came before the exchange: {ends:?}");
}

/// Puts `lines` before everything that the terminal's `systemctl` does.
fn teach(terminal: &Terminal, lines: &str) {
    let script = terminal.path("bin/systemctl");
    let text = fs::read_to_string(&script).unwrap();
    let (head, rest) = text.split_once("\nd=").unwrap();
    let (home, rest) = rest.split_once('\n').unwrap();
    fs::write(&script, format!("{head}\nd={home}\n{lines}\n{rest}")).unwrap();
}

const NEW: &str = r#"grep -q 50.03N "$d/allsky/config/settings.json""#;

#[test]
fn a_camera_that_does_not_start_with_the_restored_settings_gets_its_old_ones_back() {
    let (terminal, name) = backed_up();
    teach(&terminal, &format!(r#"case "$1" in start) {NEW} && exit 1 ;; esac"#));
    let old = looks(&terminal.path("allsky"));
    let error = terminal.refuse(&format!("{CONFIG} restore {name} --yes"), 1);
    assert!(error["message"].as_str().unwrap().contains("put back as it was"), "{error}");
    assert_eq!(differences(&looks(&terminal.path("allsky")), &old), [""; 0]);
    assert!(terminal.is_active());
    assert_eq!(run(&terminal, "restores")["restores"].as_array().unwrap().len(), 0);
}

#[test]
fn a_camera_that_fails_after_its_start_gets_its_old_settings_back_or_its_owner_is_told() {
    let (terminal, name) = backed_up();
    // Up when it is looked at first, failed from then on.
    teach(
        &terminal,
        &format!(
            r#"case "$1" in show) if [ -e "$d/seen" ] && {NEW}; then echo ActiveState=failed; exit 0; fi
            if grep -qx active "$d/active" && {NEW}; then : > "$d/seen"; fi ;; esac"#
        ),
    );
    let old = looks(&terminal.path("allsky"));
    let error = terminal.refuse(&format!("{CONFIG} restore {name} --yes"), 1);
    assert!(error["message"].as_str().unwrap().contains("put back as it was"), "{error}");
    assert_eq!(differences(&looks(&terminal.path("allsky")), &old), [""; 0]);
    let _ = fs::remove_file(terminal.path("seen"));
    let offer = "[restore]\nwatch_seconds = 1\nif_camera_stays_down = \"offer\"\n";
    fs::write(terminal.path("config.toml"), offer).unwrap();
    let done = run(&terminal, &format!("restore {name} --yes"));
    let warning = done["warnings"].to_string();
    assert!(warning.contains("To go back: allsky-backups undo"), "{done}");
    assert_eq!(latitude(&terminal), "50.03N");
}
