//! Databases of two moments and of two versions, side by side and merged.
use super::*;
use crate::domain::monitor::Unwatched;

struct Pair {
    top: tempfile::TempDir,
}

impl Pair {
    fn new(camera: &str, backup: &str) -> Pair {
        let pair = Pair { top: tempfile::tempdir().unwrap() };
        Connection::open(pair.camera()).unwrap().execute_batch(camera).unwrap();
        Connection::open(pair.backup()).unwrap().execute_batch(backup).unwrap();
        pair
    }

    fn camera(&self) -> std::path::PathBuf {
        self.top.path().join("camera")
    }

    fn backup(&self) -> std::path::PathBuf {
        self.top.path().join("backup")
    }

    fn counted(&self) -> Vec<TableRows> {
        compare(&self.camera(), &self.backup(), &Unwatched).unwrap()
    }

    fn merged(&self) -> Merged {
        merge(&self.camera(), &self.backup(), &Unwatched).unwrap()
    }

    /// All rows of the camera, each as one text.
    fn rows(&self, sql: &str) -> Vec<String> {
        let db = Connection::open(self.camera()).unwrap();
        let mut rows = db.prepare(sql).unwrap();
        rows.query_map((), |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }
}

#[test]
fn rows_are_counted_by_key_and_a_merge_brings_those_that_the_camera_no_longer_has() {
    let table = "CREATE TABLE image(id INT, name TEXT, PRIMARY KEY(id));";
    let pair = Pair::new(
        &format!("{table} INSERT INTO image VALUES (2,'b'),(3,'other'),(4,'d'),(5,'e');"),
        &format!("{table} INSERT INTO image VALUES (1,'a'),(2,'b'),(3,'c');"),
    );
    let counted = pair.counted();
    let image = &counted[0];
    assert_eq!((image.backup, image.camera), (Some(3), Some(4)));
    assert_eq!((image.newer, image.gone, image.differ, image.remark.as_deref()), (2, 1, 1, None));
    assert_eq!(pair.merged(), Merged { rows: 1, refused: 0 });
    assert_eq!(pair.rows("SELECT id || name FROM image ORDER BY id"), ["1a", "2b", "3other", "4d", "5e"]);
    assert_eq!(pair.merged(), Merged::default(), "a second merge finds nothing to do");
}

#[test]
fn keys_of_several_columns_and_tables_without_row_numbers_are_merged_as_well() {
    let table = "CREATE TABLE \"odd \"\"name\"(a TEXT, b INT, \"c d\" BLOB, PRIMARY KEY(b, a)) WITHOUT ROWID;";
    let into = "INSERT INTO \"odd \"\"name\" VALUES";
    let pair = Pair::new(
        &format!("{table} {into} ('x',1,x'00');"),
        &format!("{table} {into} ('x',1,x'00'),('y',1,x'01'),('x',2,NULL);"),
    );
    assert_eq!((pair.counted()[0].gone, pair.counted()[0].newer), (2, 0));
    assert_eq!(pair.merged().rows, 2);
}

#[test]
fn what_schemas_do_not_share_is_left_and_said() {
    let pair = Pair::new(
        "CREATE TABLE both_(id INTEGER PRIMARY KEY, old TEXT, fresh TEXT DEFAULT 'new');
         CREATE TABLE keyless(a, b); INSERT INTO keyless VALUES (1,1),(2,2);
         CREATE TABLE only_camera(id INTEGER PRIMARY KEY); INSERT INTO only_camera VALUES (7);
         CREATE TABLE other_key(id INTEGER PRIMARY KEY, k);
         CREATE TABLE alembic_version(version_num TEXT PRIMARY KEY); INSERT INTO alembic_version VALUES ('b');
         CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT);",
        "CREATE TABLE both_(id INTEGER PRIMARY KEY, old TEXT, gone TEXT); INSERT INTO both_ VALUES (1,'x','y');
         CREATE TABLE keyless(a, b); INSERT INTO keyless VALUES (1,1),(3,3);
         CREATE TABLE only_backup(id INTEGER PRIMARY KEY); INSERT INTO only_backup VALUES (9);
         CREATE TABLE other_key(id, k INTEGER PRIMARY KEY); INSERT INTO other_key VALUES (1,1);
         CREATE TABLE alembic_version(version_num TEXT PRIMARY KEY); INSERT INTO alembic_version VALUES ('a');
         CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO user VALUES (1,'stranger');
         CREATE VIEW seen AS SELECT * FROM user;",
    );
    let counted = pair.counted();
    let of = |name: &str| counted.iter().find(|rows| rows.table == name).unwrap();
    let remark = |name: &str| of(name).remark.clone().unwrap_or_default();
    assert!(remark("both_").contains("no column gone") && remark("both_").contains("no column fresh"), "{counted:?}");
    assert_eq!((of("keyless").newer, of("keyless").gone), (1, 0));
    assert!(remark("keyless").contains("no primary key") && remark("other_key").contains("no primary key"));
    assert_eq!((of("only_camera").newer, of("only_camera").backup), (1, None));
    assert!(remark("only_backup").contains("the camera has no such table"));
    assert!(counted.iter().all(|rows| rows.table != "seen"), "a view has no rows of its own");
    assert_eq!(of("user").gone, 0);
    assert_eq!(pair.merged(), Merged { rows: 1, refused: 0 });
    assert_eq!(pair.rows("SELECT id || old || fresh FROM both_"), ["1xnew"]);
    assert_eq!(pair.rows("SELECT version_num FROM alembic_version"), ["b"]);
    assert_eq!(pair.rows("SELECT name FROM user"), [""; 0], "a deleted account stays deleted");
}

