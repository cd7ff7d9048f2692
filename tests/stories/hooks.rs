//! Hooks of a plan: the owner's programs around a run, and everything that such programs do on real machines.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use allsky_backups::domain::plan::Plan;
use allsky_backups::domain::settings::Reading;
use allsky_backups::jobs::Jobs;
use allsky_backups::work::Tools;
use serde_json::{Value, json};

use super::downloads_resumed::served;
use super::support::http;
use super::support::rig::Rig;
use super::support::terminal::{Terminal, wait_until};

/// A plan `mine` of the settings, with these hooks.
fn terminal(hooks: &str) -> Terminal {
    let terminal = Terminal::new();
    configure(&terminal, hooks);
    terminal
}

fn configure(terminal: &Terminal, hooks: &str) {
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), plan(hooks)).unwrap();
}

fn plan(hooks: &str) -> String {
    format!(
        "[[plan]]\nname = \"mine\"\nsources = [\"config\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 2 }}\nhooks = [{hooks}]\n"
    )
}

/// A hook that notes its event and the state of the run, then does `then`.
fn noting(terminal: &Terminal, on: &str, then: &str) -> String {
    let file = terminal.path("noted").display().to_string();
    format!("{{ on = \"{on}\", run = '''echo \"$AB_EVENT $AB_STATUS\" >> {file}; {then}''' }},")
}

