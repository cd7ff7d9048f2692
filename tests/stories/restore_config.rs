//! Settings come back: as they were, with today's login, shown first, and undone to the last bit.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{PauseChoice, SectionChoice};
use allsky_backups::domain::restore::kind::Kind;
use allsky_backups::domain::restore::preview::Change;
use allsky_backups::domain::restore::request::{Choice, Login, RestoreRequest};
use allsky_backups::work::archive::create;
use allsky_backups::work::restore::{self, Error, Restored};
use serde_json::{Value, json};

use crate::support::looks::{differences, looks};
use crate::support::rig::{AtStage, CancelAt, Rig};

/// A camera with a backup of its settings.
fn backed_up() -> (Rig, RestoreRequest) {
    let rig = Rig::new();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    (rig, ask)
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
}

fn value(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What an owner does to a camera in a week.
fn live_on(rig: &Rig) {
    let home = rig.tools.site.home();
    edit(&home.join("config/settings.json"), |s| {
        s["latitude"] = json!("1N");
        s["nightgain"] = json!(99);
    });
    edit(&home.join("env.json"), |e| {
        e["WEBUI_PASSWORD"] = json!("today");
        e["REMOTEWEBSITE_PASSWORD"] = json!("changed");
    });
    fs::remove_file(home.join("config/modules/postprocessing_day.json")).unwrap();
    fs::write(home.join("config/modules/mine.json"), "{}").unwrap();
    fs::write(home.join("config/myFiles/modules/allsky_fans.py"), "print('worse')\n").unwrap();
}

fn apply(rig: &Rig, ask: &RestoreRequest) -> Result<Restored, Error> {
    restore::apply(&rig.tools, ask, &Unwatched)
}

#[test]
fn after_a_restore_every_file_of_the_backup_is_as_it_was_and_others_stay() {
    let (rig, ask) = backed_up();
    let home = rig.tools.site.home().to_owned();
    let before = looks(&home);
    live_on(&rig);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let change = |path: &str| preview.files.iter().find(|f| f.path.as_str() == Some(path)).map(|f| f.change);
    assert_eq!(change("config/modules/postprocessing_day.json"), Some(Change::New));
    assert_eq!(change("config/settings_RPi_HQ.json"), Some(Change::Changed));
    assert_eq!(change("config/cc_RPi_HQ.json"), Some(Change::Same));
    assert_eq!(change("config/modules/mine.json"), Some(Change::OnlyHere));
    assert_eq!(change("config/settings.json"), None, "a name of the moment is no file of its own");
    let latitude = preview.settings.iter().find(|s| s.key == "latitude").unwrap();
    assert_eq!((latitude.old.clone(), latitude.new.clone()), (Some(json!("1N")), Some(json!("50.03N"))));
    let gain = preview.settings.iter().find(|s| s.key == "nightgain").unwrap();
    assert_eq!(gain.kind, Kind::Camera);
    let text = preview.texts.iter().find(|t| t.path.as_str() == Some("config/myFiles/modules/allsky_fans.py")).unwrap();
    assert!(text.lines.as_ref().unwrap().iter().any(|l| l.text.contains("worse")));

    let restored = apply(&rig, &ask).unwrap();
    assert_eq!(restored.files, 5, "settings, login, flow, module, database: {restored:?}");
    let after = looks(&home);
    let mut content = before.clone();
    content.retain(|name, was| after.get(name).is_none_or(|is| is.content != was.content));
    // Today's login stays, and the copy of a database is another file with the same rows.
    assert_eq!(content.keys().collect::<Vec<_>>(), ["config/myFiles/allsky.db", "env.json"]);
    assert!(after.contains_key("config/modules/mine.json"));
    let log = fs::read_to_string(restored.log.unwrap()).unwrap();
    assert!(log.contains("check integrity: pass") && log.ends_with("done\n"), "{log}");
}

#[test]
fn empty_folders_come_back_and_go_again_with_the_undo() {
    let rig = Rig::new();
    let home = rig.tools.site.home().to_owned();
    let empty = home.join("config/myFiles/modules/cache/deep");
    fs::create_dir_all(&empty).unwrap();
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    fs::remove_dir_all(home.join("config/myFiles/modules/cache")).unwrap();
    let without = looks(&home);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let deep = "config/myFiles/modules/cache/deep";
    assert!(preview.files.iter().any(|file| file.path.as_str() == Some(deep) && file.change == Change::New));
    apply(&rig, &ask).unwrap();
    assert!(empty.is_dir());
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert_eq!(differences(&looks(&home), &without), [""; 0]);
    // One that something was put into since stays, and what was put into it.
    apply(&rig, &ask).unwrap();
    fs::write(empty.join("kept"), "mine").unwrap();
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert_eq!(fs::read_to_string(empty.join("kept")).unwrap(), "mine");
}

#[test]
fn todays_login_is_kept_unless_the_owner_wants_the_old_one() {
    let (rig, mut ask) = backed_up();
    let env = rig.tools.site.home().join("env.json");
    live_on(&rig);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(preview.settings.iter().all(|s| s.key != "WEBUI_PASSWORD"));
    assert!(!serde_json::to_string(&preview).unwrap().contains("demo-website-password"), "no secret is shown");
    apply(&rig, &ask).unwrap();
    let now = value(&env);
    assert_eq!(now["WEBUI_PASSWORD"], "today");
    assert_eq!(now["REMOTEWEBSITE_PASSWORD"], "demo-website-password");
    assert_eq!(fs::metadata(&env).unwrap().mode() & 0o7003, 0, "nobody else reads passwords");

    ask.login = Login::Take;
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(preview.checks.iter().any(|c| c.name == "login"));
    apply(&rig, &ask).unwrap();
    assert!(value(&env)["WEBUI_PASSWORD"].as_str().unwrap().starts_with("$2y$"));
}

#[test]
fn the_names_of_the_moment_are_the_cameras_own_files_again() {
    let (rig, ask) = backed_up();
    let config = rig.tools.site.home().join("config");
    let inode = |name: &str| fs::metadata(config.join(name)).unwrap().ino();
    // As an editor leaves it that writes anew and renames: two files, two contents.
    for name in ["settings.json", "cc.json"] {
        fs::copy(config.join(name), config.join("copy")).unwrap();
        fs::rename(config.join("copy"), config.join(name)).unwrap();
    }
    assert_ne!(inode("settings.json"), inode("settings_RPi_HQ.json"));
    apply(&rig, &ask).unwrap();
    assert_eq!(inode("settings.json"), inode("settings_RPi_HQ.json"));
    assert_eq!(inode("cc.json"), inode("cc_RPi_HQ.json"));
}

#[test]
fn settings_that_were_parted_by_an_editor_are_compared_where_the_camera_reads_them() {
    let (rig, ask) = backed_up();
    let config = rig.tools.site.home().join("config");
    let place = config.join("settings.json");
    edit(&place, |s| s["uselogin"] = json!(false));
    let open = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    // As `sed -i` leaves it: the camera reads new settings, its own file still has the old ones.
    let copy = config.join("sed");
    fs::copy(&place, &copy).unwrap();
    edit(&copy, |s| {
        s["latitude"] = json!("1N");
        s["lang"] = json!("de");
        s["uselogin"] = json!(true);
    });
    fs::rename(&copy, &place).unwrap();
    for name in [&ask.name, &ArchiveName::parse(&open.name).unwrap()] {
        let preview = restore::preview(&rig.tools, &RestoreRequest::all(name.clone()), &Unwatched).unwrap();
        let own = preview.files.iter().find(|f| f.path.as_str() == Some("config/settings_RPi_HQ.json")).unwrap();
        assert_eq!(own.change, Change::Changed, "{name}");
        let keys: Vec<&str> = preview.settings.iter().map(|s| s.key.as_str()).collect();
        assert!(keys.contains(&"latitude") && keys.contains(&"lang"), "{name}: {keys:?}");
    }
    // The login that is in force today stays, whatever the other file says.
    apply(&rig, &RestoreRequest::all(ArchiveName::parse(&open.name).unwrap())).unwrap();
    let now = value(&place);
    assert_eq!((&now["latitude"], &now["lang"], &now["uselogin"]), (&json!("50.03N"), &Value::Null, &json!(true)));
    assert_eq!(fs::metadata(&place).unwrap().ino(), fs::metadata(config.join("settings_RPi_HQ.json")).unwrap().ino());
}

#[test]
fn a_camera_that_lost_its_settings_gets_them_back() {
    let (rig, ask) = backed_up();
    let config = rig.tools.site.home().join("config");
    fs::remove_file(config.join("settings.json")).unwrap();
    apply(&rig, &ask).unwrap();
    let inode = |name: &str| fs::metadata(config.join(name)).unwrap().ino();
    assert_eq!(inode("settings.json"), inode("settings_RPi_HQ.json"));
    assert_eq!(rig.tools.site.camera().unwrap().camera_model.as_deref(), Some("HQ"));
}

#[test]
fn an_undo_brings_every_bit_back_and_can_be_undone() {
    let (rig, ask) = backed_up();
    let home = rig.tools.site.home().to_owned();
    live_on(&rig);
    let old = looks(&home);
    let restored = apply(&rig, &ask).unwrap();
    let new = looks(&home);
    assert_ne!(old, new);
    let undone = restore::undo(&rig.tools, restored.restore_id.as_deref(), &Unwatched).unwrap();
    assert_eq!(differences(&looks(&home), &old), [""; 0]);
    assert_eq!(undone.name.as_deref(), Some(ask.name.as_str()));
    let kept = restore::restores(&rig.tools).unwrap();
    assert_eq!(kept.len(), 1, "the undone restore is used up");
    assert_eq!(kept[0].undoes, restored.restore_id);
    assert!(kept[0].held_bytes.unwrap() > 0);
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert_eq!(differences(&looks(&home), &new), [""; 0]);
}

#[test]
fn a_restore_of_what_is_there_already_writes_nothing_and_pauses_nothing() {
    let (rig, mut ask) = backed_up();
    ask.choice = Choice::Sections(vec!["core".into()]);
    let before = looks(rig.tools.site.home());
    let restored = apply(&rig, &ask).unwrap();
    assert_eq!((restored.restore_id, restored.files, restored.pause_ms), (None, 0, 0));
    assert_eq!(differences(&looks(rig.tools.site.home()), &before), [""; 0]);
}

#[test]
fn what_changed_after_the_preview_stops_the_restore() {
    let (rig, mut ask) = backed_up();
    let settings = rig.tools.site.home().join("config/settings.json");
    live_on(&rig);
    ask.seen = Some(restore::preview(&rig.tools, &ask, &Unwatched).unwrap().digest);
    edit(&settings, |s| s["longitude"] = json!("9E"));
    let before = looks(rig.tools.site.home());
    let error = apply(&rig, &ask).unwrap_err();
    assert!(matches!(error, Error::Stale), "{error}");
    assert_eq!(error.code(), Code::Refused);
    assert_eq!(differences(&looks(rig.tools.site.home()), &before), [""; 0]);
    // What the owner then sees is what is done.
    ask.seen = Some(restore::preview(&rig.tools, &ask, &Unwatched).unwrap().digest);
    apply(&rig, &ask).unwrap();
    assert_eq!(value(&settings)["latitude"], "50.03N");
}

#[test]
fn a_change_while_the_new_files_are_written_stops_it_too() {
    use allsky_backups::domain::monitor::Stage;
    let (rig, mut ask) = backed_up();
    let settings = rig.tools.site.home().join("config/settings.json");
    live_on(&rig);
    ask.seen = Some(restore::preview(&rig.tools, &ask, &Unwatched).unwrap().digest);
    let act = || edit(&settings, |s| s["longitude"] = json!("9E"));
    let outcome = restore::apply(&rig.tools, &ask, &AtStage { stage: Stage::Pause, act });
    assert!(matches!(outcome, Err(Error::Stale)), "{outcome:?}");
    assert_eq!(value(&settings)["longitude"], "9E");
    assert!(restore::restores(&rig.tools).unwrap().is_empty());
}

#[test]
fn cancelled_anywhere_nothing_has_happened_and_nothing_is_left() {
    let (rig, ask) = backed_up();
    live_on(&rig);
    let home = rig.tools.site.home().to_owned();
    let before = looks(&home);
    let mut at = 0;
    loop {
        match restore::apply(&rig.tools, &ask, &CancelAt::checkpoint(at)) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.code(), Code::Cancelled, "checkpoint {at}: {error}"),
        }
        assert_eq!(differences(&looks(&home), &before), [""; 0], "checkpoint {at}");
        let litter = fs::read_dir(&home)
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".allsky-restore"));
        assert_eq!(litter.count(), 0, "checkpoint {at}");
        // Every single one at first, where the stages are short.
        at += if at < 40 { 1 } else { 7 };
    }
    assert!(at > 10, "only {at} checkpoints");
}

