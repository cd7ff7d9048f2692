//! From a camera to an archive in the list, and everything that can go wrong on the way.
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;

use allsky_backups::base::rel_path::RelPath;
use allsky_backups::catalog::Knowledge;
use allsky_backups::domain::archive::name::{ArchiveKind, ArchiveName};
use allsky_backups::domain::failure::{Advice, Code, Failure};
use allsky_backups::domain::monitor::{Stage, Unwatched};
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::work::archive::create;
use allsky_backups::work::archive::create::Created;
use allsky_backups::work::archive::{delete, estimate, extract, import, info, inspect, list, upload, verify};
use allsky_backups::work::{Error, Tools};

use crate::support::rig::{AtStage, CancelAt, Rig};
use crate::support::small_disk::SmallDisk;

fn config(tools: &Tools) -> Result<Created, Error> {
    create::config(tools, &SectionChoice::All, PauseChoice::WhenNeeded, &Unwatched)
}

fn images(tools: &Tools) -> Result<Created, Error> {
    create::images(tools, &NightChoice::All, &Unwatched)
}

fn name(text: &str) -> ArchiveName {
    ArchiveName::parse(text).unwrap()
}

#[test]
fn a_new_archive_is_listed_as_verified_and_tells_what_is_in_it() {
    let rig = Rig::new();
    let made = config(&rig.tools).unwrap();
    assert_eq!(made.name, "allsky-config-backup-20261121-000309.tar.gz");
    let stem = made.name.strip_suffix(".tar.gz").unwrap();
    assert_eq!(rig.kept(), [format!("{stem}.index"), format!("{stem}.json"), made.name.clone()]);
    for file in rig.kept() {
        assert_eq!(fs::metadata(rig.archive(&file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let items = list::list(&rig.tools).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].state, items[0].kind), (Knowledge::Verified, Some(ArchiveKind::Config)));
    assert_eq!(items[0].created, "2026-11-21T00:03:09+01:00");
    assert_eq!(items[0].bytes, made.bytes);
    let info = info::info(&rig.tools, &name(&made.name)).unwrap();
    assert_eq!(info.files, Some(made.files));
    assert_eq!(info.metadata.unwrap().backup_file, Some(made.name));
}

#[test]
fn two_archives_of_one_second_have_two_names_and_each_knows_its_own() {
    let rig = Rig::new();
    let start = Barrier::new(3);
    let names: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let tools = rig.another();
                    start.wait();
                    config(&tools).unwrap().name
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for made in &names {
        let sidecar = fs::read_to_string(rig.archive(&made.replace(".tar.gz", ".json"))).unwrap();
        let said: serde_json::Value = serde_json::from_str(&sidecar).unwrap();
        assert_eq!(said["backupFile"], made.as_str());
        assert_eq!(info::info(&rig.tools, &name(made)).unwrap().metadata.unwrap().backup_file.as_ref(), Some(made));
    }
    assert_eq!(rig.kept().len(), 9, "{:?}", rig.kept());
    assert_eq!(list::list(&rig.tools).unwrap().len(), 3);
}

#[test]
fn a_cancel_at_any_checkpoint_of_create_leaves_nothing() {
    let rig = Rig::new();
    for stop_at in 0.. {
        let choice = SectionChoice::All;
        match create::config(&rig.tools, &choice, PauseChoice::Never, &CancelAt::checkpoint(stop_at)) {
            Ok(_) => {
                assert!(stop_at > 5, "there are {stop_at} checkpoints");
                break;
            }
            Err(error) => assert_eq!(error.code(), Code::Cancelled, "at {stop_at}: {error}"),
        }
        assert!(rig.kept().is_empty(), "at {stop_at}: {:?}", rig.kept());
    }
    assert_eq!(rig.kept().len(), 3);
}

#[test]
fn a_cancel_at_any_checkpoint_of_an_upload_leaves_nothing() {
    let rig = Rig::new();
    let bytes = made_elsewhere();
    for stop_at in 0.. {
        let monitor = CancelAt::checkpoint(stop_at);
        match upload::upload(&rig.tools, "x.tar.gz", None, bytes.as_slice(), &monitor) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.code(), Code::Cancelled, "at {stop_at}: {error}"),
        }
        assert!(rig.kept().is_empty(), "at {stop_at}: {:?}", rig.kept());
    }
    assert_eq!(rig.kept().len(), 3);
}

/// The bytes of an archive of another camera.
fn made_elsewhere() -> Vec<u8> {
    let elsewhere = Rig::new();
    let made = images(&elsewhere.tools).unwrap();
    fs::read(elsewhere.archive(&made.name)).unwrap()
}

