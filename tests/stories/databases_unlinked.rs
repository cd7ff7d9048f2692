//! Databases are opened by their path, and a user who may write beside them could lay a link there: it leads nowhere,
//! and nothing is written behind it.
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::support::terminal::Terminal;

const DATABASE: &str = "allsky/config/myFiles/allsky.db";
const CANARY: &str = "canary-of-another-program";

/// A database that belongs to nobody's camera.
fn private(terminal: &Terminal) -> std::path::PathBuf {
    let folder = terminal.path("private");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("allsky.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(&format!("CREATE TABLE secrets(word TEXT); INSERT INTO secrets VALUES ('{CANARY}');")).unwrap();
    file
}

/// All that a new backup of the settings says and holds, as far as it could tell of the canary.
fn backed_up(terminal: &Terminal) -> (String, String) {
    let made = terminal.run("create config --json".split(' '));
    assert!(matches!(made.code, Some(0 | 4)), "{made:?}");
    let name = made.json()["name"].as_str().unwrap().to_owned();
    let file = fs::File::open(terminal.path("allskybackups").join(&name)).unwrap();
    let mut all = Vec::new();
    std::io::copy(&mut flate2::read::MultiGzDecoder::new(file), &mut all).unwrap();
    (made.text(), String::from_utf8_lossy(&all).into_owned())
}

fn assert_stays_away(terminal: &Terminal, what: &str) {
    let (said, held) = backed_up(terminal);
    assert!(!held.contains(CANARY), "{what}: another program's rows are in the backup");
    assert!(!said.contains("/proc/"), "{what}: {said}");
    assert!(held.contains("settings_"), "{what}: the rest is there");
}

#[test]
fn a_link_or_a_swapped_folder_never_leads_to_another_database() {
    let terminal = Terminal::new();
    let private = private(&terminal);
    let before = fs::read(&private).unwrap();
    let database = terminal.path(DATABASE);
    let folder = database.parent().unwrap();
    let (kept, kept_folder) = (terminal.path("kept.db"), terminal.path("kept"));

    fs::rename(&database, &kept).unwrap();
    symlink(&private, &database).unwrap();
    assert_stays_away(&terminal, "a link");
    fs::remove_file(&database).unwrap();
    fs::rename(&kept, &database).unwrap();

    fs::rename(folder, &kept_folder).unwrap();
    symlink(private.parent().unwrap(), folder).unwrap();
    assert_stays_away(&terminal, "a folder");
    fs::remove_file(folder).unwrap();
    fs::rename(&kept_folder, folder).unwrap();

    // SQLite writes to the files beside a database.
    let victim = terminal.path("victim");
    for end in ["-wal", "-journal", "-shm"] {
        fs::write(&victim, CANARY).unwrap();
        let beside = format!("{}{end}", database.display());
        fs::remove_file(&beside).ok();
        symlink(&victim, &beside).unwrap();
        assert_stays_away(&terminal, end);
        terminal.run("nights list".split(' '));
        assert_eq!(fs::read_to_string(&victim).unwrap(), CANARY, "{end}");
        fs::remove_file(&beside).unwrap();
    }
    assert_eq!(fs::read(&private).unwrap(), before);
    let (said, _) = backed_up(&terminal);
    assert!(!said.contains("allsky.db"), "without a link there is nothing to tell: {said}");
}

#[test]
fn the_owners_own_link_to_the_camera_is_followed() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("disk")).unwrap();
    fs::rename(terminal.path("allsky"), terminal.path("disk/allsky")).unwrap();
    symlink("disk/allsky", terminal.path("allsky")).unwrap();
    let (said, _) = backed_up(&terminal);
    assert!(!said.contains("allsky.db"), "{said}");
    assert!(Path::new(&terminal.path(DATABASE)).is_file());
}