#[test]
fn a_failed_restore_has_a_log_that_says_why() {
    let (rig, ask) = backed_up();
    edit(&rig.tools.site.home().join("config/settings.json"), |s| s["cameramodel"] = json!("Other"));
    let error = apply(&rig, &ask).unwrap_err();
    assert!(matches!(error, Error::Blocked { name: "camera", .. }), "{error}");
    let logs = fs::read_dir(rig.tools.state_dir.join("logs")).unwrap();
    let texts: Vec<String> = logs.map(|e| fs::read_to_string(e.unwrap().path()).unwrap()).collect();
    assert!(
        texts.iter().any(|t| t.contains("failed: the check \"camera\" failed: The backup is of RPi HQ")),
        "{texts:?}"
    );
}

#[test]
fn old_restores_are_forgotten_after_the_days_that_the_owner_set() {
    let (rig, ask) = backed_up();
    live_on(&rig);
    apply(&rig, &ask).unwrap();
    let kept = restore::restores(&rig.tools).unwrap();
    assert_eq!(kept[0].until.duration_since(kept[0].created).as_hours(), 7 * 24);
    restore::forget_old(&rig.tools, &Unwatched);
    assert_eq!(restore::restores(&rig.tools).unwrap().len(), 1);
    let later = rig.later();
    restore::forget_old(&later, &Unwatched);
    assert!(restore::restores(&later).unwrap().is_empty());
    assert!(
        fs::read_dir(rig.tools.site.home())
            .unwrap()
            .all(|e| { !e.unwrap().file_name().to_string_lossy().starts_with(".allsky-restore") })
    );
}

#[test]
fn overlays_that_are_broken_or_only_named_are_told_by_backup_and_preview() {
    let rig = Rig::new();
    let home = rig.tools.site.home().to_owned();
    let broken = home.join("config/overlay/myTemplates/mine.json");
    fs::create_dir_all(broken.parent().unwrap()).unwrap();
    fs::write(&broken, "{\"fields\": [ {\"x\": 1 \"y\": 2} ]\n").unwrap();
    edit(&home.join("config/settings.json"), |s| s["nighttimeoverlay"] = json!("nowhere.json"));
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    let told = made.warnings.join("\n");
    assert!(told.contains("mine.json is no JSON") && told.contains("nowhere.json, which is missing"), "{told}");

    edit(&home.join("config/settings.json"), |s| s["nighttimeoverlay"] = json!(""));
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let card = preview.checks.iter().find(|check| check.name == "overlays").unwrap();
    assert!(card.detail.contains("nowhere.json"), "{card:?}");
    // It was no JSON when it was saved, so it is marked in the backup and not put over the camera's own.
    assert!(preview.checks.iter().any(|check| check.detail.contains("mine.json")), "{:?}", preview.checks);
    apply(&rig, &ask).unwrap();
}
