//! Something about the drive that will not put itself right.
use super::sheet::{Block, Mood, Sheet, text};
use super::sheet_html::html;
use super::{Message, Origin};

/// `what` is a sentence without its full stop.
pub fn message(origin: &Origin, what: &str) -> Message {
    let facts = vec![("Host", origin.host()), ("Time", origin.time()), ("Alert", what.to_owned())];
    let words = "The same alert comes at most once a day. The Nights page shows what is on the drive, and why.";
    let blocks = vec![Block::Facts(facts), Block::Words(words.into())];
    let sheet = Sheet::new(Mood::Bad, "The drive for nights needs you", blocks);
    let subject = origin.subject(&format!("backup ALERT ({})", origin.host()));
    Message { subject, text: text(&sheet), html: html(&sheet) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::origin;
    use super::*;

    #[test]
    fn an_alert_is_told_in_words() {
        let mail = message(&origin("pi"), "the drive is full");
        assert_eq!(mail.subject, "indi-allsky backup ALERT (pi)");
        assert!(mail.text.contains("Alert: the drive is full\n"));
    }
}
