//! A database that went on after its backup: its newer rows are counted, kept, or merged with the old ones.
use std::fs;
use std::path::PathBuf;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::monitor::{Stage, Unwatched};
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::check::Verdict;
use allsky_backups::domain::restore::database::{DatabaseWay, DatabaseWays, Uncounted};
use allsky_backups::domain::restore::preview::{Change, Preview};
use allsky_backups::domain::restore::request::RestoreRequest;
use allsky_backups::work::archive::create;
use allsky_backups::work::restore::{self, Restored};
use rusqlite::Connection;

use crate::support::looks::{differences, looks};
use crate::support::rig::{AtStage, Rig};

const MEMBER: &str = "config/myFiles/allsky.db";

fn live(rig: &Rig) -> PathBuf {
    rig.tools.site.home().join(MEMBER)
}

fn sql(rig: &Rig, text: &str) {
    Connection::open(live(rig)).unwrap().execute_batch(text).unwrap();
}

fn number(rig: &Rig, text: &str) -> i64 {
    Connection::open(live(rig)).unwrap().query_row(text, (), |row| row.get(0)).unwrap()
}

fn images(rig: &Rig) -> i64 {
    number(rig, "SELECT count(*) FROM allsky_image")
}

/// A camera, its backup, and a week after: old rows were deleted, new ones came.
fn a_week_later() -> (Rig, RestoreRequest, i64) {
    let (rig, ask) = backed_up();
    let before = images(&rig);
    sql(
        &rig,
        "DELETE FROM allsky_image WHERE id IN (SELECT id FROM allsky_image ORDER BY id LIMIT 3);
         INSERT INTO allsky_image(id, AS_CAMERAIMAGE) VALUES (4000000001, 'new-1.jpg'), (4000000002, 'new-2.jpg');",
    );
    (rig, ask, before)
}

fn backed_up() -> (Rig, RestoreRequest) {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    (rig, ask)
}

fn in_the_way(ask: &RestoreRequest, way: DatabaseWay) -> RestoreRequest {
    RestoreRequest { databases: DatabaseWays { all: Some(way), ..DatabaseWays::default() }, ..ask.clone() }
}

fn preview(rig: &Rig, ask: &RestoreRequest) -> Preview {
    restore::preview(&rig.tools, ask, &Unwatched).unwrap()
}

fn apply(rig: &Rig, ask: &RestoreRequest) -> Restored {
    restore::apply(&rig.tools, ask, &Unwatched).unwrap()
}

fn change(preview: &Preview) -> Change {
    preview.files.iter().find(|file| file.path.as_str() == Some(MEMBER)).unwrap().change
}

#[test]
fn newer_rows_stay_unless_their_owner_says_otherwise_and_the_preview_counts_them() {
    let (rig, ask, before) = a_week_later();
    let shown = preview(&rig, &ask);
    let [database] = shown.databases.as_slice() else { panic!("{:?}", shown.databases) };
    assert_eq!((database.way, database.chosen), (DatabaseWay::Keep, false));
    let rows = database.tables.iter().find(|rows| rows.table == "allsky_image").unwrap();
    assert_eq!((rows.backup, rows.camera), (Some(before as u64), Some(before as u64 - 1)));
    assert_eq!((rows.newer, rows.gone, rows.differ), (2, 3, 0));
    let json = serde_json::to_value(&shown).unwrap();
    assert_eq!(json["databases"][0]["way"], "keep");
    assert_eq!(json["databases"][0]["tables"][0]["newer"], 2);
    assert_eq!(change(&shown), Change::Kept);
    let told = shown.checks.iter().find(|check| check.name == "database").unwrap();
    assert!(told.result == Verdict::Warning && told.detail.contains("2 rows") && told.detail.contains("3 rows"));

    apply(&rig, &RestoreRequest { seen: Some(shown.digest), ..ask.clone() });
    assert_eq!(images(&rig), before - 1, "today's database stays");

    let taken = in_the_way(&ask, DatabaseWay::Take);
    let told = preview(&rig, &taken).checks.into_iter().find(|check| check.name == "database").unwrap();
    assert!(told.result == Verdict::Warning && told.detail.contains("are gone with it"), "{told:?}");
    apply(&rig, &taken);
    assert_eq!(images(&rig), before);
    assert_eq!(number(&rig, "SELECT count(*) FROM allsky_image WHERE id > 4000000000"), 0);
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert_eq!(images(&rig), before - 1);
}

