//! The camera's folder as its owner left it: what is found in it, what is taken, what is said.
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::demo::{self, Plan};
use allsky_backups::domain::archive::listing::{Listing, Source};
use allsky_backups::domain::archive::section::{Capture, Section};
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, SectionChoice};
use allsky_backups::site::allsky::open;
use allsky_backups::site::database::copy_live;
use allsky_backups::site::{DatabaseCopy, Error, Taken};

fn camera_home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    demo::build(home.path(), &Plan::tiny(jiff::civil::date(2026, 11, 20)), &mut |_, _| {}).unwrap();
    home
}

fn config_names(home: &Path, choice: &SectionChoice) -> (Vec<String>, Vec<String>) {
    let mut warnings = Vec::new();
    let listing = open(home).unwrap().list_config(choice, &[], &mut |w| warnings.push(w)).unwrap();
    (listing.entries.iter().map(|e| e.name.to_string()).collect(), warnings)
}

fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|n| n == name)
}

/// Keys of all sections that hold a name.
fn home_of<'a>(sections: &'a [Section], name: &RelPath) -> Vec<&'a str> {
    let holds = |section: &&Section| section.places.iter().any(|place| name.is_within(&place.path));
    sections.iter().filter(holds).map(|section| section.key.as_str()).collect()
}

/// The file that a member is read from.
fn read(listing: &Listing, name: &str) -> Vec<u8> {
    let entry = listing.entries.iter().find(|e| e.name.as_bytes() == name.as_bytes()).unwrap();
    let (root, path) = listing.place(entry).unwrap();
    fs::read(listing.roots[usize::from(root)].join(path.as_path())).unwrap()
}

#[test]
fn a_folder_without_a_camera_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(open(empty.path()), Err(Error::NoSite(_))));
}

#[test]
fn the_camera_is_what_its_files_say() {
    let home = camera_home();
    let camera = open(home.path()).unwrap().camera().unwrap();
    assert_eq!(camera.version, "v2025.xx.xx");
    assert_eq!(camera.camera_type.as_deref(), Some("RPi"));
    assert_eq!(camera.settings_file.unwrap().to_string(), "config/settings_RPi_HQ.json");
    assert_eq!(camera.cc_file.unwrap().to_string(), "config/cc_RPi_HQ.json");
    assert!(camera.required_modules.contains(&"allsky_dewheater.py".to_owned()));
    assert!(camera.required_modules.is_sorted());
}

#[test]
fn templates_are_saved_although_the_list_spells_their_folder_wrongly() {
    let home = camera_home();
    let (names, warnings) = config_names(home.path(), &SectionChoice::None);
    assert!(has(&names, "config/overlay/myTemplates/overlay1.json"));
    assert!(has(&names, "config/overlay/fonts/Größe Ñ.ttf"));
    assert!(warnings.is_empty(), "every untouched camera has such a list: {warnings:?}");
    let listing = open(home.path()).unwrap().list_config(&SectionChoice::None, &[], &mut |_| {}).unwrap();
    assert_eq!(listing.notes.len(), 1, "{:?}", listing.notes);
    assert!(listing.notes[0].contains("mytemplates") && listing.notes[0].contains("myTemplates"));
}

#[test]
fn the_links_of_the_moment_and_compiled_python_are_never_members() {
    let home = camera_home();
    fs::write(home.path().join("config/backup.json"), r#"{"backupTargets": ["/config/*", "env.json"]}"#).unwrap();
    let (names, _) = config_names(home.path(), &SectionChoice::All);
    assert!(has(&names, "config/settings_RPi_HQ.json") && has(&names, "config/myFiles/modules/allsky_fans.py"));
    assert!(!has(&names, "config/settings.json") && !has(&names, "config/cc.json"));
    assert!(!names.iter().any(|name| name.contains("__pycache__")));
    let mut once = names.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), names.len(), "nothing is stored twice");
}

