//! Nights come back: whole or picture by picture, in place or elsewhere, and what threatens them is said.
use std::fs;
use std::os::unix::ffi::OsStrExt;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::NightChoice;
use allsky_backups::domain::restore::check::Verdict;
use allsky_backups::domain::restore::preview::Change;
use allsky_backups::domain::restore::request::{Choice, RestoreRequest};
use allsky_backups::work::archive::create;
use allsky_backups::work::restore::{self, Error};

use crate::support::looks::{differences, looks};
use crate::support::rig::Rig;

fn path(text: impl AsRef<[u8]>) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn backed_up(rig: &Rig) -> RestoreRequest {
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    RestoreRequest::all(ArchiveName::parse(&made.name).unwrap())
}

fn images(rig: &Rig) -> std::path::PathBuf {
    rig.tools.site.home().join("images")
}

#[test]
fn a_lost_night_comes_back_as_it_was() {
    let rig = Rig::new();
    let mut ask = backed_up(&rig);
    let before = looks(&images(&rig));
    fs::remove_dir_all(images(&rig).join("20261120")).unwrap();
    ask.choice = Choice::Folders(vec!["20261120".into()]);
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(restored.folders, ["20261120"]);
    assert_eq!(differences(&looks(&images(&rig)), &before), [""; 0]);
    restore::undo(&rig.tools, None, &Unwatched).unwrap();
    assert!(!images(&rig).join("20261120").exists(), "an undo takes away what was not there before");
}

#[test]
fn pictures_on_another_disk_are_restored_where_they_really_lie() {
    let rig = Rig::new();
    let elsewhere = rig.path("disk");
    fs::rename(images(&rig), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, images(&rig)).unwrap();
    let ask = backed_up(&rig);
    let before = looks(&elsewhere);
    fs::remove_dir_all(elsewhere.join("20261120")).unwrap();
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(differences(&looks(&elsewhere), &before), [""; 0]);
    assert!(fs::symlink_metadata(images(&rig)).unwrap().is_symlink());
}

#[test]
fn a_night_that_the_camera_will_delete_is_named_with_what_to_do() {
    let rig = Rig::new();
    let night = images(&rig).join("20261101");
    fs::create_dir(&night).unwrap();
    fs::write(night.join("image.jpg"), "old").unwrap();
    let ask = backed_up(&rig);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let card = preview.checks.iter().find(|c| c.name == "days to keep").unwrap();
    assert_eq!(card.result, Verdict::Warning);
    assert_eq!(card.detail, "20261101: Allsky deletes this night tomorrow morning, because daystokeep is 14.");
    assert!(card.advice.contains("--to"));
    fs::remove_dir_all(&night).unwrap();
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(restored.warnings.iter().any(|w| w.contains("20261101")), "{:?}", restored.warnings);
}

#[test]
fn newer_pictures_are_not_replaced_without_a_word() {
    let rig = Rig::new();
    let ask = backed_up(&rig);
    let picture = fs::read_dir(images(&rig).join("20261120")).unwrap().map(|e| e.unwrap().path());
    let picture = picture.into_iter().find(|p| p.is_file()).unwrap();
    fs::write(&picture, "edited today").unwrap();
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    fs::File::open(&picture).unwrap().set_modified(tomorrow).unwrap();
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let card = preview.checks.iter().find(|c| c.name == "newer files").unwrap();
    assert_eq!(card.result, Verdict::Warning);
    assert!(card.detail.contains(picture.file_name().unwrap().to_str().unwrap()));
    assert_eq!(preview.files.iter().filter(|f| f.change == Change::Changed).count(), 1);
}

#[test]
fn another_folder_gets_the_files_and_the_camera_is_not_touched() {
    let rig = Rig::new();
    let mut ask = backed_up(&rig);
    ask.to = Some(rig.path("elsewhere"));
    ask.choice = Choice::Folders(vec!["20261120".into()]);
    let before = looks(rig.tools.site.home());
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(differences(&looks(rig.tools.site.home()), &before), [""; 0]);
    assert!(restored.files > 0);
    let there = looks(&rig.path("elsewhere/images/20261120"));
    let here = looks(&images(&rig).join("20261120"));
    let content = |tree: &std::collections::BTreeMap<String, crate::support::looks::Look>| {
        tree.iter().map(|(name, look)| (name.clone(), look.content.clone())).collect::<Vec<_>>()
    };
    assert_eq!(content(&there), content(&here));
    ask.to = Some(rig.path("no/such/parent"));
    assert_eq!(restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err().code(), Code::Usage);
}

#[test]
fn single_files_of_any_name_can_be_chosen() {
    let rig = Rig::new();
    let names: [&[u8]; 5] =
        [b"a b.jpg", "Größe Ñ.jpg".as_bytes(), b"quote's \"name\".jpg", b"$(id).jpg", b"latin\xe4.jpg"];
    let night = images(&rig).join("20261120");
    let place = |name: &[u8]| night.join(std::ffi::OsStr::from_bytes(name));
    for name in names {
        fs::write(place(name), name).unwrap();
    }
    let mut ask = backed_up(&rig);
    for name in names {
        fs::remove_file(place(name)).unwrap();
        let member = path([b"images/20261120/", name].concat());
        ask.choice = Choice::Files(vec![member]);
        assert_eq!(restore::apply(&rig.tools, &ask, &Unwatched).unwrap().files, 1);
        assert_eq!(fs::read(place(name)).unwrap(), name);
    }
    ask.choice = Choice::Files(vec![path("images/20261120/never.jpg")]);
    let error = restore::apply(&rig.tools, &ask, &Unwatched).unwrap_err();
    assert!(matches!(&error, Error::Blocked { name: "selection", .. }), "{error}");
}

#[test]
fn fifty_thousand_chosen_files_are_restored() {
    let rig = Rig::new();
    let night = images(&rig).join("20261120/many");
    fs::create_dir(&night).unwrap();
    const FILES: usize = 50_000;
    for n in 0..FILES {
        fs::write(night.join(format!("{n:05}")), n.to_le_bytes()).unwrap();
    }
    let mut ask = backed_up(&rig);
    fs::remove_dir_all(&night).unwrap();
    let names: Vec<RelPath> = (0..FILES).map(|n| path(format!("images/20261120/many/{n:05}"))).collect();
    ask.choice = restore::keep_list(&rig.tools, &names).unwrap();
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(restored.files as usize, FILES);
    for n in [0, 1, 777, FILES - 1] {
        assert_eq!(fs::read(night.join(format!("{n:05}"))).unwrap(), n.to_le_bytes());
    }
}

#[test]
fn sections_are_for_settings_and_nights_for_pictures() {
    let rig = Rig::new();
    let mut ask = backed_up(&rig);
    ask.choice = Choice::Sections(vec!["core".into()]);
    assert_eq!(restore::preview(&rig.tools, &ask, &Unwatched).unwrap_err().code(), Code::Usage);
    ask.choice = Choice::Folders(vec!["20990101".into()]);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    assert!(preview.checks.iter().any(|c| c.name == "selection" && c.result == Verdict::Fail));
}
