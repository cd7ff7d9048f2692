//! Home automation through a broker: states that stay there, what Home Assistant needs to show them, the will, and
//! buttons that do nothing until their owner wants them.
use std::fs;

use serde_json::Value;

use super::support::broker::{Broker, Listener};
use super::support::service::{PAGE_TOKEN, Service};
use super::support::terminal::{Terminal, wait_until};

const PREFIX: &str = "sky/pi";

fn channel(broker: &Broker, more: &str) -> String {
    format!(
        "[[notify_to]]\nname = \"home\"\nkind = \"mqtt\"\naddress = \"mqtt://127.0.0.1:{}\"\ntopic = \"{PREFIX}\"\n{more}",
        broker.port
    )
}

/// Plans with names of every kind that there may be.
fn plans(names: &[&str]) -> String {
    let plan = |name: &&str| {
        format!(
            "[[plan]]\nname = \"{name}\"\nsources = [\"config\"]\nschedule = {{ weekly = \"sunday 12:15\" }}\n\
             retention = {{ keep_last = 3 }}\n"
        )
    };
    names.iter().map(plan).collect()
}

fn drive(terminal: &Terminal) -> String {
    let path = terminal.path("usb");
    fs::create_dir_all(&path).unwrap();
    let text = format!("[[destination]]\nname = \"usb\"\npath = {path:?}\nrequire_mount = false\n");
    fs::write(terminal.path("drive.toml"), &text).unwrap();
    terminal.ask("--config drive.toml dest init usb");
    text
}

fn runs(service: &Service) -> Vec<Value> {
    let all = service.json("GET", "/api/runs", PAGE_TOKEN, "", 200);
    all["items"].as_array().unwrap().clone()
}

fn topic(rest: &str) -> String {
    format!("{PREFIX}/{rest}")
}

/// What Home Assistant is told, by the name of the thing.
fn announced(heard: &Listener) -> Vec<(String, Value)> {
    let all = heard.last().into_iter().filter(|(topic, _)| topic.starts_with("homeassistant/"));
    all.map(|(topic, text)| (topic, serde_json::from_str(&text).unwrap())).collect()
}

#[test]
fn states_lie_on_the_broker_with_all_that_home_assistant_needs_and_the_will_tells_of_a_kill() {
    let Some(mut broker) = Broker::start() else { return };
    // Of an earlier start: a plan that is no more, its sensor, and a press that somebody made stay.
    for name in ["plans/old/next", "plans/odd/run", "destinations/gone/free_bytes"] {
        broker.keep(&topic(name), "PRESS");
    }
    let heard = broker.listen();
    let longest = "x".repeat(32);
    let terminal = Terminal::new();
    let (drive, names) = (drive(&terminal), ["odd", "a--", longest.as_str()]);
    let config = format!("{drive}{}{}", plans(&names), channel(&broker, ""));
    let service = Service::start(terminal, &config);
    heard.wait_for(&topic("availability"), "online");
    wait_until("free space is known", || {
        heard.last().get(&topic("destinations/usb/free_bytes")).is_some_and(|text| text.parse::<u64>().is_ok())
    });
    let told = heard.last();
    for name in names {
        assert_eq!(told[&topic(&format!("plans/{name}/last_success"))], "None");
        let next = &told[&topic(&format!("plans/{name}/next"))];
        assert!(next.parse::<jiff::Timestamp>().is_ok(), "{next}");
    }
    assert_eq!((told[&topic("problem")].as_str(), told[&topic("verdict")].as_str()), ("OFF", "ok"));
    wait_until("what is left over is removed", || {
        let now = heard.last();
        ["plans/old/next", "plans/odd/run", "destinations/gone/free_bytes"]
            .iter()
            .all(|name| !now.contains_key(&topic(name)))
    });
    assert_eq!(runs(&service), Vec::<Value>::new(), "a press that lay there starts nothing");
    // What is told later is told in the topic that was announced, and stays for those who come later.
    service.json("POST", "/api/plans/odd/run", &service.token("hand", "run"), "", 202);
    heard.wait_for(&topic("plans/odd/state"), "success");
    let success = topic("plans/odd/last_success");
    wait_until("the success is told", || heard.last()[&success].parse::<jiff::Timestamp>().is_ok());
    let late = broker.listen();
    assert!(late.all().iter().any(|told| told.topic == success && told.retained), "{:?}", late.all());
    let things = announced(&late);
    assert!(things.len() > 12, "{things:?}");
    let mut ids = Vec::new();
    for (name, thing) in &things {
        assert!(!name.contains("/button/"), "buttons are off: {name}");
        for key in ["name", "unique_id", "state_topic", "availability_topic"] {
            assert!(thing[key].as_str().is_some_and(|text| !text.is_empty()), "{name}: {key} of {thing}");
        }
        assert!(late.last().contains_key(thing["state_topic"].as_str().unwrap()), "{name}: {thing}");
        let device = &thing["device"];
        assert!(device["identifiers"][0].as_str().is_some_and(|id| name.contains(id)), "{name}: {thing}");
        assert!(["name", "manufacturer", "sw_version"].iter().all(|key| device[*key].is_string()), "{thing}");
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
        assert!(name.chars().all(safe), "{name}");
        ids.push(thing["unique_id"].to_string());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), things.len());
    let top = service.terminal.path("").display().to_string();
    let whole = format!("{:?}", late.all());
    assert!(!whole.contains(&top) && !whole.contains("canary"), "no path and no secret");
    // A press while buttons are off.
    broker.tell(&topic("plans/odd/run"), "PRESS");
    let marker = topic("plans/odd/run");
    wait_until("the press has arrived", || late.all().iter().any(|told| told.topic == marker && told.text == "PRESS"));
    let mut service = service;
    service.running.kill();
    late.wait_for(&topic("availability"), "offline");
    let service = Service::start(service.terminal, &config);
    late.wait_for(&topic("availability"), "online");
    assert_eq!(runs(&service).len(), 1, "{:?}", runs(&service));
    // An orderly end says good-bye by itself.
    service.running.signal("TERM");
    late.wait_for(&topic("availability"), "offline");
}

