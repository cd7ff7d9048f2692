//! How mails leave: over every kind of connection, later when the server is away, once when we are
//! killed, and in words when they cannot.
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::http::{To, ask};
use super::support::mail_server::{Certificates, MailServer, secret};
use super::support::night_sites::{Camera, NightSites, files};
use super::support::terminal::Said;

const CANARY: &str = "canary-9f27c1-password";

/// A camera whose configuration is `notify`, and its option.
fn with(notify: &str) -> (NightSites, String) {
    let sites = NightSites::new();
    let config = change(&sites, notify);
    (sites, config)
}

fn change(sites: &NightSites, notify: &str) -> String {
    let (config, drive) = (sites.path("c.toml"), sites.path("drive"));
    fs::create_dir_all(&drive).unwrap();
    fs::write(
        &config,
        format!("[[destination]]\nname = \"drive\"\npath = \"{}\"\nrequire_mount = false\n{notify}", drive.display()),
    )
    .unwrap();
    format!("--config {}", config.display())
}

fn try_mail(sites: &NightSites, config: &str) -> Said {
    sites.run(Camera::Indi, &format!("mail test --json {config}"))
}

fn why_not(sites: &NightSites, config: &str) -> String {
    let said = try_mail(sites, config);
    assert_ne!(said.code, Some(0), "{said:?}");
    let error = &said.json()["error"];
    assert!(!error["advice"].as_str().unwrap().is_empty());
    error["message"].as_str().unwrap().to_owned()
}

