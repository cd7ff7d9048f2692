//! Another camera, a new Pi, the panel's own archives, and archives that mean harm.
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::check::Verdict;
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::{Choice, RestoreRequest, SettingsMode, Side};
use allsky_backups::work::archive::{create, import};
use allsky_backups::work::restore::{self, Error};
use serde_json::{Value, json};

use crate::support::looks::{differences, looks};
use crate::support::rig::Rig;
use crate::support::tarball::{TarHeader, config_with};

const PANEL: &[u8] = include_bytes!("../fixtures/panel/panel-config-core.tar.gz");

fn value(rig: &Rig, name: &str) -> Value {
    serde_json::from_slice(&fs::read(rig.tools.site.home().join(name)).unwrap()).unwrap()
}

fn set(rig: &Rig, name: &str, change: impl FnOnce(&mut Value)) {
    let mut new = value(rig, name);
    change(&mut new);
    fs::write(rig.tools.site.home().join(name), serde_json::to_vec_pretty(&new).unwrap()).unwrap();
}

/// Makes the camera another one, with settings of its own.
fn change_camera(rig: &Rig) {
    let config = rig.tools.site.home().join("config");
    for stem in ["settings", "cc"] {
        fs::remove_file(config.join(format!("{stem}.json"))).unwrap();
        fs::hard_link(config.join(format!("{stem}_ZWO_ASI294MC.json")), config.join(format!("{stem}.json"))).unwrap();
    }
    set(rig, "config/settings.json", |s| {
        s["latitude"] = json!("9N");
        s["nightgain"] = json!(111);
        s["owner"] = json!("nobody");
    });
}

fn take_in(rig: &Rig, bytes: &[u8]) -> RestoreRequest {
    let file = rig.path("allsky-config-backup-20261120-120000.tar.gz");
    fs::write(&file, bytes).unwrap();
    let taken = import::import(&rig.tools, &file, &Unwatched).unwrap();
    RestoreRequest::all(ArchiveName::parse(&taken.created.name).unwrap())
}

#[test]
fn another_cameras_backup_is_merged_key_by_key_and_its_camera_stays_away() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    change_camera(&rig);
    let mut ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    let refused = restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err();
    assert!(matches!(refused, Error::Blocked { name: "camera", .. }), "{refused}");
    assert_eq!(refused.code(), Code::Refused);

    ask.way = SettingsMode::Merge;
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let decided = |key: &str| preview.decisions.iter().find(|d| d.key == key).map(|d| d.side);
    assert_eq!(decided("latitude"), Some(Side::Backup));
    assert_eq!(decided("nightgain"), Some(Side::Camera));
    let cc = value(&rig, "config/cc.json");
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let merged = value(&rig, "config/settings.json");
    assert_eq!(merged["latitude"], "50.03N");
    assert_eq!(merged["owner"], "Demo owner");
    assert_eq!(merged["nightgain"], 111);
    assert_eq!(merged["cameramodel"], "ASI294MC");
    assert_eq!(value(&rig, "config/cc.json"), cc);
    let config = rig.tools.site.home().join("config");
    let inode = |name: &str| fs::metadata(config.join(name)).unwrap().ino();
    assert_eq!(inode("settings.json"), inode("settings_ZWO_ASI294MC.json"));

    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert_eq!(value(&rig, "config/settings.json")["latitude"], "9N");
    ask.picks = [("latitude".to_owned(), Side::Camera), ("nightgain".to_owned(), Side::Backup)].into();
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let chosen = value(&rig, "config/settings.json");
    assert_eq!((&chosen["latitude"], &chosen["nightgain"]), (&json!("9N"), &json!(8)));
}

#[test]
fn modules_alone_go_to_any_camera() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    change_camera(&rig);
    let modules = rig.tools.site.home().join("config/myFiles/modules");
    let before = looks(&modules);
    fs::remove_dir_all(&modules).unwrap();
    let mut ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    ask.choice = Choice::Sections(vec!["modules".into()]);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(preview.checks.iter().any(|c| c.name == "programs" && c.result == Verdict::Warning));
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let content = |name: &str| looks(&modules).get(name).map(|look| look.content.clone());
    for (name, look) in before.iter().filter(|(name, _)| !name.contains("__pycache__")) {
        assert_eq!(content(name).as_ref(), Some(&look.content), "{name}");
    }
    assert_eq!(value(&rig, "config/settings.json")["latitude"], "9N");
}

