//! A backup that would let everybody in: what decides who may come in stays as it is today.
use std::fs;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::restore::check::Verdict;
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::{Access, Choice, Login, RestoreRequest, SettingsMode};
use allsky_backups::work::archive::import;
use allsky_backups::work::restore::{self, Error};
use serde_json::{Value, json};

use crate::support::rig::Rig;
use crate::support::tarball::config_with;
use crate::support::terminal::Terminal;

const OWN: &str = "config/settings_RPi_HQ.json";

fn settings(rig: &Rig) -> Value {
    serde_json::from_slice(&fs::read(rig.tools.site.home().join("config/settings.json")).unwrap()).unwrap()
}

/// An archive of this very camera whose settings are `text`.
fn with_settings(rig: &Rig, text: &str, more: &[(&str, Vec<u8>)]) -> RestoreRequest {
    use crate::support::tarball::{Tar, config_metadata, gzip};
    let mut tar = Tar::default().file("env.json", "{}");
    for (name, bytes) in more {
        tar = tar.file(name, bytes);
    }
    let tar = tar.file(OWN, text).file("config/cc_RPi_HQ.json", "{}").file("metadata.json", config_metadata(""));
    take_in(rig, &gzip(&tar.end()))
}

fn take_in(rig: &Rig, bytes: &[u8]) -> RestoreRequest {
    let file = rig.path("allsky-config-backup-20261120-120000.tar.gz");
    fs::write(&file, bytes).unwrap();
    let taken = import::import(&rig.tools, &file, &Unwatched).unwrap();
    let mut ask = RestoreRequest::all(ArchiveName::parse(&taken.created.name).unwrap());
    ask.choice = Choice::Files(vec![RelPath::of_our_own(OWN)]);
    ask
}

fn open_settings(rig: &Rig) -> String {
    let mut open = settings(rig);
    open["uselogin"] = json!(false);
    open["owner"] = json!("somebody");
    open.to_string()
}

#[test]
fn a_restore_of_settings_never_turns_the_login_off_until_both_values_were_seen() {
    let rig = Rig::new();
    let mut ask = with_settings(&rig, &open_settings(&rig), &[]);
    let before = settings(&rig)["uselogin"].clone();
    assert_ne!(before, json!(false));
    for way in [SettingsMode::Replace, SettingsMode::Merge] {
        ask.way = way;
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
        assert_eq!((&settings(&rig)["uselogin"], &settings(&rig)["owner"]), (&before, &json!("somebody")), "{way:?}");
        restore::undo(&rig.tools, None, &Unwatched).unwrap();
    }
    ask.way = SettingsMode::Replace;
    ask.login = Login::Take;
    match restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err() {
        Error::Blocked { name: "who may come in", detail, advice } => {
            assert!(detail.contains("uselogin") && detail.contains("in the backup false"), "{detail}");
            assert!(advice.contains("--take-access"), "{advice}");
        }
        other => panic!("{other}"),
    }
    assert_eq!(settings(&rig)["uselogin"], before);
    ask.access = Access::Take;
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let card = preview.checks.iter().find(|card| card.name == "who may come in").unwrap();
    assert_eq!(card.result, Verdict::Warning);
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(settings(&rig)["uselogin"], json!(false));
}

