//! A database without content, as a power cut leaves it, is saved and told: nothing comes back from it.
use std::fs;
use std::path::Path;

use super::support::terminal::Terminal;

/// A database that had a table once.
fn without_tables(path: &Path) {
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch("CREATE TABLE sky(stars); DROP TABLE sky;").unwrap();
}

#[test]
fn a_database_without_tables_is_told_by_the_backup_by_info_and_by_the_preview_and_replaces_nothing_unasked() {
    let cameras = [
        (Terminal::new(), "allsky/config/myFiles/allsky.db", "config/myFiles/allsky.db"),
        (Terminal::indi(), "var/lib/indi-allsky/indi-allsky.sqlite", "var/lib/indi-allsky/indi-allsky.sqlite"),
    ];
    for (terminal, place, member) in cameras {
        let database = terminal.path(place);
        let whole = fs::read(&database).unwrap();
        for make in [(|path: &Path| fs::write(path, "").unwrap()) as fn(&Path), without_tables] {
            fs::remove_file(&database).unwrap();
            make(&database);
            let made = terminal.ask("create config");
            let told = format!("{member} is an empty database without tables");
            assert!(made["warnings"].to_string().contains(&told), "{made}");
            let name = made["name"].as_str().unwrap();
            let info = terminal.ask(&format!("info {name}"));
            assert!(info["metadata"]["allskyBackups"]["left_out"].to_string().contains("without tables"), "{info}");
            fs::write(&database, &whole).unwrap();
            let preview = terminal.ask(&format!("restore {name} --preview"));
            assert!(preview["checks"].to_string().contains(&told), "{preview}");
            let digest = preview["digest"].as_str().unwrap();
            terminal.ask(&format!("restore {name} --yes --seen {digest}"));
            assert_eq!(fs::read(&database).unwrap(), whole, "{member}");
        }
    }
}

#[test]
fn what_is_left_of_a_database_that_was_cut_to_less_than_a_page_is_kept_as_bytes() {
    let terminal = Terminal::new();
    let database = terminal.path("allsky/config/myFiles/allsky.db");
    fs::write(&database, "half").unwrap();
    let made = terminal.ask("create config");
    assert!(made["warnings"].to_string().contains("allsky.db is damaged (file is not a database)"), "{made}");
    let member = "config/myFiles/allsky.db.damaged";
    assert_eq!(terminal.run(["extract", made["name"].as_str().unwrap(), member]).out, b"half");
}
