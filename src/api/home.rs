//! What home automation is told through a broker: states as topics, and what Home Assistant needs to show them by itself.
//!
//! Invariant: no payload has a secret or a path of this machine, and a topic keeps its name and its meaning.
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::metrics::severity;
use crate::domain::alert::Alert;
use crate::domain::broker::{BrokerSettings, TopicPrefix};
use crate::domain::channel::without_paths;
use crate::domain::job::JobState;

/// Where Home Assistant looks for things that tell of themselves.
pub const DISCOVERY: &str = "homeassistant";
/// What a button sends.
pub const PRESS: &str = "PRESS";
/// What Home Assistant takes for "not known".
const UNKNOWN: &str = "None";
/// Topics by their text.
pub type Topics = BTreeMap<String, String>;

/// Everything that is told.
#[derive(Debug, Default)]
pub struct HomeStates {
    pub plans: Vec<PlanHome>,
    /// Room that is left by destination, in bytes; `None` where it is not known.
    pub destinations: Vec<(String, Option<u64>)>,
    /// Nights that the camera deletes soon and that have no verified copy; `None` where they are not known.
    pub nights_at_risk: Option<usize>,
    pub is_working: bool,
    /// Those that are not resolved.
    pub alerts: Vec<Alert>,
}

#[derive(Debug)]
pub struct PlanHome {
    pub name: String,
    pub last_success: Option<Timestamp>,
    pub next: Option<Timestamp>,
    /// Of its last run.
    pub state: Option<JobState>,
}

/// Who tells it.
#[derive(Debug)]
pub struct Device<'a> {
    /// Letters, digits and `_`; the same machine has it again after each start.
    pub id: &'a str,
    pub host: &'a str,
    pub software: &'a str,
    pub prefix: &'a TopicPrefix,
}

/// Where it is told whether we are there.
pub fn availability(prefix: &TopicPrefix) -> String {
    prefix.topic("availability")
}

/// The plan whose button writes to `topic`.
pub fn pressed_plan<'a>(prefix: &TopicPrefix, topic: &'a str) -> Option<&'a str> {
    topic.strip_prefix(prefix.as_str())?.strip_prefix("/plans/")?.strip_suffix("/run")
}

/// Topics that may hold what an earlier start has told and that is no more: of plans and destinations that are gone,
/// and of things that were announced.
pub fn kept_by_broker(device: &Device<'_>) -> Vec<String> {
    let Device { id, prefix, .. } = device;
    vec![prefix.topic("plans/+/+"), prefix.topic("destinations/+/+"), format!("{DISCOVERY}/+/{id}/+/config")]
}

impl HomeStates {
    /// All states, each in a topic of its own.
    pub fn topics(&self, prefix: &TopicPrefix) -> Topics {
        let mut all = Topics::new();
        let mut put = |topic: &str, text: String| {
            all.insert(prefix.topic(topic), text);
        };
        let on = |is_on: bool| if is_on { "ON" } else { "OFF" }.to_owned();
        put("verdict", self.verdict().to_owned());
        put("problem", on(!self.alerts.is_empty()));
        let alerts: Vec<String> = self.alerts.iter().map(|alert| without_paths(&alert.detail)).collect();
        put("alerts", json!({ "alerts": alerts }).to_string());
        put("running", on(self.is_working));
        put("last_success", time(self.plans.iter().filter_map(|plan| plan.last_success).max()));
        put("next", time(self.plans.iter().filter_map(|plan| plan.next).min()));
        put("nights_at_risk", self.nights_at_risk.map_or(UNKNOWN.to_owned(), |count| count.to_string()));
        for plan in &self.plans {
            put(&format!("plans/{}/last_success", plan.name), time(plan.last_success));
            put(&format!("plans/{}/next", plan.name), time(plan.next));
            put(&format!("plans/{}/state", plan.name), plan.state.map_or(UNKNOWN, JobState::word).to_owned());
        }
        for (name, free_bytes) in &self.destinations {
            let text = free_bytes.map_or(UNKNOWN.to_owned(), |bytes| bytes.to_string());
            put(&format!("destinations/{name}/free_bytes"), text);
        }
        all
    }

