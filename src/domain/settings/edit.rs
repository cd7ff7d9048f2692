//! Changes single values in the text of a configuration; comments, order and everything else stay.
//!
//! Invariant: the result is read again. Whatever did not become exactly what was asked for is not handed out.
use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Document;
use super::keys::Found;
use super::kind::Kind;
use super::values::toml_of;
use super::written::Written;

/// The file is written in a way in which a single value cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} cannot be changed by itself in this file")]
pub struct CannotEdit {
    pub path: String,
}

/// What was typed for a key, as it would stand in the file; `None` = not in the file at all.
///
/// What is no number stays a text, so that the check says what is wrong with it.
pub fn literal(found: Found, typed: &str) -> Option<String> {
    let typed = typed.trim();
    let text = || Some(toml_of(&Value::from(typed)));
    match found.key.kind {
        Kind::Flag => Some(if typed == "true" { "true" } else { "false" }.to_owned()),
        Kind::Whole { .. } | Kind::Number { .. } => match typed {
            "" => None,
            _ if typed.parse::<f64>().is_ok_and(f64::is_finite) => Some(typed.trim_start_matches('+').to_owned()),
            _ => text(),
        },
        // Nothing may be a value of its own: never.
        Kind::Text { rule, .. } if typed.is_empty() && found.key.left_out.is_empty() && rule("").is_ok() => text(),
        _ if typed.is_empty() => None,
        _ => text(),
    }
}

/// `text` with `found` set to `literal`, or without it.
pub fn set(text: &str, found: Found, literal: Option<&str>) -> Result<String, CannotEdit> {
    let path = found.path();
    let before = Document::read(text);
    let changed = match (before.written.get(&path), literal) {
        (None, None) => return Ok(text.to_owned()),
        (Some(written), Some(literal)) => replaced(text, written, literal),
        (Some(written), None) => removed(text, written),
        (None, Some(literal)) => inserted(text, &before, found, literal),
    };
    let mut after = Document::read(&changed);
    let is_there = after.written.remove(&path).is_some();
    let rest: BTreeMap<_, _> = before.written.iter().filter(|(name, _)| **name != path).collect();
    let untouched = after.written.len() == rest.len()
        && after.written.iter().all(|(name, new)| rest.get(name).is_some_and(|old| old.value == new.value))
        && after.mistakes.iter().filter(|m| m.path != path).count()
            == before.mistakes.iter().filter(|m| m.path != path).count()
        && (&after.plans, &after.destinations, &after.hosts) == (&before.plans, &before.destinations, &before.hosts);
    if untouched && is_there == literal.is_some() { Ok(changed) } else { Err(CannotEdit { path }) }
}

fn replaced(text: &str, written: &Written, literal: &str) -> String {
    let (before, after) = around(text, written);
    format!("{before}{literal}{after}")
}

/// Without its line; a comment behind the value stays.
fn removed(text: &str, written: &Written) -> String {
    let (before, after) = around(text, written);
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(after.len(), |at| at + 1);
    let comment = after[..end].trim_start_matches([' ', '\t']);
    let kept = if comment.trim().is_empty() { "" } else { comment };
    format!("{}{kept}{}", &before[..begin], &after[end..])
}

fn inserted(text: &str, before: &Document, found: Found, literal: &str) -> String {
    let section = found.subject.section;
    let line = format!("{} = {literal}\n", found.key.name);
    let prefix = super::keys::join(section, "");
    let is_neighbour = |path: &str| path.strip_prefix(&prefix).is_some_and(|name| !name.contains('.'));
    let Some(header) = text.lines().position(|line| is_header_of(line, section)) else {
        let gap = if text.is_empty() {
            ""
        } else if text.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        return format!("{text}{gap}[{section}]\n{line}");
    };
    // Behind the last value of the section, else right below its name.
    let last = before.written.iter().filter(|(path, key)| is_neighbour(path) && key.line > header + 1);
    let after = last
        .map(|(_, key)| key.span.end)
        .max()
        .unwrap_or_else(|| text.split_inclusive('\n').take(header).map(str::len).sum::<usize>());
    let end = text[after..].find('\n').map_or(text.len(), |at| after + at + 1);
    let gap = if text[..end].ends_with('\n') { "" } else { "\n" };
    format!("{}{gap}{line}{}", &text[..end], &text[end..])
}