#[test]
fn a_merge_brings_the_old_rows_back_keeps_the_new_ones_and_can_be_undone() {
    let (rig, ask, before) = a_week_later();
    let home = rig.tools.site.home().to_owned();
    let old = looks(&home);
    let kept = rig.kept();
    let merging = in_the_way(&ask, DatabaseWay::Merge);
    let shown = preview(&rig, &merging);
    assert_eq!(change(&shown), Change::Changed);
    // The camera goes on after the preview: what it writes until it rests is in the result.
    let writes = AtStage {
        stage: Stage::Unpack,
        act: || sql(&rig, "INSERT INTO allsky_image(id, AS_CAMERAIMAGE) VALUES (4000000003, 'late.jpg')"),
    };
    restore::apply(&rig.tools, &RestoreRequest { seen: Some(shown.digest), ..merging }, &writes).unwrap();
    assert_eq!(images(&rig), before + 3);
    assert_eq!(number(&rig, "SELECT count(*) FROM allsky_image WHERE id > 4000000000"), 3);
    let sound: String =
        Connection::open(live(&rig)).unwrap().query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    assert_eq!(rig.kept(), kept, "no copy stays in the backups folder");
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    sql(&rig, "DELETE FROM allsky_image WHERE id = 4000000003");
    let changed = differences(&looks(&home), &old);
    assert!(changed.iter().all(|line| line.contains("allsky.db")), "{changed:?}");
    assert_eq!(images(&rig), before - 1);
}

#[test]
fn rows_that_came_after_the_preview_of_a_backup_that_had_all_are_not_replaced() {
    let (rig, ask) = backed_up();
    sql(&rig, "DELETE FROM allsky_image WHERE id = (SELECT min(id) FROM allsky_image)");
    let shown = preview(&rig, &ask);
    assert_eq!(shown.databases[0].way, DatabaseWay::Take);
    let writes = AtStage {
        stage: Stage::Unpack,
        act: || sql(&rig, "INSERT INTO allsky_image(id, AS_CAMERAIMAGE) VALUES (4000000001, 'new.jpg')"),
    };
    let refused = restore::apply(&rig.tools, &RestoreRequest { seen: Some(shown.digest), ..ask }, &writes).unwrap_err();
    assert_eq!(refused.code(), Code::Refused, "{refused:?}");
    assert_eq!(number(&rig, "SELECT count(*) FROM allsky_image WHERE id = 4000000001"), 1);
}

#[test]
fn damaged_and_locked_databases_are_spoken_of_in_words_and_never_merged() {
    let (rig, ask, _) = a_week_later();
    let good = fs::read(live(&rig)).unwrap();
    let lock = Connection::open(live(&rig)).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let shown = preview(&rig, &ask);
    assert!(matches!(shown.databases[0].uncounted, Some(Uncounted::NotRead(_))), "{:?}", shown.databases);
    assert_eq!(change(&shown), Change::Kept);
    drop(lock);

    let torn = [&good[..2048], &[0xa5; 4096], &good[6144..]].concat();
    fs::write(live(&rig), &torn).unwrap();
    let shown = preview(&rig, &ask);
    assert!(matches!(shown.databases[0].uncounted, Some(Uncounted::CameraDamaged(_))), "{:?}", shown.databases);
    assert_eq!(change(&shown), Change::Changed, "the backup's is the better one");
    let merging = in_the_way(&ask, DatabaseWay::Merge);
    let told = preview(&rig, &merging).checks.into_iter().find(|check| check.name == "database").unwrap();
    assert!(told.result == Verdict::Fail && told.detail.contains("today's database is damaged"), "{told:?}");
    restore::apply(&rig.tools, &merging, &Unwatched).unwrap_err();
    assert_eq!(fs::read(live(&rig)).unwrap(), torn);
    apply(&rig, &ask);
    assert!(images(&rig) > 0);
}
