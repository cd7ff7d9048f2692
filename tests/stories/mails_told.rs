//! What owners get by mail: the summary of every run, one mail for each night that goes, failures with
//! the end of the log, and nothing from a dry run.
use std::fs;
use std::path::PathBuf;

use allsky_backups::domain::failure::{Code, Failure};
use allsky_backups::domain::mail::failure::{self, Failed, What};
use allsky_backups::domain::mail::letter::Letter;
use allsky_backups::domain::mail::{Kind, Origin};

use super::support::mail_server::{MailServer, subjects};
use super::support::night_sites::{Camera, NightSites};

/// A configuration with a drive and mails to `server`; the drive is set up.
fn configured(sites: &NightSites, camera: Camera, server: &MailServer, more: &str) -> String {
    let drive = drive(sites, camera);
    fs::create_dir_all(&drive).unwrap();
    let config = sites.path(&format!("{}.toml", camera.folder()));
    let text = format!("[[destination]]\nname = \"drive\"\npath = \"{}\"\n{}", drive.display(), server.notify(more));
    fs::write(&config, text).unwrap();
    let config = format!("--config {}", config.display());
    sites.ask(camera, &format!("dest init --plain-folder {config}"));
    config
}

fn drive(sites: &NightSites, camera: Camera) -> PathBuf {
    sites.path(&format!("drive-{}", camera.folder()))
}

fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

/// Whether a line is `pattern`, in which `#` is any number and `*` is anything.
fn fits(line: &str, pattern: &str) -> bool {
    let Some(at) = pattern.find(['#', '*']) else { return line == pattern };
    let (head, rest) = (&pattern[..at], &pattern[at + 1..]);
    let Some(line) = line.strip_prefix(head) else { return false };
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let ends = (0..=line.len()).filter(|end| line.is_char_boundary(*end));
    ends.into_iter().any(|end| (pattern.as_bytes()[at] == b'*' || number(&line[..end])) && fits(&line[end..], rest))
}

#[test]
fn every_run_ends_with_a_summary_that_has_every_line_also_when_nothing_was_saved() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    for (camera, name) in [(Camera::Indi, "indi-allsky"), (Camera::Team, "Allsky")] {
        let before = server.mails().len();
        let config = configured(&sites, camera, &server, "");
        sites.ask(camera, &format!("run nights {config}"));
        sites.ask(camera, &format!("run nights {config}"));
        let mails = server.wait_for(before + 2);
        assert_eq!(subjects(&mails[before..]), vec![format!("{name} batch backup completed"); 2]);
        let first = mails[before]["text"].as_str().unwrap();
        let lines: Vec<&str> = first.lines().collect();
        let host_line = format!("Host: {}", host());
        let patterns: [&str; 8] = [
            &host_line,
            "Time: 2025-12-29 02:00:* +00:00",
            "Nights backed up:",
            "2025-12-19 | 40 images | # MB images | Ø stars 1509.3",
            "Timelapse total: # MB",
            "Greatest night so far: 2025-12-19 | Ø stars 1509.3",
            "Backup HDD occupancy: Total * / Used * (# %) / Free *",
            "Note: Thumbnails are not saved.",
        ];
        for pattern in patterns {
            assert!(lines.iter().any(|line| fits(line, pattern)), "{pattern}: {first}");
        }
        assert_eq!(lines.iter().filter(|line| fits(line, "2025-*-* | 40 images | # MB images | Ø stars #")).count(), 7);
        assert!(lines.iter().any(|line| line.contains("eleted")), "also whether anything was deleted: {first}");
        let again = mails[before + 1]["text"].as_str().unwrap();
        assert!(again.contains("Nights backed up:\nnone\n"), "{again}");
        let html = mails[before]["html"].as_str().unwrap();
        assert!(html.contains("7 nights saved and verified") && html.contains("Ø stars 1509.3"), "{html}");
        for mail in &mails[before..] {
            assert_eq!(mail["to"], serde_json::json!(["owner@home.example"]));
            assert_eq!(mail["from"], "pi@sky.example");
        }
        let listed = sites.ask(camera, &format!("mail list {config}"));
        assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["fate"]), (2, &"sent".into()));
    }
}

