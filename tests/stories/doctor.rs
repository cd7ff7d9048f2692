//! `doctor` looks at everything that backups need, and changes nothing.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::looks::{differences, looks};
use crate::support::terminal::{Said, Terminal};

fn doctor(terminal: &Terminal) -> Said {
    terminal.run(["doctor", "--json"])
}

/// What was found of `subject`: its health, its words and its advice.
fn check(said: &Said, subject: &str) -> (String, String, String) {
    let items = said.json()["items"].as_array().cloned().unwrap_or_default();
    let one = items.iter().find(|item| item["subject"] == subject).unwrap_or_else(|| panic!("{subject}: {said:?}"));
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (text("health"), text("said"), text("advice"))
}

#[test]
fn a_camera_that_is_well_has_no_failure_and_is_left_as_it_is() {
    let terminal = Terminal::new();
    terminal.ask("create config --sections none");
    let before = looks(&terminal.path(""));
    let said = doctor(&terminal);
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut changed = differences(&before, &looks(&terminal.path("")));
    // What readers of a SQLite database tell each other.
    changed.retain(|path| path != "state/catalog.db-shm");
    assert_eq!(changed, Vec::<String>::new(), "it writes nothing");
    for subject in ["program", "configuration", "clock", "camera", "settings", "pictures", "history"] {
        assert_eq!(check(&said, subject).0, "good", "{subject}: {said:?}");
    }
    assert_eq!(check(&said, "destination backups").0, "good");
    assert_eq!(check(&said, "second disk").0, "warning", "all lies on one disk");
    let (health, _, advice) = check(&said, "mails");
    assert!(health == "warning" && advice.contains("[notify]"), "{said:?}");
    let words = terminal.run(["doctor"]);
    assert!(words.text().contains("good     camera: Allsky ") && words.err.contains("worth a look"), "{words:?}");
}

#[test]
fn each_thing_that_is_wrong_is_told_with_what_to_do_and_hides_nothing_else() {
    let terminal = Terminal::new();
    fs::write(
        terminal.path("c.toml"),
        "[nights]\nmin_imges = 3\n\n[[destination]]\nname = \"usb\"\npath = \"/no/such/drive\"\n\n\
        [[plan]]\nname = \"weekly\"\nsources = [\"config\"]\ndestination = \"usb\"\nschedule = { daily = \"12:00\" }\n",
    )
    .unwrap();
    fs::rename(terminal.path("allsky/config"), terminal.path("allsky/config.away")).unwrap();
    let said = terminal.run(["doctor", "--json", "--config", "c.toml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let (health, words, _) = check(&said, "configuration");
    assert!(health == "failed" && words.contains("min_imges"), "{said:?}");
    let (health, _, advice) = check(&said, "destination usb");
    assert!(health == "failed" && !advice.is_empty(), "{said:?}");
    let (health, words, _) = check(&said, "settings");
    assert!(health == "warning" && words.contains("without the camera's settings"), "{said:?}");
    assert_eq!(check(&said, "history").0, "good", "{said:?}");

    let nowhere = terminal.run(["doctor", "--json", "--site", "/no/such/camera"]);
    assert_eq!((nowhere.code, check(&nowhere, "camera").0.as_str()), (Some(1), "failed"), "{nowhere:?}");
    assert_eq!(check(&nowhere, "destination backups").0, "good");
}

#[test]
fn a_history_that_cannot_be_read_is_told() {
    let terminal = Terminal::new();
    terminal.ask("create config --sections none");
    for rest in ["catalog.db-wal", "catalog.db-shm"] {
        let _ = fs::remove_file(terminal.path("state").join(rest));
    }
    fs::write(terminal.path("state/catalog.db"), "this is no database, and was one yesterday").unwrap();
    let said = doctor(&terminal);
    assert_eq!((said.code, check(&said, "history").0.as_str()), (Some(1), "failed"), "{said:?}");
    assert_eq!(check(&said, "camera").0, "good");
}

#[test]
fn a_service_that_failed_is_told_with_its_journal() {
    let terminal = Terminal::new();
    fs::write(terminal.path("active"), "failed\n").unwrap();
    let said = doctor(&terminal);
    let (health, _, advice) = check(&said, "unit allsky.service");
    assert!(health == "warning" && advice.contains("journalctl -u allsky.service"), "{said:?}");
}

#[test]
fn what_it_prints_holds_no_secret() {
    let terminal = Terminal::new();
    let secret = "correct-horse-battery";
    fs::write(terminal.path("password"), secret).unwrap();
    fs::set_permissions(terminal.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!(
        "[notify]\ntransport = \"smtp\"\nemail_report = \"me@example.org\"\npassword_file = \"{}\"\n",
        terminal.path("password").display()
    );
    fs::write(terminal.path("c.toml"), config).unwrap();
    for args in [&["doctor", "--config", "c.toml"][..], &["doctor", "--json", "--config", "c.toml"]] {
        let said = terminal.run(args);
        assert!(!said.text().contains(secret) && !said.err.contains(secret), "{said:?}");
    }
    let said = terminal.run(["doctor", "--json", "--config", "c.toml"]);
    assert_eq!(check(&said, "mails").0, "good", "{said:?}");

    // A value that is mistaken may be a password in the wrong place.
    fs::write(terminal.path("c.toml"), format!("[notify]\nsmtp_security = \"{secret}\"\n")).unwrap();
    let said = terminal.run(["doctor", "--config", "c.toml"]);
    assert!(said.text().contains("line 2: notify.smtp_security, ") && !said.text().contains(secret), "{said:?}");
}

#[test]
fn a_line_is_a_line_whatever_stands_in_a_name() {
    let terminal = Terminal::new();
    fs::write(
        terminal.path("c.toml"),
        "[[destination]]\nname = \"usb\"\npath = \"/tmp/a\\nFAILED   camera: forged\"\nrequire_mount = false\n",
    )
    .unwrap();
    let said = terminal.run(["doctor", "--config", "c.toml"]);
    assert!(!said.text().lines().any(|line| line.starts_with("FAILED   camera")), "{said:?}");
}

#[test]
fn a_catalog_that_was_emptied_keeps_its_log_and_is_no_good_history() {
    let terminal = Terminal::new();
    let serving = terminal.start("serve --bind 127.0.0.1:0");
    terminal.ask("create config --sections none");
    let wal = terminal.path("state/catalog.db-wal");
    assert!(fs::metadata(&wal).is_ok_and(|about| about.len() > 0), "the service holds it open");
    let log = fs::read(&wal).unwrap();
    drop(serving);
    fs::write(terminal.path("state/catalog.db"), "").unwrap();
    fs::write(&wal, &log).unwrap();
    let said = doctor(&terminal);
    assert_eq!((said.code, check(&said, "history").0.as_str()), (Some(1), "failed"), "{said:?}");
    assert_eq!(fs::read(&wal).unwrap(), log, "it is left as it is");
    // Work goes on with a new one, and what is left of the old one is kept beside it.
    terminal.ask("create config --sections none");
    assert_eq!(fs::read(terminal.path("state/catalog.db.damaged-1-wal")).unwrap(), log);
}