#[test]
fn every_path_belongs_to_one_section() {
    let home = camera_home();
    let site = open(home.path()).unwrap();
    let sections = site.sections().unwrap();
    assert_eq!(sections[0].key.as_str(), "core");
    for section in &sections {
        for place in &section.places {
            assert_eq!(home_of(&sections, &place.path), [section.key.as_str()], "{}", place.path);
        }
    }
    let all = site.list_config(&SectionChoice::All, &[], &mut |_| {}).unwrap();
    for entry in &all.entries {
        assert_eq!(home_of(&sections, &entry.name).len(), 1, "{}", entry.name);
        // The name in the archive is the place on the disk.
        assert!(site.home().join(entry.name.as_path()).exists());
    }
}

#[test]
fn what_the_panel_forgets_can_be_chosen() {
    let home = camera_home();
    let (names, _) = config_names(home.path(), &SectionChoice::All);
    for name in [
        "config/uservariables.sh",
        "config/settings_ZWO_ASI294MC.json",
        "config/remote_configuration.json",
        "html/allsky/myFiles/about.html",
        "config/myFiles/notificationImages/StartingUp.jpg",
        "config/myFiles/monitorable_logs.json",
        "darks/30.0-8-dark.jpg",
    ] {
        assert!(has(&names, name), "{name} of {names:#?}");
    }
    let (few, _) = config_names(home.path(), &SectionChoice::None);
    assert!(!has(&few, "config/uservariables.sh") && has(&few, "env.json"));
    let why = open(home.path()).unwrap().list_config(&SectionChoice::Keys(vec!["moon".into()]), &[], &mut |_| {});
    assert!(matches!(why, Err(Error::NoSection { .. })));
}

#[test]
fn targets_that_point_out_of_the_home_are_left_out_aloud() {
    let home = camera_home();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "x").unwrap();
    symlink(outside.path(), home.path().join("way-out")).unwrap();
    fs::write(
        home.path().join("config/backup.json"),
        r#"{"backupTargets": ["/config/settings.json", "/config/cc.json", "../../etc/passwd", "//etc/shadow", "/*", "way-out", "way-out/secret", "not/there"],
            "optionalTargets": {"mine": {"shortdescription": "Mine", "path": ["version", "config/../../x"]}}}"#,
    )
    .unwrap();
    let (names, warnings) = config_names(home.path(), &SectionChoice::Keys(vec!["mine".into()]));
    assert_eq!(names, ["config/cc_RPi_HQ.json", "config/settings_RPi_HQ.json", "version"]);
    assert_eq!(warnings.len(), 6, "{warnings:#?}");
}

#[test]
fn settings_that_lost_their_link_are_saved_as_the_camera_reads_them() {
    let home = camera_home();
    let own = home.path().join("config/settings_RPi_HQ.json");
    let live = fs::read(home.path().join("config/settings.json")).unwrap();
    fs::remove_file(&own).unwrap();
    for stale in [None, Some("{}")] {
        if let Some(text) = stale {
            fs::write(&own, text).unwrap();
        }
        let listing = open(home.path()).unwrap().list_config(&SectionChoice::None, &[], &mut |_| {}).unwrap();
        assert_eq!(read(&listing, "config/settings_RPi_HQ.json"), live);
    }
}

#[test]
fn databases_come_from_their_copies_with_the_looks_of_the_original() {
    let home = camera_home();
    let work = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config/myFiles/allsky.db-journal"), "left over").unwrap();
    let site = open(home.path()).unwrap();
    let databases = site.databases(&SectionChoice::All).unwrap();
    assert_eq!(databases.iter().map(|d| d.to_string()).collect::<Vec<_>>(), ["config/myFiles/allsky.db"]);
    assert!(site.databases(&SectionChoice::None).unwrap().is_empty());
    let copy = work.path().join("0.db");
    copy_live(home.path(), &home.path().join(databases[0].as_path()), &copy, &Unwatched).unwrap();
    let copies = [DatabaseCopy { path: databases[0].clone(), taken: Taken::Whole(copy.clone()) }];
    let listing = site.list_config(&SectionChoice::All, &copies, &mut |_| {}).unwrap();
    let entry = listing.entries.iter().find(|e| e.name == databases[0]).unwrap();
    assert!(matches!(entry.source, Source::Elsewhere { .. }));
    assert_eq!((entry.size, entry.mode), (fs::metadata(&copy).unwrap().len(), 0o664));
    assert_eq!(read(&listing, "config/myFiles/allsky.db"), fs::read(&copy).unwrap());
    assert!(!listing.entries.iter().any(|e| e.name.as_bytes().ends_with(b"-journal")));
}

