//! Reports: each run of a plan is told once, with all its steps, however it ended and whoever ended it.
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::support::mail_server::{MailServer, subjects};
use super::support::terminal::{Terminal, large, wait_until};

/// A camera with the drive `usb`, `plans`, and mails to `server`.
fn camera(server: &MailServer, more: &str, plans: &str) -> (Terminal, PathBuf) {
    let terminal = Terminal::new();
    let drive = terminal.path("usb");
    fs::create_dir(&drive).unwrap();
    configure(&terminal, &format!("{}{plans}", server.notify(more)));
    terminal.ask("dest init usb");
    (terminal, drive)
}

fn configure(terminal: &Terminal, text: &str) {
    let folder = terminal.path("nobody/.config/allsky-backups");
    fs::create_dir_all(&folder).unwrap();
    let drive = format!("[[destination]]\nname = \"usb\"\npath = {:?}\nrequire_mount = false\n", terminal.path("usb"));
    fs::write(folder.join("config.toml"), drive + text).unwrap();
}

const COPIED: &str = "[[plan]]\nname = \"weekly-config\"\nsources = [\"config\"]\ncopies = [\"usb\"]\n\
                      schedule = { weekly = \"sunday 12:15\" }\nretention = { keep_last = 3 }\n";

fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

fn run(terminal: &Terminal, plan: &str, now: &str) -> Option<i32> {
    terminal.run(["plans", "run", plan, "--json", "--now", now]).code
}

fn line<'a>(mail: &'a Value, begins: &str) -> &'a str {
    let text = mail["text"].as_str().unwrap();
    text.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{begins}: {text}"))
}

#[test]
fn every_run_is_told_with_all_its_steps_and_with_the_log_of_each_step_that_failed() {
    let Some(server) = MailServer::start(&[]) else { return };
    let receivers = "email_admin = \"admin@home.example\"\n";
    let (terminal, drive) = camera(&server, receivers, COPIED);
    // A folder of the drive that cannot be made, though the drive is there.
    fs::write(drive.join("archives"), "no folder").unwrap();
    assert_ne!(run(&terminal, "weekly-config", "2027-01-03T12:15:00Z"), Some(0));
    let mails = server.wait_for(1);
    assert_eq!(subjects(&mails), [format!("[{}] backup FAILED: 0 ok, 1 failed", host())]);
    let failed = &mails[0];
    assert_eq!(failed["to"], json!(["owner@home.example", "admin@home.example"]));
    assert_eq!(line(failed, "Days since"), "Days since last success: never");
    assert_eq!(line(failed, "Start: "), "Start: 2027-01-03 12:15:00 +00:00");
    assert!(line(failed, "config | ").starts_with("config | ok | 00:00:0"), "{failed}");
    assert!(line(failed, "copy to usb | ").starts_with("copy to usb | failed | "), "{failed}");
    assert!(failed["text"].as_str().unwrap().contains("\nretention | "), "{failed}");
    assert!(failed["html"].as_str().unwrap().contains("Plan weekly-config: FAILED"), "{failed}");
    let attached = &failed["attachments"];
    assert_eq!(attached.as_object().unwrap().len(), 1, "{attached}");
    let log = attached["weekly-config_copy-to-usb.log.zip"]["weekly-config_copy-to-usb.log"].as_str().unwrap();
    assert!(log.contains("Copying the archive") && log.contains("failed: "), "{log}");

    fs::remove_file(drive.join("archives")).unwrap();
    assert_eq!(run(&terminal, "weekly-config", "2027-01-05T12:15:00Z"), Some(0));
    let mails = server.wait_for(3);
    assert!(mails[1]["subject"].as_str().unwrap().contains("alert resolved"), "the drive takes archives again");
    assert_eq!(mails[2]["subject"], format!("[{}] backup ok: 1 ok, 0 failed", host()));
    assert_eq!(mails[2]["to"], json!(["owner@home.example"]), "what went well is not for the admin");
    assert_eq!((line(&mails[2], "Days since"), &mails[2]["attachments"]), ("Days since last success: 0", &json!({})));

    fs::rename(drive.join("archives"), terminal.path("archives")).unwrap();
    fs::write(drive.join("archives"), "no folder").unwrap();
    run(&terminal, "weekly-config", "2027-01-09T12:00:00Z");
    assert_eq!(line(&server.wait_for(4)[3], "Days since"), "Days since last success: 3");
    assert_eq!(terminal.ask("mail list")["items"].as_array().unwrap().len(), 4, "one report for each run");
}

