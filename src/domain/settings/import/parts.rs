//! What imported configurations write: names, values, and tables.
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::settings::values::toml_of;
use crate::domain::slug::{MOST, is_slug};

/// A text for the configuration that grows.
#[derive(Default)]
pub(super) struct Text {
    text: String,
    names: BTreeSet<String>,
}

impl Text {
    pub fn remark(&mut self, words: &str) {
        for line in words.lines() {
            // Writing to a text cannot fail.
            let _ = writeln!(self.text, "# {line}");
        }
    }

    /// `[[host]]`, with a blank line before it.
    pub fn table(&mut self, name: &str) {
        let blank = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{blank}[[{name}]]");
    }

    pub fn key(&mut self, name: &str, value: impl Into<Value>) {
        let _ = writeln!(self.text, "{name} = {}", toml_of(&value.into()));
    }

    /// `name = { a = 1, b = "x" }`
    pub fn inline(&mut self, name: &str, keys: &[(&str, Value)]) {
        let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = {}", toml_of(value))).collect();
        let _ = writeln!(self.text, "{name} = {{ {} }}", keys.join(", "));
    }

    pub fn raw(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    /// A name that the file may have, as like `wanted` as can be, and no other one of `kind` has.
    pub fn name(&mut self, kind: &str, wanted: &str) -> String {
        let plain = wanted.trim().to_lowercase();
        let mut slug: String = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        slug = slug.trim_matches('-').to_owned();
        if !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
            slug.insert_str(0, "a-");
        }
        slug.truncate(MOST - 3);
        slug = slug.trim_end_matches('-').to_owned();
        let taken = |name: &str| self.names.contains(&format!("{kind} {name}"));
        let free = (1..).map(|n| if n == 1 { slug.clone() } else { format!("{slug}-{n}") }).find(|name| !taken(name));
        let name = free.filter(|name| is_slug(name)).unwrap_or(slug);
        self.names.insert(format!("{kind} {name}"));
        name
    }

    pub fn done(self) -> String {
        self.text
    }
}
