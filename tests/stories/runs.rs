//! Runs of plans: a job for each source, each copy and retention, which are one thing to their owner.
use std::fs;
use std::io::{BufRead, BufReader};

use allsky_backups::base::instance::Instance;
use allsky_backups::catalog::NewRun;
use allsky_backups::domain::job::{JobState, Trigger};
use allsky_backups::domain::order::{Order, PlanOrder};
use allsky_backups::domain::plan::Source;
use allsky_backups::domain::plan::name::PlanName;
use allsky_backups::jobs::Jobs;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::http::{self, To};
use super::support::rig::Rig;
use super::support::terminal::{Running, Terminal, wait_until};

/// A plan of two sources whose archives are copied to the drive `usb`.
fn camera() -> Terminal {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("usb")).unwrap();
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {:?}\nrequire_mount = false\n[[plan]]\nname = \"all\"\n\
         sources = [\"config\", \"images-new\"]\ncopies = [\"usb\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 1 }}\n[[plan]]\nname = \"pictures\"\nsources = [\"images-new\"]\n\
         schedule = {{ weekly = \"sunday 12:15\" }}\nretention = {{ keep_last = 9 }}\n",
        terminal.path("usb")
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    terminal.ask("dest init usb");
    terminal
}

fn words(items: &Value, key: &str) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

fn orders(jobs: &Value) -> Vec<String> {
    jobs.as_array().unwrap().iter().map(|job| job["order"]["order"].as_str().unwrap().to_owned()).collect()
}

fn serve(terminal: &Terminal) -> (Running, To) {
    let mut service = terminal.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    (service, To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap()))
}

#[test]
fn a_run_has_a_job_for_each_source_for_each_copy_and_for_retention() {
    let terminal = camera();
    let said = terminal.ask("plans run all --now 2027-01-01T12:00:00Z");
    let run = terminal.ask("jobs runs")["items"][0].clone();
    assert_eq!((&run["id"], &run["plan"], &run["trigger"]), (&said["run"], &json!("all"), &json!("hand")));
    assert!(run["started_at"].is_string() && run["ended_at"].is_string(), "{run}");
    let id = run["id"].as_str().unwrap();
    let shown = terminal.ask(&format!("jobs show {id}"));
    let parts = ["run_plan", "run_plan", "copy_plan", "prune_plan"];
    assert_eq!((orders(&shown["jobs"]), &shown["run"]), (parts.map(String::from).to_vec(), &run));
    assert!(shown["jobs"].as_array().unwrap().iter().all(|job| job["run"] == run["id"]), "{shown}");
    // What is shown of an id is enough to ask for it.
    let end = &id[id.len() - 8..];
    assert_eq!(terminal.ask(&format!("jobs show {end}"))["run"], run);
    assert!(terminal.run(["jobs", "runs"]).text().contains(end));
    terminal.refuse("jobs show 00000000", 4);
    // Each job tells its steps.
    let copies = shown["jobs"][2]["id"].as_str().unwrap();
    let steps = terminal.ask(&format!("jobs show {copies}"))["steps"].clone();
    assert_eq!((words(&steps, "name"), words(&steps, "result")), (vec!["copy_archive".into()], vec!["success".into()]));
    assert!(steps[0]["started_at"].is_string() && steps[0]["ended_at"].is_string(), "{steps}");
    let made = terminal.run(["jobs", "show", shown["jobs"][0]["id"].as_str().unwrap()]).text();
    assert!(made.contains("Reading back every byte") && made.contains("part of run"), "{made}");
    // The plan keeps one archive of each kind, here and there.
    let second = terminal.ask("plans run all --now 2027-01-02T12:00:00Z");
    let pruned = second["items"].as_array().unwrap().last().unwrap()["archives"].clone();
    let deleted = |at: usize| pruned[at]["deleted"].as_array().unwrap().len();
    // Here there are no new nights, so nothing of the other kind is looked at.
    assert_eq!((pruned.as_array().unwrap().len(), deleted(0), deleted(1), deleted(2)), (3, 1, 1, 0), "{pruned}");
    let listed = terminal.ask("plans list")["items"].clone();
    let listed = listed.as_array().unwrap().iter().find(|plan| plan["plan"] == "all").unwrap();
    assert_eq!((&listed["last_run"], &listed["last_state"]), (&second["run"], &json!("success")), "{listed}");
}

