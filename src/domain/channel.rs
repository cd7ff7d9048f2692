//! Where owners hear of their backups besides mail: a `[[notify_to]]` of the configuration.
//!
//! Invariant: an address is a secret like a password, because whoever has it can write there. It stands in a file of
//! its own, and no message tells paths of this machine.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::broker::BrokerSettings;
use super::slug::{MOST, is_slug};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelName(String);

impl ChannelName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ChannelName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if is_slug(&text) {
            Ok(ChannelName(text))
        } else {
            Err(format!("{text:?} is no name of a channel: use small letters, digits and -, at most {MOST}"))
        }
    }
}

impl From<ChannelName> for String {
    fn from(name: ChannelName) -> String {
        name.0
    }
}

/// `[[notify_to]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSettings {
    pub name: ChannelName,
    pub kind: ChannelKind,
    /// Its first line is the address. `None` for a broker, whose address is no secret.
    #[serde(default)]
    pub url_file: Option<PathBuf>,
    /// Its first line is a token that is sent along.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// Certificates (PEM) of authorities besides those that this machine trusts.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    #[serde(default = "standard")]
    pub on: Vec<ChannelEvent>,
    #[serde(flatten)]
    pub broker: BrokerSettings,
}

fn standard() -> Vec<ChannelEvent> {
    vec![ChannelEvent::Problem, ChannelEvent::Recovered]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Ntfy,
    Discord,
    /// JSON for programs.
    Webhook,
    /// Hears of every run: that it began, and how it ended.
    Healthchecks,
    /// States that stay on a broker, and messages; for home automation.
    Mqtt,
}

impl ChannelKind {
    pub const WORDS: &[&str] = &["ntfy", "discord", "webhook", "healthchecks", "mqtt"];

    pub fn word(self) -> &'static str {
        match self {
            ChannelKind::Ntfy => "ntfy",
            ChannelKind::Discord => "discord",
            ChannelKind::Webhook => "webhook",
            ChannelKind::Healthchecks => "healthchecks",
            ChannelKind::Mqtt => "mqtt",
        }
    }
}

/// What a message tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelEvent {
    /// Something is wrong, told once.
    Problem,
    /// It is over.
    Recovered,
    /// A run of a plan went well.
    Success,
    /// A run of a plan, with all its steps.
    Report,
    /// A run began; for healthchecks alone.
    Started,
    /// A run failed; for healthchecks alone.
    Failed,
    Test,
}

impl ChannelEvent {
    /// Those that an owner can choose.
    pub const WORDS: &[&str] = &["problem", "recovered", "success", "report"];

    pub fn word(self) -> &'static str {
        match self {
            ChannelEvent::Problem => "problem",
            ChannelEvent::Recovered => "recovered",
            ChannelEvent::Success => "success",
            ChannelEvent::Report => "report",
            ChannelEvent::Started => "started",
            ChannelEvent::Failed => "failed",
            ChannelEvent::Test => "test",
        }
    }
}

impl ChannelSettings {
    pub fn hears(&self, event: ChannelEvent) -> bool {
        use ChannelEvent::{Failed, Started, Success, Test};
        match self.kind {
            ChannelKind::Healthchecks => matches!(event, Started | Success | Failed | Test),
            _ => event == Test || self.on.contains(&event),
        }
    }
}

/// A message as it waits in the outbox, and as a webhook gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub event: ChannelEvent,
    pub title: String,
    pub text: String,
    pub host: String,
    /// RFC 3339.
    pub at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// `text` without paths of this machine: a message may be read by others than its owner.
pub fn without_paths(text: &str) -> String {
    let is_path = |word: &str| {
        let word = word.trim_start_matches(['"', '\'', '(', '[', '`', '<']);
        word.len() > 1 && (word.starts_with('/') || word.starts_with("~/")) || word.contains("=/")
    };
    let keep = |word: &str| {
        let end: String = word.chars().rev().take_while(|c| matches!(c, ':' | ',' | ';' | '.' | ')')).collect();
        format!("…{}", end.chars().rev().collect::<String>())
    };
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<String> =
            line.split(' ').map(|word| if is_path(word) { keep(word) } else { word.to_owned() }).collect();
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_this_machine_leaves_it() {
        for (text, told) in [
            ("/mnt/usb: the drive is not mounted", "…: the drive is not mounted"),
            ("plan a failed (see /home/pi/x.log).", "plan a failed (see …)."),
            ("a 5/6 b, and/or c", "a 5/6 b, and/or c"),
            ("the folder \"/srv/a b\" is full", "the folder … b\" is full"),
            ("~/allsky: gone", "…: gone"),
        ] {
            assert_eq!(without_paths(text), told);
        }
    }

    #[test]
    fn a_healthcheck_hears_of_runs_alone_and_others_of_what_their_owner_chose() {
        let channel = |kind: &str| -> ChannelSettings {
            toml::from_str(&format!("name = 'a'\nkind = '{kind}'\nurl_file = '/a'")).unwrap()
        };
        use ChannelEvent::{Failed, Problem, Recovered, Report, Started, Success, Test};
        let heard = |kind| {
            let all = [Problem, Recovered, Success, Report, Started, Failed, Test];
            all.into_iter().filter(|event| channel(kind).hears(*event)).collect::<Vec<_>>()
        };
        assert_eq!(heard("healthchecks"), [Success, Started, Failed, Test]);
        for kind in ["ntfy", "discord", "webhook", "mqtt"] {
            assert_eq!(heard(kind), [Problem, Recovered, Test]);
        }
    }
}
