//! Messages besides mail: told once when something is wrong and once when it is over, to every kind of channel, with
//! nothing in them that is only its owner's.
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::support::http::{self, To};
use super::support::mail_server::{Certificates, secret};
use super::support::message_server::MessageServer;
use super::support::terminal::{Terminal, wait_until};

const TOKEN: &str = "tk_canary-token";

/// A channel whose address is in a file for its owner alone.
fn channel(terminal: &Terminal, name: &str, kind: &str, url: &str, more: &str) -> String {
    let (address, token) = (terminal.path(&format!("{name}-address")), terminal.path("token"));
    secret(&address, &format!("{url}\n"));
    secret(&token, TOKEN);
    format!("[[notify_to]]\nname = {name:?}\nkind = {kind:?}\nurl_file = {address:?}\ntoken_file = {token:?}\n{more}")
}

/// A camera with the drive `usb`, a plan that copies there, and `channels`.
fn configure(terminal: &Terminal, channels: &str) {
    let (folder, drive) = (terminal.path("nobody/.config/allsky-backups"), terminal.path("usb"));
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {drive:?}\nrequire_mount = false\n[[plan]]\nname = \"weekly-config\"\n\
         sources = [\"config\"]\ncopies = [\"usb\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
         retention = {{ keep_last = 3 }}\n{channels}"
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    if !drive.exists() {
        fs::create_dir(&drive).unwrap();
        terminal.ask("dest init usb");
    }
}

fn run(terminal: &Terminal, day: u8) -> Option<i32> {
    let now = format!("2027-01-{day:02}T12:00:00Z");
    terminal.run(["plans", "run", "weekly-config", "--json", "--now", now.as_str()]).code
}

#[test]
fn a_channel_hears_once_that_something_is_wrong_and_once_that_it_is_over() {
    let Some(server) = MessageServer::start(&[]) else { return };
    let terminal = Terminal::new();
    let base = format!("http://127.0.0.1:{}", server.port);
    let all = [
        ("phone", "ntfy", "ntfy/canary-topic"),
        ("club", "discord", "discord/canary"),
        ("house", "webhook", "hook/canary"),
    ];
    let channels: String =
        all.iter().map(|(name, kind, path)| channel(&terminal, name, kind, &format!("{base}/{path}"), "")).collect();
    configure(&terminal, &channels);
    assert_eq!(run(&terminal, 1), Some(0));
    assert_eq!(server.requests(), Vec::<Value>::new(), "what goes well is not told unless its owner wants it");
    let drive = terminal.path("usb");
    fs::rename(&drive, terminal.path("away")).unwrap();
    for day in 2..5 {
        assert_eq!(run(&terminal, day), Some(3));
    }
    fs::rename(terminal.path("away"), &drive).unwrap();
    assert_eq!(run(&terminal, 6), Some(0));
    for path in ["/ntfy", "/discord/canary", "/hook/canary"] {
        server.wait_for(path, 2);
    }
    assert_eq!(server.requests().len(), 6, "{:?}", server.requests());
    let ntfy = server.bodies("/ntfy");
    assert_eq!((&ntfy[0]["topic"], &ntfy[0]["priority"]), (&json!("canary-topic"), &json!(4)));
    assert_eq!(server.bodies("/discord/canary")[0]["allowed_mentions"], json!({ "parse": [] }));
    let hook = server.bodies("/hook/canary");
    assert_eq!((&hook[0]["event"], &hook[1]["event"]), (&json!("problem"), &json!("recovered")));
    assert!(hook[0]["title"].as_str().unwrap().starts_with("Backup ALERT ("), "{hook:?}");
    let top = terminal.path("").display().to_string();
    for request in server.requests() {
        assert!(!request["body"].as_str().unwrap().contains(&top), "no path of this machine: {request}");
        assert_eq!(request["token"], format!("Bearer {TOKEN}"));
    }
    // Addresses and tokens are nowhere but in their files.
    let shown =
        ["config show", "notify list", "mail list", "alerts list", "jobs"].map(|line| terminal.run(line.split(' ')));
    let shown: String = shown.iter().map(|said| said.text() + &said.err).collect();
    let state = fs::read_dir(terminal.path("state")).unwrap().map(|entry| entry.unwrap().path());
    let state: Vec<u8> = state.filter(|path| path.is_file()).flat_map(|path| fs::read(path).unwrap()).collect();
    let state = String::from_utf8_lossy(&state);
    assert!(!shown.contains("canary") && !state.contains("canary"), "{shown}");
}

