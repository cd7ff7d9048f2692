//! Mails on their way: put down in the same moment as what they tell of, so that a crash loses none
//! and doubles none.
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::columns::from_millis;
use super::{Catalog, Error};
use crate::domain::mail::letter::{Attachment, Fate, Letter, Posted};
use crate::domain::mail::{Kind, Message};

/// How many letters are remembered after they were sent or given up.
const LETTERS_KEPT: u32 = 500;
/// A turn that is further away than any wait was set by a clock that was wrong.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(70);

/// A letter whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: i64,
    pub letter: Letter,
    pub queued_at: Timestamp,
    /// Before this one.
    pub attempts: u32,
}

impl Catalog {
    /// Queues a letter by itself. False when this occasion was told before.
    pub fn queue_letter(&self, letter: &Letter, at: Timestamp) -> Result<bool, Error> {
        Ok(insert(&self.connection(), letter, at)?)
    }

    /// A letter that was tried already and is not tried again; `error` is why it failed.
    pub fn remember_trial(&self, letter: &Letter, error: Option<&str>, at: Timestamp) -> Result<Posted, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        insert(&transaction, letter, at)?;
        transaction.execute(
            "UPDATE outbox SET next_at = NULL, attempts = 1, error = ?2, body_text = NULL, body_html = NULL,
                 sent_at = CASE WHEN ?2 IS NULL THEN ?3 END WHERE occasion = ?1",
            params![letter.occasion, error, at.as_millisecond()],
        )?;
        let told = transaction.query_row("SELECT * FROM outbox WHERE occasion = ?1", [&letter.occasion], posted)?;
        transaction.commit()?;
        told.ok_or(Error::Use(rusqlite::Error::InvalidQuery))
    }

    /// The waiting letter whose turn came first; `None` when none is due at `now`.
    pub fn due_letter(&self, channel: &str, now: Timestamp) -> Result<Option<Due>, Error> {
        let (millis, wait) = (now.as_millisecond(), LONGEST_WAIT.as_millis() as i64);
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT * FROM outbox WHERE channel = ?3 AND (next_at <= ?1 OR next_at > ?2) ORDER BY next_at, id LIMIT 1",
        )?;
        let due = query.query_row(params![millis, millis.saturating_add(wait), channel], due).optional()?.flatten();
        due.map(|mut due| {
            due.letter.attachments = attachments(&connection, due.id)?;
            Ok(due)
        })
        .transpose()
    }

    /// The server has it.
    pub fn letter_sent(&self, id: i64, at: Timestamp) -> Result<(), Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE outbox SET sent_at = ?2, next_at = NULL, attempts = attempts + 1, error = NULL,
                 body_text = NULL, body_html = NULL WHERE id = ?1",
            params![id, at.as_millisecond()],
        )?;
        transaction.execute("DELETE FROM outbox_attachments WHERE letter = ?1", [id])?;
        Ok(transaction.commit()?)
    }

    /// Notes that the letter could not be sent. `next` is the time of the next try; `None` gives up.
    pub fn letter_failed(&self, id: i64, error: &str, next: Option<Timestamp>) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE outbox SET next_at = ?2, attempts = attempts + 1, error = ?3 WHERE id = ?1",
            params![id, next.map(Timestamp::as_millisecond), error],
        )?;
        Ok(())
    }

    /// Everything that was not sent has its turn now, also what was given up; how many there are.
    pub fn retry_letters(&self, now: Timestamp) -> Result<usize, Error> {
        Ok(self.connection().execute(
            "UPDATE outbox SET next_at = ?1 WHERE sent_at IS NULL AND body_text IS NOT NULL",
            params![now.as_millisecond()],
        )?)
    }

    /// When the oldest letter was written that still waits for `channel`.
    pub fn oldest_waiting(&self, channel: &str) -> Result<Option<Timestamp>, Error> {
        let connection = self.reading();
        let mut query = connection
            .prepare_cached("SELECT min(queued_at) FROM outbox WHERE channel = ?1 AND next_at IS NOT NULL")?;
        let oldest: Option<i64> = query.query_row([channel], |row| row.get(0))?;
        Ok(oldest.map(from_millis))
    }

    /// Whether letters wait for a channel that is none of `known`.
    pub fn has_letters_of_others(&self, known: &[&str]) -> Result<bool, Error> {
        let known = serde_json::json!(known).to_string();
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE next_at IS NOT NULL AND channel <> ''
             AND channel NOT IN (SELECT value FROM json_each(?1)))",
        )?;
        Ok(query.query_row([known], |row| row.get(0))?)
    }

    /// Letters of a channel that its owner has taken out are given up. How many there were.
    pub fn give_up_channels(&self, known: &[&str]) -> Result<usize, Error> {
        let known = serde_json::json!(known).to_string();
        Ok(self.connection().execute(
            "UPDATE outbox SET next_at = NULL, error = 'the channel is no more in the configuration'
             WHERE next_at IS NOT NULL AND channel <> '' AND channel NOT IN (SELECT value FROM json_each(?1))",
            [known],
        )?)
    }

    /// Newest first.
    pub fn letters(&self, limit: u32) -> Result<Vec<Posted>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM outbox ORDER BY id DESC LIMIT ?1")?;
        let rows = query.query_map([limit], posted)?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    pub fn letter(&self, occasion: &str) -> Result<Option<Posted>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM outbox WHERE occasion = ?1")?;
        Ok(query.query_row([occasion], posted).optional()?.flatten())
    }
}