#[test]
fn each_night_that_goes_has_a_mail_of_its_own_and_a_drive_that_stays_full_an_alert() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    let camera = Camera::Indi;
    let config = configured(&sites, camera, &server, "[retention.nights]\nmax_used_pct = 1\n");
    sites.ask(camera, &format!("nights save {config}"));
    assert_eq!(server.mails().len(), 0, "saving by hand is seen by who does it");
    let report = sites.ask(camera, &format!("prune --plan nights {config}"));
    let gone = report["pruned"]["deleted"].as_array().unwrap();
    assert!(!gone.is_empty(), "{report}");
    let mails = server.wait_for(gone.len() + 1);
    let all = subjects(&mails);
    for night in gone {
        let (night, stars) = (night["night"].as_str().unwrap(), night["avg_stars"].as_f64().unwrap());
        let subject = format!("indi-allsky Retention: night {night} deleted ({})", host());
        let its: Vec<_> = mails.iter().filter(|mail| mail["subject"] == subject.as_str()).collect();
        assert_eq!(its.len(), 1, "{all:?}");
        let text = its[0]["text"].as_str().unwrap();
        for pattern in [
            format!("Night: {night}"),
            format!("Ø stars: {stars:.1}"),
            "Moon: # %".to_owned(),
            "Released: *B".to_owned(),
            "Backup HDD occupancy: Total * / Used * (# %) / Free *".to_owned(),
        ] {
            assert!(text.lines().any(|line| fits(line, &pattern)), "{pattern}: {text}");
        }
    }
    let alert = mails.iter().find(|mail| mail["subject"] == format!("indi-allsky backup ALERT ({})", host()).as_str());
    assert!(alert.is_some(), "{all:?}");
    sites.ask(camera, &format!("prune --plan nights {config}"));
    let listed = sites.ask(camera, &format!("mail list --limit 100 {config}"));
    let alerts = listed["items"].as_array().unwrap().iter().filter(|mail| mail["kind"] == "alert").count();
    assert!(alerts <= 2, "each kind of alert once a day: {listed}");
}

#[test]
fn a_run_that_fails_tells_exit_code_step_command_and_at_most_80_lines_to_owner_and_admin() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    let camera = Camera::Indi;
    let config = configured(&sites, camera, &server, "email_admin = \"admin@home.example\"\n");
    fs::rename(drive(&sites, camera), sites.path("unplugged")).unwrap();
    let said = sites.run(camera, &format!("run nights {config}"));
    assert_eq!(said.code, Some(3), "{said:?}");
    let mails = server.wait_for(1);
    let mail = &mails[0];
    assert_eq!(mail["subject"], format!("indi-allsky Batch-Backup ERROR ({})", host()).as_str());
    assert_eq!(mail["to"], serde_json::json!(["owner@home.example", "admin@home.example"]));
    let text = mail["text"].as_str().unwrap();
    for pattern in [
        "Host: *",
        "Time: 2025-12-29 02:00:*",
        "Exit code: 3",
        "Step: Looking at what is there",
        "Command: allsky-backups run nights",
        "Error: *drive-indi*",
        "What to do: *",
        "Last lines of the log:",
        "2025-12-29 02:00:* Looking at what is there",
        "2025-12-29 02:00:* failed: *",
    ] {
        assert!(text.lines().any(|line| fits(line, pattern)), "{pattern}: {text}");
    }
    let log = text.split("Last lines of the log:\n").nth(1).unwrap();
    assert!(log.lines().count() <= 80, "{log}");
    fs::rename(sites.path("unplugged"), drive(&sites, camera)).unwrap();
    sites.ask(camera, &format!("run nights {config}"));
    assert_eq!(server.wait_for(2)[1]["to"], serde_json::json!(["owner@home.example"]), "a report is not for the admin");
}

#[test]
fn a_dry_run_sends_nothing_and_who_wants_problems_alone_gets_nothing_of_a_good_run() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    for (camera, report) in [(Camera::Indi, "on_problem"), (Camera::Team, "never")] {
        let config = configured(&sites, camera, &server, &format!("report = \"{report}\"\n"));
        sites.ask(camera, &format!("run nights --dry-run {config}"));
        sites.ask(camera, &format!("prune --plan nights --dry-run {config}"));
        sites.ask(camera, &format!("run nights {config}"));
        assert_eq!(sites.ask(camera, &format!("mail list {config}"))["items"], serde_json::json!([]), "{report}");
        fs::rename(drive(&sites, camera), sites.path("away")).unwrap();
        assert_eq!(sites.run(camera, &format!("run nights {config}")).code, Some(3));
        fs::rename(sites.path("away"), drive(&sites, camera)).unwrap();
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{:?}", subjects(&mails));
    assert!(mails[0]["subject"].as_str().unwrap().contains("Batch-Backup ERROR"));
}

#[test]
fn a_job_that_somebody_started_by_hand_fails_in_front_of_them_and_by_mail_only_when_they_want_it() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    let camera = Camera::Team;
    let file = sites.path("holiday.tar.gz");
    fs::write(&file, "not an archive").unwrap();
    for (wanted, count) in [(false, 0), (true, 1)] {
        let config = configured(&sites, camera, &server, &format!("jobs_by_hand = {wanted}\n"));
        let said = sites.run(camera, &format!("import {config} {}", file.display()));
        assert_ne!(said.code, Some(0));
        assert_eq!(server.mails().len(), count, "{wanted}");
    }
    let mails = server.mails();
    assert_eq!(subjects(&mails), [format!("Allsky Backup ERROR: import ({})", host())]);
    assert!(
        mails[0]["text"].as_str().unwrap().contains(&format!("Command: allsky-backups import {}\n", file.display()))
    );
}

