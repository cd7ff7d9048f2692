//! Messages through a broker, and channels that do not work: they wait, they cost no run and no patience, and one that
//! fails for long is an alert.
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use super::support::broker::{Broker, PASSWORD};
use super::support::mail_server::{Certificates, secret};
use super::support::message_server::MessageServer;
use super::support::terminal::{Terminal, wait_until};

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

fn channel(name: &str, address: &str, more: &str) -> String {
    format!("[[notify_to]]\nname = {name:?}\nkind = \"mqtt\"\naddress = {address:?}\ntopic = \"sky/pi\"\n{more}")
}

fn run(terminal: &Terminal, moment: &str) -> Option<i32> {
    terminal.run(["plans", "run", "weekly-config", "--json", "--now", moment]).code
}

/// Answers everything as a web server does, for one caller. Its port.
fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut caller, _) = listener.accept().unwrap();
        let answer = format!("HTTP/1.1 400 Bad Request\r\nX-Fill: {}\r\n\r\n", "x".repeat(200));
        // The caller may be gone by then.
        let _ = caller.write_all(answer.as_bytes());
        let _ = caller.read_to_end(&mut Vec::new());
    });
    port
}

#[test]
fn a_broker_hears_once_that_something_is_wrong_and_once_that_it_is_over() {
    let Some(mut broker) = Broker::with_login() else { return };
    let terminal = Terminal::new();
    secret(&terminal.path("password"), PASSWORD);
    let more = format!("user = \"sky\"\npassword_file = {:?}\n", terminal.path("password"));
    let to = format!("mqtt://127.0.0.1:{}", broker.port);
    configure(&terminal, &channel("home", &to, &more));
    let heard = broker.listen();
    let drive = terminal.path("usb");
    fs::rename(&drive, terminal.path("away")).unwrap();
    for day in 1..4 {
        assert_eq!(run(&terminal, &format!("2027-01-{day:02}T12:00:00Z")), Some(3));
    }
    broker.shut();
    fs::rename(terminal.path("away"), &drive).unwrap();
    assert_eq!(run(&terminal, "2027-01-04T12:00:00Z"), Some(0), "a broker that is away costs no run");
    let messages = |all: Vec<super::support::broker::Heard>| -> Vec<Value> {
        let mine = all.into_iter().filter(|one| one.topic == "sky/pi/message");
        mine.inspect(|one| assert!(!one.retained)).map(|one| serde_json::from_str(&one.text).unwrap()).collect()
    };
    let first = messages(heard.all());
    assert_eq!((first.len(), &first[0]["event"]), (1, &json!("problem")), "{first:?}");
    broker.open();
    let heard = broker.listen();
    assert_eq!(messages(heard.all()), Vec::<Value>::new(), "messages are not kept");
    terminal.ask("mail retry --now 2027-01-04T12:10:00Z");
    let later = messages(heard.all());
    assert_eq!((later.len(), &later[0]["event"]), (1, &json!("recovered")), "{later:?}");
    let top = terminal.path("").display().to_string();
    assert!(!format!("{first:?}{later:?}").contains(&top), "no path of this machine");
    // The password is nowhere but in its file.
    let shown = ["config show", "notify list", "mail list"].map(|line| terminal.run(line.split(' ')));
    let shown: String = shown.iter().map(|said| said.text() + &said.err).collect();
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn a_test_of_a_broker_says_in_words_what_is_wrong() {
    let Some(open) = Broker::start() else { return };
    let Some(shut) = Broker::with_login() else { return };
    let Some(certificates) = Certificates::of("localhost") else { return };
    let Some(mut safe) = Broker::with_tls(&certificates) else { return };
    let terminal = Terminal::new();
    // Takes connections, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().port();
    let web = web_server();
    let (open, shut, tls) = (open.port, shut.port, safe.port);
    let password = |text: &str| {
        secret(&terminal.path("password"), text);
        format!("user = \"sky\"\npassword_file = {:?}\n", terminal.path("password"))
    };
    let authority = format!("ca_file = {:?}\n", certificates.path("ca.pem"));
    for (address, more, wanted) in [
        (format!("mqtt://127.0.0.1:{shut}"), String::new(), "did not take user or password"),
        (format!("mqtt://127.0.0.1:{shut}"), password("canary"), "did not take user or password"),
        ("mqtt://127.0.0.1:9".into(), String::new(), "nothing listens there"),
        ("mqtt://nobody.invalid".into(), String::new(), "without protection"),
        ("mqtts://nobody.invalid".into(), String::new(), "its name is not known"),
        (format!("mqtt://127.0.0.1:{silent}"), String::new(), "did not answer in time"),
        (format!("mqtt://127.0.0.1:{web}"), String::new(), "does not speak MQTT"),
        (format!("mqtts://127.0.0.1:{open}"), String::new(), "ended the connection"),
        (format!("mqtt://127.0.0.1:{tls}"), String::new(), "ended the connection"),
        (format!("mqtts://localhost:{tls}"), String::new(), "signed by nobody whom this machine trusts"),
        (format!("mqtts://127.0.0.1:{tls}"), authority.clone(), "for another name"),
    ] {
        configure(&terminal, &channel("home", &address, &more));
        let said = terminal.run(["notify", "test", "home", "--json"]);
        let text = said.text();
        assert!(said.code.is_some_and(|code| code != 0) && text.contains(wanted), "{address}: {said:?}");
        assert!(!text.contains("canary"), "{text}");
    }
    let heard = safe.listen();
    configure(&terminal, &channel("home", &format!("mqtts://localhost:{tls}"), &authority));
    terminal.ask("notify test home");
    let message = heard.last().remove("sky/pi/message").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&message).unwrap()["event"], "test");
    configure(&terminal, &channel("home", &format!("mqtt://127.0.0.1:{open}"), ""));
    terminal.ask("notify test home");
}

