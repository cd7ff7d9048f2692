//! Adds an entry to a list in the text of a configuration, and takes one out; comments, order and everything else stay.
//! Whether the result says what it should is for the caller to see.
use toml_edit::Value;

use super::document::Document;
use super::edit::CannotEdit;
use super::written::Written;

/// `text` with one more entry of `list`, at the end, where it comes behind all comments.
pub(super) fn append(text: &str, list: &str, keys: &[(&str, Value)]) -> String {
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let lines: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("{text}{gap}[[{list}]]\n{lines}")
}

/// `text` without the entry of this name: from its header to its last key. Comments above it stay.
pub(super) fn cut(text: &str, list: &str, name: &str) -> Result<String, CannotEdit> {
    let cannot = || cannot(list);
    let prefix = format!("{list}.{name}.");
    let document = Document::read(text);
    let keys: Vec<&Written> =
        document.listed.iter().filter(|(path, _)| path.starts_with(&prefix)).map(|(_, key)| key).collect();
    let first = keys.iter().map(|key| key.span.start).min().ok_or_else(cannot)?;
    let last = keys.iter().map(|key| key.span.end).max().ok_or_else(cannot)?;
    let header = lines(&text[..first]).filter(|(_, line)| is_header(line, list)).last();
    let (begin, _) = header.ok_or_else(cannot)?;
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    // The blank line that parts it from what stands above goes with it.
    let before = text[..begin].strip_suffix("\n\n").map_or(&text[..begin], |above| &text[..above.len() + 1]);
    Ok(format!("{before}{}", &text[end..]))
}

pub(super) fn cannot(list: &str) -> CannotEdit {
    CannotEdit { path: list.to_owned() }
}

/// Every line with its place in the text.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        at += line.len();
        (at - line.len(), line)
    })
}

/// `[[destination]]`, with any blanks in it, and a comment behind it.
fn is_header(line: &str, list: &str) -> bool {
    let plain: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    plain.starts_with(&format!("[[{list}]]"))
}
