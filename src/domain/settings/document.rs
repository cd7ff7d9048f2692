//! The text of a configuration, taken apart: which key stands on which line with which value, and
//! everything that cannot be understood.
use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::keys::{self, Found, find, is_section, join, names_in};
use super::lists::ListReader;
use super::mistake::{MOST_MISTAKES, Mistake, Rule};
use super::nearest::nearest;
use super::subjects::channel::NOTIFY_TO;
use super::subjects::host::HOST;
use super::subjects::plan::PLAN;
use super::subjects::{LISTS, List};
use super::written::Written;
use crate::domain::channel::ChannelSettings;
use crate::domain::destination::DestinationSettings;
use crate::domain::host::settings::HostSettings;
use crate::domain::plan::Plan;

/// More than anybody writes.
pub const MOST_BYTES: usize = 256 << 10;
/// No key is nearly as long, so that nothing like it was meant.
const LONGEST_NAME: usize = 64;

/// A text, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// By path: `nights.min_images`.
    pub written: BTreeMap<String, Written>,
    /// Values of keys that nobody knows: path and place.
    pub unknown: Vec<(String, Range<usize>)>,
    pub mistakes: Vec<Mistake>,
    /// Every `[[plan]]`.
    pub plans: Vec<Plan>,
    /// Every `[[destination]]`.
    pub destinations: Vec<DestinationSettings>,
    /// Every `[[host]]`.
    pub hosts: Vec<HostSettings>,
    /// Every `[[notify_to]]`.
    pub channels: Vec<ChannelSettings>,
    /// Keys of entries of lists, by a path that no other one has: `destination.usb.path`.
    pub listed: BTreeMap<String, Written>,
}

impl Document {
    pub fn read(text: &str) -> Document {
        if text.len() > MOST_BYTES {
            let message = format!("this has {} bytes; a configuration has at most {MOST_BYTES}", text.len());
            let mistakes = vec![Mistake { line: 1, path: String::new(), message, code: Rule::TooLong }];
            return Document { mistakes, ..Document::default() };
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        let lines = text.match_indices('\n').map(|(at, _)| at).collect();
        let mut reader = Reader { lines, document: Document::default() };
        for error in errors.iter().take(MOST_MISTAKES) {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            reader.refuse(at, "", Rule::Syntax, message);
        }
        reader.section("", table.get_ref());
        let mut document = reader.document;
        // What is said of a line that was only guessed at would confuse.
        let broken: Vec<usize> = document.mistakes.iter().filter(|m| m.code == Rule::Syntax).map(|m| m.line).collect();
        document.mistakes.retain(|mistake| mistake.code == Rule::Syntax || !broken.contains(&mistake.line));
        document
    }

    /// The values that keep the rules, as nested objects.
    pub fn values(&self) -> Value {
        let mut root = Map::new();
        for (path, value) in self.written.iter().filter_map(|(path, key)| Some((path, key.value.as_ref()?))) {
            if value.is_null() {
                continue;
            }
            let mut table = &mut root;
            let (sections, name) = path.rsplit_once('.').unwrap_or(("", path));
            for section in sections.split('.').filter(|name| !name.is_empty()) {
                let next = table.entry(section).or_insert_with(|| Value::Object(Map::new()));
                match next {
                    Value::Object(below) => table = below,
                    // No key is also a section: the table of keys has none.
                    _ => return Value::Object(root),
                }
            }
            table.insert(name.to_owned(), value.clone());
        }
        Value::Object(root)
    }

    /// True when the key is written and keeps its rule, or is left out.
    pub fn is_sound(&self, path: &str) -> bool {
        self.written.get(path).is_none_or(|key| key.value.is_some())
    }

    /// The line of the first of `paths` that is written, else the first line.
    pub fn line_of(&self, paths: &[&str]) -> usize {
        paths
            .iter()
            .find_map(|path| self.written.get(*path).or_else(|| self.listed.get(*path)))
            .map_or(1, |key| key.line)
    }
}

struct Reader {
    /// Where lines end, in bytes.
    lines: Vec<usize>,
    document: Document,
}

impl Reader {
    fn section(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            if self.document.mistakes.len() >= MOST_MISTAKES {
                return;
            }
            self.key(path, key, value);
        }
    }