#[test]
fn a_channel_that_fails_for_long_is_an_alert_that_other_channels_tell_until_it_works_again() {
    let Some(mut broker) = Broker::start() else { return };
    let Some(server) = MessageServer::start(&[]) else { return };
    let terminal = Terminal::new();
    secret(&terminal.path("address"), &format!("http://127.0.0.1:{}/hook\n", server.port));
    let hook =
        format!("[[notify_to]]\nname = \"house\"\nkind = \"webhook\"\nurl_file = {:?}\n", terminal.path("address"));
    let to = format!("mqtt://127.0.0.1:{}", broker.port);
    configure(&terminal, &format!("{}{hook}", channel("home", &to, "on = [\"success\"]\n")));
    broker.shut();
    let fail = || {
        let all = terminal.ask("alerts list");
        let mut all = all["items"].as_array().unwrap().clone().into_iter();
        all.find(|alert| alert["kind"] == "channel_fails" && alert["state"] == "open")
    };
    assert_eq!(run(&terminal, "2027-01-01T12:00:00Z"), Some(0));
    assert_eq!(fail(), None, "a broker that is restarted is nobody's worry");
    assert_eq!(run(&terminal, "2027-01-01T14:00:00Z"), Some(0));
    let alert = fail().unwrap();
    assert_eq!(alert["subject"], "home");
    let detail = alert["detail"].as_str().unwrap();
    assert!(detail.contains("home cannot be sent") && detail.contains("nothing listens there"), "{detail}");
    terminal.refuse("mail retry --now 2027-01-01T14:01:00Z", 1);
    let told = || server.bodies("/hook").iter().map(|body| body["event"].clone()).collect::<Vec<_>>();
    assert_eq!(told(), [json!("problem")]);
    let letters = terminal.ask("mail list")["items"].as_array().unwrap().clone();
    let of_home = letters.iter().filter(|letter| letter["channel"] == "home");
    assert_eq!(of_home.count(), 2, "the channel that fails is not told that it fails: {letters:?}");
    broker.open();
    terminal.ask("mail retry --now 2027-01-01T14:02:00Z");
    assert_eq!(fail(), None);
    terminal.ask("mail retry --now 2027-01-01T14:03:00Z");
    assert_eq!(told(), [json!("problem"), json!("recovered")]);
    // One that its owner takes out is missed by nobody.
    broker.shut();
    run(&terminal, "2027-01-02T12:00:00Z");
    run(&terminal, "2027-01-02T14:00:00Z");
    assert!(fail().is_some());
    configure(&terminal, &hook);
    let _service = terminal.start("serve --bind 127.0.0.1:0");
    wait_until("the service has looked", || fail().is_none());
}
