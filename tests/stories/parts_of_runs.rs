//! The parts of a run: each with a record and a log of its own, and none that is begun without what it needs.
use std::fs;

use serde_json::{Value, json};

use super::downloads_resumed::served;
use super::support::host_rig::{HostRig, hour};
use super::support::http;
use super::support::terminal::{Terminal, wait_until};

fn configure(terminal: &Terminal, text: &str) {
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    let before = fs::read_to_string(&file).unwrap_or_default();
    fs::write(file, format!("{before}{text}")).unwrap();
}

fn parts(terminal: &Terminal) -> Vec<Value> {
    let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
    terminal.ask(&format!("jobs show {run}"))["jobs"].as_array().unwrap().clone()
}

/// Rows of the view, with every time and duration as `#`.
fn rows(terminal: &Terminal) -> (Vec<String>, Vec<Vec<Value>>) {
    let database = rusqlite::Connection::open(terminal.path("state/catalog.db")).unwrap();
    let mut query = database.prepare("SELECT * FROM task_run").unwrap();
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let width = names.len();
    let rows = query.query_map([], |row| {
        (0..width)
            .map(|at| {
                use rusqlite::types::ValueRef;
                Ok(match row.get_ref(at)? {
                    ValueRef::Integer(number) => json!(number),
                    ValueRef::Text(text) if text.len() == 8 && text[2] == b':' => json!("#"),
                    ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                    ValueRef::Real(second) => {
                        assert!(second > 1.5e9 && second < 4e9, "{second}");
                        json!("#")
                    }
                    _ => Value::Null,
                })
            })
            .collect()
    });
    (names, rows.unwrap().collect::<Result<_, _>>().unwrap())
}

#[test]
fn a_snapshot_that_fails_lets_retention_be_skipped_with_the_reason() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    configure(&rig.terminal, "[[plan]]\nname = \"hosts\"\nsources = [\"host:pi\"]\nschedule = { every = \"6h\" }\n");
    rig.terminal.ask(&format!("plans run hosts --now {}", hour(8)));
    fs::rename(&rig.home, rig.terminal.path("away")).unwrap();
    let said = rig.terminal.run(["plans", "run", "hosts", "--json", "--now", &hour(9)]);
    assert_ne!(said.code, Some(0));
    let parts = parts(&rig.terminal);
    let states: Vec<_> = parts.iter().map(|part| part["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["failed", "skipped"]);
    assert_eq!(parts[1]["result"]["left_out"], "a snapshot of pi failed in this run");
    let (from, to) = (rig.home.display().to_string(), rig.store().display().to_string());
    assert_eq!((&parts[0]["from"], &parts[0]["to"]), (&json!(from), &json!(to)));
    // The view has the parts that were done, in eleven columns.
    let (names, rows) = rows(&rig.terminal);
    assert_eq!(
        names,
        [
            "id_task",
            "dt_task_start",
            "dt_task_end",
            "success_task",
            "id_step",
            "dt_step_start",
            "dt_step_end",
            "success_step",
            "dir_from",
            "dir_to",
            "time_elapsed"
        ]
    );
    let row = |step: &str, success: i32, from: Value| {
        json!(["hosts", "#", "#", success, step, "#", "#", success, from, to, "#"]).as_array().unwrap().clone()
    };
    assert_eq!(rows, [row("backup", 1, json!(from)), row("retention", 1, Value::Null), row("backup", 0, json!(from))]);
}

#[test]
fn what_the_programs_of_a_step_say_is_read_in_the_terminal_and_on_the_page_while_it_grows() {
    let terminal = Terminal::new();
    let go = terminal.path("go");
    let wait = format!(
        "echo 'one <b>&'; echo two >&2; while [ ! -e {} ]; do sleep 0.01; done; echo three; exit 9",
        go.display()
    );
    configure(
        &terminal,
        &format!(
            "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = {{ every = \"6h\" }}\n\
             hooks = [{{ on = \"before\", run = [\"echo\", \"zero\"] }}, {{ on = \"before\", run = '''{wait}''' }}]\n"
        ),
    );
    let (_service, to) = served(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(http::ask(&to, "POST", "/plans/mine/run", &form, &format!("csrf={token}")).status, 303);
    let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
    let job = parts(&terminal)[0]["id"].as_str().unwrap().to_owned();
    for address in [format!("/run/{run}"), format!("/job/{job}")] {
        wait_until("the log is shown while it grows", || {
            let drawn = http::ask(&to, "GET", &address, &[], "").body;
            drawn.contains("one &lt;b&gt;&amp;") && drawn.contains("two") && drawn.contains("data-growing")
        });
        assert!(!http::ask(&to, "GET", &address, &[], "").body.contains("three"));
    }
    fs::write(&go, "").unwrap();
    wait_until("the run is over", || terminal.ask("jobs runs")["items"][0]["ended_at"].is_string());
    let drawn = http::ask(&to, "GET", &format!("/run/{run}"), &[], "").body;
    assert!(drawn.contains("three") && !drawn.contains("data-growing"), "{drawn}");
    assert!(drawn.contains("Left out, because the hook before this run failed"), "{drawn}");
    let lines = |line: &str| -> Vec<String> {
        let said = terminal.ask(line);
        said["items"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    let words = |line: &str| -> Vec<String> { lines(line).iter().map(|line| line[20..].to_owned()).collect() };
    let all = words(&format!("jobs log {job}"));
    let place = |text: &str| all.iter().position(|line| line == text).unwrap_or_else(|| panic!("{text} in {all:?}"));
    assert!(place("zero") < place("three") && place("one <b>&") < place("three"), "{all:?}");
    assert_eq!(words(&format!("jobs log {job} --step 01-hook")), ["zero"]);
    assert_eq!(words(&format!("jobs log {job} --step hook")).len(), 5, "with the failure itself");
    assert_eq!(lines(&format!("jobs log {run} --tail 3")).len(), 3);
    assert!(lines(&format!("jobs log {run}"))[0].starts_with("== Hooks of plan mine before its run: failed"));
    assert_eq!(lines(&format!("jobs log {run} --step config")).len(), 1 + 3, "a heading, queued, running and skipped");
    assert_eq!(terminal.refuse(&format!("jobs log {job} --step nothing"), 4)["code"], "not_found");
    assert_eq!(parts(&terminal)[0]["exit_code"], 9);
    let shown = terminal.run(["jobs", "show", &job]).text();
    assert!(shown.contains("exit status 9"), "{shown}");
}