#[test]
fn a_test_says_in_words_what_is_wrong_and_never_the_address() {
    let (Some(server), Some(certificates)) = (MessageServer::start(&[]), Certificates::of("localhost")) else { return };
    let file = |name: &str| certificates.path(name).display().to_string();
    let options = ["--cert".to_owned(), file("cert.pem"), "--key".to_owned(), file("key.pem")];
    let Some(safe) = MessageServer::start(&options) else { return };
    let terminal = Terminal::new();
    let (port, tls) = (server.port, safe.port);
    let authority = format!("ca_file = {:?}\n", certificates.path("ca.pem"));
    for (url, more, wanted) in [
        (format!("http://127.0.0.1:{port}/status/401/canary"), "", "did not take the token"),
        (format!("http://127.0.0.1:{port}/status/404/canary"), "", "does not know the address"),
        (format!("http://127.0.0.1:{port}/status/500/canary"), "", "did not take the message (status 500)"),
        (format!("http://127.0.0.1:{port}/later/7/canary"), "", "wants fewer messages"),
        (format!("http://127.0.0.1:{port}/elsewhere/canary"), "", "answers elsewhere"),
        (format!("http://127.0.0.1:{port}/slow/canary"), "", "did not answer in time"),
        ("http://127.0.0.1:9/canary".into(), "", "nothing listens there"),
        ("https://nobody.invalid/canary".into(), "", "its name is not known"),
        ("http://example.org/canary".into(), "", "without protection"),
        ("canary".into(), "", "no address"),
        (format!("https://127.0.0.1:{port}/canary"), "", "does not speak TLS"),
        (format!("https://localhost:{tls}/canary"), "", "signed by nobody whom this machine trusts"),
        (format!("https://127.0.0.1:{tls}/canary"), authority.as_str(), "for another name"),
    ] {
        configure(&terminal, &channel(&terminal, "house", "webhook", &url, more));
        let said = terminal.run(["notify", "test", "house", "--json"]);
        let text = said.text();
        assert!(said.code.is_some_and(|code| code != 0) && text.contains(wanted), "{url}: {said:?}");
        assert!(!text.contains("canary"), "{text}");
    }
    for (url, more) in
        [(format!("https://localhost:{tls}/good"), authority.as_str()), (format!("http://127.0.0.1:{port}/huge"), "")]
    {
        configure(&terminal, &channel(&terminal, "house", "webhook", &url, more));
        terminal.ask("notify test house");
    }
    assert_eq!(safe.bodies("/good")[0]["event"], "test");
    terminal.refuse("notify test nobody", 4);
}

#[test]
fn a_server_that_is_away_costs_no_run_and_gets_its_messages_in_their_order_when_it_is_back() {
    let Some(mut server) = MessageServer::start(&["--closed".to_owned()]) else { return };
    let terminal = Terminal::new();
    let url = format!("http://127.0.0.1:{}/hook", server.port);
    configure(&terminal, &channel(&terminal, "house", "webhook", &url, "on = [\"success\", \"report\"]\n"));
    for day in 1..3 {
        assert_eq!(run(&terminal, day), Some(0));
    }
    let waiting = terminal.ask("mail list");
    let waiting = waiting["items"].as_array().unwrap();
    assert!(waiting.len() == 4 && waiting.iter().all(|one| one["fate"] == "waiting"), "{waiting:?}");
    server.open();
    terminal.ask("mail retry --now 2027-01-03T12:00:00Z");
    let told: Vec<Value> = server.bodies("/hook").iter().map(|body| body["event"].clone()).collect();
    assert_eq!(told, [json!("success"), json!("report"), json!("success"), json!("report")]);
    assert!(server.bodies("/hook")[1]["text"].as_str().unwrap().contains("config | ok | "));
    // What waits for a channel that its owner took out goes nowhere.
    let gone = "http://127.0.0.1:9/hook";
    configure(&terminal, &channel(&terminal, "house", "webhook", gone, "on = [\"success\"]\n"));
    run(&terminal, 4);
    configure(&terminal, "");
    run(&terminal, 5);
    assert_eq!(terminal.ask("mail list")["items"][0]["fate"], "given_up");
}

