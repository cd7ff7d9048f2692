//! A key of the configuration and the subject that it belongs to.
use super::kind::Kind;

/// Keys that belong together.
pub struct Subject {
    /// `retention.nights`; empty for keys before the first section.
    pub section: &'static str,
    pub title: &'static str,
    /// One or two sentences for the owner.
    pub about: &'static str,
    pub hand: Hand,
    pub keys: &'static [Key],
}

impl Subject {
    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Where a key may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// On the page, by every visitor who is logged in.
    Page,
    /// Only in the file: with a stolen session nobody may open the page to others, run a program, name other
    /// folders, or learn a password.
    File,
}

pub struct Key {
    /// Within its section: `min_images`.
    pub name: &'static str,
    pub kind: Kind,
    /// "Fewest pictures"
    pub label: &'static str,
    /// Sentences; what it does, and when to change it.
    pub help: &'static str,
    /// "days"; empty when there is none.
    pub unit: &'static str,
    /// What counts when the key is left out, or `""`, and there is no value that could be written down.
    pub left_out: &'static str,
}

pub const fn key(name: &'static str, kind: Kind, label: &'static str, help: &'static str) -> Key {
    Key { name, kind, label, help, unit: "", left_out: "" }
}

impl Key {
    pub const fn in_unit(self, unit: &'static str) -> Key {
        Key { unit, ..self }
    }

    pub const fn else_is(self, left_out: &'static str) -> Key {
        Key { left_out, ..self }
    }
}
