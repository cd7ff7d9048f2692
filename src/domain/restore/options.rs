//! The panel's own names for settings (`config/options.json`), and what it says about them.
use std::collections::HashMap;

use serde_json::Value;

/// What the panel says of one setting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Facts {
    label: String,
    password: bool,
    /// Used by the capture program and not carried over to another camera.
    camera: bool,
}

/// All settings that the panel knows. Empty when its file is missing or odd: then keys are labels.
#[derive(Debug, Clone, Default)]
pub struct Options(HashMap<String, Facts>);

impl Options {
    pub fn parse(json: &[u8]) -> Self {
        let Ok(Value::Array(entries)) = serde_json::from_slice(json) else { return Options::default() };
        let known = entries.iter().filter_map(|entry| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let kind = text("type");
            if text("name").is_empty() || kind.starts_with("header") {
                return None;
            }
            let label = format!("{} {}", text("label_prefix"), text("label")).trim().to_owned();
            let carried = is_true(entry.get("carryforward"));
            let facts = Facts { label, password: kind == "password", camera: text("usage") == "capture" && !carried };
            Some((text("name").to_owned(), facts))
        });
        Options(known.collect())
    }

    /// The panel's words for `key`; of a dotted key those of its first part with the rest. The key
    /// itself when the panel has none.
    pub fn label(&self, key: &str) -> String {
        let of =
            |key: &str| self.0.get(key).map(|f| &f.label).filter(|l| !l.is_empty() && !l.contains("NOT DISPLAYED"));
        match (of(key), key.split_once('.')) {
            (Some(label), _) => label.clone(),
            (None, Some((first, rest))) => of(first).map_or_else(|| key.to_owned(), |label| format!("{label}: {rest}")),
            (None, None) => key.to_owned(),
        }
    }

    pub fn is_password(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|f| f.password)
    }

    /// True when the panel itself would not carry `key` over to another camera.
    pub fn is_of_camera(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|f| f.camera)
    }
}

/// The panel writes booleans as such, and as words.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_called_what_the_panel_calls_it() {
        let options = Options::parse(
            br#"[{"name":"x","label":"Day","type":"header"},
                {"name":"daygain","label":"Gain","label_prefix":"Daytime","type":"float","usage":"capture"},
                {"name":"latitude","label":"Latitude","type":"text","usage":"capture","carryforward":true},
                {"name":"camera","label":"NOT DISPLAYED IN WebUI","type":"text"},
                {"name":"REMOTEWEBSITE_PASSWORD","label":"Password","type":"password"}]"#,
        );
        assert_eq!(options.label("daygain"), "Daytime Gain");
        assert_eq!(options.label("daygain.x"), "Daytime Gain: x");
        assert_eq!(options.label("camera"), "camera");
        assert_eq!(options.label("unknown.key"), "unknown.key");
        assert!(options.is_of_camera("daygain") && !options.is_of_camera("latitude"));
        assert!(options.is_password("REMOTEWEBSITE_PASSWORD"));
        assert_eq!(Options::parse(b"not json").label("daygain"), "daygain");
    }
}
