//! indi-allsky: its settings, its keys and its database are one backup, its nights another, and both
//! come back to where they belong.
use std::fs;
use std::path::Path;
use std::time::Duration;

use allsky_backups::demo::Capture;
use rusqlite::Connection;
use serde_json::Value;

use super::support::terminal::Terminal;

const DATABASE: &str = "var/lib/indi-allsky/indi-allsky.sqlite";
const FLASK: &str = "etc/indi-allsky/flask.json";

fn names(terminal: &Terminal, archive: &str) -> Vec<String> {
    let files = terminal.ask(&format!("info {archive} --files"));
    let files = files["members"].as_array().or(files["files"].as_array()).unwrap().clone();
    files.iter().map(|file| file["path"].as_str().unwrap_or_default().to_owned()).collect()
}

fn create(terminal: &Terminal, line: &str) -> String {
    terminal.ask(&format!("create {line}"))["name"].as_str().unwrap().to_owned()
}

fn count(terminal: &Terminal, table: &str) -> i64 {
    let db = Connection::open(terminal.path(DATABASE)).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

/// The failing check of a restore that must be refused.
fn refused(terminal: &Terminal, line: &str) -> String {
    let said = terminal.run(format!("restore {line} --yes --json").split(' '));
    assert_ne!(said.code, Some(0), "{line}: {said:?}");
    said.json()["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_backup_has_the_database_of_one_moment_while_the_camera_writes_with_its_key_and_its_migrations() {
    let terminal = Terminal::indi();
    let writer = Capture::start_indi(&terminal.path(""), Duration::from_millis(1)).unwrap();
    let name = create(&terminal, "config");
    drop(writer);
    let names = names(&terminal, &name);
    for member in [FLASK, "etc/indi-allsky/password_key_backup.json", DATABASE] {
        assert!(names.iter().any(|name| name == member), "{member}: {names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("var/lib/indi-allsky/migrations/versions/")));
    assert!(!names.iter().any(|name| name.ends_with("-wal") || name.ends_with("-shm")), "{names:?}");
    terminal.ask(&format!("extract {name} {DATABASE} -o copy.sqlite"));
    let copy = Connection::open(terminal.path("copy.sqlite")).unwrap();
    let found: String = copy.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
    assert_eq!(terminal.ask(&format!("verify {name}"))["ok"], true);
    let told = terminal.ask(&format!("info {name}"));
    let ours = &told["metadata"]["allskyBackups"];
    assert_eq!(ours["site"], "indi-allsky");
    let sections: Vec<_> = ours["sections"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
    assert_eq!(sections, ["core", "database"]);
    assert_eq!(told["metadata"]["cameramodel"], "CCD Simulator");
    assert_eq!(told["metadata"]["version"], "indi_v2026.08.1");
}

#[test]
fn settings_database_and_migrations_come_back_to_where_they_belong_and_an_undo_takes_them_away() {
    let terminal = Terminal::indi();
    let name = create(&terminal, "config");
    let before = (fs::read(terminal.path(FLASK)).unwrap(), count(&terminal, "image"));
    let revision = terminal.path("var/lib/indi-allsky/migrations/versions/0a1b2c3d4e5f_.py");
    edit(&terminal.path(FLASK), |flask| flask["PASSWORD_KEY"] = "another".into());
    fs::remove_file(&revision).unwrap();
    fs::write(terminal.path("etc/indi-allsky/mine.json"), "{}").unwrap();
    Connection::open(terminal.path(DATABASE)).unwrap().execute("DELETE FROM image", ()).unwrap();
    let changed = fs::read(terminal.path(FLASK)).unwrap();

    let preview = terminal.run(["restore", &name, "--preview", "--json"]);
    assert!(
        !preview.text().contains("another") && !preview.text().contains("ABC"),
        "keys are never shown: {preview:?}"
    );
    let done = terminal.ask(&format!("restore {name} --yes"));
    assert_eq!((fs::read(terminal.path(FLASK)).unwrap(), count(&terminal, "image")), before);
    assert!(revision.exists() && terminal.path("etc/indi-allsky/mine.json").exists());
    assert!(terminal.is_active());
    assert!(Path::new(done["log"].as_str().unwrap()).starts_with(terminal.path("state/logs")), "{done}");
    terminal.ask("undo");
    assert_eq!((fs::read(terminal.path(FLASK)).unwrap(), count(&terminal, "image")), (changed, 0));
    assert!(!revision.exists());
    for folder in ["etc/indi-allsky", "var/lib/indi-allsky"] {
        let litter = fs::read_dir(terminal.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let litter: Vec<_> = litter.filter(|name| name.to_string_lossy().starts_with(".allsky-restore")).collect();
        assert!(litter.len() <= 1, "only what an undo of the undo needs: {litter:?}");
    }
}

#[test]
fn neither_the_database_nor_its_key_is_restored_without_the_other() {
    let terminal = Terminal::indi();
    let name = create(&terminal, "config");
    // Both sides have one key: either may come alone.
    terminal.ask(&format!("restore {name} --sections database --yes"));
    terminal.ask(&format!("restore {name} --sections core --yes"));
    edit(&terminal.path(FLASK), |flask| flask["PASSWORD_KEY"] = "of a new installation".into());
    let images = count(&terminal, "image");
    Connection::open(terminal.path(DATABASE)).unwrap().execute("DELETE FROM image WHERE id = 1", ()).unwrap();
    for section in ["database", "core"] {
        let why = refused(&terminal, &format!("{name} --sections {section}"));
        assert!(why.contains("password key"), "{section}: {why}");
    }
    assert_eq!(count(&terminal, "image"), images - 1);
    terminal.ask(&format!("restore {name} --sections core,database --yes"));
    assert_eq!(count(&terminal, "image"), images);
}

/// A card that died, and a fresh one whose setup has not been finished.
#[test]
fn a_backup_without_flask_json_and_a_camera_without_one_are_no_reason_to_refuse_a_restore() {
    let terminal = Terminal::indi();
    let whole = create(&terminal, "config");
    let good = fs::read(terminal.path(FLASK)).unwrap();
    let images = count(&terminal, "image");
    fs::remove_file(terminal.path(FLASK)).unwrap();
    let without = create(&terminal, "config");
    let lose = || {
        Connection::open(terminal.path(DATABASE)).unwrap().execute("DELETE FROM image WHERE id = 1", ()).unwrap();
        assert_eq!(count(&terminal, "image"), images - 1);
    };
    let restore = |line: &str, words: &str| {
        let done = terminal.ask(&format!("restore {line} --yes"));
        assert!(done["warnings"].to_string().contains(words), "{line}: {done}");
    };
    lose();
    restore(&without, "Neither this backup nor this camera has a flask.json");
    assert_eq!(count(&terminal, "image"), images, "the records are back");
    assert!(!terminal.path(FLASK).exists());
    lose();
    restore(&format!("{without} --database merge"), "Neither this backup nor this camera has a flask.json");
    assert_eq!(count(&terminal, "image"), images);
    // The database is still there; its key comes back from an older backup.
    restore(&format!("{whole} --sections core"), "no PASSWORD_KEY today; that of the backup comes back");
    assert_eq!(fs::read(terminal.path(FLASK)).unwrap(), good);
    lose();
    restore(&without, "nobody knows whether its database fits the PASSWORD_KEY of today");
    assert_eq!((count(&terminal, "image"), fs::read(terminal.path(FLASK)).unwrap()), (images, good));
    // A key that is there in the backup belongs with its database.
    fs::remove_file(terminal.path(FLASK)).unwrap();
    lose();
    let why = refused(&terminal, &format!("{whole} --sections database"));
    assert!(why.contains("password key"), "{why}");
    // And a camera of which nothing is left.
    for folder in ["etc/indi-allsky", "var/lib/indi-allsky"] {
        fs::remove_dir_all(terminal.path(folder)).unwrap();
        fs::create_dir(terminal.path(folder)).unwrap();
    }
    restore(&without, "Neither this backup nor this camera has a flask.json");
    assert_eq!(count(&terminal, "image"), images);
}

#[test]
fn a_database_whose_key_is_lost_on_the_way_is_saved_and_the_loss_is_told() {
    let terminal = Terminal::indi();
    let flask = terminal.path(FLASK);
    let site = allsky_backups::site::indi::open(&terminal.path("indi-allsky"), Some(&flask)).unwrap();
    fs::remove_file(&flask).unwrap();
    let choice = allsky_backups::domain::order::SectionChoice::All;
    assert_eq!(site.databases(&choice).unwrap().len(), 1);
    let mut told = Vec::new();
    let listing = site.list_config(&choice, &[], &mut |text| told.push(text)).unwrap();
    assert!(listing.left_out.iter().any(|one| one.path == FLASK), "{:?}", listing.left_out);
    assert!(told.iter().any(|text| text.contains("PASSWORD_KEY")), "{told:?}");
}

#[test]
fn a_database_on_a_server_is_said_loudly_and_the_rest_is_saved() {
    let terminal = Terminal::indi();
    edit(&terminal.path(FLASK), |flask| {
        flask["SQLALCHEMY_DATABASE_URI"] = "mysql+pymysql://u:secret@localhost/indi".into()
    });
    let made = terminal.ask("create config");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("NOT part of this backup") && warnings.contains("mysqldump"), "{made}");
    assert!(!warnings.contains("secret"), "{made}");
    let names = names(&terminal, made["name"].as_str().unwrap());
    assert!(names.iter().any(|name| name == FLASK) && !names.iter().any(|name| name == DATABASE), "{names:?}");
}

#[test]
fn a_night_is_all_that_belongs_to_it_and_comes_back_alone() {
    let terminal = Terminal::indi();
    let images = terminal.path("var/www/html/allsky/images");
    let folders = terminal.ask("estimate");
    let folders: Vec<String> = folders["folders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|folder| folder["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((folders.len(), folders.last().map(String::as_str)), (3, Some("darks")), "{folders:?}");
    let night = &folders[1];
    let name = create(&terminal, &format!("images --nights {night}"));
    let names = names(&terminal, &name);
    let files: Vec<&String> = names.iter().filter(|name| name.contains('.')).collect();
    for part in ["/exposures/", "/timelapse/", "keogram", "startrail", ".mp4", "thumbnails/"] {
        assert!(files.iter().any(|file| file.contains(part) && file.contains(night.as_str())), "{part}: {files:?}");
    }
    assert!(files.iter().all(|file| file.contains(night.as_str())), "{files:?}");
    let all = create(&terminal, "images");
    assert_eq!(terminal.ask(&format!("info {all}"))["metadata"]["imageFolders"].as_array().unwrap().len(), 3);
    let kept: Vec<_> = files.iter().map(|file| images.join(&file["images/".len()..])).collect();
    let before: Vec<Vec<u8>> = kept.iter().map(|file| fs::read(file).unwrap()).collect();
    kept.iter().for_each(|file| fs::remove_file(file).unwrap());
    let done = terminal.ask(&format!("restore {all} --nights {night} --yes"));
    assert_eq!(done["files"], kept.len(), "{done}");
    assert_eq!(kept.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>(), before);
    let why = refused(&terminal, &format!("{name} --nights 20200101"));
    assert!(why.contains("selection"), "{why}");
}

#[test]
fn backups_of_another_camera_software_are_known_and_refused_in_words() {
    let (indi, allsky) = (Terminal::indi(), Terminal::new());
    for (from, to, words) in [(&indi, &allsky, "backup of indi-allsky"), (&allsky, &indi, "backup of Allsky")] {
        for kind in ["config", "images"] {
            let name = create(from, kind);
            let file = from.path("allskybackups").join(&name);
            let taken = to.ask(&format!("import {}", file.display()));
            let why = refused(to, taken["name"].as_str().unwrap());
            assert!(why.contains(words), "{kind}: {why}");
        }
    }
}
