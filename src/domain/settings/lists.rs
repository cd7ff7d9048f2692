//! What all lists of the configuration have in common: the tables of `[[plan]]` and `[[destination]]`, their keys, and
//! what is wrong with them.
//!
//! Invariant: an entry with a mistake is no entry; it is told with its line like any other mistake.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::{Key, Subject};
use super::mistake::{MOST_MISTAKES, Mistake, Rule};
use super::nearest::nearest;
use super::subjects::List;
use super::written::Written;
use crate::domain::slug::is_slug;

/// Reads the entries of one list.
pub(super) struct ListReader<'a> {
    pub list: &'static List,
    /// The line of a place in the text.
    line: &'a dyn Fn(usize) -> usize,
    pub mistakes: Vec<Mistake>,
}

impl<'a> ListReader<'a> {
    pub fn new(list: &'static List, line: &'a dyn Fn(usize) -> usize) -> Self {
        ListReader { list, line, mistakes: Vec::new() }
    }

    pub fn tell(&mut self, at: usize, path: &str, code: Rule, message: &str) {
        let line = (self.line)(at);
        self.mistakes.push(Mistake { line, path: path.to_owned(), message: message.to_owned(), code });
    }

    /// Every entry that is a table, and its place in the text.
    pub fn tables<'t, 'd>(&mut self, value: &'t Spanned<DeValue<'d>>) -> Vec<(usize, &'t DeTable<'d>)> {
        let List { subject, not_a_list, .. } = self.list;
        let mut tables = Vec::new();
        let Some(items) = value.get_ref().as_array() else {
            self.tell(value.span().start, subject.section, Rule::BadType, not_a_list);
            return tables;
        };
        for item in items {
            match item.get_ref().as_table() {
                _ if self.mistakes.len() >= MOST_MISTAKES => break,
                Some(table) => tables.push((item.span().start, table)),
                None => self.tell(item.span().start, subject.section, Rule::BadType, not_a_list),
            }
        }
        tables
    }

    /// The values of `table` that keep the rules of `subject`; `others` are read elsewhere.
    pub fn keys(&mut self, subject: &Subject, table: &DeTable<'_>, others: &[&str]) -> Map<String, Value> {
        let mut values = Map::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let path = format!("{}.{name}", subject.section);
            match subject.key(name) {
                Some(known) => match known.kind.read(value.get_ref()) {
                    Ok(read) => {
                        values.insert(name.to_owned(), read);
                    }
                    Err((code, message)) => self.tell(key.span().start, &path, code, &message),
                },
                None if others.contains(&name) => {}
                None => {
                    let here = subject.keys.iter().map(|known| known.name).chain(others.iter().copied());
                    let message = match nearest(name, here.clone()) {
                        Some(meant) => format!("there is no such key; did you mean {meant}?"),
                        None => format!("there is no such key; here are: {}", here.collect::<Vec<_>>().join(", ")),
                    };
                    self.tell(key.span().start, &path, Rule::UnknownKey, &message);
                }
            }
        }
        values
    }

    /// The values of an entry, with those of the tables within it.
    pub fn values(&mut self, table: &DeTable<'_>) -> Map<String, Value> {
        let List { subject, below, inner, .. } = self.list;
        let others: Vec<&str> = below.iter().chain(*inner).map(|(name, _)| *name).collect();
        let mut values = self.keys(subject, table, &others);
        for (name, subject) in *inner {
            let Some(value) = table.get(*name) else { continue };
            let read = self.inner(subject, value);
            values.insert((*name).to_owned(), Value::Array(read));
        }
        for (name, subject) in *below {
            let Some(value) = table.get(*name) else { continue };
            let Some(inner) = value.get_ref().as_table() else {
                let wanted = "this wants a table in braces, like { daily = \"11:30\" }";
                self.tell(value.span().start, subject.section, Rule::BadType, wanted);
                continue;
            };
            let read = self.keys(subject, inner, &[]);
            values.insert((*name).to_owned(), Value::Object(read));
        }
        values
    }

    /// The tables of a list within an entry.
    fn inner(&mut self, subject: &Subject, value: &Spanned<DeValue<'_>>) -> Vec<Value> {
        let mut all = Vec::new();
        let items = value.get_ref().as_array();
        if items.is_none() {
            let wanted = "this wants a list of tables in braces, like [{ on = \"before\", run = [\"true\"] }]";
            self.tell(value.span().start, subject.section, Rule::BadType, wanted);
        }
        for item in items.into_iter().flatten() {
            match item.get_ref().as_table() {
                _ if self.mistakes.len() >= MOST_MISTAKES => break,
                Some(table) => {
                    all.push(Value::Object(self.keys(subject, table, &[])));
                    // A key that says nothing of being left out must be there.
                    for key in subject.keys.iter().filter(|key| key.left_out.is_empty()) {
                        if table.get(key.name).is_none() {
                            let (path, message) = (format!("{}.{}", subject.section, key.name), "this is missing");
                            self.tell(item.span().start, &path, Rule::MissingKey, message);
                        }
                    }
                }
                None => self.tell(item.span().start, subject.section, Rule::BadType, "this wants a table in braces"),
            }
        }
        all
    }

    /// Tells which of `names` are not in the entry at `at`.
    pub fn need(&mut self, at: usize, table: &DeTable<'_>, names: &[&str]) {
        let section = self.list.subject.section;
        for name in names.iter().filter(|name| table.get(**name).is_none()) {
            self.tell(at, &format!("{section}.{name}"), Rule::MissingKey, &format!("a {section} needs its {name}"));
        }
    }

    /// Tells that the entry has a name that another entry before it has.
    pub fn tell_twice(&mut self, table: &DeTable<'_>, at: usize, name: &str) {
        let section = self.list.subject.section;
        let at = table.get_key_value("name").map_or(at, |(key, _)| key.span().start);
        let message = format!("there is a {section} {name} already");
        self.tell(at, &format!("{section}.name"), Rule::DuplicateName, &message);
    }
}