#[test]
fn settings_that_this_program_cannot_read_are_not_restored_past_it() {
    let rig = Rig::new();
    // Deeper than our reader goes and not deeper than the panel's; and hidden behind texts that fill its memory.
    let deep = format!("{{\"uselogin\":false,\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let large: String = format!("{{\"uselogin\":false,\"a\":\"{}\"}}", "x".repeat(2 << 20));
    for text in [deep, large] {
        let ask = with_settings(&rig, &text, &[]);
        let error = restore::preview(&rig.tools, &ask, &Unwatched).map(drop).unwrap_err();
        assert!(matches!(error, Error::Blocked { name: "who may come in", .. }), "{error}");
        assert!(restore::apply(&rig.tools, &ask, &Unwatched).is_err());
    }
    let filler: Vec<(String, Vec<u8>)> = (0..20)
        .map(|n| (format!("config/overlay/config/a{n}.json"), format!("[\"{}\"]", "y".repeat(1_000_000)).into()))
        .collect();
    let filler: Vec<(&str, Vec<u8>)> = filler.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let mut ask = with_settings(&rig, &open_settings(&rig), &filler);
    ask.choice = Choice::Files([OWN, "config/overlay/config"].map(RelPath::of_our_own).to_vec());
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_ne!(settings(&rig)["uselogin"], json!(false));
}

#[test]
fn settings_of_another_camera_wait_with_todays_login_as_well() {
    let rig = Rig::new();
    let other = "config/settings_ZWO_ASI2600MC.json";
    let mut ask = take_in(&rig, &config_with(|tar| tar.file(other, r#"{"uselogin":false,"x":1}"#)));
    ask.choice = Choice::Files(vec![RelPath::of_our_own(other)]);
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let restored: Value = serde_json::from_slice(&fs::read(rig.tools.site.home().join(other)).unwrap()).unwrap();
    assert_ne!(restored["uselogin"], json!(false));
    assert_eq!(restored["x"], json!(1));
}

#[test]
fn the_login_of_the_released_panel_stays_until_both_users_were_seen() {
    const MINE: &str = "admin\n$2y$10$mine\n";
    let rig = Rig::new();
    let home = rig.tools.site.home().to_owned();
    let files = ["config/raspap.auth", "config/myFiles/.htpasswd"];
    for file in files {
        fs::write(home.join(file), MINE).unwrap();
    }
    let mut ask = take_in(
        &rig,
        &config_with(|tar| tar.file(files[0], "mallory\n$2y$10$known\n").file(files[1], "mallory:$apr1$known\n")),
    );
    ask.choice = Choice::Files(files.map(RelPath::of_our_own).to_vec());
    ask.programs = Some(Programs::Take);
    // There is something to restore besides.
    let both = |ask: &RestoreRequest| restore::apply(&rig.tools, ask, &Unwatched);
    for (login, access) in [(Login::Keep, Access::Keep), (Login::Take, Access::Keep)] {
        (ask.login, ask.access) = (login, access);
        let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
        let card = preview.checks.iter().find(|card| card.name == "who may come in").unwrap();
        assert!(card.detail.contains("user \"admin\"") && card.detail.contains("user \"mallory\""), "{card:?}");
        assert_eq!(card.result == Verdict::Fail, login == Login::Take, "{card:?}");
        assert!(!serde_json::to_string(&preview).unwrap().contains("$known"), "a hash is shown");
        // Whether there is nothing to do or it is blocked: they stay.
        let _ = both(&ask);
        for file in files {
            assert_eq!(fs::read_to_string(home.join(file)).unwrap(), MINE, "{file} {login:?}");
        }
    }
    ask.access = Access::Take;
    both(&ask).unwrap();
    assert!(files.iter().all(|file| fs::read_to_string(home.join(file)).unwrap().contains("mallory")));
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert!(files.iter().all(|file| fs::read_to_string(home.join(file)).unwrap() == MINE));
}

#[test]
fn the_terminal_changes_who_may_come_in_by_its_own_word_alone() {
    let terminal = Terminal::new();
    let path = terminal.path("allsky/config/settings.json");
    let set = |value: bool| {
        let mut settings: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        settings["uselogin"] = json!(value);
        fs::write(&path, settings.to_string()).unwrap();
    };
    let now = || serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap()["uselogin"].clone();
    set(false);
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    set(true);
    terminal.ask(&format!("restore {name} --yes"));
    assert_eq!(now(), json!(true), "also of a backup that was made here");
    assert_eq!(terminal.run(format!("restore {name} --yes --take-login").split(' ')).code, Some(1));
    assert_eq!(now(), json!(true));
    terminal.ask(&format!("restore {name} --yes --take-access"));
    assert_eq!(now(), json!(false));
}