fn noted(terminal: &Terminal) -> Vec<String> {
    let text = fs::read_to_string(terminal.path("noted")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Notes every event; `before` does `then`.
fn all_noting(terminal: &Terminal, then: &str) -> String {
    let before = noting(terminal, "before", then);
    let rest = ["success", "warning", "failure", "finally"].map(|on| noting(terminal, on, "true"));
    format!("{before}{}", rest.concat())
}

/// Verb and state of each job of the newest run, and the state of the run.
fn parts(terminal: &Terminal) -> (Vec<String>, String) {
    let run = terminal.ask("jobs runs")["items"][0].clone();
    let shown = terminal.ask(&format!("jobs show {}", run["id"].as_str().unwrap()));
    let jobs = shown["jobs"].as_array().unwrap().iter();
    let parts = jobs.map(|job| {
        let time = job["order"]["time"].as_str().map(|time| format!(" {time}")).unwrap_or_default();
        format!("{}{time} {}", job["order"]["order"].as_str().unwrap(), job["state"].as_str().unwrap())
    });
    (parts.collect(), run["state"].as_str().unwrap().to_owned())
}

#[test]
fn hooks_run_around_a_run_and_are_told_of_it_and_of_nothing_else() {
    let terminal = Terminal::new();
    let env = terminal.path("env").display().to_string();
    let keep = |on: &str| format!("{{ on = \"{on}\", run = '''env > {env}-$AB_EVENT''' }},");
    let hooks = format!("{}{}", all_noting(&terminal, "true"), ["before", "success", "finally"].map(keep).concat());
    configure(&terminal, &hooks);
    let said = terminal
        .command(["plans", "run", "mine", "--json"])
        .env("AB_TOKEN", "s3cret")
        .env("NOTIFY_SOCKET", "/run/x")
        .env("LC_TIME", "de_DE.UTF-8")
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    let answer: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(noted(&terminal), ["before running", "success success", "finally success"]);
    let made = answer["items"][1]["created"]["name"].as_str().unwrap();
    for (event, snapshot) in [("before", ""), ("success", made), ("finally", made)] {
        let text = fs::read_to_string(terminal.path(&format!("env-{event}"))).unwrap();
        let run = answer["run"].as_str().unwrap();
        for line in [
            format!("AB_EVENT={event}"),
            "AB_PLAN=mine".into(),
            format!("AB_JOB={run}"),
            "AB_HOST=".into(),
            format!("AB_SNAPSHOT={snapshot}"),
            "AB_ERROR=".into(),
            "LC_TIME=de_DE.UTF-8".into(),
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in {text}");
        }
        assert!(!text.contains("s3cret") && !text.contains("NOTIFY_SOCKET") && !text.contains("STATE_DIRECTORY"));
    }
    let (jobs, state) = parts(&terminal);
    let all = ["run_hooks before success", "run_plan success", "prune_plan success", "run_hooks ending success"];
    assert_eq!((&jobs[..4], state.as_str()), (&all.map(String::from)[..], "success"), "{jobs:?}");
    assert_eq!(jobs.len(), 5);
}

#[test]
fn a_before_hook_that_fails_stops_its_plan_and_says_so() {
    let terminal = Terminal::new();
    configure(&terminal, &all_noting(&terminal, "echo the disk is not there >&2; exit 3"));
    let said = terminal.run(["plans", "run", "mine", "--json"]);
    let message = said.json()["failures"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "the before hook a line for the shell failed: it ended with exit status 3");
    assert_eq!(said.code, Some(1));
    assert_eq!(noted(&terminal), ["before running", "failure failed", "finally failed"]);
    let (jobs, state) = parts(&terminal);
    let wanted = [
        "run_hooks before failed",
        "run_plan skipped",
        "prune_plan skipped",
        "run_hooks ending success",
        "run_hooks finally success",
    ];
    assert_eq!((jobs, state.as_str()), (wanted.map(String::from).to_vec(), "failed"));
    assert!(terminal.kept().is_empty(), "nothing was made");
    let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = terminal.ask(&format!("jobs show {run}"))["jobs"][1]["result"].clone();
    assert_eq!(shown["left_out"], "the hook before this run failed");
}

#[test]
fn a_before_hook_that_ends_with_75_skips_the_run_quietly() {
    let terminal = Terminal::new();
    configure(&terminal, &all_noting(&terminal, "exit 75"));
    terminal.ask("plans run mine");
    assert_eq!(noted(&terminal), ["before running", "finally skipped"]);
    let (jobs, state) = parts(&terminal);
    assert_eq!((jobs[1].as_str(), state.as_str()), ("run_plan skipped", "skipped"), "{jobs:?}");
    assert!(terminal.kept().is_empty(), "nothing was made");
}

#[test]
fn a_hook_that_only_warns_lets_the_run_go_on_and_one_that_fails_at_the_end_fails_it() {
    let terminal = Terminal::new();
    let warning = "{ on = \"before\", run = [\"false\"], on_error = \"warn\" },";
    configure(&terminal, &format!("{warning}{}", all_noting(&terminal, "true")));
    let said = terminal.ask("plans run mine");
    assert_eq!(said["items"][0]["warnings"][0], "the before hook false failed: it ended with exit status 1");
    assert_eq!(noted(&terminal), ["before running", "warning warning", "finally warning"]);
    assert_eq!(parts(&terminal).1, "warning");
    // Behind the run the next one has its turn nevertheless.
    let failing = "{ on = \"success\", run = [\"false\"], on_error = \"fail\" },";
    fs::remove_file(terminal.path("noted")).unwrap();
    configure(&terminal, &format!("{failing}{}", all_noting(&terminal, "true")));
    assert_eq!(terminal.run(["plans", "run", "mine", "--json"]).code, Some(1));
    assert_eq!(noted(&terminal), ["before running", "success success", "finally success"]);
    assert_eq!(parts(&terminal).1, "failed");
}

#[test]
fn whatever_a_hook_does_it_is_ended_in_time_and_told_in_words() {
    let terminal = Terminal::new();
    let path = |name: &str| terminal.path(name).display().to_string();
    fs::write(terminal.path("plain"), "no program").unwrap();
    fs::write(terminal.path("odd"), "\0\u{1}\u{2}").unwrap();
    fs::set_permissions(terminal.path("odd"), fs::Permissions::from_mode(0o755)).unwrap();
    let (child, stubborn, escaped) = (path("child"), path("stubborn"), path("escaped"));
    let cases: [(String, Option<&str>); 11] = [
        (format!("[\"{}\"]", path("nowhere")), Some("there is no such program")),
        (format!("[\"{}\"]", path("plain")), Some("no program that this user may run")),
        (format!("[\"{}\"]", path("odd")), Some("could not be run")),
        ("\"kill -SEGV $$\"".into(), Some("ended by signal 11")),
        ("[\"sh\", \"-c\", \"exit 200\"]".into(), Some("exit status 200")),
        // It hangs, and so do its children, which hear nothing of an end.
        (
            format!(
                "'''trap '' TERM; (trap '' TERM; echo $$ > {stubborn}; sleep 600) & sleep 600; sleep 600''', timeout = \"1s\""
            ),
            Some("did not end within 1s"),
        ),
        // It goes, and leaves somebody who holds its pipes.
        (format!("'''sleep 600 & echo $! > {child}; exit 0'''"), None),
        (
            format!(
                "'''setsid sh -c 'echo $$ > {escaped}; exec sleep 600' & while [ ! -s {escaped} ]; do sleep 0.01; done'''"
            ),
            None,
        ),
        // A hundred megabytes, in one line and in many, and bytes that are no text.
        (
            "\"head -c 100000000 /dev/zero; yes 0123456789012345678901234567890123456789012345678 | head -c 20000000\""
                .into(),
            None,
        ),
        ("\"head -c 300000 /dev/urandom >&2\"".into(), None),
        ("'''d=$(mktemp -d) && cd $d && rm -rf $d'''".into(), None),
    ];
    let hooks: String = cases.iter().map(|(run, _)| format!("{{ on = \"success\", run = {run} }},\n")).collect();
    configure(&terminal, &hooks);
    let said = terminal.ask("plans run mine");
    let report = said["items"].as_array().unwrap().last().unwrap();
    let called = report["hooks"].as_array().unwrap();
    assert_eq!(called.len(), cases.len());
    for ((run, wanted), called) in cases.iter().zip(called) {
        let wrong = called["wrong"].as_str();
        assert_eq!(wrong.is_some(), wanted.is_some(), "{run}: {called}");
        assert!(wanted.is_none_or(|wanted| wrong.unwrap().contains(wanted)), "{run}: {called}");
    }
    let is_alive = |file: &str| {
        let id = fs::read_to_string(terminal.path(file)).unwrap().trim().to_owned();
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    assert!(!is_alive("child") && !is_alive("stubborn"), "the whole group was ended");
    // One that has left its group is none of ours; the story ends it.
    let id = fs::read_to_string(terminal.path("escaped")).unwrap();
    std::process::Command::new("kill").arg(id.trim()).status().unwrap();
    // What they said is in the log, as text and within its limit.
    let logs: Vec<_> = walkdir::WalkDir::new(terminal.path("state/logs")).into_iter().flatten().collect();
    let logs: Vec<_> = logs.iter().filter(|entry| entry.file_type().is_file()).collect();
    assert!(logs.len() >= 3, "{logs:?}");
    for log in logs {
        let bytes = fs::read(log.path()).unwrap();
        assert!(bytes.len() < 2 << 20, "{}", bytes.len());
        assert!(String::from_utf8(bytes).unwrap().lines().all(|line| line.starts_with("20") || line.starts_with('…')));
    }
}

#[test]
fn a_dry_run_exercises_hooks_only_when_it_is_asked_to() {
    let terminal = Terminal::new();
    configure(&terminal, &all_noting(&terminal, "echo hello"));
    terminal.ask("plans run mine --dry-run");
    assert!(noted(&terminal).is_empty());
    let said = terminal.run(["plans", "run", "mine", "--dry-run", "--with-hooks"]);
    assert!(said.code == Some(0) && said.err.contains("hello") && said.text().contains("PLAN mine"), "{said:?}");
    assert_eq!(noted(&terminal), ["before dry-run", "success dry-run", "finally dry-run"]);
    assert_eq!(terminal.ask("jobs runs")["items"], json!([]), "nothing was done");
    configure(&terminal, &all_noting(&terminal, "exit 4"));
    assert_eq!(terminal.run(["plans", "run", "mine", "--dry-run", "--with-hooks"]).code, Some(1));
    assert_eq!(noted(&terminal)[3..], ["before dry-run", "failure dry-run", "finally dry-run"]);
    assert_eq!(terminal.run(["plans", "run", "mine", "--with-hooks"]).code, Some(2));
}

#[test]
fn the_page_shows_that_a_plan_has_hooks_and_cannot_change_them() {
    let terminal = terminal("{ on = \"finally\", run = [\"touch\", \"/s3cret\"] }");
    let (_service, to) = served(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    assert!(page.contains("Hooks") && page.contains("finally") && !page.contains("s3cret"), "{page}");
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let fields = format!(
        "csrf={token}&when=daily&day=sunday&time=10:00&period=&source=config&keep_last=3&enabled=on&hooks=x&run=evil"
    );
    assert_eq!(http::ask(&to, "POST", "/plans/mine/edit", &form, &fields).status, 303);
    let file = terminal.path("nobody/.config/allsky-backups/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("daily = \"10:00\"") && text.contains("hooks = [{ on = \"finally\", run = [\"touch\""),
        "{text}"
    );
    assert!(!text.contains("evil"));
    for changed in [
        text.replace("\"touch\"", "\"evil\""),
        text.replace("finally", "before"),
        text.replace("hooks = [", "hooks = [{ on = \"before\", run = [\"evil\"] },"),
        format!(
            "{text}\n[[plan]]\nname = \"b\"\nsources = [\"config\"]\nschedule = {{ every = \"6h\" }}\nhooks = [{{ on = \"before\", run = \"evil\" }}]\n"
        ),
    ] {
        use allsky_backups::work::settings::save;
        let now = save::look(&file).unwrap();
        let mistakes = save::mistakes(&now, &changed);
        assert!(mistakes.iter().any(|mistake| mistake.code.as_str() == "file_only"), "{mistakes:?}\n{changed}");
    }
}

#[test]
fn a_plan_that_is_taken_out_of_the_file_while_it_runs_ends_in_words() {
    let rig = Rig::new();
    let [begun, go] = ["begun", "go"].map(|name| rig.tools.state_dir.join(name));
    let wait = format!("touch {}; while [ ! -e {} ]; do sleep 0.01; done", begun.display(), go.display());
    let text = plan(&format!("{{ on = \"before\", run = \"{wait}\" }}, {{ on = \"finally\", run = [\"true\"] }}"));
    let plans: Vec<Plan> = Reading::of(&text).settings.plans;
    let name = plans[0].name.clone();
    let with = |plans: Vec<Plan>| Arc::new(Tools { plans, ..(*rig.tools).clone() });
    let jobs = Jobs::start(with(plans), allsky_backups::cli::command).unwrap();
    let run = jobs.submit_run(&name).unwrap().run;
    wait_until("the hook runs", || begun.exists());
    jobs.equip(with(Vec::new()));
    fs::write(&go, "").unwrap();
    wait_until("the run is over", || jobs.run_of(run).unwrap().unwrap().state.is_over());
    let told: Vec<String> =
        jobs.jobs_of_run(run).unwrap().into_iter().filter_map(|job| Some(job.failure?.message)).collect();
    assert!(told[0].contains("there is no plan mine"), "{told:?}");
    assert!(told.last().unwrap().contains("no longer in the configuration, so its hooks at the end"), "{told:?}");
    jobs.stop(std::time::Duration::from_secs(5));
}

#[test]
fn a_cancel_ends_what_a_hook_has_started_and_the_hooks_behind_the_run_have_their_turn() {
    let terminal = Terminal::new();
    let child = terminal.path("child");
    let hang = format!("sleep 600 & echo $! > {}; wait", child.display());
    configure(&terminal, &all_noting(&terminal, &hang));
    // In a terminal.
    let running = terminal.start("plans run mine");
    wait_until("the hook runs", || fs::read_to_string(&child).is_ok_and(|text| text.ends_with('\n')));
    running.signal("INT");
    let said = running.end();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(noted(&terminal), ["before running", "failure cancelled", "finally cancelled"]);
    let gone = || {
        let id = fs::read_to_string(&child).unwrap();
        fs::read_to_string(format!("/proc/{}/stat", id.trim())).map_or(true, |stat| stat.contains(") Z "))
    };
    assert!(gone());
    // By the service.
    fs::remove_file(&child).unwrap();
    let (_service, to) = served(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(http::ask(&to, "POST", "/plans/mine/run", &form, &format!("csrf={token}")).status, 303);
    wait_until("the hook runs", || fs::read_to_string(&child).is_ok_and(|text| text.ends_with('\n')));
    let run = || terminal.ask("jobs runs")["items"][0].clone();
    terminal.ask(&format!("jobs cancel {}", run()["id"].as_str().unwrap()));
    wait_until("the run is over", || run()["ended_at"].is_string());
    assert_eq!(noted(&terminal)[3..], ["before running", "failure cancelled", "finally cancelled"]);
    assert!(gone());
    assert_eq!(run()["state"], "cancelled");
}

#[test]
fn no_hook_runs_twice_after_kill_9_and_the_next_start_tells_which_did_not_run() {
    let terminal = Terminal::new();
    let mark = terminal.path("mark");
    configure(&terminal, &all_noting(&terminal, &format!("touch {}; [ ! -e {0}-hold ] || sleep 600", mark.display())));
    // A terminal is killed in the hook before the run.
    fs::write(terminal.path("mark-hold"), "").unwrap();
    let mut running = terminal.start("plans run mine");
    wait_until("the hook runs", || mark.exists());
    end_group(&mut running);
    let told = terminal.run(["recover"]).text();
    assert!(told.contains("The hooks of plan mine at the end of its run did not run"), "{told}");
    assert_eq!(noted(&terminal), ["before running"]);
    let run = terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
    let jobs = terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
    let last = &jobs.as_array().unwrap().last().unwrap();
    assert_eq!((&last["state"], &last["order"]["time"]), (&json!("interrupted"), &json!("finally")));
    assert!(last["failure"]["message"].as_str().unwrap().contains("so they did not run"), "{last}");
    // The service is killed there: the hook is not begun again, those behind the run have their turn once.
    let (mut service, to) = served(&terminal);
    let page = http::ask(&to, "GET", "/plans", &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    fs::remove_file(&mark).unwrap();
    assert_eq!(http::ask(&to, "POST", "/plans/mine/run", &form, &format!("csrf={token}")).status, 303);
    wait_until("the hook runs", || mark.exists());
    end_group(&mut service);
    let (_service, _) = served(&terminal);
    let run = || terminal.ask("jobs runs")["items"][0].clone();
    wait_until("the run is over", || run()["ended_at"].is_string());
    assert_eq!(noted(&terminal)[1..], ["before running", "failure interrupted", "finally interrupted"]);
    assert_eq!(run()["state"], "interrupted");
    assert!(terminal.kept().is_empty(), "nothing was made behind a hook that was cut");
}

/// kill -9 for the program, and an end for the hook that it has left.
fn end_group(running: &mut super::support::terminal::Running) {
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.id())).unwrap_or_default();
    let all = fs::read_dir(format!("/proc/{}/task", running.id())).unwrap().flatten();
    let of_threads = all.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<String> = of_threads
        .chain([children])
        .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    running.kill();
    for child in children {
        let group = format!("-{child}");
        std::process::Command::new("kill").args(["-s", "KILL", "--", &group]).output().unwrap();
    }
}
