//! Which facts block a restore, which only warn.
use super::*;
use crate::domain::software::Software;

fn good() -> Facts {
    let camera =
        CameraNames { camera_type: Some("RPi".into()), camera_model: Some("HQ".into()), version: "v2025.01.01".into() };
    Facts {
        kind: ArchiveKind::Config,
        made_on: "allsky".to_owned(),
        software: Software::Allsky,
        keys: Keys::NotNeeded,
        integrity: Ok(12),
        damage: None,
        backup: camera.clone(),
        camera: Some(camera),
        way: SettingsMode::Replace,
        takes_settings: true,
        has_settings_file: true,
        has_cc_file: true,
        missing_modules: Vec::new(),
        needed_modules: 3,
        obstructed: Vec::new(),
        overlays: Vec::new(),
        shut: Vec::new(),
        chosen_files: 10,
        chosen_bytes: 1000,
        unanswered: Vec::new(),
        disks: vec![TargetDisk {
            path: "/home/pi/allsky".into(),
            need_bytes: 10,
            free_bytes: 100,
            need_inodes: 1,
            free_inodes: Some(9),
            blocked: None,
        }],
        nights: Vec::new(),
        running: None,
        keeping: None,
        databases: Vec::new(),
        newer: Vec::new(),
        programs: Vec::new(),
        left_programs: Vec::new(),
        left_by_content: Vec::new(),
        access: Vec::new(),
        access_choice: (Login::Keep, Access::Keep),
        left_out: Vec::new(),
        not_whole: Vec::new(),
        takes_not_whole: NotWhole::Leave,
        takes_login: false,
    }
}

fn night(text: &str) -> Night {
    Night::parse(text).unwrap()
}

fn verdict(facts: &Facts, name: &str) -> Option<Verdict> {
    checks(facts).into_iter().find(|c| c.name == name).map(|c| c.result)
}

#[test]
fn a_good_backup_of_this_camera_passes_every_check() {
    let cards = checks(&good());
    assert!(cards.iter().all(|c| c.result == Verdict::Pass && !c.detail.is_empty()), "{cards:?}");
    assert!(all_clear(&cards));
}

#[test]
fn each_broken_fact_blocks_and_says_what_to_do() {
    let mut broken: Vec<(&str, Facts)> = Vec::new();
    let mut with = |name: &'static str, change: &dyn Fn(&mut Facts)| {
        let mut facts = good();
        change(&mut facts);
        broken.push((name, facts));
    };
    with("integrity", &|f| f.integrity = Err("config/cc.json differs".into()));
    with("metadata", &|f| f.backup.camera_model = None);
    with("selection", &|f| f.chosen_files = 0);
    with("selection", &|f| (f.chosen_files, f.obstructed) = (0, vec!["config/x (a folder is in the way)".into()]));
    with("selection", &|f| f.unanswered = vec!["x".into()]);
    with("camera", &|f| f.backup.camera_model = Some("ASI".into()));
    with("settings file", &|f| f.has_settings_file = false);
    with("cc file", &|f| f.has_cc_file = false);
    with("space", &|f| f.disks[0].need_bytes = 101);
    with("space", &|f| f.disks[0].need_inodes = 10);
    with("destination", &|f| f.disks[0].blocked = Some("read-only".into()));
    for (name, facts) in broken {
        let cards = checks(&facts);
        assert!(!all_clear(&cards), "{name}");
        let card = cards.iter().find(|c| c.name == name).unwrap();
        assert_eq!(card.result, Verdict::Fail, "{name}");
        assert!(!card.advice.is_empty(), "{name}");
    }
}

#[test]
fn another_camera_may_be_merged_and_parts_without_core_go_to_any_camera() {
    let mut facts = good();
    facts.backup.camera_model = Some("ASI".into());
    facts.has_cc_file = false;
    facts.way = SettingsMode::Merge;
    assert!(all_clear(&checks(&facts)));
    assert_eq!(verdict(&facts, "camera"), Some(Verdict::Warning));
    facts.way = SettingsMode::Replace;
    facts.takes_settings = false;
    assert!(all_clear(&checks(&facts)));
    assert_eq!(verdict(&facts, "camera"), Some(Verdict::Pass));
}

#[test]
fn a_night_that_the_camera_is_about_to_delete_is_named_with_what_to_do() {
    let keeping = Keeping { days: 14, next_morning: jiff::civil::date(2026, 11, 21) };
    assert!(keeping.expires(night("20261106")));
    assert!(!keeping.expires(night("20261107")), "deleted only when older than the days to keep");
    assert!(!Keeping { days: 0, ..keeping }.expires(night("20200101")), "0 keeps for ever");
    let facts = Facts {
        kind: ArchiveKind::Images,
        nights: vec![night("20261106"), night("20261120")],
        keeping: Some(keeping),
        running: Some(night("20261120")),
        ..good()
    };
    let cards = checks(&facts);
    let card = cards.iter().find(|c| c.name == "days to keep").unwrap();
    assert_eq!(card.result, Verdict::Warning);
    assert_eq!(card.detail, "20261106: Allsky deletes this night tomorrow morning, because daystokeep is 14.");
    assert!(card.advice.contains("--to"));
    assert_eq!(verdict(&facts, "running night"), Some(Verdict::Warning));
    assert!(all_clear(&cards), "warnings do not block");
}

