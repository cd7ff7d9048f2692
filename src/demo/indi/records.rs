//! The database: the tables that matter to backups, in the mode and with the text forms that the
//! program itself uses.
use std::io;
use std::path::Path;

use jiff::civil::DateTime;
use rusqlite::{Connection, params};
use serde_json::json;

use super::super::Plan;
use super::pictures::{Frame, FrameKind};

const TABLES: &str = include_str!("tables.sql");

pub fn write(path: &Path, plan: &Plan, camera: &str, frames: &[Frame]) -> io::Result<()> {
    fill(path, plan, camera, frames).map_err(io::Error::other)
}

fn fill(path: &Path, plan: &Plan, camera: &str, frames: &[Frame]) -> rusqlite::Result<()> {
    let mut db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "OFF")?;
    let all = db.transaction()?;
    all.execute_batch(TABLES)?;
    let old = super::camera(plan.seed, 2);
    for (id, uuid, name) in [(1, camera, "CCD Simulator"), (2, old.as_str(), "ZWO CCD ASI120MC")] {
        all.execute(
            "INSERT INTO camera(id, uuid, name, driver, friendlyName, connectDate, latitude, longitude, tz, utc_offset)
             VALUES (?1, ?2, ?3, 'indi_simulator_ccd', ?3, ?4, 50.03, 8.88, 'UTC', 0)",
            params![id, uuid, name, if id == 1 { "2026-11-01 17:00:00.000000" } else { "2025-01-01 17:00:00.000000" }],
        )?;
    }
    // What is encrypted here is encrypted with the PASSWORD_KEY of flask.json, as far as anyone can tell.
    let settings = json!({
        "IMAGE_FOLDER": "/var/www/html/allsky/images", "IMAGE_EXPIRE_DAYS": 10, "TIMELAPSE_EXPIRE_DAYS": 365,
        "ENCRYPT_PASSWORDS": true, "OWNER": "Demo",
        "FILETRANSFER": { "HOST": "sky.example.org", "USERNAME": "demo", "PASSWORD": "", "PASSWORD_E": "gAAAAABdemoFileTransfer" },
    });
    all.execute(
        "INSERT INTO config(level, encrypted, note, data) VALUES ('20260724.0', 1, 'Initial config', ?1)",
        [settings.to_string()],
    )?;
    all.execute(
        "INSERT INTO user(username, password, email, name, admin) VALUES ('demo', '$argon2id$v=19$demo', 'demo@example.org', 'Demo', 1)",
        (),
    )?;
    for (key, value) in [("DB_CAMERA_ID", "1"), ("CONFIG_ID", "1"), ("STATUS", "Running"), ("WATCHDOG", "0")] {
        all.execute("INSERT INTO state(key, value) VALUES (?1, ?2)", [key, value])?;
    }
    for older in 0..plan.database_rows {
        all.execute(
            "INSERT INTO notification(category, item, notification) VALUES ('GENERAL', ?1, 'Everything is well')",
            [format!("older-{older}")],
        )?;
    }
    frames.iter().try_for_each(|frame| insert(&all, frame))?;
    all.commit()
}

/// Adds a file to its table.
pub fn insert(db: &Connection, frame: &Frame) -> rusqlite::Result<()> {
    let (name, at, bytes) = (&frame.name, text(frame.at), frame.bytes as i64);
    let table = match frame.kind {
        FrameKind::Image => {
            db.prepare_cached(
                "INSERT OR REPLACE INTO image(filename, createDate, dayDate, exposure, gain, adu, temp, moonmode, stars, fileSize, camera_id)
                 VALUES (?1, ?2, ?3, 30.0, 200.0, 60.0, -1.5, 0, ?4, ?5, 1)",
            )?
            .execute(params![name, at, frame.night, frame.stars, bytes])?;
            return Ok(());
        }
        FrameKind::Video => "video",
        FrameKind::Keogram => "keogram",
        FrameKind::Startrail => "startrail",
    };
    let line = format!(
        "INSERT OR REPLACE INTO {table}(filename, createDate, dayDate, success, fileSize, camera_id) VALUES (?1, ?2, ?3, 1, ?4, 1)"
    );
    db.execute(&line, params![name, at, frame.night, bytes])?;
    Ok(())
}

/// As the program writes times: local, without a zone, with microseconds.
fn text(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S.000000").to_string()
}