fn is_header_of(line: &str, section: &str) -> bool {
    let name = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name);
    name.is_some_and(|name| name.split('.').map(str::trim).eq(section.split('.')))
}

fn around<'a>(text: &'a str, written: &Written) -> (&'a str, &'a str) {
    (&text[..written.span.start], &text[written.span.end..])
}

#[cfg(test)]
mod tests {
    use super::super::keys::{all, find};
    use super::*;

    const FILE: &str = "# My camera\n[site]\nhome = \"/a\" # the old one\n\n[nights]  # only good ones\n\
                        # from experience\nmin_images = 10   # half an hour\nschedule = \"11:30\"\n\n[retention.nights]\n";

    fn changed(text: &str, path: &str, value: Option<&str>) -> String {
        set(text, find(path).unwrap(), value).unwrap()
    }

    #[test]
    fn a_value_changes_where_it_stands_and_all_else_stays() {
        assert_eq!(changed(FILE, "nights.min_images", Some("20")), FILE.replace("= 10 ", "= 20 "));
        assert_eq!(changed(FILE, "site.home", Some("\"/b\"")), FILE.replace("\"/a\"", "\"/b\""));
        assert_eq!(changed(FILE, "nights.schedule", None), FILE.replace("schedule = \"11:30\"\n", ""));
        assert_eq!(changed(FILE, "nights.min_images", None), FILE.replace("min_images = 10   # half", "# half"));
        assert_eq!(changed(FILE, "nights.keogram", None), FILE);
    }

    #[test]
    fn a_new_value_stands_with_its_section() {
        let keogram = FILE.replace("\"11:30\"\n", "\"11:30\"\nkeogram = true\n");
        assert_eq!(changed(FILE, "nights.keogram", Some("true")), keogram);
        let full = FILE.replace("[retention.nights]\n", "[retention.nights]\nkeep_min = 3\n");
        assert_eq!(changed(FILE, "retention.nights.keep_min", Some("3")), full);
        assert_eq!(changed(FILE, "restore.undo_days", Some("9")), format!("{FILE}\n[restore]\nundo_days = 9\n"));
        assert_eq!(changed("", "restore.undo_days", Some("9")), "[restore]\nundo_days = 9\n");
        assert_eq!(changed("[nights]", "nights.keogram", Some("true")), "[nights]\nkeogram = true\n");
    }

    #[test]
    fn every_key_can_be_set_and_taken_out_again() {
        for found in all().filter(|found| !found.subject.section.is_empty()) {
            let literal = if matches!(found.key.kind, Kind::Flag) { "true" } else { "\"x\"" };
            let set = changed(FILE, &found.path(), Some(literal));
            assert!(Document::read(&set).written.contains_key(&found.path()), "{}", found.path());
            let unset = changed(&set, &found.path(), None);
            assert!(!Document::read(&unset).written.contains_key(&found.path()), "{}", found.path());
        }
    }

    #[test]
    fn a_file_that_is_written_otherwise_is_left_to_its_owner() {
        for text in ["nights = { min_images = 3 }\n", "nights.min_images = 3\n"] {
            let refused = set(text, find("nights.keogram").unwrap(), Some("true"));
            assert_eq!(refused, Err(CannotEdit { path: "nights.keogram".into() }), "{text}");
            assert_eq!(changed(text, "nights.min_images", Some("4")), text.replace('3', "4"));
        }
    }

    #[test]
    fn what_is_typed_becomes_a_value_or_a_mistake_and_nothing_becomes_the_default() {
        let of = |path: &str, typed: &str| literal(find(path).unwrap(), typed);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("nights.min_images", " 20 "), some("20"));
        assert_eq!(of("nights.min_images", "many"), some("\"many\""));
        assert_eq!(of("nights.min_images", ""), None);
        assert_eq!(of("nights.schedule", ""), some("\"\""));
        assert_eq!(of("nights.start_date", ""), None);
        assert_eq!(of("retention.nights.min_free", ""), None);
        assert_eq!(of("site.home", "/a \"b\""), some("'/a \"b\"'"));
        assert_eq!(of("nights.keogram", ""), some("false"));
    }
}