fn arguments(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

#[test]
fn mails_go_over_tls_from_the_start_over_starttls_and_within_the_machine_without_with_a_login_or_none() {
    let Some(certificates) = Certificates::of("localhost") else { return };
    let (ca, password) = (certificates.path("ca.pem"), certificates.path("password"));
    secret(&password, &format!("{CANARY}\n"));
    let trusted = format!("smtp_ca_file = \"{}\"\n", ca.display());
    let by_file = format!("smtp_user = \"pi\"\npassword_file = \"{}\"\n", password.display());
    let by_command = format!("smtp_user = \"pi\"\npassword_command = [\"cat\", \"{}\"]\n", password.display());
    for (tls, login) in [("ssl", &by_file), ("starttls", &by_command), ("none", &by_file), ("none", &String::new())] {
        let mut options = if tls == "none" { Vec::new() } else { certificates.options(tls) };
        if !login.is_empty() {
            options.extend(["--login", "pi", CANARY].map(str::to_owned));
        }
        let Some(server) = MailServer::start(&arguments(&options)) else { return };
        let notify = server.notify(&format!("{login}{trusted}")).replace("\"none\"", &format!("\"{tls}\""));
        let (sites, config) = with(&notify);
        let said = try_mail(&sites, &config);
        assert_eq!(said.code, Some(0), "{tls}: {said:?}");
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!((&mails[0]["tls"], &mails[0]["logged_in"]), (&(tls != "none").into(), &(!login.is_empty()).into()));
        assert!(mails[0]["subject"].as_str().unwrap().starts_with("indi-allsky backup test mail ("));
        assert_eq!(said.json()["fate"], "sent");
    }
}

#[test]
fn what_stands_between_us_and_the_server_is_told_in_words() {
    let (Some(ours), Some(others)) = (Certificates::of("localhost"), Certificates::of("mail.elsewhere.example")) else {
        return;
    };
    let Some(safe) = MailServer::start(&arguments(&ours.options("ssl"))) else { return };
    let Some(misnamed) = MailServer::start(&arguments(&others.options("ssl"))) else { return };
    let Some(plain) = MailServer::start(&[]) else { return };
    let Some(strict) = MailServer::start(&["--login", "pi", "right"]) else { return };
    let Some(picky) = MailServer::start(&["--refuse", "owner@home.example"]) else { return };
    let Some(closed) = MailServer::start(&["--closed"]) else { return };
    let (sites, _) = with("");
    let wrong = sites.path("wrong");
    secret(&wrong, CANARY);
    let ca = |of: &Certificates| format!("smtp_ca_file = \"{}\"\n", of.path("ca.pem").display());
    let ssl = |notify: String| notify.replace("\"none\"", "\"ssl\"");
    let login = format!("smtp_user = \"pi\"\npassword_file = \"{}\"\n", wrong.display());
    for (notify, words) in [
        (ssl(safe.notify(&login)), "signed by nobody whom this machine trusts"),
        (ssl(misnamed.notify(&format!("{login}{}", ca(&others)))), "its certificate is for another name"),
        (ssl(plain.notify(&login)), "it does not speak TLS on this port"),
        (plain.notify(&login).replace("\"none\"", "\"starttls\""), "it does not offer STARTTLS"),
        (strict.notify(&login), "did not take the name or the password: 535"),
        (strict.notify(""), "did not take the name or the password: 530"),
        (picky.notify(""), "did not take the mail: 550 5.1.1 nobody of this name lives here"),
        (closed.notify(""), "could not be reached: nothing listens there"),
        (plain.notify(&login).replace("localhost", "192.0.2.1"), "would go to 192.0.2.1 without protection"),
        (plain.notify("password_file = \"/no/such\"\n"), "there is no such file"),
        (plain.notify("password_command = [\"false\"]\n"), "false, which should tell the password, ended with"),
        (
            ssl(plain.notify(&format!("{login}smtp_ca_file = \"/no/such.pem\"\n"))),
            "/no/such.pem: the certificates could not be read",
        ),
        (
            plain.notify("").replace("email_report = \"owner@home.example\"\n", ""),
            "mails need an address that they go to",
        ),
        (String::new(), "mails are turned off"),
    ] {
        let config = change(&sites, &notify);
        let message = why_not(&sites, &config);
        assert!(message.contains(words), "{words:?}: {message:?}");
        assert!(!message.contains(CANARY));
    }
    assert_eq!(plain.mails().len() + strict.mails().len() + safe.mails().len() + misnamed.mails().len(), 0);
}

#[test]
fn a_password_that_everybody_may_read_is_not_used_and_none_is_ever_told() {
    let Some(server) = MailServer::start(&["--login", "pi", "right"]) else { return };
    let (sites, _) = with("");
    let password = sites.path("password");
    secret(&password, CANARY);
    let config =
        change(&sites, &server.notify(&format!("smtp_user = \"pi\"\npassword_file = \"{}\"\n", password.display())));
    let mut told = String::new();
    for line in ["mail test", "run nights", "mail list", "mail retry", "jobs", "mail test --json", "mail list --json"] {
        let said = sites.command(Camera::Indi, format!("{line} {config}").split(' ')).env("RUST_LOG", "trace").output();
        let said: Said = said.unwrap().into();
        told += &format!("{}{}", said.text(), said.err);
    }
    assert!(told.contains("did not take the name or the password"), "{told}");
    assert!(!told.contains(CANARY), "{told}");
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(why_not(&sites, &config).contains("everybody on this machine may read"));
    let encoded = ["Y2FuYXJ5LTlmMjdjMS1wYXNzd29yZA", "AHBpAGNhbmFyeS05ZjI3YzEtcGFzc3dvcmQ"];
    for (path, bytes) in files(&sites.path("state-indi")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CANARY) && !encoded.iter().any(|code| text.contains(code)), "{}", path.display());
    }
}

/// The service of this camera; killed when dropped.
struct Service(Child, To);