#[test]
fn what_changes_the_login_runs_programs_or_replaces_newer_files_is_said() {
    let mut facts = good();
    facts.takes_login = true;
    facts.programs = vec!["config/myFiles/modules/a.py".into()];
    facts.newer = (0..7).map(|n| format!("f{n}")).collect();
    facts.camera.as_mut().unwrap().version = "v2026".into();
    for name in ["login", "programs", "newer files", "version"] {
        assert_eq!(verdict(&facts, name), Some(Verdict::Warning), "{name}");
    }
    assert!(checks(&facts).iter().any(|c| c.detail.contains("and 2 more")));
}

#[test]
fn a_backup_of_another_camera_software_is_refused_in_words() {
    let made_on = "indi-allsky".to_owned();
    let facts = Facts { made_on: made_on.clone(), ..good() };
    let found = checks(&facts);
    let card = found.iter().find(|card| card.name == "camera software").unwrap();
    assert_eq!(card.result, Verdict::Fail);
    assert!(card.detail.contains("backup of indi-allsky") && card.detail.contains("runs Allsky"), "{card:?}");
    let elsewhere = Facts { made_on, camera: None, ..good() };
    assert!(checks(&elsewhere).iter().all(|card| card.name != "camera software"));
}

#[test]
fn a_database_goes_nowhere_without_the_key_of_its_passwords() {
    for (keys, result) in [
        (Keys::NotNeeded, None),
        (Keys::Together, Some(Verdict::Pass)),
        (Keys::Same, Some(Verdict::Pass)),
        (Keys::Returns, Some(Verdict::Warning)),
        (Keys::Nowhere, Some(Verdict::Warning)),
        (Keys::Unknown, Some(Verdict::Warning)),
        (Keys::DatabaseAlone, Some(Verdict::Fail)),
        (Keys::KeyAlone, Some(Verdict::Fail)),
    ] {
        let found = checks(&Facts { keys, ..good() });
        let card = found.iter().find(|card| card.name == "password key");
        assert_eq!(card.map(|card| card.result), result, "{keys:?}");
    }
}

#[test]
fn who_may_come_in_changes_only_by_a_word_of_its_own() {
    let mut facts = good();
    facts.access = vec![AccessChange { key: "uselogin".into(), old: "true".into(), new: "false".into() }];
    for (asked, verdict_of) in [
        ((Login::Keep, Access::Keep), Verdict::Pass),
        ((Login::Take, Access::Keep), Verdict::Fail),
        ((Login::Take, Access::Take), Verdict::Warning),
        ((Login::Keep, Access::Take), Verdict::Warning),
    ] {
        facts.access_choice = asked;
        assert_eq!(verdict(&facts, "who may come in"), Some(verdict_of), "{asked:?}");
        let card = checks(&facts).into_iter().find(|card| card.name == "who may come in").unwrap();
        assert!(card.detail.contains("uselogin today true, in the backup false"), "{}", card.detail);
    }
}

#[test]
fn modules_and_overlays_that_are_named_in_vain_are_told_and_forbid_nothing() {
    let overlays = vec!["overlay9.json, which the setting daytimeoverlay names, is missing".into()];
    let facts = Facts { missing_modules: vec!["allsky_x.py".into()], overlays, ..good() };
    let cards = checks(&facts);
    let told = cards.iter().find(|card| card.name == "modules").unwrap();
    assert!(told.result == Verdict::Warning && told.detail.contains("allsky_x.py"));
    let told = cards.iter().find(|card| card.name == "overlays").unwrap();
    assert!(told.result == Verdict::Warning && told.detail.contains("overlay9.json"));
    assert!(all_clear(&cards));
}

#[test]
fn folders_that_the_panel_cannot_write_to_are_named_by_their_tops() {
    let shut = ["/a/config/modules", "/a/config/modules/charts", "/a/config/modules2"].map(String::from).to_vec();
    let cards = checks(&Facts { shut, ..good() });
    let card = cards.iter().find(|c| c.name == "folders").unwrap();
    assert!(card.advice.contains("find /a/config/modules /a/config/modules2 -type d"), "{}", card.advice);
    assert!(all_clear(&cards));
}

#[test]
fn what_the_backup_lacks_is_told_and_half_files_are_told_by_what_becomes_of_them() {
    let card = |facts: &Facts, name: &str| checks(facts).into_iter().find(|check| check.name == name);
    assert_eq!(card(&good(), "completeness"), None);
    let lacking = card(&Facts { left_out: vec!["allsky.db is missing".into()], ..good() }, "completeness").unwrap();
    assert!(lacking.result == Verdict::Warning && lacking.detail.contains("allsky.db"), "{lacking:?}");
    for (takes, word) in [(NotWhole::Leave, "stay"), (NotWhole::Take, "replaced")] {
        let facts = Facts { not_whole: vec!["cut.jpg".into()], takes_not_whole: takes, ..good() };
        let told = card(&facts, "incomplete files").unwrap();
        assert!(told.detail.contains("cut.jpg") && told.detail.contains(word), "{told:?}");
    }
}
