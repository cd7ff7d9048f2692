//! Copies of databases that are in use, half written or damaged.
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;
use crate::domain::monitor::{Progress, Stage, Unwatched};

fn made(path: &Path, mode: &str, rows: u32) -> Connection {
    let db = Connection::open(path).unwrap();
    db.busy_timeout(PATIENCE).unwrap();
    db.pragma_update(None, "journal_mode", mode).unwrap();
    db.execute_batch("CREATE TABLE a(n INTEGER PRIMARY KEY, t TEXT); CREATE TABLE b(n INTEGER PRIMARY KEY, t TEXT);")
        .unwrap();
    for table in ["a", "b"] {
        db.execute(
            &format!(
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?1) INSERT INTO {table} SELECT n, hex(n * n) FROM c"
            ),
            [rows],
        )
        .unwrap();
    }
    db
}

fn count(path: &Path, table: &str) -> i64 {
    Connection::open(path).unwrap().query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
}

#[test]
fn every_copy_beside_a_busy_writer_is_of_one_moment() {
    for mode in ["delete", "wal"] {
        let top = tempfile::tempdir().unwrap();
        let from = top.path().join("camera.db");
        let mut db = made(&from, mode, 20_000);
        let stop = AtomicBool::new(false);
        let written = AtomicU32::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let both = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
                    both.execute("INSERT INTO a(t) VALUES ('x')", ()).unwrap();
                    both.execute("INSERT INTO b(t) VALUES ('x')", ()).unwrap();
                    both.commit().unwrap();
                    written.fetch_add(1, Ordering::Relaxed);
                    std::thread::yield_now();
                }
            });
            for n in 0..20 {
                let to = top.path().join(format!("copy-{n}"));
                copy_live(top.path(), &from, &to, &Unwatched).unwrap();
                assert_eq!(count(&to, "a"), count(&to, "b"), "{mode} {n}");
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(written.load(Ordering::Relaxed) > 0, "the writer was never let in");
    }
}

#[test]
fn what_is_only_in_the_log_of_a_database_is_in_the_copy_and_no_log_stays_beside_it() {
    let top = tempfile::tempdir().unwrap();
    let (from, to) = (top.path().join("camera.db"), top.path().join("copies"));
    std::fs::create_dir(&to).unwrap();
    let db = made(&from, "wal", 10);
    db.execute("INSERT INTO a(t) VALUES ('only in the log')", ()).unwrap();
    copy_live(top.path(), &from, &to.join("copy"), &Unwatched).unwrap();
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 1);
    std::fs::rename(to.join("copy"), top.path().join("alone.db")).unwrap();
    assert_eq!(count(&top.path().join("alone.db"), "a"), 11);
}

#[test]
fn a_change_that_its_writer_did_not_finish_is_taken_back() {
    let top = tempfile::tempdir().unwrap();
    let (from, dead) = (top.path().join("camera.db"), top.path().join("dead.db"));
    let mut db = made(&from, "delete", 3000);
    db.execute_batch("PRAGMA cache_size=5; PRAGMA cache_spill=ON;").unwrap();
    {
        let half = db.transaction().unwrap();
        half.execute("UPDATE a SET t = 'half done and long enough to fill pages'", ()).unwrap();
        // What a power cut leaves: the file with some pages written, and its journal.
        std::fs::copy(&from, &dead).unwrap();
        std::fs::copy(top.path().join("camera.db-journal"), top.path().join("dead.db-journal")).unwrap();
    }
    let to = top.path().join("copy");
    copy_live(top.path(), &dead, &to, &Unwatched).unwrap();
    let half: i64 = Connection::open(&to)
        .unwrap()
        .query_row("SELECT count(*) FROM a WHERE t LIKE 'half%'", (), |row| row.get(0))
        .unwrap();
    assert_eq!(half, 0);
}

#[test]
fn a_damaged_database_is_named_and_leaves_no_copy() {
    let top = tempfile::tempdir().unwrap();
    let (from, to) = (top.path().join("camera.db"), top.path().join("copy"));
    drop(made(&from, "delete", 3000));
    let whole = std::fs::read(&from).unwrap();
    let mut middle = whole.clone();
    middle[8192..12288].fill(0x5a);
    let mut header = whole.clone();
    header[..16].fill(b'x');
    for damaged in [middle, header, whole[..whole.len() / 2].to_vec()] {
        std::fs::write(&from, damaged).unwrap();
        let why = copy_live(top.path(), &from, &to, &Unwatched).unwrap_err();
        assert!(matches!(why, Error::Damaged { .. }), "{why:?}");
        assert!(why.to_string().contains("camera.db"));
        assert!(!to.exists());
    }
}

#[test]
fn a_missing_database_is_an_error_and_is_not_made() {
    let top = tempfile::tempdir().unwrap();
    let from = top.path().join("camera.db");
    assert!(matches!(copy_live(top.path(), &from, &top.path().join("copy"), &Unwatched), Err(Error::Copy { .. })));
    assert_eq!(std::fs::read_dir(top.path()).unwrap().count(), 0);
}

/// Stops at the n-th look.
struct StopsAt(AtomicU32);

impl Monitor for StopsAt {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn cancel_at_any_point_leaves_no_copy() {
    let top = tempfile::tempdir().unwrap();
    let (from, to) = (top.path().join("camera.db"), top.path().join("copy"));
    drop(made(&from, "delete", 60_000));
    for stop_at in 0.. {
        match copy_live(top.path(), &from, &to, &StopsAt(AtomicU32::new(stop_at))) {
            Err(why) => assert!(matches!(why, Error::Cancelled(_)) && !to.exists(), "{stop_at}: {why:?}"),
            Ok(_) => {
                assert!(stop_at > 3, "there are several places to cancel");
                break;
            }
        }
    }
}

#[test]
fn a_database_is_known_by_what_it_holds() {
    let top = tempfile::tempdir().unwrap();
    let at = |name: &str| top.path().join(name);
    drop(made(&at("odd name.txt"), "delete", 1));
    std::fs::write(at("odd name.txt-wal"), "x").unwrap();
    std::fs::write(at("notes.db"), "no database").unwrap();
    std::fs::write(at("notes.db-wal"), "mine").unwrap();
    assert!(is_database(&at("odd name.txt")) && !is_database(&at("notes.db")));
    assert!(is_side_file(&at("odd name.txt-wal")) && !is_side_file(&at("notes.db-wal")));
}
