//! A backup that moves to another computer: paths and the owner's name of the old one become ours.
//!
//! Only whole path parts are replaced: `/home/pi/allsky2` is not below `/home/pi/allsky`.
use std::collections::HashMap;

use serde_json::{Map, Value};

/// A computer with a camera: where its software lives and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Absolute, without a slash at the end: `/home/pi/allsky`.
    pub home: String,
    /// User name.
    pub owner: String,
}

/// From the machine that made the backup to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Longest first, so that the camera's home wins over the user's.
    pairs: Vec<(String, String)>,
    owner: Option<(String, String)>,
}

impl Move {
    /// `from` may know only a part; what it does not know is not rewritten.
    pub fn between(from_home: Option<&str>, from_owner: Option<&str>, to: &Machine) -> Self {
        let mut pairs = Vec::new();
        if let Some(home) = from_home.filter(|h| *h != to.home) {
            pairs.push((home.to_owned(), to.home.clone()));
            // Only a user's own folder moves as a whole; `/opt` holds more than this camera.
            let of_user = |path: &&str| path.starts_with("/home/") || *path == "/root";
            if let (Some(from), Some(to)) = (parent(home).filter(of_user), parent(&to.home))
                && from != to
            {
                pairs.push((from.to_owned(), to.to_owned()));
            }
        }
        let owner = from_owner.filter(|o| *o != to.owner).map(|o| (o.to_owned(), to.owner.clone()));
        Move { pairs, owner }
    }

    pub fn is_nothing(&self) -> bool {
        self.pairs.is_empty() && self.owner.is_none()
    }

    /// `text` with every old path replaced.
    pub fn text(&self, text: &str) -> String {
        // One pass, so that a new path that contains an old one is not moved twice.
        let mut moved = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let starts = c == '/' && !before.is_some_and(is_name);
            let hit = self.pairs.iter().filter(|_| starts).find(|(from, _)| {
                rest.strip_prefix(from.as_str()).is_some_and(|after| !after.chars().next().is_some_and(is_name))
            });
            let taken = match hit {
                Some((from, to)) => {
                    moved.push_str(to);
                    from.len()
                }
                None => {
                    moved.push(c);
                    c.len_utf8()
                }
            };
            before = rest[..taken].chars().next_back();
            rest = &rest[taken..];
        }
        moved
    }

    /// Every text in an object, as [`Move::value`] does.
    pub fn object(&self, map: &mut Map<String, Value>) -> Moved {
        let mut value = Value::Object(std::mem::take(map));
        let moved = self.value(&mut value);
        if let Value::Object(back) = value {
            *map = back;
        }
        moved
    }

    /// Every text in `value`, and the owner where a key is called `ALLSKY_OWNER`. Says whether
    /// anything was changed.
    pub fn value(&self, value: &mut Value) -> Moved {
        let mut moved = Moved::No;
        let mut open = vec![(false, value)];
        while let Some((owns, value)) = open.pop() {
            match value {
                Value::String(text) => {
                    let new = match &self.owner {
                        Some((from, to)) if owns && text == from => to.clone(),
                        _ => self.text(text),
                    };
                    if new != *text {
                        *text = new;
                        moved = Moved::Yes;
                    }
                }
                Value::Array(list) => open.extend(list.iter_mut().map(|v| (false, v))),
                Value::Object(map) => {
                    open.extend(map.iter_mut().map(|(k, v)| (k.eq_ignore_ascii_case("allsky_owner"), v)));
                }
                _ => {}
            }
        }
        moved
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    Yes,
    No,
}

/// Counts what looks like a camera's home in the values of a backup, to learn where it came from.
#[derive(Debug, Default)]
pub struct HomeHint(HashMap<String, u32>);

impl HomeHint {
    pub fn look(&mut self, value: &Value) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => {
                    if let Some(home) = home_in(text) {
                        *self.0.entry(home.to_owned()).or_default() += 1;
                    }
                }
                Value::Array(list) => open.extend(list),
                Value::Object(map) => open.extend(map.values()),
                _ => {}
            }
        }
    }

    /// The home that was seen most; of equals the first by name.
    pub fn home(&self) -> Option<&str> {
        self.0.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(home, _)| home.as_str())
    }
}