/// Part of the transaction that writes down what the letter tells of.
pub(super) fn insert(connection: &Connection, letter: &Letter, at: Timestamp) -> rusqlite::Result<bool> {
    let Letter { channel, kind, occasion, message_id, message, attachments } = letter;
    let added = connection.execute(
        "INSERT OR IGNORE INTO outbox (occasion, kind, message_id, subject, body_text, body_html, queued_at, next_at, channel)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
        params![occasion, kind.as_str(), message_id, message.subject, message.text, message.html, at.as_millisecond(), channel],
    )?;
    let id = connection.last_insert_rowid();
    for Attachment { name, bytes } in attachments.iter().filter(|_| added > 0) {
        connection.execute(
            "INSERT INTO outbox_attachments (letter, name, bytes) VALUES (?1, ?2, ?3)",
            params![id, name, bytes],
        )?;
    }
    connection.execute(
        "DELETE FROM outbox WHERE next_at IS NULL AND id <= (SELECT max(id) FROM outbox) - ?1",
        [LETTERS_KEPT],
    )?;
    Ok(added > 0)
}

fn attachments(connection: &Connection, letter: i64) -> rusqlite::Result<Vec<Attachment>> {
    let mut query =
        connection.prepare_cached("SELECT name, bytes FROM outbox_attachments WHERE letter = ?1 ORDER BY rowid")?;
    let rows = query.query_map([letter], |row| Ok(Attachment { name: row.get("name")?, bytes: row.get("bytes")? }))?;
    rows.collect()
}

fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u32> {
    Ok(u32::try_from(row.get::<_, i64>(column)?).unwrap_or(u32::MAX))
}

/// `None` for a kind of a newer version.
fn due(row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let Some(kind) = Kind::parse(&row.get::<_, String>("kind")?) else { return Ok(None) };
    let message = Message {
        subject: row.get("subject")?,
        text: row.get::<_, Option<String>>("body_text")?.unwrap_or_default(),
        html: row.get::<_, Option<String>>("body_html")?.unwrap_or_default(),
    };
    let (occasion, message_id) = (row.get("occasion")?, row.get("message_id")?);
    let channel = row.get("channel")?;
    let letter = Letter { channel, kind, occasion, message_id, message, attachments: Vec::new() };
    let queued_at = from_millis(row.get("queued_at")?);
    Ok(Some(Due { id: row.get("id")?, letter, queued_at, attempts: count(row, "attempts")? }))
}