impl List {
    /// Known keys of every entry, by a path that no other one has.
    pub(super) fn written(
        &self,
        value: &Spanned<DeValue<'_>>,
        line: &dyn Fn(usize) -> usize,
    ) -> BTreeMap<String, Written> {
        let mut all = BTreeMap::new();
        let mut note = |path: &str, subject: &Subject, table: &DeTable<'_>| {
            for (key, value) in table {
                let name = key.get_ref().as_ref();
                let Some(Key { kind, .. }) = subject.key(name) else { continue };
                let read = kind.read(value.get_ref()).ok();
                let written = Written { line: line(key.span().start), span: value.span(), value: read };
                all.insert(format!("{path}.{name}"), written);
            }
        };
        for (entry, value) in self.entries(value) {
            let Some(table) = value.get_ref().as_table() else { continue };
            note(&entry, self.subject, table);
            for (name, subject) in self.below {
                if let Some(below) = table.get(*name).and_then(|value| value.get_ref().as_table()) {
                    note(&format!("{entry}.{name}"), subject, below);
                }
            }
            for (path, subject, inner) in self.inner_of(&entry, table) {
                if let Some(table) = inner.get_ref().as_table() {
                    note(&path, subject, table);
                }
            }
        }
        all
    }

    /// Hands out every value whose key nobody knows, with a path that no other one has.
    pub(super) fn unknown<'t, 'd>(
        &self,
        value: &'t Spanned<DeValue<'d>>,
        found: &mut dyn FnMut(&str, &'t Spanned<DeValue<'d>>),
    ) {
        if value.get_ref().as_array().is_none() {
            return found(self.subject.section, value);
        }
        for (path, entry) in self.entries(value) {
            let Some(table) = entry.get_ref().as_table() else {
                found(&path, entry);
                continue;
            };
            for (key, value) in table {
                let name = key.get_ref().as_ref();
                if self.inner.iter().any(|(inner, _)| *inner == name) && value.get_ref().as_array().is_some() {
                    continue;
                }
                let below = self.below.iter().find(|(below, _)| *below == name);
                match below.map(|(_, subject)| (subject, value.get_ref().as_table())) {
                    Some((subject, Some(table))) => {
                        for (key, value) in table.iter().filter(|(key, _)| subject.key(key.get_ref()).is_none()) {
                            found(&format!("{path}.{name}.{}", key.get_ref()), value);
                        }
                    }
                    None if self.subject.key(name).is_some() => {}
                    _ => found(&format!("{path}.{name}"), value),
                }
            }
            for (path, subject, inner) in self.inner_of(&path, table) {
                let Some(table) = inner.get_ref().as_table() else {
                    found(&path, inner);
                    continue;
                };
                for (key, value) in table.iter().filter(|(key, _)| subject.key(key.get_ref()).is_none()) {
                    found(&format!("{path}.{}", key.get_ref()), value);
                }
            }
        }
    }

    /// Every item of the lists within the entry at `path`: `plan.pictures.hooks.0`.
    fn inner_of<'t, 'd>(
        &self,
        path: &str,
        table: &'t DeTable<'d>,
    ) -> Vec<(String, &'static Subject, &'t Spanned<DeValue<'d>>)> {
        let mut all = Vec::new();
        for (name, subject) in self.inner {
            let items = table.get(*name).and_then(|value| value.get_ref().as_array()).into_iter().flatten();
            all.extend(items.enumerate().map(|(number, item)| (format!("{path}.{name}.{number}"), *subject, item)));
        }
        all
    }

    /// Every entry with its path: `plan.pictures`, or its number where it has no name of its own.
    fn entries<'t, 'd>(&self, value: &'t Spanned<DeValue<'d>>) -> Vec<(String, &'t Spanned<DeValue<'d>>)> {
        let mut taken = BTreeSet::new();
        let items: Vec<_> = value.get_ref().as_array().into_iter().flatten().collect();
        let mut paths = Vec::with_capacity(items.len());
        for (number, item) in items.into_iter().enumerate() {
            let name = item.get_ref().as_table().and_then(|table| table.get("name")?.get_ref().as_str());
            // A number is no name, so that both never meet.
            let own = match name.filter(|name| is_slug(name) && !taken.contains(*name)) {
                Some(name) => name.to_owned(),
                None => number.to_string(),
            };
            paths.push((format!("{}.{own}", self.subject.section), item));
            taken.insert(own);
        }
        paths
    }
}
