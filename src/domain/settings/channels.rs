//! The channels of a configuration: every `[[notify_to]]`.
//!
//! Invariant: a channel with a mistake is none, and names are unique.
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::lists::ListReader;
use super::mistake::Rule;
use crate::domain::channel::ChannelSettings;

/// What the value of the key `notify_to` says.
pub(super) fn read(reader: &mut ListReader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<ChannelSettings> {
    let mut all: Vec<ChannelSettings> = Vec::new();
    for (at, table) in reader.tables(value) {
        let before = reader.mistakes.len();
        let values = reader.values(table);
        reader.need(at, table, &["name", "kind", "url_file"]);
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