#[test]
fn a_healthcheck_hears_when_a_run_begins_and_how_it_ends() {
    let Some(server) = MessageServer::start(&[]) else { return };
    let terminal = Terminal::new();
    let url = format!("http://127.0.0.1:{}/hc", server.port);
    configure(&terminal, &channel(&terminal, "watch", "healthchecks", &url, ""));
    assert_eq!(run(&terminal, 1), Some(0));
    let pinged = || -> Vec<String> {
        server.requests().iter().map(|request| request["path"].as_str().unwrap().to_owned()).collect()
    };
    let begun = pinged()[0].strip_prefix("/hc/start?rid=").unwrap().to_owned();
    assert_eq!((begun.len(), pinged()), (36, vec![format!("/hc/start?rid={begun}"), format!("/hc/0?rid={begun}")]));
    fs::rename(terminal.path("usb"), terminal.path("away")).unwrap();
    run(&terminal, 2);
    assert!(pinged().last().unwrap().starts_with("/hc/fail?rid="), "{:?}", pinged());
    // The page shows the channel, and its button tries it.
    let mut service = terminal.start("serve --bind 127.0.0.1:0");
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to = To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap());
    let drawn = http::ask(&to, "GET", "/mail", &[], "").body;
    assert!(drawn.contains("watch (healthchecks)"), "{drawn}");
    let token = drawn.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let pressed = http::ask(&to, "POST", "/mail/test/watch", &form, &format!("csrf={token}"));
    assert!(pressed.status == 200 && pressed.body.contains("has taken the test message"), "{}", pressed.body);
    server.wait_for("/hc/log", 1);
    wait_until("it is shown", || http::ask(&to, "GET", "/mail", &[], "").body.contains("Works"));
}

#[test]
fn a_healthcheck_does_not_wait_for_the_mail_that_tells_all_runs_of_a_day() {
    let Some(server) = MessageServer::start(&[]) else { return };
    let terminal = Terminal::new();
    let url = format!("http://127.0.0.1:{}/hc", server.port);
    let mails = "[notify]\ntransport = \"smtp\"\nsmtp_host = \"127.0.0.1\"\nsmtp_port = 9\nsmtp_security = \"none\"\n\
                 email_sender = \"a@example.org\"\nemail_report = \"b@example.org\"\nreport_at = \"08:00\"\n";
    configure(&terminal, &format!("{}{mails}", channel(&terminal, "watch", "healthchecks", &url, "")));
    let file = terminal.path("nobody/.config/allsky-backups/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("{ weekly = \"sunday 12:15\" }", "{ every = \"6h\" }")).unwrap();
    for day in 1..=2 {
        assert_eq!(run(&terminal, day), Some(0));
        // At noon: the mail of this run comes the next morning.
        let ended = || server.requests().iter().filter(|r| r["path"].as_str().unwrap().starts_with("/hc/0")).count();
        assert_eq!(ended(), usize::from(day), "{:?}", server.requests());
    }
    let letters = terminal.ask("mail list")["items"].as_array().unwrap().clone();
    let reports = letters.iter().filter(|letter| letter["subject"].as_str().unwrap().contains("backup ok"));
    assert_eq!(reports.count(), 1, "that of the first day: {letters:?}");
}
