//! What is known of nights, notices that the owner should see, and when a schedule had its turn.
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::columns::from_millis;
use super::events::{self, EventKind};
use super::{Catalog, Error, outbox};
use crate::domain::mail::letter::Letter;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::domain::retention::nights::Pinned;
use crate::domain::software::Software;

/// A night of one source, as we last knew it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownNight {
    pub night: Night,
    pub camera_dir: String,
    pub images: Option<u64>,
    pub rated: Option<u64>,
    pub avg_stars: Option<f64>,
    pub moon_pct: Option<f64>,
    /// Frozen with the first verified copy, or chosen by the owner.
    pub class: Option<Class>,
    pub reason: String,
    pub state: NightState,
    pub files: u64,
    pub bytes: u64,
    pub pinned: Pinned,
    /// Id of the drive.
    pub drive: Option<String>,
    pub verified_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

impl KnownNight {
    pub fn new(night: Night, state: NightState) -> Self {
        KnownNight {
            night,
            camera_dir: String::new(),
            images: None,
            rated: None,
            avg_stars: None,
            moon_pct: None,
            class: None,
            reason: String::new(),
            state,
            files: 0,
            bytes: 0,
            pinned: Pinned::No,
            drive: None,
            verified_at: None,
            deleted_at: None,
        }
    }
}

/// Something that the owner should look at, written once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    pub at: Timestamp,
    pub kind: String,
    pub message: String,
}

/// When a plan last had its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastTurn {
    pub at: Timestamp,
    pub is_paused: bool,
}

impl Catalog {
    /// All nights of `source`, oldest first, deleted ones too.
    pub fn nights(&self, source: Software) -> Result<Vec<KnownNight>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM nights WHERE source = ?1 ORDER BY night")?;
        let rows = query.query_map([source.as_str()], known)?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// One night of `source`.
    pub fn night(&self, source: Software, night: Night) -> Result<Option<KnownNight>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT * FROM nights WHERE source = ?1 AND night = ?2")?;
        Ok(query.query_row(params![source.as_str(), night.date().to_string()], known).optional()?.flatten())
    }

    /// Whether any night of `source` has a verified copy on a drive.
    pub fn has_saved_night(&self, source: Software) -> Result<bool, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM nights WHERE source = ?1 AND state = ?2 AND drive IS NOT NULL)",
        )?;
        Ok(query.query_row([source.as_str(), NightState::Verified.as_str()], |row| row.get(0))?)
    }

    /// When a night of the source was verified last.
    pub fn newest_verified_night(&self, source: Software) -> Result<Option<Timestamp>, Error> {
        let connection = self.reading();
        let mut query =
            connection.prepare_cached("SELECT max(verified_at) FROM nights WHERE source = ?1 AND state = ?2")?;
        let at: Option<i64> =
            query.query_row(params![source.as_str(), NightState::Verified.as_str()], |row| row.get(0))?;
        Ok(at.map(from_millis))
    }

    /// Replaces what was known of this night.
    pub fn put_night(&self, source: Software, night: &KnownNight, at: Timestamp) -> Result<(), Error> {
        self.put_night_and_tell(source, night, None, at)
    }

    /// Stores a night and the letter that tells of it in one transaction.
    pub fn put_night_and_tell(
        &self,
        source: Software,
        night: &KnownNight,
        letter: Option<&Letter>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = transaction
            .prepare_cached("SELECT * FROM nights WHERE source = ?1 AND night = ?2")?
            .query_row(params![source.as_str(), night.night.date().to_string()], known)
            .optional()?
            .flatten();
        put(&transaction, source, night)?;
        // Years of nights that are found for the first time are no news.
        if before.is_some_and(|before| (before.state, before.class) != (night.state, night.class)) {
            let kind = EventKind::Night {
                source: source.as_str().to_owned(),
                night: night.night.date().to_string(),
                class: night.class.map(|class| class.as_str().to_owned()),
                state: night.state.as_str().to_owned(),
            };
            events::tell(&transaction, &kind, at)?;
        }
        if let Some(letter) = letter {
            outbox::insert(&transaction, letter, at)?;
        }
        Ok(transaction.commit()?)
    }

    /// Remembers a notice, once in 24 hours for each kind, and its letter with it.
    pub fn notice(&self, kind: &str, message: &str, letter: Option<&Letter>, at: Timestamp) -> Result<(), Error> {
        let day_ago = at.as_millisecond() - 24 * 3_600_000;
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let added = transaction.execute(
            "INSERT INTO notices (at, kind, message)
             SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM notices WHERE kind = ?2 AND at > ?4 AND at <= ?1)",
            params![at.as_millisecond(), kind, message, day_ago],
        )?;
        if let Some(letter) = letter.filter(|_| added > 0) {
            outbox::insert(&transaction, letter, at)?;
        }
        Ok(transaction.commit()?)
    }

    /// Newest first.
    pub fn notices(&self, limit: u32) -> Result<Vec<Notice>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT at, kind, message FROM notices ORDER BY id DESC LIMIT ?1")?;
        let rows = query.query_map([limit], |row| {
            Ok(Notice { at: from_millis(row.get(0)?), kind: row.get(1)?, message: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether exactly this was told before.
    pub fn was_told(&self, kind: &str, message: &str) -> Result<bool, Error> {
        let connection = self.reading();
        let mut query =
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM notices WHERE kind = ?1 AND message = ?2)")?;
        Ok(query.query_row([kind, message], |row| row.get(0))?)
    }

    pub fn turn(&self, plan: &str) -> Result<Option<LastTurn>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT at, paused FROM turns WHERE plan = ?1")?;
        let turn = query.query_row([plan], |row| {
            Ok(LastTurn { at: from_millis(row.get(0)?), is_paused: row.get::<_, i64>(1)? != 0 })
        });
        Ok(turn.optional()?)
    }

    /// Writes down a turn that is later than the last one; false when another look was quicker, or the plan
    /// rests.
    pub fn take_turn(&self, plan: &str, at: Timestamp) -> Result<bool, Error> {
        let taken = self.connection().execute(
            "UPDATE turns SET at = ?2 WHERE plan = ?1 AND at < ?2 AND paused = 0",
            params![plan, at.as_millisecond()],
        )?;
        Ok(taken > 0)
    }

    pub fn put_turn(&self, plan: &str, turn: LastTurn) -> Result<(), Error> {
        self.connection().execute(
            "INSERT OR REPLACE INTO turns (plan, at, paused) VALUES (?1, ?2, ?3)",
            params![plan, turn.at.as_millisecond(), i64::from(turn.is_paused)],
        )?;
        Ok(())
    }
}

fn put(connection: &Connection, source: Software, night: &KnownNight) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO nights (source, night, camera_dir, images, rated, avg_stars, moon_pct, class, reason,
             state, files, bytes, pinned, drive, verified_at, deleted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            source.as_str(),
            night.night.date().to_string(),
            night.camera_dir,
            night.images.map(u64::cast_signed),
            night.rated.map(u64::cast_signed),
            night.avg_stars,
            night.moon_pct,
            night.class.map(Class::as_str),
            night.reason,
            night.state.as_str(),
            night.files.cast_signed(),
            night.bytes.cast_signed(),
            i64::from(night.pinned == Pinned::Yes),
            night.drive,
            night.verified_at.map(Timestamp::as_millisecond),
            night.deleted_at.map(Timestamp::as_millisecond),
        ],
    )?;
    Ok(())
}

