//! Databases are opened by their path, and whoever may write beside them could lay a link there: it leads nowhere,
//! and nothing is written behind it.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::support::desk::Desk;

const DATABASE: &str = "allsky/config/myFiles/allsky.db";
const CANARY: &str = "canary-of-another-program";

/// A database that belongs to nobody's camera.
fn private(desk: &Desk) -> std::path::PathBuf {
    let folder = desk.path("private");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("allsky.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(&format!("CREATE TABLE secrets(word TEXT); INSERT INTO secrets VALUES ('{CANARY}');")).unwrap();
    file
}

/// All that a new backup of the settings says and holds, as far as it could tell of the canary.
fn backed_up(desk: &Desk) -> (String, String) {
    let made = desk.run("create config --json".split(' '));
    assert!(matches!(made.code, Some(0 | 4)), "{made:?}");
    let name = made.json()["name"].as_str().unwrap().to_owned();
    let file = fs::File::open(desk.path("allskybackups").join(&name)).unwrap();
    let mut all = Vec::new();
    std::io::copy(&mut flate2::read::MultiGzDecoder::new(file), &mut all).unwrap();
    (made.text(), String::from_utf8_lossy(&all).into_owned())
}

fn assert_stays_away(desk: &Desk, what: &str) {
    let (said, held) = backed_up(desk);
    assert!(!held.contains(CANARY), "{what}: another program's rows are in the backup");
    assert!(!said.contains("/proc/"), "{what}: {said}");
    assert!(held.contains("settings_"), "{what}: the rest is there");
}

#[test]
fn a_link_or_a_swapped_folder_never_leads_to_another_database() {
    let desk = Desk::new();
    let private = private(&desk);
    let before = fs::read(&private).unwrap();
    let database = desk.path(DATABASE);
    let folder = database.parent().unwrap();
    let (kept, kept_folder) = (desk.path("kept.db"), desk.path("kept"));

    fs::rename(&database, &kept).unwrap();
    symlink(&private, &database).unwrap();
    assert_stays_away(&desk, "a link");
    fs::remove_file(&database).unwrap();
    fs::rename(&kept, &database).unwrap();

    fs::rename(folder, &kept_folder).unwrap();
    symlink(private.parent().unwrap(), folder).unwrap();
    assert_stays_away(&desk, "a folder");
    fs::remove_file(folder).unwrap();
    fs::rename(&kept_folder, folder).unwrap();

    // SQLite writes to the files beside a database.
    let victim = desk.path("victim");
    for end in ["-wal", "-journal", "-shm"] {
        fs::write(&victim, CANARY).unwrap();
        let beside = format!("{}{end}", database.display());
        fs::remove_file(&beside).ok();
        symlink(&victim, &beside).unwrap();
        assert_stays_away(&desk, end);
        desk.run("nights list".split(' '));
        assert_eq!(fs::read_to_string(&victim).unwrap(), CANARY, "{end}");
        fs::remove_file(&beside).unwrap();
    }
    assert_eq!(fs::read(&private).unwrap(), before);
    let (said, _) = backed_up(&desk);
    assert!(!said.contains("allsky.db"), "without a link there is nothing to tell: {said}");
}

#[test]
fn the_owners_own_link_to_the_camera_is_followed() {
    let desk = Desk::new();
    fs::create_dir(desk.path("disk")).unwrap();
    fs::rename(desk.path("allsky"), desk.path("disk/allsky")).unwrap();
    symlink("disk/allsky", desk.path("allsky")).unwrap();
    let (said, _) = backed_up(&desk);
    assert!(!said.contains("allsky.db"), "{said}");
    assert!(Path::new(&desk.path(DATABASE)).is_file());
}