#[test]
fn a_run_that_finds_nothing_to_do_is_skipped_and_deletes_nothing() {
    let terminal = camera();
    let run = |day: u32| terminal.ask(&format!("plans run pictures --now 2027-01-0{day}T12:00:00Z"))["run"].clone();
    let runs = [run(1), run(2)];
    let states = |id: &Value| {
        let shown = terminal.ask(&format!("jobs show {}", id.as_str().unwrap()));
        (shown["run"]["state"].as_str().unwrap().to_owned(), words(&shown["jobs"], "state"))
    };
    assert_eq!(states(&runs[0]).0, "success");
    assert_eq!(states(&runs[1]), ("skipped".to_owned(), vec!["skipped".to_owned(), "skipped".to_owned()]));
}

#[test]
fn cancelling_a_run_cancels_its_jobs_from_the_page_and_from_another_terminal() {
    let terminal = camera();
    // The folder is taken, so that what is ordered waits.
    let state = terminal.path("state");
    let lane = fs::File::options().append(true).create(true).open(state.join("lane-destination-backups.lock")).unwrap();
    lane.lock().unwrap();
    let (_service, to) = serve(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let press = |path: &str| http::ask(&to, "POST", path, &form, &format!("csrf={token}"));
    for by_page in [true, false] {
        assert_eq!(press("/plans/all/run").status, 303);
        assert_eq!(press("/plans/all/run").status, 409, "a second run does nothing");
        let run = terminal.ask("jobs runs")["items"][0].clone();
        assert_eq!(run["state"], "queued");
        let id = run["id"].as_str().unwrap();
        let drawn = http::ask(&to, "GET", &format!("/run/{id}"), &[], "").body;
        assert!(drawn.contains("Run of plan all") && drawn.contains("Cancel all"), "{drawn}");
        match by_page {
            true => assert_eq!(press(&format!("/run/{id}/cancel")).status, 303),
            false => assert_eq!(terminal.ask(&format!("jobs cancel {id}"))["cancelled"], true),
        }
        let shown = terminal.ask(&format!("jobs show {id}"));
        assert_eq!(words(&shown["jobs"], "state"), vec!["cancelled"; 4], "{shown}");
        assert_eq!(shown["run"]["state"], "cancelled");
        assert!(shown["run"]["ended_at"].is_string());
    }
    let drawn = http::ask(&to, "GET", "/plans", &[], "").body;
    assert!(drawn.contains("Last 30 days: 1 day with runs, 1 to look at"), "{drawn}");
}

#[test]
fn the_service_does_the_parts_of_a_run_in_their_order_and_retention_last() {
    let terminal = camera();
    let (_service, to) = serve(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(http::ask(&to, "POST", "/plans/all/run", &form, &format!("csrf={token}")).status, 303);
    let run = || terminal.ask("jobs runs")["items"][0].clone();
    wait_until("the run is over", || run()["ended_at"].is_string());
    let jobs = terminal.ask(&format!("jobs show {}", run()["id"].as_str().unwrap()))["jobs"].clone();
    let time = |at: usize, key: &str| jobs[at][key].as_str().unwrap().parse::<Timestamp>().unwrap();
    for later in 1..4 {
        assert!(time(later - 1, "ended_at") <= time(later, "started_at"), "{jobs}");
    }
    let over = http::ask(&to, "GET", &format!("/api/runs/{}", run()["id"].as_str().unwrap()), &[], "").body;
    assert!(over.contains("\"prune_plan\"") && over.contains("\"success\""), "{over}");
}

#[test]
fn a_run_whose_process_was_killed_is_put_right_and_its_plan_runs_again() {
    let rig = Rig::new();
    let plan = PlanName::weekly_config();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    let us = Instance::here().unwrap().to_string();
    let dead = Instance::parse(&format!("{pid} 1 {}", us.split(' ').nth(2).unwrap())).unwrap();
    let order = Order::Plan(PlanOrder::Run { plan: plan.clone(), source: Source::Config });
    let (id, one, two) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let jobs = [(one, order.clone()), (two, order)];
    let run = NewRun { id, plan: &plan, trigger: Trigger::Hand, slot: None, jobs: &jobs, runner: Some(&dead) };
    assert!(rig.tools.catalog.add_run(&run, Timestamp::UNIX_EPOCH).unwrap());
    let jobs = Jobs::start(rig.tools.clone(), allsky_backups::cli::command).unwrap();
    assert_eq!(jobs.run_of(id).unwrap().unwrap().state, JobState::Interrupted);
    assert!(jobs.jobs_of_run(id).unwrap().iter().all(|job| job.state == JobState::Interrupted));
    let next = jobs.submit_run(&plan).unwrap().run;
    wait_until("the next run is over", || jobs.run_of(next).unwrap().unwrap().state.is_over());
    assert_eq!(jobs.run_of(next).unwrap().unwrap().state, JobState::Success);
}
