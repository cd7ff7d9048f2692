//! The channels of a configuration: every `[[notify_to]]`.
//!
//! Invariant: a channel with a mistake is none, and names are unique.
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::lists::ListReader;
use super::mistake::Rule;
use crate::domain::channel::{ChannelKind, ChannelSettings};

/// Keys that a broker has no use for.
const OF_SERVERS: &[&str] = &["url_file", "token_file"];
/// Keys that only a broker has.
const OF_BROKERS: &[&str] = &["address", "user", "password_file", "topic", "discovery", "buttons"];

/// What the value of the key `notify_to` says.
pub(super) fn read(reader: &mut ListReader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<ChannelSettings> {
    let mut all: Vec<ChannelSettings> = Vec::new();
    for (at, table) in reader.tables(value) {
        let before = reader.mistakes.len();
        let values = reader.values(table);
        let kind = values.get("kind").and_then(Value::as_str).unwrap_or_default();
        let is_broker = kind == ChannelKind::Mqtt.word();
        reader.need(at, table, &["name", "kind", if is_broker { "address" } else { "url_file" }]);
        for name in if is_broker { OF_SERVERS } else { OF_BROKERS } {
            if let Some((key, _)) = table.get_key_value(*name) {
                let message = format!("a channel of kind {kind} has no {name}");
                reader.tell(key.span().start, &format!("notify_to.{name}"), Rule::UnknownKey, &message);
            }
        }
        if reader.mistakes.len() > before {
            continue;
        }
        match serde_json::from_value::<ChannelSettings>(Value::Object(values)) {
            Ok(one) if all.iter().any(|other| other.name == one.name) => {
                reader.tell_twice(table, at, one.name.as_str());
            }
            Ok(one) => all.push(one),
            Err(error) => reader.tell(at, "notify_to", Rule::BadType, &error.to_string()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::Reading;

    #[test]
    fn every_mistake_in_a_channel_has_its_line() {
        let told = |text: &str| {
            let mistakes = Reading::of(text).mistakes.into_iter();
            mistakes.map(|m| format!("{}: {} ({})", m.line, m.path, m.code.as_str())).collect::<Vec<_>>()
        };
        let good = "[[notify_to]]\nname = \"phone\"\nkind = \"ntfy\"\nurl_file = \"/a\"\non = [\"success\"]\n";
        assert_eq!(told(good), [""; 0]);
        assert_eq!(Reading::of(good).settings.notify.channels.len(), 1);
        assert_eq!(told(&good.repeat(2)), ["7: notify_to.name (duplicate_name)"]);
        let broker = "[[notify_to]]\nname = \"home\"\nkind = \"mqtt\"\naddress = \"mqtt://nas\"\n";
        assert_eq!(told(&format!("{broker}user = \"pi\"\ntopic = \"a/b\"\nbuttons = true\n")), [""; 0]);
        let read = &Reading::of(broker).settings.notify.channels[0].broker;
        assert!(read.discovery && !read.buttons, "{read:?}");
        assert_eq!(
            told(&broker.replace("address = \"mqtt://nas\"", "url_file = \"/a\"")),
            ["1: notify_to.address (missing_key)", "4: notify_to.url_file (unknown_key)"]
        );
        assert_eq!(told(&format!("{good}buttons = true\n")), ["6: notify_to.buttons (unknown_key)"]);
        assert_eq!(told(&format!("{broker}topic = \"a/#\"\n")), ["5: notify_to.topic (bad_name)"]);
        assert_eq!(
            told("[[notify_to]]\nname = \"A\"\nkind = \"pigeon\"\nurl = \"https://a\"\non = [\"all\"]\n"),
            [
                "1: notify_to.url_file (missing_key)",
                "2: notify_to.name (bad_name)",
                "3: notify_to.kind (out_of_range)",
                "4: notify_to.url (unknown_key)",
                "5: notify_to.on (out_of_range)",
            ]
        );
    }
}
