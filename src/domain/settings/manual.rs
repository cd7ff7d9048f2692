//! The configuration explained: an example with every key, and the reference of the guide. Both are
//! written from the table of keys, so neither can be out of date.
use std::fmt::Write as _;

use super::keys::{Found, Subject};
use super::kind::Kind;
use super::subjects::{LISTS, SUBJECTS};
use super::values::default_of;

/// A file with every key, commented out, at its default.
pub fn example() -> String {
    let mut text = String::from(
        "# Configuration of Allsky Backups, with every key at its default. Take the # away from what you change.\n\
         # `allsky-backups config check FILE` tells everything that is wrong with it.\n",
    );
    for subject in SUBJECTS {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n{}", section(subject));
    }
    for list in LISTS {
        let _ = write!(text, "\n# {}\n{}", list.subject.about, list.example);
    }
    text
}

fn section(subject: &'static Subject) -> String {
    let mut text = String::new();
    if !subject.about.is_empty() {
        let _ = writeln!(text, "# {}", subject.about);
    }
    if !subject.section.is_empty() {
        let _ = writeln!(text, "[{}]", subject.section);
    }
    for key in subject.keys {
        let default = default_of(Found { subject, key });
        let value = if default.is_empty() { "\"\"" } else { default.as_str() };
        let _ = writeln!(text, "# {}\n#{} = {value}", remark(subject, key), key.name);
    }
    text
}

/// "Hour and minute, … (a text)"
fn remark(subject: &'static Subject, key: &'static super::keys::Key) -> String {
    let mut remark = key.help.to_owned();
    if let Kind::OneOf(words) = key.kind {
        let _ = write!(remark, " One of: {}.", words.join(", "));
    }
    if !key.unit.is_empty() {
        let _ = write!(remark, " In {}.", key.unit);
    }
    if !key.left_out.is_empty() && default_of(Found { subject, key }).trim_matches('"').is_empty() {
        let _ = write!(remark, " Left out: {}.", key.left_out);
    }
    remark
}

/// A table in Markdown for each section.
pub fn reference() -> String {
    let mut text = String::new();
    for subject in SUBJECTS {
        let heading = if subject.section.is_empty() { String::new() } else { format!("`[{}]` – ", subject.section) };
        let about = if subject.about.is_empty() { String::new() } else { format!("{}\n\n", subject.about) };
        let _ = write!(text, "#### {heading}{}\n\n{about}| key | default | |\n|---|---|---|\n", subject.title);
        for key in subject.keys {
            let default = default_of(Found { subject, key });
            let default = match default.trim_matches('"') {
                "" if !key.left_out.is_empty() => key.left_out.to_owned(),
                _ => format!("`{default}`"),
            };
            let unit = if key.unit.is_empty() { String::new() } else { format!(" In {}.", key.unit) };
            let _ = writeln!(text, "| `{}` | {default} | {}{unit} |", key.name, key.help);
        }
        text.push('\n');
    }
    let lists = LISTS.iter().flat_map(|list| {
        let below = list.below.iter().chain(list.inner).map(|(name, subject)| ((*name).to_owned(), *subject));
        std::iter::once((format!("[[{}]]", list.subject.section), list.subject)).chain(below)
    });
    for (heading, subject) in lists {
        let _ = write!(
            text,
            "#### `{heading}` – {}\n\n{}\n\n| key | default | |\n|---|---|---|\n",
            subject.title, subject.about
        );
        for key in subject.keys {
            let _ = writeln!(text, "| `{}` | {} | {} |", key.name, key.left_out, key.help);
        }
        text.push('\n');
    }
    text
}
