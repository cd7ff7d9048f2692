//! Settings that decide who may come in, at the panel and at the web application of indi-allsky.
//!
//! A restore never opens the door: they stay as today, unless the owner says so by a word of its own.
use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::rel_path::{RelPath, printable};

/// A setting of this kind that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessChange {
    pub key: String,
    pub old: String,
    pub new: String,
}

/// True for files that may hold such settings.
pub fn has_access(path: &RelPath) -> bool {
    let bytes = path.as_bytes();
    let is_settings = bytes.starts_with(b"config/settings") && bytes.ends_with(b".json");
    is_settings || matches!(bytes, b"env.json" | b"etc/indi-allsky/flask.json")
}

/// True for a file with the names of users and the hashes of their passwords: that of the released panel, and
/// those of web servers.
pub fn is_login_file(path: &RelPath) -> bool {
    matches!(path.name(), b"raspap.auth" | b".htpasswd" | b"htpasswd")
}

/// What such a file of the backup would change: the first user in clear, and never a hash.
pub fn login_change(path: &RelPath, today: Option<&[u8]>, backup: Option<&[u8]>) -> AccessChange {
    let user = |text: Option<&[u8]>, hash: &str| {
        let Some(text) = text else { return "not set".to_owned() };
        let first = text.split(|byte| matches!(byte, b'\n' | b'\r' | b':')).next().unwrap_or_default();
        format!("user \"{}\" with {hash}", printable(&first[..first.len().min(100)]))
    };
    AccessChange { key: path.to_string(), old: user(today, "its password"), new: user(backup, "a password of its own") }
}

/// True for a setting of the panel (`uselogin`) or of indi-allsky (`LOGIN_DISABLED`, and `SECRET_KEY`,
/// with which anybody makes a session).
pub fn is_access(key: &str) -> bool {
    key == "uselogin" || key == "SECRET_KEY" || key.starts_with("LOGIN_")
}

/// What the backup would change.
pub fn changes(backup: &Map<String, Value>, today: Option<&Map<String, Value>>) -> Vec<AccessChange> {
    let old = |key: &str| today.and_then(|today| today.get(key));
    let gone = today.into_iter().flat_map(Map::keys).filter(|key| !backup.contains_key(*key));
    let keys = backup.keys().chain(gone).filter(|key| is_access(key));
    keys.filter(|key| backup.get(*key) != old(key))
        .map(|key| {
            let (old, new) = shown(key, old(key), backup.get(key));
            AccessChange { key: key.clone(), old, new }
        })
        .collect()
}

/// Puts today's values into the backup's settings. Where there are no settings today, what the backup
/// has stays, except for what lets people in without a login.
pub fn keep(backup: &mut Map<String, Value>, today: Option<&Map<String, Value>>) {
    let Some(today) = today else {
        backup.retain(|key, value| !opens(key, value));
        return;
    };
    backup.retain(|key, _| !is_access(key) || today.contains_key(key));
    for (key, value) in today.iter().filter(|(key, _)| is_access(key)) {
        backup.insert(key.clone(), value.clone());
    }
}

fn opens(key: &str, value: &Value) -> bool {
    match key {
        "uselogin" => *value != Value::Bool(true),
        "LOGIN_DISABLED" => *value != Value::Bool(false),
        _ => false,
    }
}

/// In clear, but for secrets.
fn shown(key: &str, old: Option<&Value>, new: Option<&Value>) -> (String, String) {
    let is_secret = super::kind::is_secret(key);
    let word = |value: Option<&Value>, hidden: &str| match value {
        None => "not set".to_owned(),
        Some(_) if is_secret => hidden.to_owned(),
        Some(value) => value.to_string().chars().take(100).collect(),
    };
    (word(old, "(hidden)"), word(new, "(another one)"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_decides_who_may_come_in_stays_as_it_is_today() {
        let today = map(json!({"uselogin": true, "SECRET_KEY": "mine", "x": 1}));
        let open =
            json!({"uselogin": false, "SECRET_KEY": "known", "LOGIN_DISABLED": true, "LOGIN_X": 1, "x": 2, "new": 3});
        let mut backup = map(open.clone());
        keep(&mut backup, Some(&today));
        assert_eq!(Value::from(backup), json!({"uselogin": true, "SECRET_KEY": "mine", "x": 2, "new": 3}));
        // A fresh camera has nothing to keep, and is not opened either.
        let mut backup = map(open);
        keep(&mut backup, None);
        assert_eq!(Value::from(backup), json!({"SECRET_KEY": "known", "LOGIN_X": 1, "x": 2, "new": 3}));
        // A login that today's settings do not name is the panel's usual one, and asks.
        let mut backup = map(json!({"uselogin": false}));
        keep(&mut backup, Some(&Map::new()));
        assert!(backup.is_empty());
    }

    #[test]
    fn of_a_file_with_logins_the_user_is_told_and_never_the_hash() {
        let path = RelPath::parse("config/raspap.auth").unwrap();
        let told = login_change(&path, Some(b"admin\n$2y$10$hash"), Some(b"mal\x1blory:$apr1$hash\n"));
        assert_eq!(told.old, "user \"admin\" with its password");
        assert!(told.new.contains("lory") && !told.new.contains('\u{1b}') && !told.new.contains("hash"), "{told:?}");
        assert_eq!(login_change(&path, None, None).old, "not set");
    }

    #[test]
    fn changes_are_shown_in_clear_and_secrets_are_not() {
        let today = map(json!({"uselogin": true, "SECRET_KEY": "mine", "LOGIN_Y": 3}));
        let told = changes(&map(json!({"uselogin": false, "SECRET_KEY": "known", "x": 2})), Some(&today));
        let told: Vec<_> = told.iter().map(|c| (c.key.as_str(), c.old.as_str(), c.new.as_str())).collect();
        assert_eq!(
            told,
            [("uselogin", "true", "false"), ("SECRET_KEY", "(hidden)", "(another one)"), ("LOGIN_Y", "3", "not set")]
        );
        assert!(changes(&today, Some(&today)).is_empty());
    }
}
