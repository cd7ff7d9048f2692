//! The text of a configuration as it may be shown: arguments of programs and values of keys that nobody
//! knows are left out, because owners write passwords there.
use std::borrow::Cow;
use std::ops::Range;

use super::document::Document;
use super::values::{is_command, toml_of};

/// Stands in place of a hidden value.
const VEIL: &str = "…";

/// A part of a text, and what is shown in its place.
struct Cover {
    path: String,
    span: Range<usize>,
    shown: String,
}

/// What may be shown of `text`.
pub fn veiled(text: &str) -> Cow<'_, str> {
    let covers = covers(&Document::read(text));
    if covers.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(with(text, covers.into_iter().map(|cover| (cover.span, cover.shown)).collect()))
}

/// `shown`, changed by somebody, with what was not shown of `original`.
pub fn unveiled<'a>(shown: &'a str, original: &str) -> Cow<'a, str> {
    let hidden = covers(&Document::read(original));
    if hidden.is_empty() {
        return Cow::Borrowed(shown);
    }
    let document = Document::read(shown);
    let mut back = Vec::new();
    for cover in hidden {
        let known =
            document.written.get(&cover.path).or_else(|| document.listed.get(&cover.path)).map(|written| &written.span);
        let unknown = document.unknown.iter().find(|(path, _)| *path == cover.path).map(|(_, span)| span);
        if let Some(span) = known.or(unknown)
            && shown.get(span.clone()) == Some(&cover.shown)
        {
            back.push((span.clone(), original[cover.span].to_owned()));
        }
    }
    Cow::Owned(with(shown, back))
}

fn covers(document: &Document) -> Vec<Cover> {
    let commands = document.written.iter().chain(&document.listed);
    let commands = commands.filter(|(path, _)| is_command(path)).filter_map(|(path, written)| {
        let words = written.value.as_ref().and_then(|value| value.as_array());
        let shown = match words {
            Some(words) if words.len() < 2 => return None,
            Some(words) => toml_of(&words.iter().take(1).cloned().chain([VEIL.into()]).collect()),
            // A value that breaks the rule may be a whole command line, so all of it is hidden.
            None => toml_of(&VEIL.into()),
        };
        Some(Cover { path: path.clone(), span: written.span.clone(), shown })
    });
    let unknown = document.unknown.iter().map(|(path, span)| Cover {
        path: path.clone(),
        span: span.clone(),
        shown: toml_of(&VEIL.into()),
    });
    commands.chain(unknown).collect()
}

/// `text` with other texts in some places.
fn with(text: &str, mut places: Vec<(Range<usize>, String)>) -> String {
    places.sort_by_key(|(span, _)| span.start);
    let (mut new, mut at) = (String::with_capacity(text.len()), 0);
    for (span, literal) in places {
        // A value within a value that is covered is covered with it.
        if span.start < at {
            continue;
        }
        new.push_str(&text[at..span.start]);
        new.push_str(&literal);
        at = span.end;
    }
    new.push_str(&text[at..]);
    new
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

    #[test]
    fn keys_that_no_plan_has_are_covered_each_by_itself() {
        let text = "[[plan]]\nname = \"a\"\npassword = \"s3cret-1\"\nschedule = { daily = \"12:00\", tokn = \"s3cret-2\" }\n\
                    retention = \"s3cret-3\"\n[[plan]]\nname = \"b\"\nhook = [\"curl\", \"-u\", \"me:s3cret-4\"]\n\
                    [plan.retention]\nkeep_last = 3\nkey = \"s3cret-5\"\n[plan.upload]\nto = { key = \"s3cret-6\" }\n";
        let shown = veiled(text).into_owned();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(
            shown.contains("name = \"b\"") && shown.contains("keep_last = 3") && shown.contains("12:00"),
            "{shown}"
        );
        assert_eq!(unveiled(&shown, text), text);
        for whole in ["plan = \"s3cret\"\n", "[plan]\nname = \"s3cret\"\n", "plan = [\"s3cret\"]\n"] {
            assert!(!veiled(whole).contains("s3cret"), "{whole}");
        }
    }

    #[test]
    fn what_hooks_run_is_covered_and_not_lost() {
        let text = "[[plan]]\nname = \"a\"\nhooks = [{ on = \"before\", run = [\"curl\", \"-u\", \"s3cret-1\"], tokn = \"s3cret-2\" },\n\
                    { on = \"failure\", run = \"curl -u s3cret-3\" }, \"s3cret-4\"]\n[[plan]]\nhooks = \"s3cret-5\"\n";
        let shown = veiled(text).into_owned();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("\"curl\"") && shown.contains("\"failure\""), "{shown}");
        assert_eq!(unveiled(&shown, text), text);
    }

    #[test]
    fn every_command_and_every_key_that_nobody_knows_is_covered() {
        let text = "pasword = \"s3cret\"\n[notify]\ncommand = [\"curl\", \"-u\", \"me:s3cret\"]\npaswort = [\"s3cret\"]\n\
                    password_command = \"echo s3cret\"\n[[destination]]\nname = \"usb\"\nmount_command = [\"mount\", \"-o\", \"pass=s3cret\"]\n\
                    [mail.server]\nuser = \"me\"\nkey = \"s3cret\"\n";
        let shown = veiled(text).into_owned();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("\"curl\"") && shown.contains("\"mount\""), "{shown}");
        assert_eq!(unveiled(&shown, text), text);
    }
}