fn posted(row: &Row<'_>) -> rusqlite::Result<Option<Posted>> {
    let Some(kind) = Kind::parse(&row.get::<_, String>("kind")?) else { return Ok(None) };
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(from_millis));
    let (sent_at, next_at) = (time("sent_at")?, time("next_at")?);
    Ok(Some(Posted {
        id: row.get("id")?,
        channel: row.get("channel")?,
        kind,
        subject: row.get("subject")?,
        message_id: row.get("message_id")?,
        fate: match (sent_at, next_at) {
            (Some(_), _) => Fate::Sent,
            (None, Some(_)) => Fate::Waiting,
            (None, None) => Fate::GivenUp,
        },
        queued_at: from_millis(row.get("queued_at")?),
        sent_at,
        next_at,
        attempts: count(row, "attempts")?,
        error: row.get("error")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn letter(occasion: &str) -> Letter {
        Letter {
            channel: String::new(),
            kind: Kind::Alert,
            occasion: occasion.into(),
            message_id: format!("<{occasion}@example.org>"),
            message: Message { subject: occasion.into(), text: "t".into(), html: "h".into() },
            attachments: vec![Attachment { name: "a.zip".into(), bytes: occasion.into() }],
        }
    }

    #[test]
    fn the_same_occasion_is_told_once() {
        let (_top, catalog) = catalog();
        assert!(catalog.queue_letter(&letter("a"), at(0)).unwrap());
        assert!(!catalog.queue_letter(&letter("a"), at(9)).unwrap());
        let all = catalog.letters(9).unwrap();
        assert_eq!((all.len(), all[0].queued_at, all[0].fate), (1, at(0), Fate::Waiting));
    }

    #[test]
    fn a_letter_waits_for_its_turn_and_keeps_nothing_of_its_text_once_it_is_sent() {
        let (_top, catalog) = catalog();
        catalog.queue_letter(&letter("a"), at(0)).unwrap();
        let due = catalog.due_letter("", at(0)).unwrap().unwrap();
        assert_eq!((due.letter, due.attempts, due.queued_at), (letter("a"), 0, at(0)));
        catalog.letter_failed(due.id, "no route", Some(at(60))).unwrap();
        assert_eq!(catalog.due_letter("", at(59)).unwrap(), None);
        let again = catalog.due_letter("", at(60)).unwrap().unwrap();
        assert_eq!((&again.letter.message_id, again.attempts), (&letter("a").message_id, 1));
        catalog.letter_sent(again.id, at(61)).unwrap();
        let posted = catalog.letter("a").unwrap().unwrap();
        assert_eq!((posted.fate, posted.sent_at, posted.attempts), (Fate::Sent, Some(at(61)), 2));
        assert_eq!((posted.error, catalog.due_letter("", at(999)).unwrap()), (None, None));
        let left: i64 = catalog
            .connection()
            .query_row("SELECT count(*) FROM outbox WHERE body_text IS NOT NULL", [], |row| row.get(0))
            .unwrap();
        assert_eq!((left, catalog.retry_letters(at(70)).unwrap()), (0, 0));
        let left = catalog.connection().query_row("SELECT count(*) FROM outbox_attachments", [], |row| row.get(0));
        assert_eq!(left, Ok(0));
    }

    #[test]
    fn what_was_given_up_is_tried_again_when_its_owner_says_so() {
        let (_top, catalog) = catalog();
        catalog.queue_letter(&letter("a"), at(0)).unwrap();
        let id = catalog.due_letter("", at(0)).unwrap().unwrap().id;
        catalog.letter_failed(id, "no route", None).unwrap();
        assert_eq!(catalog.letter("a").unwrap().unwrap().fate, Fate::GivenUp);
        assert_eq!(catalog.due_letter("", at(1)).unwrap(), None);
        assert_eq!(catalog.retry_letters(at(2)).unwrap(), 1);
        assert!(catalog.due_letter("", at(2)).unwrap().is_some());
    }

    #[test]
    fn a_turn_that_a_wrong_clock_set_far_away_is_now() {
        let (_top, catalog) = catalog();
        catalog.queue_letter(&letter("a"), at(0)).unwrap();
        let long_ago = at(-400 * 24 * 3600);
        assert!(catalog.due_letter("", long_ago).unwrap().is_some());
    }

    #[test]
    fn old_letters_are_forgotten_unless_they_still_wait() {
        let (_top, catalog) = catalog();
        catalog.queue_letter(&letter("waits"), at(0)).unwrap();
        for n in 0..=LETTERS_KEPT {
            catalog.queue_letter(&letter(&n.to_string()), at(1)).unwrap();
            let id = catalog.connection().last_insert_rowid();
            catalog.letter_sent(id, at(1)).unwrap();
        }
        catalog.queue_letter(&letter("last"), at(2)).unwrap();
        assert!(catalog.letter("waits").unwrap().is_some() && catalog.letter("0").unwrap().is_none());
        assert!(catalog.letters(9999).unwrap().len() as u32 <= LETTERS_KEPT + 1);
    }
}
