//! kill -9 at random moments of runs with hooks, in a terminal and of the service. No hook runs twice for one event, and
//! of each run the hooks at its end have run or are told not to have.
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::support::http::{self, To};
use crate::support::terminal::{Running, Terminal, wait_until};
use crate::{Outcome, Scale};

const RUN: &str = "plans run mine";

/// A plan whose hooks note their event and their run.
fn camera() -> Terminal {
    let terminal = Terminal::new();
    let file = terminal.path("noted").display().to_string();
    let hook = |on: &str| format!("{{ on = \"{on}\", run = '''echo \"$AB_EVENT $AB_JOB\" >> {file}; sleep 0.02''' }},");
    let hooks: String = ["before", "success", "warning", "failure", "finally"].map(hook).concat();
    let text = format!(
        "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 2 }}\nhooks = [{hooks}]\n"
    );
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
    terminal
}

pub fn in_a_terminal(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = camera();
    let begin = Instant::now();
    terminal.ask(RUN);
    let mut whole_run = begin.elapsed();
    let (count, mut killed, mut tried, mut told) = (scale.of(200), 0, 0, 0);
    while killed < count {
        let moment = whole_run.mul_f64(dice.part());
        tried += 1;
        assert!(tried < 5 * count, "only {killed} of {tried} died at work");
        let begin = Instant::now();
        let mut running = terminal.start(RUN);
        while begin.elapsed() < moment && !running.is_over() {
            std::thread::sleep(Duration::from_micros(200));
        }
        if running.is_over() {
            whole_run = begin.elapsed();
        } else {
            killed += 1;
        }
        running.kill();
        let lines = terminal.ask("recover");
        let said = lines.to_string().contains("did not run");
        told += usize::from(said);
        let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap_or_default().to_owned();
        let noted = fs::read_to_string(terminal.path("noted")).unwrap_or_default();
        let has_run = run.is_empty() || noted.lines().any(|line| line == format!("finally {run}"));
        assert!(
            has_run || said || is_told(&terminal, &run),
            "killed after {moment:?}: nobody hears of the last hook: {lines}"
        );
        let has_ended = look(&terminal, &format!("{RUN} killed after {moment:?}"));
        assert!(has_ended, "killed after {moment:?}: the newest run goes on");
    }
    Outcome { count, remark: format!("hooks that did not run were told {told} times") }
}

pub fn of_the_service(scale: Scale, dice: &mut Dice) -> Outcome {
    let terminal = camera();
    let (count, mut finished) = (scale.of(100), 0);
    for _ in 0..count {
        let moment = Duration::from_millis(900).mul_f64(dice.part());
        let (mut service, to) = serve(&terminal);
        let page = http::ask(&to, "GET", "/plans", &[], "").body;
        let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        assert_eq!(http::ask(&to, "POST", "/plans/mine/run", &form, &format!("csrf={token}")).status, 303);
        let begin = Instant::now();
        while begin.elapsed() < moment {
            std::thread::sleep(Duration::from_millis(1));
        }
        service.kill();
        let at = format!("the service killed after {moment:?}");
        let (mut service, _) = serve(&terminal);
        wait_until("the run is over", || look(&terminal, &at));
        service.kill();
        let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
        let noted = fs::read_to_string(terminal.path("noted")).unwrap_or_default();
        let jobs = terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
        let last = jobs.as_array().unwrap().last().unwrap();
        let has_run = noted.lines().any(|line| line == format!("finally {run}"));
        assert!(has_run || last["state"] == "interrupted", "{at}: {last}");
        finished += usize::from(has_run);
    }
    Outcome { count, remark: format!("the hook at the end ran in {finished} of these runs, once each") }
}

/// Whether the history says of the hooks at the end of a run that they did not run, or that they ended otherwise.
fn is_told(terminal: &Terminal, run: &str) -> bool {
    let jobs = terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
    jobs.as_array().unwrap().last().is_some_and(|last| last["state"] == "interrupted")
}

/// A part of a run counts as done only when it has ended: its hook is noted, its archive is whole.
fn nothing_counts_that_did_not_end(terminal: &Terminal, run: &str, at: &str) {
    let jobs = terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
    // Behind the question: the service goes on meanwhile.
    let noted = fs::read_to_string(terminal.path("noted")).unwrap_or_default();
    for job in jobs.as_array().unwrap() {
        let is_done = matches!(job["state"].as_str(), Some("success" | "warning"));
        assert!(!is_done || (job["started_at"].is_string() && job["ended_at"].is_string()), "{at}: {job}");
        let Some(time) = job["order"]["time"].as_str().filter(|_| is_done) else { continue };
        let events: &[&str] = if time == "ending" { &["success", "warning", "failure"] } else { &[time] };
        let is_noted = events.iter().any(|event| noted.lines().any(|line| line == format!("{event} {run}")));
        assert!(is_noted, "{at}: {job} counts, and there is {noted:?}");
    }
}

/// No event of a run is noted twice. False while the newest run goes on.
fn look(terminal: &Terminal, at: &str) -> bool {
    let noted = fs::read_to_string(terminal.path("noted")).unwrap_or_default();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for line in noted.lines() {
        *times.entry(line).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{at}: {twice:?}");
    let runs = terminal.ask("jobs runs")["items"].clone();
    let Some(newest) = runs.as_array().unwrap().first() else { return true };
    nothing_counts_that_did_not_end(terminal, newest["id"].as_str().unwrap(), at);
    newest["ended_at"].is_string()
}

fn serve(terminal: &Terminal) -> (Running, To) {
    let mut service = terminal.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    (service, To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap()))
}