impl Service {
    fn start(sites: &NightSites, config: &str, now: &str) -> Service {
        let line = format!("serve --bind 127.0.0.1:0 {config} --now {now}");
        let mut command = sites.command(Camera::Indi, line.split(' '));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut listening = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut listening).unwrap();
        let port = listening.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        Service(child, To::Port(port.unwrap_or_else(|| panic!("{listening}"))))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn listed(sites: &NightSites, config: &str) -> Vec<Value> {
    sites.ask(Camera::Indi, &format!("mail list {config}"))["items"].as_array().unwrap().clone()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(90);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn a_run_is_good_although_the_mail_server_is_away_and_its_mail_comes_when_the_server_is_back() {
    let Some(mut server) = MailServer::start(&["--closed"]) else { return };
    let (sites, config) = with(&server.notify(""));
    sites.ask(Camera::Indi, &format!("dest init --plain-folder {config}"));
    let said = sites.run(Camera::Indi, &format!("run nights {config}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("The mail waits and is tried again"), "{}", said.err);
    let waits = listed(&sites, &config);
    assert_eq!((waits.len(), &waits[0]["fate"], &waits[0]["attempts"]), (1, &"waiting".into(), &1.into()));
    assert!(waits[0]["error"].as_str().unwrap().contains("nothing listens there"));
    let jobs = sites.ask(Camera::Indi, &format!("jobs {config}"));
    assert_eq!(jobs["items"][0]["state"], "success", "{jobs}");
    server.open();
    // Its turn has not come: the next try is a minute after the first.
    sites.ask(Camera::Indi, &format!("mail list {config}"));
    assert_eq!(server.mails().len(), 0);
    let service = Service::start(&sites, &config, "2025-12-29T02:10:00+00:00");
    let mails = server.wait_for(1);
    assert_eq!(mails[0]["message_id"], waits[0]["message_id"]);
    wait_until("it is known as sent", || listed(&sites, &config)[0]["fate"] == "sent");
    drop(service);
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_mail_is_given_up_after_three_days_and_can_be_sent_all_the_same() {
    let Some(mut server) = MailServer::start(&["--closed"]) else { return };
    let (sites, config) = with(&server.notify(""));
    sites.ask(Camera::Indi, &format!("dest init --plain-folder {config}"));
    sites.ask(Camera::Indi, &format!("run nights {config}"));
    let later = "--now 2026-01-02T02:00:00+00:00";
    assert_eq!(sites.run(Camera::Indi, &format!("mail retry {config} {later}")).code, Some(1));
    assert_eq!(listed(&sites, &config)[0]["fate"], "given_up");
    server.open();
    let sent = sites.ask(Camera::Indi, &format!("mail retry {config} {later}"));
    assert_eq!(sent["sent"], 1);
    assert_eq!((server.mails().len(), &listed(&sites, &config)[0]["fate"]), (1, &"sent".into()));
}

#[test]
fn a_process_killed_before_a_mail_left_sends_it_once_and_after_it_left_again_under_the_same_number() {
    let Some(mut away) = MailServer::start(&["--closed"]) else { return };
    let Some(silent) = MailServer::start(&["--silent-after-data"]) else { return };
    let (sites, config) = with(&away.notify(""));
    sites.ask(Camera::Indi, &format!("dest init --plain-folder {config}"));
    sites.ask(Camera::Indi, &format!("run nights {config}"));
    // Killed while it waits.
    let service = Service::start(&sites, &config, "2025-12-29T02:00:30+00:00");
    drop(service);
    away.open();
    let service = Service::start(&sites, &config, "2025-12-29T02:10:00+00:00");
    let first = away.wait_for(1);
    wait_until("it is known as sent", || listed(&sites, &config)[0]["fate"] == "sent");
    drop(service);
    drop(Service::start(&sites, &config, "2025-12-29T05:00:00+00:00"));
    assert_eq!(away.mails().len(), 1);
    // Killed after the server had the mail and before we knew.
    let config = change(&sites, &silent.notify(""));
    let line = format!("run nights {config} --now 2025-12-29T06:00:00+00:00");
    let mut run = sites.command(Camera::Indi, line.split(' ')).stdout(Stdio::null()).spawn().unwrap();
    let unknown = silent.wait_for(1);
    run.kill().unwrap();
    run.wait().unwrap();
    let config = change(&sites, &away.notify(""));
    sites.ask(Camera::Indi, &format!("mail retry {config}"));
    let all = away.wait_for(2);
    assert_eq!(all[1]["message_id"], unknown[0]["message_id"]);
    assert_ne!(all[0]["message_id"], all[1]["message_id"]);
    assert_eq!(all[0]["message_id"], first[0]["message_id"]);
}

#[test]
fn the_mail_program_of_this_machine_gets_the_recipients_apart_from_the_mail() {
    let notify = "[notify]\ntransport = \"sendmail\"\nemail_sender = \"pi@sky.example\"\n\
                  email_report = \"owner@home.example\"\nemail_admin = \"admin@home.example\"\n";
    let (sites, config) = with(notify);
    let bin = sites.path("bin");
    fs::create_dir(&bin).unwrap();
    program(&bin.join("sendmail"), &format!("echo \"$@\" > '{0}/args'; cat > '{0}/mail'", bin.display()));
    let run = || with_program(&sites, &bin, &config);
    assert_eq!(run().code, Some(0));
    let args = fs::read_to_string(bin.join("args")).unwrap();
    assert_eq!(args.trim(), "-i -f pi@sky.example -- owner@home.example admin@home.example");
    let mail = fs::read_to_string(bin.join("mail")).unwrap();
    assert!(mail.contains("Subject: indi-allsky backup test mail (") && !mail.contains('\r'), "{mail}");
    program(&bin.join("sendmail"), "cat > /dev/null; echo 'no account' >&2; exit 78");
    let said = run();
    assert_eq!(said.code, Some(1));
    assert!(said.json()["error"]["message"].as_str().unwrap().ends_with(": no account"), "{said:?}");
}

/// Receivers as people write them, what a mail server is told, and what the mail program is.
const RECEIVERS: [(&str, &[&str], &[&str]); 8] = [
    ("a@home.example; b@home.example,", &["a@home.example", "b@home.example"], &["a@home.example", "b@home.example"]),
    ("  a@home.example  ", &["a@home.example"], &["a@home.example"]),
    (
        "\\\"Müller, Erika\\\" <a@home.example>, b@localhost",
        &["a@home.example", "b@localhost"],
        &["a@home.example", "b@localhost"],
    ),
    ("\\\"The \\\\\\\"Sky\\\\\\\"; club\\\" <a@home.example>", &["a@home.example"], &["a@home.example"]),
    ("root", &["root@localhost"], &["root"]),
    (
        "Root <root>, www-data; a@home.example",
        &["root@localhost", "www-data@localhost", "a@home.example"],
        &["root", "www-data", "a@home.example"],
    ),
    ("a@exämple.org, a@EXÄMPLE.org", &["a@xn--exmple-cua.org"], &["a@xn--exmple-cua.org"]),
    ("ä@exämple.org", &["ä@xn--exmple-cua.org"], &["ä@xn--exmple-cua.org"]),
];

#[test]
fn receivers_come_as_people_write_them_by_a_mail_server_and_by_the_mail_program() {
    let Some(server) = MailServer::start(&["--utf8"]) else { return };
    for (written, by_server, by_program) in RECEIVERS {
        let notify = server.notify("").replace("owner@home.example", written);
        let (sites, config) = with(&notify);
        let before = server.mails().len();
        let said = try_mail(&sites, &config);
        assert_eq!(said.code, Some(0), "{written}: {said:?}");
        let mails = server.mails();
        assert_eq!((mails.len(), &mails[before]["to"]), (before + 1, &by_server.into()), "{written}");
        let bin = sites.path("bin");
        fs::create_dir(&bin).unwrap();
        program(
            &bin.join("sendmail"),
            &format!("for arg; do echo \"$arg\"; done > '{0}/args'; cat > '{0}/mail'", bin.display()),
        );
        change(&sites, &notify.replace("\"smtp\"", "\"sendmail\""));
        let said = with_program(&sites, &bin, &config);
        assert_eq!(said.code, Some(0), "{written}: {said:?}");
        let args = fs::read_to_string(bin.join("args")).unwrap();
        let args: Vec<&str> = args.lines().skip_while(|arg| *arg != "--").skip(1).collect();
        assert_eq!(args, by_program, "{written}");
    }
}

#[test]
fn what_a_mail_server_cannot_be_told_is_said_with_the_address() {
    let Some(server) = MailServer::start(&[]) else { return };
    let (sites, config) = with(&server.notify("").replace("owner@home.example", "a@home.example, ä@home.example"));
    let why = why_not(&sites, &config);
    assert!(why.contains("ä@home.example") && why.contains("SMTPUTF8"), "{why}");
    assert!(server.mails().is_empty(), "half of the receivers is not told as all");
    // An account of this machine is nobody elsewhere.
    let elsewhere = server.notify("").replace("localhost", "mail.home.example").replace("owner@home.example", "root");
    let config = change(&sites, &elsewhere);
    let why = why_not(&sites, &config);
    assert!(why.contains("email_report") && why.contains("account of this machine"), "{why}");
    for wrong in ["Muster, Erika <a@home.example>", "-t", "a@home.example, -oQ/tmp", "root|sh", "../root"] {
        let config = change(&sites, &server.notify("").replace("owner@home.example", wrong));
        let why = why_not(&sites, &config);
        assert!(why.contains("is no address"), "{wrong}: {why}");
    }
    assert!(server.mails().is_empty());
}

fn with_program(sites: &NightSites, bin: &Path, config: &str) -> Said {
    let mut path = bin.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = sites.command(Camera::Indi, format!("mail test --json {config}").split(' '));
    command.env("PATH", path).output().unwrap().into()
}

fn program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let fresh: PathBuf = path.with_extension("new");
    fs::write(&fresh, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(fresh, path).unwrap();
}

#[test]
fn the_page_sends_a_test_mail_and_says_what_came_of_it_and_what_waits() {
    let Some(mut server) = MailServer::start(&["--closed"]) else { return };
    let (sites, config) = with("");
    let service = Service::start(&sites, &config, "2025-12-29T02:10:00+00:00");
    let page = ask(&service.1, "GET", "/mail", &[], "");
    assert!(page.status == 200 && page.body.contains("Mails are off") && !page.body.contains("ab-mail-test"));
    drop(service);
    change(&sites, &server.notify(""));
    let service = Service::start(&sites, &config, "2025-12-29T02:10:00+00:00");
    let page = ask(&service.1, "GET", "/mail", &[], "");
    assert!(page.body.contains("owner@home.example") && page.body.contains("ab-mail-test"), "{}", page.body);
    let token = page.body.split("name=\"csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let press = |path: &str| ask(&service.1, "POST", path, &form, &format!("csrf={token}"));
    assert_eq!(ask(&service.1, "POST", "/mail/test", &form, "").status, 403, "only a press of this page sends");
    let told = press("/mail/test");
    assert!(told.status == 200 && told.body.contains("nothing listens there"), "{}", told.body);
    assert!(told.body.contains("Not sent") && told.body.contains("Check smtp_host"), "{}", told.body);
    sites.ask(Camera::Indi, &format!("dest init --plain-folder {config}"));
    sites.ask(Camera::Indi, &format!("run nights {config} --now 2025-12-29T02:10:00+00:00"));
    wait_until("the page shows what waits", || {
        let page = ask(&service.1, "GET", "/mail", &[], "").body;
        page.contains("Waiting") && page.contains("ab-mail-retry") && page.contains("batch backup completed")
    });
    server.open();
    let told = press("/mail/test");
    assert!(told.body.contains("has taken the test mail"), "{}", told.body);
    let again = press("/mail/retry");
    assert!(again.status == 200 && !again.body.contains("Waiting"), "{}", again.body);
    let mails = server.wait_for(2);
    assert_eq!(mails.len(), 2);
    let json = ask(&service.1, "GET", "/api/mail", &[], "").body;
    let items = serde_json::from_str::<Value>(&json).unwrap()["items"].as_array().unwrap().clone();
    assert_eq!(items.iter().filter(|mail| mail["fate"] == "sent").count(), 2, "{items:?}");
}
