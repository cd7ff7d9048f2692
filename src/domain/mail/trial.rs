//! The mail behind the test button.
use super::sheet::{Block, Mood, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin};

pub fn message(origin: &Origin) -> Message {
    let facts = vec![("Host", origin.host()), ("Time", origin.time())];
    let words = "If you read this, reports of Allsky Backups reach you.";
    let sheet = Sheet::new(Mood::Good, "Mail works", vec![Block::Facts(facts), Block::Words(words.into())]);
    let subject = origin.subject(&format!("backup test mail ({})", origin.host()));
    Message { subject, text: text(&sheet), html: html(&sheet) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;
    use crate::domain::mail::SUBJECT_CHARS;

    #[test]
    fn a_hostile_host_changes_neither_subject_nor_lines() {
        for host in ["pi\r\nBcc: a@example.org", "pi\u{2028}X: y", "<b>pi</b>", &"x".repeat(500), "\u{202e}ip"] {
            let mail = message(&origin(host));
            assert!(!mail.subject.contains(['\r', '\n', '\u{2028}', '\u{202e}']), "{:?}", mail.subject);
            assert!(mail.subject.starts_with("indi-allsky backup test mail (") && mail.subject.ends_with(')'));
            assert!(mail.subject.chars().count() <= SUBJECT_CHARS);
            assert_eq!(mail.text.lines().count(), 3, "{:?}", mail.text);
            assert!(!mail.html.contains("<b>"));
        }
    }
}
