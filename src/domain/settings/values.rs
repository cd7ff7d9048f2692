//! The values of settings as texts: in TOML for the file and the terminal, and where each comes from.
use serde_json::Value;

use super::Settings;
use super::keys::Found;

/// What `settings` say of a key; `Null` when nothing does.
pub fn value_of(settings: &Settings, found: Found) -> Value {
    // Settings of plain texts, numbers and lists are always written.
    let all = serde_json::to_value(settings).unwrap_or(Value::Null);
    let pointer = format!("/{}", found.path().replace('.', "/"));
    all.pointer(&pointer).cloned().unwrap_or(Value::Null)
}

/// Keys that hold a program and its arguments.
pub fn is_command(path: &str) -> bool {
    let is_hook = path.contains(".hooks.") && path.ends_with(".run");
    is_hook || matches!(path.rsplit('.').next(), Some("command" | "password_command" | "mount_command"))
}

/// The value as people may see it: of a program only its name, because owners write passwords
/// into its arguments.
pub fn shown_of(settings: &Settings, found: Found) -> Value {
    match value_of(settings, found) {
        Value::Array(words) if is_command(&found.path()) => words.into_iter().take(1).collect(),
        value => value,
    }
}

/// A value as it stands in the file: `true`, `700.0`, `"11:30"`, `["a", "b"]`; nothing is `""`.
pub fn toml_of(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::String(text) => toml::Value::from(text.as_str()).to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(toml_of).collect::<Vec<_>>().join(", ")),
        Value::Number(number) => match number.as_f64() {
            // Limits are whole numbers to people.
            Some(float) if number.is_f64() && float.fract() == 0.0 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// A value as people read it in a field: a list with a word on each line.
pub fn field_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(field_of).collect::<Vec<_>>().join("\n"),
        other => toml_of(other),
    }
}

/// The default of a key, in TOML; empty when it depends on the machine.
pub fn default_of(found: Found) -> String {
    match value_of(&Settings::default(), found) {
        Value::Null => String::new(),
        value => toml_of(&value),
    }
}