#[test]
fn an_upload_keeps_its_name_its_sidecar_and_its_sum() {
    let rig = Rig::new();
    let bytes = made_elsewhere();
    let one = upload::upload(&rig.tools, "C:\\fakepath\\mine.tar.gz", None, bytes.as_slice(), &Unwatched).unwrap();
    assert_eq!((one.created.name.as_str(), one.kind), ("mine.tar.gz", ArchiveKind::Images));
    assert_eq!(one.sha256, allsky_backups::base::digest::Sha256::of(&bytes).to_string());
    assert_eq!(fs::read(rig.archive("mine.tar.gz")).unwrap(), bytes);
    let two = upload::upload(&rig.tools, "mine.tar.gz", Some(bytes.len() as u64), bytes.as_slice(), &Unwatched);
    assert_eq!(two.unwrap().created.name, "mine-2.tar.gz");
    let odd = upload::upload(&rig.tools, "../so odd\n", None, bytes.as_slice(), &Unwatched).unwrap();
    assert_eq!(odd.created.name, "allsky-images-backup-20261121-000309.tar.gz");
    let lies = upload::upload(&rig.tools, "allsky-config-backup-20200101-000000.tar.gz", None, &*bytes, &Unwatched);
    assert_eq!(lies.unwrap().created.name, "allsky-images-backup-20261121-000309-2.tar.gz");
    let sidecar: serde_json::Value = serde_json::from_slice(&fs::read(rig.archive("mine.json")).unwrap()).unwrap();
    assert_eq!(sidecar["backupType"], "images");
    let items = list::list(&rig.tools).unwrap();
    assert!(items.iter().all(|item| item.state == Knowledge::Verified), "{items:?}");
    let info = info::info(&rig.tools, &name("mine.tar.gz")).unwrap();
    assert_eq!((info.sha256, info.files), (Some(one.sha256), Some(one.created.files)));
}

#[test]
fn a_file_of_this_machine_is_imported_and_a_pipe_or_a_missing_one_is_refused() {
    let rig = Rig::new();
    let file = rig.path("stick.tar.gz");
    fs::write(&file, made_elsewhere()).unwrap();
    let imported = import::import(&rig.tools, &file, &Unwatched).unwrap();
    assert_eq!(imported.created.name, "stick.tar.gz");
    assert_eq!(import::import(&rig.tools, &rig.path("none"), &Unwatched).unwrap_err().code(), Code::NotFound);
    assert_eq!(import::import(&rig.tools, &rig.path("allsky"), &Unwatched).unwrap_err().code(), Code::Usage);
}

/// Gives `whole` and then ends with an error, or just ends.
struct Line<'a> {
    whole: &'a [u8],
    breaks: bool,
}

impl Read for Line<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.whole.read(buf)? {
            0 if self.breaks => Err(io::ErrorKind::ConnectionReset.into()),
            n => Ok(n),
        }
    }
}

#[test]
fn a_connection_that_breaks_is_named_as_such_and_leaves_nothing() {
    let rig = Rig::new();
    let bytes = made_elsewhere();
    let all = Some(bytes.len() as u64);
    for cut in [0, 1, 1000, bytes.len() / 2, bytes.len() - 1] {
        for breaks in [true, false] {
            let line = Line { whole: &bytes[..cut], breaks };
            let error = upload::upload(&rig.tools, "x.tar.gz", all, line, &Unwatched).unwrap_err();
            assert!(matches!(error, Error::Broken { .. }), "{cut}: {error}");
            assert!(error.to_string().contains(" of "), "{error}");
            assert!(rig.kept().is_empty(), "{cut}: {:?}", rig.kept());
        }
    }
}

#[test]
fn what_is_no_archive_is_refused_at_once_and_leaves_nothing() {
    let rig = Rig::new();
    // Endless: it can only be refused on the way.
    let error = upload::upload(&rig.tools, "x.tar.gz", None, io::repeat(b'x'), &Unwatched).unwrap_err();
    assert_eq!(error.code(), Code::Refused, "{error}");
    assert!(rig.kept().is_empty());
    let mut bytes = made_elsewhere();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let error = upload::upload(&rig.tools, "x.tar.gz", None, bytes.as_slice(), &Unwatched).unwrap_err();
    assert_eq!(error.code(), Code::Damaged, "{error}");
    assert!(rig.kept().is_empty());
}

