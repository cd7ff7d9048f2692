//! Settings key by key: what stands there now and what would stand there. Nested objects by dotted
//! path. The values of secrets never leave this file.
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::kind::{self, Kind};
use super::options::Options;
use crate::base::rel_path::RelPath;

/// More changed keys than a page can show or an owner would read.
const MOST: usize = 2000;
/// Longer text is cut for showing.
const LONGEST: usize = 300;

/// One setting that would change. `None` = not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingChange {
    pub file: RelPath,
    pub key: String,
    pub label: String,
    pub old: Option<Value>,
    pub new: Option<Value>,
    pub kind: Kind,
}

/// How far a file's values may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All but those of secret keys.
    BySecretKeys,
    /// None: the whole file is secrets.
    None,
}

/// The settings of `file` that differ between the texts of today and of the backup, in the order of the backup.
/// `None` when one of them is not a JSON object or list.
pub fn changes(
    file: &RelPath,
    today: &[u8],
    backup: &[u8],
    shown: Shown,
    options: &Options,
) -> Option<Vec<SettingChange>> {
    let (old, new) = (flat(today)?, flat(backup)?);
    let olds: BTreeMap<&str, &Value> = old.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let news: BTreeMap<&str, &Value> = new.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let mut changed = Vec::new();
    for (key, value) in &new {
        match olds.get(key.as_str()) {
            Some(before) if same(before, value) => {}
            before => changed.push((key, before.copied(), Some(value))),
        }
    }
    changed.extend(old.iter().filter(|(k, _)| !news.contains_key(k.as_str())).map(|(k, v)| (k, Some(v), None)));
    changed.truncate(MOST);
    let line = |(key, old, new): (&String, Option<&Value>, Option<&Value>)| {
        let kind = Kind::of(key, new.or(old).unwrap_or(&Value::Null), options);
        let hide = kind == Kind::Secret || shown == Shown::None;
        let (old, new) = if hide { masked(old, new) } else { (old.map(short), new.map(short)) };
        SettingChange { file: file.clone(), key: key.clone(), label: options.label(key), old, new, kind }
    };
    Some(changed.into_iter().map(line).collect())
}

fn masked(old: Option<&Value>, new: Option<&Value>) -> (Option<Value>, Option<Value>) {
    let hidden = |v: Option<&Value>, word: &str| v.map(|_| Value::from(word));
    (hidden(old, "(hidden)"), hidden(new, if old.is_some() { "(changed)" } else { "(hidden)" }))
}

/// 5 and 5.0 are one number to the camera.
fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// Text of any length is cut for showing, and secrets inside lists and objects are hidden.
fn short(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > LONGEST => {
            Value::from(text.chars().take(LONGEST).chain(['…']).collect::<String>())
        }
        other => other.clone(),
    }
}

/// Leaves by dotted path, in file order. Lists are entered too: their places are numbers.
fn flat(json: &[u8]) -> Option<Vec<(String, Value)>> {
    let value: Value = serde_json::from_slice(json).ok()?;
    if !value.is_object() && !value.is_array() {
        return None;
    }
    let mut leaves = Vec::new();
    // A stack of our own, last first: depth is the file's choice, not ours.
    let mut open = vec![(String::new(), &value)];
    while let Some((path, value)) = open.pop() {
        let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
        match value {
            Value::Object(map) if !map.is_empty() => {
                open.extend(map.iter().rev().map(|(k, v)| (below(k), v)));
            }
            Value::Array(list) if list.iter().any(|v| v.is_object() || v.is_array()) => {
                open.extend(list.iter().enumerate().rev().map(|(n, v)| (below(&n.to_string()), v)));
            }
            leaf => leaves.push((path, leaf.clone())),
        }
    }
    Some(leaves)
}

/// Today's panel login in the backup's `env.json`: user name and password stay those of `today`.
pub fn keep_login(backup: &mut Map<String, Value>, today: &Map<String, Value>) {
    for key in ["WEBUI_USERNAME", "WEBUI_PASSWORD"] {
        match today.get(key) {
            Some(value) => {
                backup.insert(key.to_owned(), value.clone());
            }
            None => {
                backup.shift_remove(key);
            }
        }
    }
}

/// A line of a script or text file with the right side of a secret hidden.
pub fn mask_line(line: &str) -> String {
    match line.split_once(['=', ':']) {
        Some((left, _)) if kind::is_secret(left) => format!("{left}= (hidden)"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(today: Value, backup: Value, shown: Shown) -> Vec<(String, Option<Value>, Option<Value>)> {
        let file = RelPath::parse("config/settings.json").unwrap();
        let (today, backup) = (today.to_string(), backup.to_string());
        let lines = changes(&file, today.as_bytes(), backup.as_bytes(), shown, &Options::default()).unwrap();
        lines.into_iter().map(|l| (l.key, l.old, l.new)).collect()
    }

    #[test]
    fn only_what_differs_is_listed_nested_by_dotted_path() {
        let today = json!({"a": 1, "b": {"c": "x", "d": [1, 2]}, "gone": true, "same": 5});
        let backup = json!({"a": 2, "b": {"c": "x", "d": [1, 3]}, "new": [{"n": 1}], "same": 5.0});
        assert_eq!(
            listed(today, backup, Shown::BySecretKeys),
            [
                ("a".into(), Some(json!(1)), Some(json!(2))),
                ("b.d".into(), Some(json!([1, 2])), Some(json!([1, 3]))),
                ("new.0.n".into(), None, Some(json!(1))),
                ("gone".into(), Some(json!(true)), None),
            ]
        );
    }

    #[test]
    fn a_secret_is_only_ever_said_to_change() {
        let today = json!({"REMOTEWEBSITE_PASSWORD": "old-one", "x": {"token": "t1"}, "plain": "p"});
        let backup = json!({"REMOTEWEBSITE_PASSWORD": "new-one", "x": {"token": "t2"}, "plain": "q"});
        for shown in [Shown::BySecretKeys, Shown::None] {
            let lines = listed(today.clone(), backup.clone(), shown);
            let text = format!("{lines:?}");
            assert!(!["old-one", "new-one", "t1", "t2"].iter().any(|s| text.contains(s)), "{text}");
            assert_eq!(lines[0].2, Some(json!("(changed)")));
        }
        let lines = listed(today, backup, Shown::None);
        assert!(!format!("{lines:?}").contains("\"q\""));
        assert_eq!(mask_line("export API_TOKEN=abc"), "export API_TOKEN= (hidden)");
    }

    #[test]
    fn todays_login_stays_also_when_today_has_none() {
        let mut backup = json!({"WEBUI_USERNAME": "old", "WEBUI_PASSWORD": "old", "X": 1}).as_object().unwrap().clone();
        let mut other = backup.clone();
        keep_login(&mut backup, json!({"WEBUI_USERNAME": "new", "WEBUI_PASSWORD": "pw"}).as_object().unwrap());
        assert_eq!(Value::from(backup), json!({"WEBUI_USERNAME": "new", "WEBUI_PASSWORD": "pw", "X": 1}));
        keep_login(&mut other, &Map::new());
        assert_eq!(Value::from(other), json!({"X": 1}));
    }
}