    /// In one word: `ok`, `warning` or `critical`.
    fn verdict(&self) -> &'static str {
        let words: Vec<&str> = self.alerts.iter().map(severity).collect();
        ["critical", "warning"].into_iter().find(|word| words.contains(word)).unwrap_or("ok")
    }

    /// What Home Assistant reads to show every state, and a button for each plan where its owner
    /// wants them.
    pub fn announced(&self, device: &Device<'_>, broker: &BrokerSettings) -> Topics {
        let mut all = Topics::new();
        let topic = |rest: &str| device.prefix.topic(rest);
        let mut put = |component: &str, object: &str, name: String, more: Value| {
            let mut told = json!({
                "name": name,
                "unique_id": format!("{}_{object}", device.id),
                "availability_topic": availability(device.prefix),
                "device": {
                    "identifiers": [device.id],
                    "name": format!("Backups of {}", device.host),
                    "manufacturer": "Allsky Backups",
                    "model": device.software,
                    "sw_version": env!("CARGO_PKG_VERSION"),
                },
                "origin": { "name": "Allsky Backups", "sw_version": env!("CARGO_PKG_VERSION") },
            });
            if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
                told.extend(more);
            }
            all.insert(format!("{DISCOVERY}/{component}/{}/{object}/config", device.id), told.to_string());
        };
        let moment = |rest: &str| json!({ "state_topic": topic(rest), "device_class": "timestamp" });
        let words = json!({ "state_topic": topic("verdict"), "device_class": "enum", "options": ["ok", "warning", "critical"] });
        put("sensor", "verdict", "Verdict".into(), words);
        let problem = json!({
            "state_topic": topic("problem"), "device_class": "problem", "json_attributes_topic": topic("alerts"),
        });
        put("binary_sensor", "problem", "Problem".into(), problem);
        let running = json!({ "state_topic": topic("running"), "device_class": "running" });
        put("binary_sensor", "running", "Running".into(), running);
        put("sensor", "last_success", "Last success".into(), moment("last_success"));
        put("sensor", "next", "Next turn".into(), moment("next"));
        let nights = json!({
            "state_topic": topic("nights_at_risk"), "unit_of_measurement": "nights", "state_class": "measurement",
        });
        put("sensor", "nights_at_risk", "Nights at risk".into(), nights);
        for PlanHome { name, .. } in &self.plans {
            let of = |rest: &str| format!("plans/{name}/{rest}");
            put(
                "sensor",
                &format!("plan_{name}_last_success"),
                format!("{name}: last success"),
                moment(&of("last_success")),
            );
            put("sensor", &format!("plan_{name}_next"), format!("{name}: next turn"), moment(&of("next")));
            let state = json!({ "state_topic": topic(&of("state")) });
            put("sensor", &format!("plan_{name}_state"), format!("{name}: last run"), state);
            if broker.buttons {
                let press = json!({ "command_topic": topic(&of("run")), "payload_press": PRESS });
                put("button", &format!("plan_{name}_run"), format!("Run {name}"), press);
            }
        }
        for (name, _) in &self.destinations {
            let free = json!({
                "state_topic": topic(&format!("destinations/{name}/free_bytes")),
                "device_class": "data_size", "unit_of_measurement": "B", "state_class": "measurement",
            });
            put("sensor", &format!("destination_{name}_free"), format!("{name}: free"), free);
        }
        all
    }
}

/// To the second: a state that changes in its last digits alone would be told anew each time.
fn time(at: Option<Timestamp>) -> String {
    let whole = at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
    whole.map_or(UNKNOWN.to_owned(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{AlertKind, AlertState};

    fn states() -> HomeStates {
        let at = |text: &str| Some(text.parse().unwrap());
        let plan = |name: &str, next: &str| PlanHome {
            name: name.into(),
            last_success: at("2027-01-01T12:00:00.5Z"),
            next: at(next),
            state: Some(JobState::Warning),
        };
        HomeStates {
            plans: vec![plan("a", "2027-01-03T12:00:00Z"), plan("b--", "2027-01-02T12:00:00Z")],
            destinations: vec![("usb".into(), Some(5)), ("nas".into(), None)],
            nights_at_risk: Some(2),
            is_working: false,
            alerts: vec![Alert {
                id: 1,
                kind: AlertKind::ArchiveDamaged,
                subject: "a".into(),
                since: Timestamp::UNIX_EPOCH,
                last_seen: Timestamp::UNIX_EPOCH,
                state: AlertState::Acknowledged,
                detail: "/mnt/secret/a is damaged".into(),
            }],
        }
    }

    #[test]
    fn every_state_has_a_topic_and_none_tells_a_path() {
        let topics = states().topics(&TopicPrefix::of_machine("pi"));
        let told: Vec<String> = topics.iter().map(|(topic, text)| format!("{} {text}", &topic[18..])).collect();
        assert_eq!(
            told,
            [
                "alerts {\"alerts\":[\"… is damaged\"]}",
                "destinations/nas/free_bytes None",
                "destinations/usb/free_bytes 5",
                "last_success 2027-01-01T12:00:00Z",
                "next 2027-01-02T12:00:00Z",
                "nights_at_risk 2",
                "plans/a/last_success 2027-01-01T12:00:00Z",
                "plans/a/next 2027-01-03T12:00:00Z",
                "plans/a/state warning",
                "plans/b--/last_success 2027-01-01T12:00:00Z",
                "plans/b--/next 2027-01-02T12:00:00Z",
                "plans/b--/state warning",
                "problem ON",
                "running OFF",
                "verdict critical",
            ]
        );
        assert_eq!(HomeStates::default().topics(&TopicPrefix::of_machine("pi"))["allsky-backups/pi/verdict"], "ok");
    }

    #[test]
    fn what_is_announced_leads_to_topics_that_are_told_and_buttons_only_on_request() {
        let prefix = TopicPrefix::of_machine("pi");
        let device = Device { id: "allsky_backups_1", host: "pi", software: "Allsky", prefix: &prefix };
        let broker = |buttons: bool| serde_json::from_value(json!({ "buttons": buttons })).unwrap();
        let topics = states().topics(&prefix);
        let mut ids = std::collections::BTreeSet::new();
        for (topic, text) in states().announced(&device, &broker(true)) {
            let told: Value = serde_json::from_str(&text).unwrap();
            for key in ["state_topic", "json_attributes_topic"] {
                assert!(told.get(key).is_none_or(|to| topics.contains_key(to.as_str().unwrap())), "{topic}: {told}");
            }
            let pressed = told.get("command_topic").and_then(|to| pressed_plan(&prefix, to.as_str().unwrap()));
            assert_eq!(pressed.is_some(), topic.starts_with("homeassistant/button/"), "{topic}");
            assert!(ids.insert(told["unique_id"].to_string()), "{told}");
        }
        assert!(states().announced(&device, &broker(false)).keys().all(|topic| !topic.contains("/button/")));
        for other in ["allsky-backups/pi/plans/a/next", "allsky-backups/pix/plans/a/run", "plans/a/run"] {
            assert_eq!(pressed_plan(&prefix, other), None, "{other}");
        }
    }
}
