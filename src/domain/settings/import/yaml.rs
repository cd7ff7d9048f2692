//! The part of YAML that lists of tasks are written in: keys with plain or quoted values, and lists of such keys.
//!
//! Invariant: anything else (anchors, tags, blocks of text, values in braces, tabs) is refused with its line.
use super::ImportError;

/// A value and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub line: usize,
    pub text: String,
}

/// Keys with values, in their order.
pub(super) type Keys = Vec<(String, Value)>;

/// The keys of the file, and its lists of keys by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub keys: Keys,
    pub lists: Vec<(String, Vec<Keys>)>,
}

pub(super) fn read(text: &str) -> Result<File, ImportError> {
    let mut file = File::default();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = at + 1;
        let wrong = |why: &str| ImportError::Line { line: number, why: why.to_owned() };
        let bare = line.trim_start_matches(' ');
        if bare.starts_with('\t') || bare.starts_with('%') {
            return Err(wrong("this begins in a way that is not read here"));
        }
        let content = bare.trim_end();
        if content.is_empty() || content.starts_with('#') || content == "---" && file == File::default() {
            continue;
        }
        let indent = line.len() - bare.len();
        let (item, content) = match content.strip_prefix("- ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, content),
        };
        let (key, value) = key_and_value(content).ok_or_else(|| wrong("a key with a value is expected here"))?;
        let value = scalar(value).map_err(&wrong)?;
        if indent == 0 && !item {
            match value {
                None => file.lists.push((key.to_owned(), Vec::new())),
                Some(text) => file.keys.push((key.to_owned(), Value { line: number, text })),
            }
            continue;
        }
        let (_, list) = file.lists.last_mut().ok_or_else(|| wrong("this belongs to no list"))?;
        if item {
            list.push(Vec::new());
        }
        let entry = list.last_mut().ok_or_else(|| wrong("an entry of a list begins with -"))?;
        let text = value.ok_or_else(|| wrong("a value is missing here, or it is more than one value"))?;
        entry.push((key.to_owned(), Value { line: number, text }));
    }
    Ok(file)
}

fn key_and_value(content: &str) -> Option<(&str, &str)> {
    let (key, value) = content.split_once(':')?;
    let key = key.trim().trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let parted = value.is_empty() || value.starts_with(' ');
    (!key.is_empty() && key.chars().all(plain) && parted).then_some((key, value.trim()))
}

/// `None` for no value at all.
fn scalar(value: &str) -> Result<Option<String>, &'static str> {
    let Some(first) = value.chars().next() else { return Ok(None) };
    let closed = |rest: &str, quote: char| -> Result<String, &'static str> {
        let (text, behind) = rest.rsplit_once(quote).ok_or("the quote is not closed")?;
        let behind = behind.trim();
        if text.contains(quote) || !(behind.is_empty() || behind.starts_with('#')) {
            return Err("quotes within quotes are not read here");
        }
        Ok(text.to_owned())
    };
    match first {
        '#' => Ok(None),
        '"' => {
            let text = closed(&value[1..], '"')?;
            if text.contains('\\') { Err("a backslash in quotes is not read here") } else { Ok(Some(text)) }
        }
        '\'' => closed(&value[1..], '\'').map(Some),
        '&' | '*' | '!' | '|' | '>' | '{' | '[' | '@' | '`' | '%' | '?' => Err("such a value is not read here"),
        _ => {
            let plain = value.split_once(" #").map_or(value, |(text, _)| text).trim_end();
            if plain.contains(": ") { Err("a value with a colon needs quotes") } else { Ok(Some(plain.to_owned())) }
        }
    }
}