#[test]
fn three_hundred_hostile_names_are_one_mail_each_to_the_same_two_and_arrive_whole() {
    let Some(server) = MailServer::start(&[]) else { return };
    let settings: allsky_backups::domain::settings::Reading =
        allsky_backups::domain::settings::Reading::of(&server.notify("email_admin = \"admin@home.example\"\n"));
    assert_eq!(settings.mistakes, []);
    let notify = settings.settings.notify;
    let pieces = [
        "\r\nBcc: evil@x.example",
        "\r\n.\r\nMAIL FROM:<evil@x.example>",
        "\n\n<script>",
        "\u{202e}\u{2066}",
        "\u{2028}To: e@x",
        "\0\u{7f}",
        "=?utf-8?q?=0D=0ABcc:e@x?=",
        "\"<e@x>\",",
        "..",
        "ä夜🌙",
    ];
    let names = pieces.iter().flat_map(|a| pieces.iter().map(move |b| format!("{a}{b}")));
    let names: Vec<String> =
        names.flat_map(|name| [name.clone(), format!("pi{name}"), format!("{name}\r\n.\r\n")]).collect();
    assert_eq!(names.len(), 300);
    for (n, name) in names.iter().enumerate() {
        let at = "2025-12-29T11:31:07+01:00[Europe/Berlin]".parse().unwrap();
        let origin = Origin { system: "indi-allsky".into(), host: name.clone(), at };
        let failed = Failed {
            what: What::Job(name.clone()),
            step: Some(name.clone()),
            command: name.clone(),
            failure: Failure { code: Code::Failed, message: name.clone(), advice: name.clone() },
            log: vec![name.clone(), ".".into(), "the end".into()],
        };
        let message = failure::message(&origin, &failed);
        let (kind, message_id) = (Kind::JobFailed, allsky_backups::mail::message_id(&notify, &n.to_string()));
        let letter = Letter {
            channel: String::new(),
            kind,
            occasion: n.to_string(),
            message_id,
            message,
            attachments: Vec::new(),
        };
        allsky_backups::mail::send(&notify, &letter, origin.at.timestamp(), name).unwrap();
    }
    let mails = server.wait_for(300);
    assert_eq!(mails.len(), 300);
    let heads = &mails[0]["heads"];
    let mut numbers = std::collections::BTreeSet::new();
    for (mail, name) in mails.iter().zip(&names) {
        assert_eq!(mail["to"], serde_json::json!(["owner@home.example", "admin@home.example"]), "{name:?}");
        assert_eq!((&mail["heads"], &mail["from"]), (heads, &"pi@sky.example".into()), "{name:?}");
        let (subject, text) = (mail["subject"].as_str().unwrap(), mail["text"].as_str().unwrap());
        assert!(!subject.contains(['\r', '\n', '\u{202e}', '\u{2028}']), "{subject:?}");
        assert!(text.ends_with("\n.\nthe end\n"), "{text:?}");
        assert_eq!(text.lines().count(), 12, "{text:?}");
        assert!(!mail["html"].as_str().unwrap().contains("<script"));
        numbers.insert(mail["message_id"].as_str().unwrap());
    }
    assert_eq!(numbers.len(), 300);
}

#[test]
fn a_run_that_was_killed_is_told_by_the_next_start() {
    let Some(server) = MailServer::start(&[]) else { return };
    let sites = NightSites::new();
    let camera = Camera::Indi;
    // The owner's program holds the run until somebody writes into the pipe.
    let (begun, pipe) = (sites.path("begun"), sites.path("pipe"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let hold = format!("command = [\"sh\", \"-c\", \"touch {}; cat {}\"]\n", begun.display(), pipe.display());
    let config = configured(&sites, camera, &server, &hold);
    let line = format!("run nights {config}");
    let mut run = sites.command(camera, line.split(' ')).stdout(std::process::Stdio::null()).spawn().unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while !begun.exists() {
        assert!(std::time::Instant::now() < end, "the run never came so far");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    fs::write(&pipe, "").unwrap();
    for _ in 0..2 {
        sites.ask(camera, &format!("mail retry {config}"));
    }
    let mails = server.mails();
    assert_eq!(subjects(&mails), [format!("indi-allsky Batch-Backup ERROR ({})", host())]);
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains("Error: the program or the machine stopped while this ran\n"), "{text}");
    assert!(text.contains("Exit code: 1\n") && text.contains("Step: Deleting\n"), "{text}");
}