/// `/home/ann/allsky` of `/home/ann/allsky/config/extra.txt`.
fn home_in(text: &str) -> Option<&str> {
    if !text.starts_with("/home/") && !text.starts_with("/root/") {
        return None;
    }
    let end = text.find("/allsky")? + "/allsky".len();
    matches!(text[end..].chars().next(), None | Some('/')).then(|| &text[..end])
}

/// What an archive says of itself may be anything: a home is a plain absolute path of some depth.
pub fn is_home(text: &str) -> bool {
    let parts = text.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>()).unwrap_or_default();
    parts.len() >= 2
        && text.len() <= 1024
        && parts.iter().all(|part| !part.is_empty() && !matches!(*part, "." | "..") && !part.contains(char::is_control))
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent).filter(|p| p.len() > 1)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moved() -> Move {
        let to = Machine { home: "/home/ann/allsky".into(), owner: "ann".into() };
        Move::between(Some("/home/pi/allsky"), Some("pi"), &to)
    }

    #[test]
    fn paths_of_the_old_machine_become_ours_and_nothing_else_does() {
        for (old, new) in [
            ("/home/pi/allsky/config/extra.txt", "/home/ann/allsky/config/extra.txt"),
            ("/home/pi/allsky", "/home/ann/allsky"),
            ("/home/pi/.ssh/id_rsa", "/home/ann/.ssh/id_rsa"),
            ("a=/home/pi/allsky/x:/home/pi/y", "a=/home/ann/allsky/x:/home/ann/y"),
            ("/home/pi/allsky2/x", "/home/ann/allsky2/x"),
            ("/home/pilot/x", "/home/pilot/x"),
            ("/mnt/home/pi/allsky", "/mnt/home/pi/allsky"),
            ("pi", "pi"),
        ] {
            assert_eq!(moved().text(old), new);
        }
    }

    #[test]
    fn the_owners_name_is_moved_only_where_it_is_the_owners_name() {
        let mut value = json!({"ALLSKY_OWNER": "pi", "owner": "pi", "list": ["/home/pi/a"]});
        assert_eq!(moved().value(&mut value), Moved::Yes);
        assert_eq!(value, json!({"ALLSKY_OWNER": "ann", "owner": "pi", "list": ["/home/ann/a"]}));
        assert_eq!(moved().value(&mut value), Moved::No);
    }

    #[test]
    fn the_same_machine_moves_nothing_even_when_one_path_holds_the_other() {
        let here = Machine { home: "/home/pi/allsky".into(), owner: "pi".into() };
        assert!(Move::between(Some("/home/pi/allsky"), Some("pi"), &here).is_nothing());
        let deeper = Machine { home: "/home/pi/allsky/allsky".into(), owner: "pi".into() };
        let there = Move::between(Some("/home/pi/allsky"), None, &deeper);
        assert_eq!(there.text("/home/pi/allsky/x"), "/home/pi/allsky/allsky/x");
    }

    #[test]
    fn a_home_that_an_archive_names_is_believed_only_when_it_can_be_one() {
        for (text, home) in [
            ("/home/pi/allsky", true),
            ("/opt/allsky", true),
            ("/", false),
            ("/usr", false),
            ("home/pi/allsky", false),
            ("/home//allsky", false),
            ("/home/../etc", false),
            ("/home/pi/allsky/", false),
        ] {
            assert_eq!(is_home(text), home, "{text}");
        }
        let to = Machine { home: "/home/ann/allsky".into(), owner: "ann".into() };
        let moved = Move::between(Some("/opt/allsky"), Some("pi"), &to);
        assert_eq!(moved.text("/opt/allsky/x /opt/other/y"), "/home/ann/allsky/x /opt/other/y");
    }

    #[test]
    fn the_old_home_is_learned_from_what_the_settings_say() {
        let mut hint = HomeHint::default();
        hint.look(
            &json!({"a": "/home/pi/allsky/config/x", "b": ["/home/pi/allsky", "/home/x/allsky/y"], "c": "/allsky"}),
        );
        assert_eq!(hint.home(), Some("/home/pi/allsky"));
        assert_eq!(HomeHint::default().home(), None);
    }
}
