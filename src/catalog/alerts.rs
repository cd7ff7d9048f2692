//! Alerts: at most one of a kind and a subject is not resolved. Its letter and its event go down with the change that
//! they tell of.
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::columns::from_millis;
use super::events::{self, EventKind};
use super::{Catalog, Error, outbox};
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::domain::mail::letter::Letter;

/// How many alerts are remembered after they were resolved.
const RESOLVED_KEPT: u32 = 300;

const COLUMNS: &str = "id, json_quote(kind) AS kind, subject, since, last_seen, json_quote(state) AS state, detail";

impl Catalog {
    /// The alert of this kind and subject that is not resolved.
    pub fn alert(&self, kind: AlertKind, subject: &str) -> Result<Option<Alert>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM alerts WHERE kind = ?1 AND subject = ?2 AND state <> 'resolved'"
        ))?;
        Ok(query.query_row(params![word(&kind)?, subject], read_alert).optional()?)
    }

    /// Opens an alert, or notes that its cause is still there. True when it was opened.
    pub fn raise(
        &self,
        kind: AlertKind,
        subject: &str,
        detail: &str,
        letters: &[Letter],
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let seen = transaction.execute(
            "UPDATE alerts SET last_seen = ?3, detail = ?4 WHERE kind = ?1 AND subject = ?2 AND state <> 'resolved'",
            params![word(&kind)?, subject, at.as_millisecond(), detail],
        )?;
        if seen == 0 {
            transaction.execute(
                "INSERT INTO alerts (kind, subject, since, last_seen, state, detail) VALUES (?1, ?2, ?3, ?3, 'open', ?4)",
                params![word(&kind)?, subject, at.as_millisecond(), detail],
            )?;
            let (id, subject) = (transaction.last_insert_rowid(), subject.to_owned());
            events::tell(&transaction, &EventKind::Alert { id, kind, subject, state: AlertState::Open }, at)?;
            for letter in letters {
                outbox::insert(&transaction, letter, at)?;
            }
        }
        transaction.commit()?;
        Ok(seen == 0)
    }

    /// The cause of an alert is gone. False when there is no such alert.
    pub fn resolve(&self, id: i64, letters: &[Letter], at: Timestamp) -> Result<bool, Error> {
        let resolved =
            self.change(id, AlertState::Resolved, &[AlertState::Open, AlertState::Acknowledged], letters, at)?;
        self.connection().execute(
            "DELETE FROM alerts WHERE state = 'resolved' AND id <= (SELECT max(id) FROM alerts) - ?1",
            [RESOLVED_KEPT],
        )?;
        Ok(resolved)
    }

    /// Its owner has seen it. False when it is not open.
    pub fn acknowledge(&self, id: i64, at: Timestamp) -> Result<bool, Error> {
        self.change(id, AlertState::Acknowledged, &[AlertState::Open], &[], at)
    }

    fn change(
        &self,
        id: i64,
        to: AlertState,
        from: &[AlertState],
        letters: &[Letter],
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = transaction
            .query_row(&format!("SELECT {COLUMNS} FROM alerts WHERE id = ?1"), [id], read_alert)
            .optional()?;
        let Some(alert) = found.filter(|alert| from.contains(&alert.state)) else { return Ok(false) };
        transaction.execute("UPDATE alerts SET state = ?2 WHERE id = ?1", params![id, to.word()])?;
        let kind = EventKind::Alert { id, kind: alert.kind, subject: alert.subject, state: to };
        events::tell(&transaction, &kind, at)?;
        for letter in letters {
            outbox::insert(&transaction, letter, at)?;
        }
        transaction.commit()?;
        Ok(true)
    }

    /// Those that are not resolved first, then the newest of the others.
    pub fn alerts(&self, limit: u32) -> Result<Vec<Alert>, Error> {
        let connection = self.reading();
        let mut query = connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM alerts ORDER BY state = 'resolved', id DESC LIMIT ?1"))?;
        let rows = query.query_map([limit], read_alert)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn word(kind: &AlertKind) -> rusqlite::Result<String> {
    Ok(super::columns::to_json(kind)?.trim_matches('"').to_owned())
}

fn read_alert(row: &Row) -> rusqlite::Result<Alert> {
    let read = |column: &str| super::columns::from_json(row, column);
    Ok(Alert {
        id: row.get("id")?,
        kind: read("kind")?.ok_or(rusqlite::Error::InvalidQuery)?,
        subject: row.get("subject")?,
        since: from_millis(row.get("since")?),
        last_seen: from_millis(row.get("last_seen")?),
        state: super::columns::from_json(row, "state")?.ok_or(rusqlite::Error::InvalidQuery)?,
        detail: row.get("detail")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;
    use crate::domain::mail::{Kind, Message};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn an_alert_is_opened_once_acknowledged_resolved_and_opened_anew() {
        let (_top, catalog) = catalog();
        let message = Message { subject: "s".into(), text: "t".into(), html: "h".into() };
        let letter = |occasion: &str| Letter {
            channel: String::new(),
            kind: Kind::Alert,
            occasion: occasion.into(),
            message_id: occasion.into(),
            message: message.clone(),
            attachments: Vec::new(),
        };
        let kind = AlertKind::DriveMissing;
        assert!(catalog.raise(kind, "usb", "it is away", &[letter("a")], at(0)).unwrap());
        assert!(!catalog.raise(kind, "usb", "it is still away", &[letter("b")], at(9)).unwrap());
        assert!(catalog.raise(kind, "nas", "it is away", &[], at(9)).unwrap(), "another subject");
        let alert = catalog.alert(kind, "usb").unwrap().unwrap();
        assert_eq!((alert.since, alert.last_seen, alert.detail.as_str()), (at(0), at(9), "it is still away"));
        assert!(catalog.acknowledge(alert.id, at(10)).unwrap() && !catalog.acknowledge(alert.id, at(10)).unwrap());
        assert!(!catalog.raise(kind, "usb", "it is away", &[], at(11)).unwrap(), "it stays acknowledged");
        assert!(catalog.resolve(alert.id, &[letter("c")], at(12)).unwrap());
        assert!(!catalog.resolve(alert.id, &[letter("d")], at(13)).unwrap());
        assert_eq!(catalog.alert(kind, "usb").unwrap(), None);
        assert!(catalog.raise(kind, "usb", "it is away", &[], at(14)).unwrap(), "it has come back");
        let states: Vec<_> = catalog.alerts(9).unwrap().iter().map(|alert| alert.state).collect();
        assert_eq!(states, [AlertState::Open, AlertState::Open, AlertState::Resolved]);
        assert_eq!(catalog.letters(9).unwrap().len(), 2, "one when it began, and one when it ended");
        let told = catalog.events_after(0, 99).unwrap().into_iter().filter(|event| event.kind.word() == "alert");
        assert_eq!(told.count(), 5);
    }
}