#[test]
fn rows_that_the_cameras_rules_refuse_are_counted_and_orphans_refuse_the_merge() {
    let unique = "CREATE TABLE file(id INTEGER PRIMARY KEY, name TEXT UNIQUE);";
    let pair = Pair::new(
        &format!("{unique} INSERT INTO file VALUES (5,'a.jpg');"),
        &format!("{unique} INSERT INTO file VALUES (1,'a.jpg'),(2,'b.jpg');"),
    );
    assert_eq!(pair.merged(), Merged { rows: 1, refused: 1 });

    let linked = "CREATE TABLE camera(id INTEGER PRIMARY KEY);
                  CREATE TABLE image(id INTEGER PRIMARY KEY, camera INTEGER REFERENCES camera(id));";
    let pair = Pair::new(linked, &format!("PRAGMA foreign_keys=OFF; {linked} INSERT INTO image VALUES (1, 42);"));
    let before = std::fs::read(pair.camera()).unwrap();
    let refused = merge(&pair.camera(), &pair.backup(), &Unwatched).unwrap_err();
    assert!(std::error::Error::source(&refused).unwrap().to_string().contains("point to rows"), "{refused:?}");
    assert_eq!(std::fs::read(pair.camera()).unwrap(), before);
}

#[test]
fn a_database_that_was_in_write_ahead_mode_stays_so_and_leaves_no_log_behind() {
    let table = "PRAGMA journal_mode=WAL; CREATE TABLE a(id INTEGER PRIMARY KEY); INSERT INTO a VALUES";
    let pair = Pair::new(&format!("{table} (2);"), &format!("{table} (1);"));
    assert_eq!(pair.merged().rows, 1);
    let names = std::fs::read_dir(pair.top.path()).unwrap().count();
    assert_eq!(names, 2, "no -wal and no -shm");
    assert_eq!(pair.rows("PRAGMA journal_mode"), ["wal"]);
}

#[test]
fn triggers_of_a_backup_and_of_the_camera_do_not_run() {
    let table = "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY);
                 CREATE TRIGGER more AFTER INSERT ON a BEGIN INSERT INTO b VALUES (NEW.id + 100); END;";
    let pair = Pair::new(table, &format!("{table} INSERT INTO a VALUES (1);"));
    assert_eq!(pair.merged().rows, 2);
    assert_eq!(pair.rows("SELECT CAST(id AS TEXT) FROM b"), ["101"], "as in the backup, and once");
}

#[test]
fn a_damaged_side_is_named() {
    let table = "CREATE TABLE a(id INTEGER PRIMARY KEY, t TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000)
                 INSERT INTO a SELECT i, hex(randomblob(50)) FROM n;";
    let tear = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xa5);
        std::fs::write(path, bytes).unwrap();
    };
    let pair = Pair::new(table, table);
    tear(&pair.backup());
    assert!(matches!(compare(&pair.camera(), &pair.backup(), &Unwatched), Err(Unequal::Backup(_))));
    let pair = Pair::new(table, table);
    tear(&pair.camera());
    assert!(matches!(compare(&pair.camera(), &pair.backup(), &Unwatched), Err(Unequal::Camera(_))));
    std::fs::write(pair.camera(), "no database at all").unwrap();
    assert!(matches!(compare(&pair.camera(), &pair.backup(), &Unwatched), Err(Unequal::Camera(_))));
}
