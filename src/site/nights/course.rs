//! The frames of one night with their stars and the moon, from the database of either camera.
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, params};

use super::sqlite;
use crate::domain::night::Night;
use crate::domain::nights::course::{Moon, Shot};

/// Frames of a night lie within so many days around its date, so that the rest of a long table is not read.
const AROUND: SignedDuration = SignedDuration::from_hours(48);

/// AllskyTeam: joined by the second at which the exposure began, as far as modules have written.
pub fn of_team(connection: &Connection, night: Night, zone: &TimeZone) -> rusqlite::Result<Vec<Shot>> {
    let has_stars = sqlite::has(connection, "allsky_stars", &["id", "AS_STARCOUNT"])?;
    let has_moon = sqlite::has(connection, "allsky_solarsystem", &["id", "AS_MOON_ELEVATION", "AS_MOON_ILLUMINATION"])?;
    let (stars, join_stars) =
        if has_stars { ("s.AS_STARCOUNT", "LEFT JOIN allsky_stars s ON s.id = i.id") } else { ("NULL", "") };
    let (moon, join_moon) = if has_moon {
        (
            "CASE WHEN m.id IS NULL THEN NULL ELSE m.AS_MOON_ELEVATION >= 0.0 AND m.AS_MOON_ILLUMINATION >= 33.0 END",
            "LEFT JOIN allsky_solarsystem m ON m.id = i.id",
        )
    } else {
        ("NULL", "")
    };
    let sql = format!(
        "SELECT i.id, {stars}, {moon} FROM allsky_image i {join_stars} {join_moon}
         WHERE i.id BETWEEN ?2 AND ?3 AND i.AS_DATE_NAME = ?1 AND i.AS_DAY_OR_NIGHT = 'NIGHT' ORDER BY i.id"
    );
    let (first, last) = seconds_around(night, zone);
    let at = |row: &Row<'_>| {
        let second = Timestamp::from_second(row.get(0)?).ok();
        Ok(second.map(|second| second.to_zoned(zone.clone()).datetime()))
    };
    collect(connection, &sql, params![night.to_string(), first, last], &at)
}

/// Between which seconds all rows of `night` lie, whatever their date says.
pub fn seconds_around(night: Night, zone: &TimeZone) -> (i64, i64) {
    let second =
        |date: Result<Date, jiff::Error>| Some(date.ok()?.to_zoned(zone.clone()).ok()?.timestamp().as_second());
    let first = second(night.date().checked_sub(AROUND)).unwrap_or(i64::MIN);
    let last = second(night.date().checked_add(AROUND)).unwrap_or(i64::MAX);
    (first, last)
}

/// indi-allsky: one row holds it all, times as local text.
pub fn of_indi(connection: &Connection, camera: i64, night: Night) -> rusqlite::Result<Vec<Shot>> {
    let sql = "SELECT createDate, stars, moonmode FROM image
               WHERE night = 1 AND exclude = 0 AND camera_id = ?1 AND dayDate = ?2 ORDER BY createDate";
    let at = |row: &Row<'_>| Ok(local(&row.get::<_, String>(0)?));
    collect(connection, sql, params![camera, night.date().to_string()], &at)
}

/// `2025-12-24 18:00:00.000000`.
pub fn local(text: &str) -> Option<DateTime> {
    text.replacen(' ', "T", 1).parse().ok()
}

/// Frames whose time cannot be read are left out.
fn collect(
    connection: &Connection,
    sql: &str,
    of: &[&dyn rusqlite::ToSql],
    at: &dyn Fn(&Row<'_>) -> rusqlite::Result<Option<DateTime>>,
) -> rusqlite::Result<Vec<Shot>> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(of)?;
    let mut shots = Vec::new();
    while let Some(row) = rows.next()? {
        let moon = match row.get::<_, Option<f64>>(2)? {
            None => Moon::NotRecorded,
            Some(share) if share > 0.0 => Moon::Up,
            Some(_) => Moon::Down,
        };
        if let Some(at) = at(row)? {
            shots.push(Shot { at, stars: row.get(1)?, moon });
        }
    }
    Ok(shots)
}