#[test]
fn a_button_runs_its_plan_and_nothing_else_once_its_owner_wants_buttons() {
    let Some(mut broker) = Broker::start() else { return };
    let heard = broker.listen();
    let terminal = Terminal::new();
    let config = format!("{}{}", plans(&["one", "two"]), channel(&broker, "buttons = true\n"));
    let service = Service::start(terminal, &config);
    heard.wait_for(&topic("availability"), "online");
    let buttons: Vec<Value> =
        announced(&heard).into_iter().filter(|(name, _)| name.contains("/button/")).map(|(_, thing)| thing).collect();
    let mut commands: Vec<&str> = buttons.iter().map(|button| button["command_topic"].as_str().unwrap()).collect();
    commands.sort_unstable();
    let all = ["nights", "one", "two", "weekly-config"].map(|plan| topic(&format!("plans/{plan}/run")));
    assert_eq!(commands, all);
    assert!(buttons.iter().all(|button| button["payload_press"] == "PRESS"), "{buttons:?}");
    // What is no press of a button of ours.
    for (name, text) in [
        ("plans/one/run", "press"),
        ("plans/one/run", ""),
        ("plans/nobody/run", "PRESS"),
        ("plans/../run", "PRESS"),
        ("plans/one/state", "PRESS"),
        ("plans/run", "PRESS"),
    ] {
        broker.tell(&topic(name), text);
    }
    broker.keep(&topic("plans/two/run"), "PRESS");
    broker.tell(&topic("plans/one/run"), "PRESS");
    heard.wait_for(&topic("plans/one/state"), "success");
    let done = runs(&service);
    let told: Vec<_> =
        done.iter().map(|run| (run["plan"].as_str().unwrap(), run["trigger"].as_str().unwrap())).collect();
    // A press that is kept is a press for those who hear it live.
    assert!(told.contains(&("one", "hand")) && told.iter().filter(|(plan, _)| *plan == "one").count() == 1, "{told:?}");
    assert!(told.iter().all(|(plan, _)| ["one", "two"].contains(plan)), "{told:?}");
    // A plan that its owner takes out goes from Home Assistant, and so does all when the channel goes.
    let file = service.terminal.path("c.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(&plans(&["two"]), "")).unwrap();
    // What others wrote is theirs.
    let ours = || heard.last().into_iter().filter(|(name, _)| !name.ends_with("run") || name.ends_with("_run/config"));
    wait_until("the plan is gone", || ours().all(|(name, _)| !name.contains("two")));
    assert!(heard.last().contains_key(&topic("plans/one/next")));
    fs::write(&file, text.replace(&channel(&broker, "buttons = true\n"), "")).unwrap();
    wait_until("all is gone", || {
        let left: Vec<_> = ours().collect();
        left == [(topic("availability"), "offline".to_owned())]
    });
}

#[test]
fn a_broker_that_comes_back_is_told_everything_anew_and_without_discovery_home_assistant_hears_nothing() {
    let Some(mut broker) = Broker::start() else { return };
    let terminal = Terminal::new();
    let config = format!("{}{}", plans(&["one"]), channel(&broker, "discovery = false\n"));
    let heard = broker.listen();
    let service = Service::start(terminal, &config);
    heard.wait_for(&topic("availability"), "online");
    assert_eq!(announced(&heard), []);
    broker.shut();
    service.json("POST", "/api/plans/one/run", &service.token("hand", "run"), "", 202);
    wait_until("it has run", || runs(&service).iter().any(|run| run["state"] == "success"));
    broker.open();
    let heard = broker.listen();
    heard.wait_for(&topic("availability"), "online");
    heard.wait_for(&topic("plans/one/state"), "success");
}