#[test]
fn the_list_shows_every_file_for_what_it_is() {
    let rig = Rig::new();
    let whole = images(&rig.tools).unwrap();
    let bytes = fs::read(rig.archive(&whole.name)).unwrap();
    fs::write(rig.archive("cut.tar.gz"), &bytes[..bytes.len() - 100]).unwrap();
    fs::write(rig.archive("text.tar.gz"), "no archive").unwrap();
    fs::write(rig.archive("a name with spaces.tar.gz"), "no archive").unwrap();
    fs::write(rig.archive("copied.tar.gz"), &bytes).unwrap();
    let items = list::list(&rig.tools).unwrap();
    let state = |wanted: &str| {
        let item = items.iter().find(|item| item.name == wanted).unwrap_or_else(|| panic!("{wanted}: {items:?}"));
        assert!(!item.reason.is_empty(), "{item:?}");
        item.state
    };
    assert_eq!(items.len(), 5);
    assert_eq!(state(&whole.name), Knowledge::Verified);
    assert_eq!(state("cut.tar.gz"), Knowledge::Damaged);
    assert_eq!(state("text.tar.gz"), Knowledge::Foreign);
    assert_eq!(state("a name with spaces.tar.gz"), Knowledge::Foreign);
    assert_eq!(state("copied.tar.gz"), Knowledge::Unverified);
    assert!(verify::verify(&rig.tools, &name("copied.tar.gz"), &Unwatched).unwrap().ok);
    let items = list::list(&rig.tools).unwrap();
    let copied = items.iter().find(|item| item.name == "copied.tar.gz").unwrap();
    assert_eq!(copied.state, Knowledge::Verified);
    assert!(copied.verified_at.is_some());
}

#[test]
fn damage_is_found_named_and_remembered() {
    let rig = Rig::new();
    let made = images(&rig.tools).unwrap();
    config(&rig.tools).unwrap();
    let mut bytes = fs::read(rig.archive(&made.name)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(rig.archive(&made.name), &bytes).unwrap();
    let all = verify::verify_all(&rig.tools, &Unwatched).unwrap();
    assert_eq!(all.iter().map(|one| one.ok).collect::<Vec<_>>(), [true, false]);
    assert!(all[1].error.as_ref().unwrap().contains("images/"), "{all:?}");
    let items = list::list(&rig.tools).unwrap();
    assert!(items.iter().any(|item| item.name == made.name && item.state == Knowledge::Damaged));
}

#[test]
fn without_catalog_and_index_the_archives_tell_all_again() {
    let rig = Rig::new();
    let made = config(&rig.tools).unwrap();
    let made = name(&made.name);
    rig.tools.records().forget(&made).unwrap();
    fs::remove_file(rig.tools.folder.index_path(&made)).unwrap();
    assert_eq!(list::list(&rig.tools).unwrap()[0].state, Knowledge::Unverified);
    let top = info::folder(&rig.tools, &made, None, 0, 100).unwrap().unwrap();
    assert!(top.iter().any(|row| row.path.as_bytes() == b"config"), "{top:?}");
    assert_eq!(list::list(&rig.tools).unwrap()[0].state, Knowledge::Verified, "it had to be read in full for that");
    assert!(inspect::inspect(&rig.tools, &made, &Unwatched).unwrap().ok);
    let (found, more) = info::search(&rig.tools, &made, "SETTINGS", 1).unwrap().unwrap();
    assert_eq!((found.len(), more), (1, true));
    let mut files = 0;
    assert!(info::each_file(&rig.tools, &made, &mut |_| files += 1).unwrap());
    assert!(files > 5);
}

#[test]
fn one_file_comes_out_as_it_went_in() {
    let rig = Rig::new();
    let made = name(&config(&rig.tools).unwrap().name);
    let member = RelPath::parse("env.json").unwrap();
    let (row, mut content) = extract::extract(&rig.tools, &made, &member).unwrap();
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, fs::read(rig.tools.site.home().join("env.json")).unwrap());
    assert_eq!(row.size, bytes.len() as u64);
    let none = extract::extract(&rig.tools, &made, &RelPath::parse("none").unwrap()).err().unwrap();
    assert_eq!(none.code(), Code::NotFound);
    let folder = extract::extract(&rig.tools, &made, &RelPath::parse("config").unwrap()).err().unwrap();
    assert_eq!(folder.code(), Code::NotFound);
}