#[test]
fn a_plan_says_which_of_its_runs_are_told() {
    let Some(server) = MailServer::start(&[]) else { return };
    let plan = |name: &str, report: &str| {
        format!(
            "[[plan]]\nname = \"{name}\"\nsources = [\"config\"]\nschedule = {{ weekly = \"monday 1:00\" }}\n{report}"
        )
    };
    let plans = [("loud", "report = \"always\"\n"), ("quiet", "report = \"never\"\n"), ("calm", "")];
    let plans: String = plans.map(|(name, report)| plan(name, report)).concat();
    let (terminal, _) = camera(&server, "report = \"on_problem\"\n", &plans);
    for name in ["quiet", "calm", "loud"] {
        assert_eq!(run(&terminal, name, "2027-01-04T01:00:00Z"), Some(0));
    }
    let mails = server.wait_for(1);
    assert!(mails.len() == 1 && mails[0]["text"].as_str().unwrap().contains("Plan loud\n"), "{mails:?}");
    // A plan that was never told is not told later, when its owner wants to hear of it.
    configure(&terminal, &format!("{}{}", server.notify(""), plans.replace("never", "always")));
    terminal.ask("create config");
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn what_runs_often_is_told_once_a_day_in_one_mail() {
    let Some(server) = MailServer::start(&[]) else { return };
    let plans = "[[plan]]\nname = \"hourly\"\nsources = [\"config\"]\nschedule = { every = \"1h\" }\n\
                 [[plan]]\nname = \"calm\"\nsources = [\"config\"]\nschedule = { weekly = \"sunday 1:00\" }\n";
    let (terminal, _) = camera(&server, "report_at = \"07:30\"\n", plans);
    for hour in ["08", "09", "10"] {
        assert_eq!(run(&terminal, "hourly", &format!("2027-01-04T{hour}:00:00Z")), Some(0));
    }
    terminal.ask("create config --now 2027-01-05T07:29:00Z");
    assert_eq!(server.mails().len(), 0, "its time has not come");
    terminal.ask("create config --now 2027-01-05T07:31:00Z");
    let mails = server.wait_for(1);
    assert_eq!(subjects(&mails), [format!("[{}] backup ok: 3 ok, 0 failed", host())]);
    assert_eq!(mails[0]["text"].as_str().unwrap().matches("Plan hourly\n").count(), 3);
    assert_eq!(run(&terminal, "hourly", "2027-01-05T08:00:00Z"), Some(0));
    assert_eq!(run(&terminal, "calm", "2027-01-05T08:10:00Z"), Some(0));
    let mails = server.wait_for(2);
    assert!(mails.len() == 2 && mails[1]["text"].as_str().unwrap().contains("Plan calm\n"), "{mails:?}");
}

#[test]
fn a_run_that_was_killed_is_told_with_the_steps_that_it_did_not_reach() {
    let Some(server) = MailServer::start(&[]) else { return };
    let plan = "[[plan]]\nname = \"pictures\"\nsources = [\"images\", \"config\"]\ncopies = [\"usb\"]\n\
                schedule = { weekly = \"sunday 12:15\" }\n";
    let (terminal, _) = camera(&server, "report = \"on_problem\"\njobs_by_hand = true\n", plan);
    let night = terminal.path("allsky/images/20270101");
    fs::create_dir_all(&night).unwrap();
    large(&night.join("image-20270101010101.jpg"), 3 << 30);
    let mut running = terminal.start("plans run pictures --json");
    let state = || terminal.ask("jobs")["items"].as_array().unwrap().iter().any(|job| job["state"] == "running");
    wait_until("the run has begun", state);
    running.kill();
    terminal.ask("create config");
    let mails = server.wait_for(1);
    assert_eq!(subjects(&mails), [format!("[{}] backup FAILED: 0 ok, 1 failed", host())]);
    assert!(line(&mails[0], "images | ").starts_with("images | failed | "), "{}", mails[0]);
    for step in ["config", "copy to usb"] {
        assert!(mails[0]["text"].as_str().unwrap().contains(&format!("\n{step} | ")), "{}", mails[0]);
    }
    terminal.ask("create config");
    assert_eq!(server.mails().len(), 1, "once");
}

#[test]
fn a_mail_server_that_is_away_costs_no_run_and_the_report_comes_later_with_its_log() {
    let Some(mut server) = MailServer::start(&["--closed"]) else { return };
    let (terminal, drive) = camera(&server, "", COPIED);
    fs::write(drive.join("archives"), "no folder").unwrap();
    run(&terminal, "weekly-config", "2027-01-03T12:15:00Z");
    let waits = &terminal.ask("mail list")["items"][0];
    assert_eq!((&waits["kind"], &waits["fate"]), (&json!("report_of_failure"), &json!("waiting")));
    server.open();
    terminal.ask("mail retry");
    let mails = server.wait_for(1);
    assert_eq!(mails[0]["attachments"].as_object().unwrap().len(), 1);
}
