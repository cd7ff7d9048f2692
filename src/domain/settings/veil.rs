//! The text of a configuration as it may be shown: arguments of the program that tells a password are
//! left out, because owners write passwords there.
use std::borrow::Cow;

use super::document::{Document, Written};
use super::values::toml_of;

const KEY: &str = "notify.password_command";
/// Stands for what is not shown.
const VEIL: &str = "…";

/// What may be shown of `text`.
pub fn veiled(text: &str) -> Cow<'_, str> {
    match covered(&Document::read(text)) {
        Some((written, literal)) => Cow::Owned(replaced(text, &written, &literal)),
        None => Cow::Borrowed(text),
    }
}

/// `shown`, changed by somebody, with what was not shown of `original`.
pub fn unveiled<'a>(shown: &'a str, original: &str) -> Cow<'a, str> {
    let Some((hidden, literal)) = covered(&Document::read(original)) else { return Cow::Borrowed(shown) };
    match Document::read(shown).written.get(KEY) {
        Some(written) if shown.get(written.span.clone()) == Some(&literal) => {
            Cow::Owned(replaced(shown, written, &original[hidden.span]))
        }
        _ => Cow::Borrowed(shown),
    }
}

/// The key with arguments, and what is shown in their place.
fn covered(document: &Document) -> Option<(Written, String)> {
    let written = document.written.get(KEY)?;
    let words = written.value.as_ref()?.as_array().filter(|words| words.len() > 1)?;
    let shown = words.iter().take(1).cloned().chain([VEIL.into()]).collect();
    Some((written.clone(), toml_of(&shown)))
}

fn replaced(text: &str, written: &Written, literal: &str) -> String {
    format!("{}{literal}{}", &text[..written.span.start], &text[written.span.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_among_arguments_is_not_shown_and_not_lost() {
        let text = "[notify]\npassword_command = [\"echo\", \"tr0ub4dor\"] # mine\nreport = \"never\"\n";
        let shown = veiled(text).into_owned();
        assert!(!shown.contains("tr0ub4dor") && shown.contains("\"echo\"") && shown.contains("# mine"), "{shown}");
        let changed = shown.replace("never", "always");
        assert_eq!(unveiled(&changed, text), text.replace("never", "always"));
        assert_eq!(unveiled("[notify]\n", text), "[notify]\n");
        assert_eq!(veiled("[notify]\npassword_command = [\"pass\"]\n"), "[notify]\npassword_command = [\"pass\"]\n");
    }
}