#[test]
fn a_backup_of_ours_says_where_it_was_made_so_that_paths_move_exactly() {
    let old = Rig::new();
    let home = old.tools.site.home().to_str().unwrap().to_owned();
    set(&old, "config/settings.json", |s| s["extratext"] = json!(format!("{home}/extra.txt")));
    let made = create::config(&old.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let new = Rig::new();
    let ask = take_in(&new, &fs::read(&made.path).unwrap());
    restore::apply(&new.tools, &ask, &Unwatched).unwrap();
    let here = new.tools.site.home().to_str().unwrap();
    assert_eq!(value(&new, "config/settings.json")["extratext"], format!("{here}/extra.txt"));
}

#[test]
fn the_panels_own_archive_is_restored() {
    let rig = Rig::new();
    let ask = take_in(&rig, PANEL);
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(restored.new > 0 && restored.changed > 0);
    assert_eq!(value(&rig, "config/settings.json")["location"], "Greenwich");
    let config = rig.tools.site.home().join("config");
    let inode = |name: &str| fs::metadata(config.join(name)).unwrap().ino();
    assert_eq!(inode("settings.json"), inode("settings_RPi_HQ.json"));
    assert_eq!(fs::metadata(config.join("settings.json")).unwrap().mode() & 0o7777, 0o664);
    assert_ne!(value(&rig, "env.json")["WEBUI_PASSWORD"], "admin");
}

#[test]
fn members_that_belong_to_no_section_stay_in_the_archive() {
    let rig = Rig::new();
    let ask = take_in(&rig, &config_with(|tar| tar.file("config/logs/x", "x").file("config/options.json", "[]")));
    let before = looks(rig.tools.site.home());
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let touched = differences(&before, &looks(rig.tools.site.home()));
    let own = ["env.json", "config/settings", "config/cc"];
    assert!(touched.iter().all(|name| own.iter().any(|start| name.starts_with(start))), "{touched:?}");
    assert!(restored.warnings.iter().any(|w| w.contains("config/options.json")), "{:?}", restored.warnings);
    let mut chosen = ask;
    chosen.choice = Choice::Files(vec![allsky_backups::base::rel_path::RelPath::parse("config/options.json").unwrap()]);
    let error = restore::apply(&rig.tools, &chosen, &Unwatched).unwrap_err();
    assert!(matches!(error, Error::Blocked { name: "selection", .. }), "{error}");
}

#[test]
fn a_link_left_where_a_folder_belongs_is_told_and_what_it_points_at_is_safe() {
    let rig = Rig::new();
    let ask = take_in(&rig, &config_with(|tar| tar.file("config/modules/deep/x.json", "{}")));
    let outside = rig.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("x.json"), "precious").unwrap();
    symlink(&outside, rig.tools.site.home().join("config/modules/deep")).unwrap();
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(restored.warnings.iter().any(|w| w.contains("config/modules/deep/x.json")), "{:?}", restored.warnings);
    assert_eq!(fs::read_to_string(outside.join("x.json")).unwrap(), "precious");
    assert!(rig.tools.site.home().join("config/modules/deep").is_symlink());
}

#[test]
fn modes_of_the_archive_are_not_taken_over() {
    let rig = Rig::new();
    let bytes = config_with(|tar| tar.member(TarHeader::new("config/modules/evil.py", 2).mode(0o777), b"{}"));
    let ask = RestoreRequest { programs: Some(Programs::Take), ..take_in(&rig, &bytes) };
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    let mode = |name: &str| fs::metadata(rig.tools.site.home().join(name)).unwrap().mode() & 0o7777;
    assert_eq!(mode("config/modules/evil.py"), 0o775);
    assert_eq!(mode("config/settings_RPi_HQ.json"), 0o664);
}

#[test]
fn a_damaged_archive_changes_nothing() {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    let file = rig.archive(&made.name);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let before = looks(rig.tools.site.home());
    let error = restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err();
    assert!(
        matches!(error, Error::Blocked { name: "integrity", .. } | Error::Damaged { .. } | Error::Unpack(_)),
        "{error}"
    );
    assert_eq!(differences(&looks(rig.tools.site.home()), &before), [""; 0]);
}