/// `None` for a row of a newer version that we cannot understand.
fn known(row: &Row<'_>) -> rusqlite::Result<Option<KnownNight>> {
    let night = Night::parse_any(&row.get::<_, String>("night")?);
    let state = NightState::parse(&row.get::<_, String>("state")?);
    let (Ok(night), Some(state)) = (night, state) else { return Ok(None) };
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(i64::unsigned_abs));
    Ok(Some(KnownNight {
        night,
        camera_dir: row.get("camera_dir")?,
        images: count("images")?,
        rated: count("rated")?,
        avg_stars: row.get("avg_stars")?,
        moon_pct: row.get("moon_pct")?,
        class: row.get::<_, Option<String>>("class")?.and_then(|text| Class::parse(&text)),
        reason: row.get("reason")?,
        state,
        files: count("files")?.unwrap_or_default(),
        bytes: count("bytes")?.unwrap_or_default(),
        pinned: if row.get::<_, i64>("pinned")? != 0 { Pinned::Yes } else { Pinned::No },
        drive: row.get("drive")?,
        verified_at: row.get::<_, Option<i64>>("verified_at")?.map(from_millis),
        deleted_at: row.get::<_, Option<i64>>("deleted_at")?.map(from_millis),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog;

    #[test]
    fn a_night_is_remembered_in_all_its_parts_also_after_it_was_deleted() {
        let (_top, catalog) = catalog();
        let night = KnownNight {
            images: Some(1902),
            avg_stars: Some(820.5),
            class: Some(Class::Rolling),
            reason: "many stars".into(),
            bytes: 1 << 40,
            pinned: Pinned::Yes,
            drive: Some("d".into()),
            deleted_at: Some(Timestamp::UNIX_EPOCH),
            ..KnownNight::new(Night::parse("20251224").unwrap(), NightState::Deleted)
        };
        catalog.put_night(Software::Allsky, &night, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(catalog.nights(Software::Allsky).unwrap(), std::slice::from_ref(&night));
        assert_eq!(catalog.night(Software::Allsky, night.night).unwrap(), Some(night));
        assert!(catalog.nights(Software::IndiAllsky).unwrap().is_empty());
    }

    #[test]
    fn a_night_is_saved_when_its_copy_on_a_drive_was_verified() {
        let (_top, catalog) = catalog();
        let night = |state, drive: Option<&str>| KnownNight {
            drive: drive.map(str::to_owned),
            ..KnownNight::new(Night::parse("20251224").unwrap(), state)
        };
        for (state, drive, is_saved) in [
            (NightState::Measured, None, false),
            (NightState::Copying, Some("d"), false),
            (NightState::Verified, Some("d"), true),
            (NightState::Deleted, Some("d"), false),
        ] {
            catalog.put_night(Software::Allsky, &night(state, drive), Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(catalog.has_saved_night(Software::Allsky).unwrap(), is_saved, "{state:?}");
            assert!(!catalog.has_saved_night(Software::IndiAllsky).unwrap());
        }
    }

    #[test]
    fn the_same_notice_is_written_once_a_day() {
        let (_top, catalog) = catalog();
        let at = |hours: i64| Timestamp::from_second(1_766_600_000 + hours * 3600).unwrap();
        for hours in [0, 1, 23, 25] {
            catalog.notice("retention_exhausted", "full", None, at(hours)).unwrap();
        }
        catalog.notice("clock", "wrong", None, at(26)).unwrap();
        let kinds: Vec<_> = catalog.notices(9).unwrap().into_iter().map(|a| (a.kind, a.at)).collect();
        let full = |hours| ("retention_exhausted".to_owned(), at(hours));
        assert_eq!(kinds, [("clock".to_owned(), at(26)), full(25), full(0)]);
    }
}