    fn key(&mut self, section: &str, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref().as_ref();
        if section.is_empty()
            && let Some(list) = LISTS.iter().find(|list| list.subject.section == name)
        {
            return self.list(list, value);
        }
        let path = join(section, name);
        // A quoted name with a dot in it only looks like a path.
        let known = if name.contains('.') { None } else { find(&path) };
        match (known, value.get_ref()) {
            (Some(found), _) => self.value(found, key, value),
            (None, DeValue::Table(table)) if is_section(&path) => self.section(&path, table),
            (None, _) if is_section(&path) => {
                self.refuse(key.span().start, &path, Rule::BadType, format!("this is a section: write [{path}], once"));
            }
            (None, _) => {
                self.note_unknown(&path, value);
                let message = unknown(section, name);
                self.refuse(key.span().start, &path, Rule::UnknownKey, message);
            }
        }
    }

    fn list(&mut self, list: &'static List, value: &Spanned<DeValue<'_>>) {
        let lines = std::mem::take(&mut self.lines);
        let line = |at: usize| line_in(&lines, at);
        let mut reader = ListReader::new(list, &line);
        if list.subject.section == PLAN.section {
            self.document.plans = super::plans::read(&mut reader, value);
        } else if list.subject.section == HOST.section {
            self.document.hosts = super::hosts::read(&mut reader, value);
        } else if list.subject.section == NOTIFY_TO.section {
            self.document.channels = super::channels::read(&mut reader, value);
        } else {
            self.document.destinations = super::destinations::read(&mut reader, value);
        }
        self.document.mistakes.append(&mut reader.mistakes);
        self.document.listed.extend(list.written(value, &line));
        list.unknown(value, &mut |path, value| self.note_unknown(path, value));
        self.lines = lines;
    }

    /// Notes every value of an unknown section.
    fn note_unknown(&mut self, path: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.note_unknown(&join(path, key.get_ref().as_ref()), value);
                }
            }
            _ => self.document.unknown.push((path.to_owned(), value.span())),
        }
    }

    fn value(&mut self, found: Found, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let path = found.path();
        let line = self.line(key.span().start);
        let left_out = !found.key.left_out.is_empty() && value.get_ref().as_str() == Some("");
        let read = if left_out { Ok(Value::Null) } else { found.key.kind.read(value.get_ref()) };
        if let Err((code, message)) = &read {
            self.document.mistakes.push(Mistake { line, path: path.clone(), message: message.clone(), code: *code });
        }
        let written = Written { line, span: value.span(), value: read.ok() };
        self.document.written.insert(path, written);
    }

    fn refuse(&mut self, at: usize, path: &str, code: Rule, message: String) {
        let line = self.line(at);
        self.document.mistakes.push(Mistake { line, path: path.to_owned(), message, code });
    }

    fn line(&self, at: usize) -> usize {
        line_in(&self.lines, at)
    }
}

/// The line of a place in a text whose lines end at `ends`.
fn line_in(ends: &[usize], at: usize) -> usize {
    ends.partition_point(|end| *end < at) + 1
}

/// Why a name is refused, and what was probably meant.
fn unknown(section: &str, name: &str) -> String {
    let here = names_in(section);
    if name.len() > LONGEST_NAME {
        return "there is no such key".into();
    }
    if let Some(meant) = nearest(name, here.iter().copied()) {
        return format!("there is no such key; did you mean {meant}?");
    }
    let elsewhere = keys::all().find(|found| found.key.name == name);
    match elsewhere.map(|found| found.subject.section) {
        Some("") => "there is no such key here; it belongs before the first section".into(),
        Some(section) => format!("there is no such key here; it belongs in [{section}]"),
        None => format!("there is no such key; here are: {}", here.join(", ")),
    }
}