#[test]
fn pictures_on_another_disk_keep_their_names() {
    let disk = tempfile::tempdir().unwrap();
    for way in ["link", "variable"] {
        let home = camera_home();
        let there = disk.path().join(way);
        fs::rename(home.path().join("images"), &there).unwrap();
        if way == "link" {
            symlink(&there, home.path().join("images")).unwrap();
        } else {
            let text = fs::read(home.path().join("variables.json")).unwrap();
            let mut variables: serde_json::Value = serde_json::from_slice(&text).unwrap();
            variables["ALLSKY_IMAGES"] = there.to_str().unwrap().into();
            fs::write(home.path().join("variables.json"), variables.to_string()).unwrap();
        }
        let site = open(home.path()).unwrap();
        assert_eq!(site.images_dir().unwrap(), there.canonicalize().unwrap());
        let listing = site.list_images(&NightChoice::Folders(vec!["20261119".into()]), &mut |w| panic!("{w}")).unwrap();
        let picture =
            listing.entries.iter().find(|e| e.name.as_bytes().ends_with(b"/image-20261119180000.jpg")).unwrap();
        assert!(picture.name.as_bytes().starts_with(b"images/20261119/"));
        for entry in &listing.entries {
            if let Some((root, path)) = listing.place(entry) {
                assert!(listing.roots[usize::from(root)].join(path.as_path()).is_file());
            }
        }
    }
}

#[test]
fn all_folders_take_odd_names_along_and_tell_of_links() {
    let home = camera_home();
    let images = home.path().join("images");
    let odd = std::ffi::OsStr::from_bytes(b"latin\xe4\n");
    fs::create_dir(images.join(odd)).unwrap();
    fs::write(images.join(odd).join("a.jpg"), "x").unwrap();
    symlink("/", images.join("20261118")).unwrap();
    let site = open(home.path()).unwrap();
    let mut warnings = Vec::new();
    let listing = site.list_images(&NightChoice::All, &mut |w| warnings.push(w)).unwrap();
    assert!(listing.entries.iter().any(|e| e.name.as_bytes() == b"images/latin\xe4\n/a.jpg"));
    assert!(listing.entries.iter().any(|e| e.name.as_bytes() == b"images/test1/image-test.jpg"));
    assert!(listing.entries.iter().any(|e| e.name.as_bytes().starts_with(b"images/20261119/thumbnails/")));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(listing.entries.windows(2).all(|pair| pair[0].name != pair[1].name));
    for folder in ["..", "20261118", "nothing", "20261119/thumbnails", ""] {
        assert!(site.list_images(&NightChoice::Folders(vec![folder.into()]), &mut |_| {}).is_err(), "{folder}");
    }
}

#[test]
fn nights_are_shown_newest_first_with_a_small_keogram() {
    let home = camera_home();
    let folders = open(home.path()).unwrap().picture_folders().unwrap();
    assert_eq!(folders.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["20261120", "20261119", "test1"]);
    assert!(folders[0].keogram.is_none(), "the night is still running");
    assert_eq!(folders[1].keogram.as_ref().unwrap().to_string(), "20261119/keogramthumbnail/keogram-20261119.jpg");
    assert!(folders[1].startrails.is_some() && folders[2].night.is_none());
}

