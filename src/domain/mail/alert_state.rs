//! A mail about an alert: one when it is raised, one when its cause is gone.
use super::sheet::{Block, Mood, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin};
use crate::domain::alert::AlertState;

/// `detail` is a sentence without its full stop.
pub fn message(origin: &Origin, detail: &str, state: AlertState) -> Message {
    let facts = vec![("Host", origin.host()), ("Time", origin.time()), ("Alert", detail.to_owned())];
    let (mood, title, word, more) = match state {
        AlertState::Resolved => (Mood::Good, "An alert is resolved", "alert resolved", "Its cause is gone."),
        AlertState::Open | AlertState::Acknowledged => {
            let more = "No further mail comes while the cause is there, and one when it is gone.";
            (Mood::Bad, "Your backups need you", "ALERT", more)
        }
    };
    let sheet = Sheet::new(mood, title, vec![Block::Facts(facts), Block::Words(more.into())]);
    let subject = origin.subject(&format!("backup {word} ({})", origin.host()));
    Message { subject, text: text(&sheet), html: html(&sheet) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;

    #[test]
    fn an_alert_is_told_when_it_begins_and_when_it_ends() {
        let begins = message(&origin("pi"), "plan weekly is overdue", AlertState::Open);
        let ends = message(&origin("pi"), "plan weekly is overdue", AlertState::Resolved);
        assert_eq!(begins.subject, "indi-allsky backup ALERT (pi)");
        assert_eq!(ends.subject, "indi-allsky backup alert resolved (pi)");
        assert!(ends.text.contains("Alert: plan weekly is overdue\n") && ends.text.contains("Its cause is gone."));
    }
}
