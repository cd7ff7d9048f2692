//! Lines like `NAME=value` of a shell and of an `.env`, and like `NAME = ["one", "two"]` of Python.
use super::ImportError;

/// A name, its texts, and its line. A single value is a list of one text; `None` of Python is an empty list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    pub line: usize,
    pub name: String,
    pub values: Vec<String>,
}

pub(super) struct Assignments(Vec<Assigned>);

impl Assignments {
    pub fn read(text: &str) -> Result<Assignments, ImportError> {
        let mut all = Vec::new();
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let wrong = |why: &str| ImportError::Line { line: at + 1, why: why.to_owned() };
            let content = line.trim();
            let content = content.strip_prefix("export ").unwrap_or(content);
            if content.is_empty() || ["#", "import ", "from "].iter().any(|begin| content.starts_with(begin)) {
                continue;
            }
            let (name, value) = content.split_once('=').ok_or_else(|| wrong("NAME = value is expected here"))?;
            let name = name.trim().to_owned();
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(wrong("NAME = value is expected here"));
            }
            let mut value = value.trim().to_owned();
            // A list may go on over several lines.
            while value.starts_with(['[', '(']) && !is_closed(&value) {
                let (_, more) = lines.next().ok_or_else(|| wrong("the list is not closed"))?;
                value.push(' ');
                value.push_str(more.trim());
            }
            let values = values(&value).ok_or_else(|| wrong("such a value is not read here"))?;
            all.push(Assigned { line: at + 1, name, values });
        }
        Ok(Assignments(all))
    }

    fn found(&self, name: &str) -> Option<&Assigned> {
        self.0.iter().rev().find(|one| one.name == name)
    }

    pub fn list(&self, name: &str) -> &[String] {
        self.found(name).map_or(&[], |one| &one.values)
    }

    /// A single text that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.list(name).first().map(String::as_str).filter(|text| !text.is_empty())
    }

    pub fn number(&self, name: &str, usual: u32) -> Result<u32, ImportError> {
        let Some(one) = self.found(name) else { return Ok(usual) };
        let number = one.values.first().and_then(|text| text.parse().ok());
        number.ok_or_else(|| ImportError::Line { line: one.line, why: format!("{name} is no whole number") })
    }

    /// Names that nobody reads, with their lines.
    pub fn others<'a>(&'a self, known: &'a [&str]) -> impl Iterator<Item = &'a Assigned> {
        self.0.iter().filter(|one| !known.contains(&one.name.as_str()))
    }
}

/// Whether the list ends here; brackets in quotes are none.
fn is_closed(value: &str) -> bool {
    let mut quote = None;
    for c in value.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ']' | ')') => return true,
            _ => {}
        }
    }
    false
}

/// `None` for what is not understood.
fn values(value: &str) -> Option<Vec<String>> {
    let inner = value.strip_prefix('[').or_else(|| value.strip_prefix('('));
    let Some(inner) = inner else {
        return match value {
            "None" => Some(Vec::new()),
            _ => Some(vec![one(value)?.0]),
        };
    };
    let (mut all, mut rest) = (Vec::new(), inner.trim_start());
    while !rest.starts_with([']', ')']) {
        let (text, behind) = quoted(rest)?;
        all.push(text);
        rest = behind.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        if rest.is_empty() {
            return None;
        }
    }
    Some(all)
}

fn one(value: &str) -> Option<(String, &str)> {
    if value.starts_with(['"', '\'']) {
        let (text, behind) = quoted(value)?;
        let behind = behind.trim();
        return (behind.is_empty() || behind.starts_with('#')).then_some((text, ""));
    }
    let plain = value.split_once(" #").map_or(value, |(text, _)| text).trim_end();
    // What a shell or Python would still work out is not guessed at.
    let odd = ['$', '`', '"', '\'', '(', '{', '\\'];
    (!plain.contains(odd)).then(|| (plain.to_owned(), ""))
}

fn quoted(value: &str) -> Option<(String, &str)> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (text, behind) = value[1..].split_once(quote)?;
    (!(text.contains(['\\', '`']) || quote == '"' && text.contains("$("))).then(|| (text.to_owned(), behind))
}