#[test]
fn metadata_says_what_the_archive_takes() {
    let home = camera_home();
    let site = open(home.path()).unwrap();
    let choice = SectionChoice::Keys(vec!["modules".into()]);
    let listing = site.list_config(&choice, &[], &mut |_| {}).unwrap();
    let metadata = site.config_metadata(&choice, &listing).unwrap();
    assert_eq!(metadata.included_optional_targets, ["modules"]);
    assert_eq!(metadata.included_sections.iter().map(|s| s.key.as_str()).collect::<Vec<_>>(), ["core", "modules"]);
    assert_eq!(metadata.backup_modules.unwrap(), ["allsky_boilerplate.py", "allsky_dewheater.py", "allsky_fans.py"]);
    assert_eq!(metadata.backup_has_modules, Some(true));
    let sizes = metadata.ours.unwrap().sections;
    assert_eq!(sizes.iter().map(|s| s.bytes).sum::<u64>(), listing.bytes());
    let choice = NightChoice::Folders(vec!["20261119".into()]);
    let listing = site.list_images(&choice, &mut |_| {}).unwrap();
    let metadata = site.images_metadata(&choice, &listing).unwrap();
    assert_eq!(metadata.image_targets.unwrap(), ["images/20261119"]);
    assert_eq!(metadata.image_backup_all, Some(false));
    assert_eq!(metadata.ours.unwrap().sections[0].files, listing.files());
}

#[test]
fn secrets_and_databases_are_marked() {
    let home = camera_home();
    let sections = open(home.path()).unwrap().sections().unwrap();
    let place = |name: &str| {
        sections.iter().flat_map(|s| &s.places).find(|p| p.path.as_bytes() == name.as_bytes()).unwrap().clone()
    };
    assert!(place("env.json").secret && place("config/myFiles/secrets.json").secret);
    assert!(!place("config/modules").secret);
    assert_eq!(place("config/myFiles/allsky.db").capture, Capture::LiveDatabase);
    assert_eq!(place("config/myFiles/db_data.json").capture, Capture::Files);
}

#[test]
fn a_home_that_was_moved_finds_its_pictures() {
    let home = camera_home();
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("allsky");
    fs::rename(home.path(), &moved).unwrap();
    let images = open(&moved).unwrap().images_dir().unwrap();
    assert_eq!(images, moved.join("images").canonicalize().unwrap());
}

#[test]
fn a_disk_that_is_not_there_is_an_error_and_not_an_empty_backup() {
    let home = camera_home();
    fs::write(home.path().join("variables.json"), r#"{"ALLSKY_IMAGES": "/nowhere/at/all"}"#).unwrap();
    let site = open(home.path()).unwrap();
    assert!(matches!(site.list_images(&NightChoice::All, &mut |_| {}), Err(Error::Read { .. })));
    assert!(site.picture_folders().is_err());
    assert!(site.list_config(&SectionChoice::None, &[], &mut |_| {}).is_ok(), "settings can be saved all the same");
}

#[test]
fn a_folder_that_cannot_be_read_is_said_and_the_rest_is_taken() {
    let home = camera_home();
    let locked = home.path().join("images/20261119/thumbnails");
    let pipe = home.path().join("images/20261119/pipe");
    make_pipe(&pipe);
    fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    let unreadable = fs::read_dir(&locked).is_err();
    let mut warnings = Vec::new();
    let listing = open(home.path()).unwrap().list_images(&NightChoice::All, &mut |w| warnings.push(w)).unwrap();
    fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert!(listing.entries.iter().any(|e| e.name.as_bytes() == b"images/20261119/image-20261119180000.jpg"));
    assert!(warnings.iter().any(|w| w.contains("images/20261119/pipe")), "{warnings:?}");
    // Root reads everything.
    assert_eq!(warnings.iter().any(|w| w.contains("images/20261119/thumbnails")), unreadable, "{warnings:?}");
}

fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_hundred_thousand_files_are_listed_in_order() {
    let home = tempfile::tempdir().unwrap();
    let date = jiff::civil::date(2026, 11, 20);
    demo::build(home.path(), &Plan { extra_files: 100_000, ..Plan::tiny(date) }, &mut |_, _| {}).unwrap();
    let listing = open(home.path()).unwrap().list_images(&NightChoice::All, &mut |w| panic!("{w}")).unwrap();
    assert!(listing.files() > 100_000);
    let notes: Vec<_> = listing.entries.iter().map(|e| &e.name).filter(|n| n.name().starts_with(b"note-")).collect();
    assert!(notes.len() == 100_000 && notes.is_sorted());
}