#[test]
fn a_deleted_archive_is_gone_with_all_that_belongs_to_it() {
    let rig = Rig::new();
    let made = name(&config(&rig.tools).unwrap().name);
    delete::delete(&rig.tools, &made).unwrap();
    assert!(rig.kept().is_empty());
    assert!(list::list(&rig.tools).unwrap().is_empty());
    assert_eq!(delete::delete(&rig.tools, &made).unwrap_err().code(), Code::NotFound);
    assert_eq!(verify::verify(&rig.tools, &made, &Unwatched).unwrap_err().code(), Code::NotFound);
}

#[test]
fn a_camera_without_pictures_gets_no_images_archive() {
    let rig = Rig::new();
    let images_dir = rig.tools.site.images_dir().unwrap();
    fs::remove_dir_all(&images_dir).unwrap();
    fs::create_dir(&images_dir).unwrap();
    let error = images(&rig.tools).unwrap_err();
    assert_eq!(error.code(), Code::Usage, "{error}");
    assert!(rig.kept().is_empty());
}

#[test]
fn a_full_disk_is_refused_before_with_numbers() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let rig = Rig::keeping_in(disk.path().join("backups"));
    let failure = Failure::of(&images(&rig.tools).unwrap_err());
    assert_eq!(failure.code, Code::NotReady);
    assert!(failure.message.contains("MB needed") && failure.message.contains("MB free"), "{failure:?}");
    assert!(rig.kept().is_empty());
}

#[test]
fn a_disk_that_fills_up_on_the_way_ends_well() {
    for stage in [Stage::CopyDatabases, Stage::Write, Stage::Store] {
        let Some(disk) = SmallDisk::mount("size=80m") else { return };
        let rig = Rig::keeping_in(disk.path().join("backups"));
        let fill = || {
            let mut filler = fs::File::create(disk.path().join("filler")).unwrap();
            while filler.write_all(&[7; 4096]).is_ok() {}
        };
        let monitor = AtStage { stage, act: fill };
        match create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &monitor) {
            Err(error) => {
                assert_eq!(error.code(), Code::NotReady, "{stage:?}: {}", Failure::of(&error).message);
                assert!(rig.kept().is_empty(), "{stage:?}: {:?}", rig.kept());
            }
            // What was written before the disk was full needs no more room to be put in place.
            Ok(_) => assert_eq!(stage, Stage::Store),
        }
    }
}

#[test]
fn a_disk_that_became_read_only_is_told_as_such() {
    let Some(disk) = SmallDisk::mount("size=100m") else { return };
    let rig = Rig::keeping_in(disk.path().join("backups"));
    let made = name(&config(&rig.tools).unwrap().name);
    disk.remount("ro");
    let error = config(&rig.tools).unwrap_err();
    assert_eq!(error.code(), Code::NotReady);
    assert!(error.to_string().contains("cannot be written to"), "{error}");
    assert_eq!(delete::delete(&rig.tools, &made).unwrap_err().code(), Code::NotReady);
    assert_eq!(list::list(&rig.tools).unwrap().len(), 1);
    assert!(verify::verify(&rig.tools, &made, &Unwatched).unwrap().ok);
}

#[test]
fn sizes_are_remembered_and_only_what_changed_is_read_again() {
    let rig = Rig::new();
    let nobody_looked = estimate::remembered(&rig.tools).unwrap();
    assert!(nobody_looked.folders.iter().all(|folder| folder.files.is_none()));
    let first = estimate::refresh(&rig.tools, &Unwatched).unwrap();
    assert!(first.read_bytes > 0);
    assert!(first.folders.iter().chain(&first.sections).all(|sized| sized.files.is_some()), "{first:?}");
    let again = estimate::refresh(&rig.tools, &Unwatched).unwrap();
    assert_eq!(again.read_bytes, 0);
    let night = &first.folders[0];
    let file = rig.tools.site.images_dir().unwrap().join(&night.key).join("thumbnails/new.jpg");
    fs::write(file, [1; 1000]).unwrap();
    let newer = estimate::refresh(&rig.tools, &Unwatched).unwrap();
    assert_eq!(newer.folders[0].files, night.files.map(|n| n + 1));
    assert_eq!(newer.folders[0].raw_bytes, night.raw_bytes.map(|n| n + 1000));
    let gone = &first.folders[1];
    fs::remove_dir_all(rig.tools.site.images_dir().unwrap().join(&gone.key)).unwrap();
    let last = estimate::refresh(&rig.tools, &Unwatched).unwrap();
    assert!(last.folders.iter().all(|folder| folder.key != gone.key));
    assert!(rig.tools.catalog.scans().unwrap().iter().all(|scan| !scan.key.ends_with(&gone.key)));
}
