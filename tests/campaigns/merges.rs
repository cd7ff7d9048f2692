//! Databases that went on after their backup in random ways, merged: no newer row is lost, every row that was
//! deleted comes back, and the undo has it as it was.
use std::collections::BTreeMap;
use std::fs;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::database::{DatabaseWay, DatabaseWays};
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::create;
use allsky_backups::work::restore;
use rusqlite::Connection;

use crate::dice::Dice;
use crate::support::rig::Rig;
use crate::{Outcome, Scale};

type Rows = BTreeMap<i64, Option<String>>;

pub fn keep_every_row(scale: Scale, dice: &mut Dice) -> Outcome {
    let rounds = scale.of(300);
    let rig = Rig::new();
    let live = rig.tools.site.home().join("config/myFiles/allsky.db");
    let (first, mut came_back, mut newer) = (fs::read(&live).unwrap(), 0, 0);
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let databases = DatabaseWays { all: Some(DatabaseWay::Merge), ..DatabaseWays::default() };
    let ask = RestoreRequest { databases, ..RestoreRequest::all(ArchiveName::parse(&made.name).unwrap()) };
    for round in 0..rounds {
        fs::write(&live, &first).unwrap();
        let saved = rows(&live);
        go_on(&live, &saved, dice);
        let today = rows(&live);
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
        let merged = rows(&live);
        for (id, text) in &today {
            assert_eq!(merged.get(id), Some(text), "round {round}: row {id} of today");
        }
        for (id, text) in &saved {
            assert!(today.contains_key(id) || merged.get(id) == Some(text), "round {round}: row {id} of the backup");
        }
        assert!(merged.keys().all(|id| today.contains_key(id) || saved.contains_key(id)), "round {round}");
        came_back += merged.len() - today.len();
        newer += today.keys().filter(|id| !saved.contains_key(id)).count();
        if merged != today {
            restore::undo(&rig.tools, None, &Unwatched).unwrap();
            assert_eq!(rows(&live), today, "round {round}: undone");
        }
    }
    Outcome { count: rounds, remark: format!("{came_back} rows came back, {newer} newer ones stayed") }
}

/// Of the table of pictures, and whether SQLite finds the file sound.
fn rows(database: &std::path::Path) -> Rows {
    let db = Connection::open(database).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut all = db.prepare("SELECT id, AS_CAMERAIMAGE FROM allsky_image").unwrap();
    let found = all.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    found.map(Result::unwrap).collect()
}

/// Rows go, come and change, as weeks of a camera and its owner do it.
fn go_on(database: &std::path::Path, saved: &Rows, dice: &mut Dice) {
    let db = Connection::open(database).unwrap();
    let (goes, changes) = (2 + dice.roll() % 20, 2 + dice.roll() % 20);
    for id in saved.keys() {
        if dice.roll().is_multiple_of(goes) {
            db.execute("DELETE FROM allsky_image WHERE id = ?1", [id]).unwrap();
        } else if dice.roll().is_multiple_of(changes) {
            db.execute("UPDATE allsky_image SET AS_CAMERAIMAGE = 'edited' WHERE id = ?1", [id]).unwrap();
        }
    }
    let above = saved.keys().max().copied().unwrap_or(0);
    for n in 0..(dice.roll() % 30) as i64 {
        // Also numbers that the camera used before, as after a vacuum without AUTOINCREMENT.
        let id = if dice.roll().is_multiple_of(4) { above - n } else { above + 1 + n };
        let name = format!("new-{id}.jpg");
        db.execute("INSERT OR REPLACE INTO allsky_image(id, AS_CAMERAIMAGE) VALUES (?1, ?2)", (id, name)).unwrap();
    }
}
