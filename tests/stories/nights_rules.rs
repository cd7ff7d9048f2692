//! What happens to nights over the years: they grow, the camera forgets them, drives rot, detectors are
//! switched off, installations are new.
use std::fs;
use std::path::{Path, PathBuf};

use super::support::night_page::NightPage;
use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;

const CAMERA: Camera = Camera::Team;
const NIGHT: &str = "2025-12-21";

/// A site whose good nights are saved, with words that name the drive.
fn saved() -> (NightSites, String, PathBuf) {
    let sites = NightSites::new();
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(CAMERA, &format!("dest init --plain-folder {dest}"));
    sites.ask(CAMERA, &format!("run nights {dest}"));
    (sites, dest, drive)
}

fn database(sites: &NightSites) -> rusqlite::Connection {
    rusqlite::Connection::open(sites.path("allsky/config/myFiles/allsky.db")).unwrap()
}

fn manifest(drive: &Path) -> String {
    fs::read_to_string(drive.join("nights").join(NIGHT).join("manifest.txt")).unwrap()
}

/// One bit of a file changes, and nothing that a look would show.
fn rot(path: &Path) -> Vec<u8> {
    let (bytes, time) = (fs::read(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap());
    let mut rotten = bytes.clone();
    rotten[40] ^= 1;
    fs::write(path, rotten).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    bytes
}

#[test]
fn pictures_that_come_after_a_night_was_saved_are_told_and_saved() {
    let (sites, dest, drive) = saved();
    let images = sites.path("allsky/images/20251221");
    let first = fs::read_dir(&images).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some()).unwrap();
    fs::copy(first, images.join("image-20251222055900.jpg")).unwrap();
    let row = "INSERT INTO allsky_image (id, AS_CAMERAIMAGE, AS_DATE_NAME, AS_DAY_OR_NIGHT)
               VALUES (1766383140, 'image-20251222055900.jpg', '20251221', 'NIGHT')";
    database(&sites).execute(row, []).unwrap();
    let said = sites.run(CAMERA, &format!("run nights --json {dest}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err.contains("more pictures came after the night was saved, so it is saved again: 2025-12-21"),
        "{said:?}"
    );
    let night = &said.json()["nights"][0];
    assert_eq!((&night["night"], &night["images"], &night["copied_files"]), (&NIGHT.into(), &41.into(), &1.into()));
    assert!(manifest(&drive).contains("images_backup=41"));
}

#[test]
fn a_night_whose_pictures_the_camera_deleted_is_never_begun() {
    let sites = NightSites::new();
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(CAMERA, &format!("dest init --plain-folder {dest}"));
    fs::remove_dir_all(sites.path("allsky/images/20251221")).unwrap();
    let said = sites.run(CAMERA, &format!("run nights --json {dest}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!drive.join("nights").join(NIGHT).exists(), "{said:?}");
    assert!(said.json()["nights"].as_array().unwrap().iter().all(|night| night["night"] != NIGHT), "{said:?}");
    let verified = sites.run(CAMERA, &format!("nights verify {dest}"));
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn a_camera_that_counts_no_stars_is_told_once() {
    for (change, words) in [
        ("UPDATE allsky_stars SET AS_STARCOUNT = 0", "0 stars in every picture"),
        ("DROP TABLE allsky_stars", "counted no stars"),
    ] {
        let sites = NightSites::new();
        let drive = sites.path("drive");
        fs::create_dir(&drive).unwrap();
        let dest = format!("--dest {}", drive.display());
        sites.ask(CAMERA, &format!("dest init --plain-folder {dest}"));
        database(&sites).execute_batch(change).unwrap();
        let run = || sites.run(CAMERA, &format!("run nights {dest}"));
        let first = run();
        assert!(first.code == Some(0) && first.err.contains(words), "{first:?}");
        assert!(!run().err.contains(words), "once");
    }
}

#[test]
fn a_copy_stays_as_it_is_when_the_camera_deletes_its_pictures() {
    let (sites, dest, drive) = saved();
    let before = files(&drive);
    let images = sites.path("allsky/images/20251221");
    let frames = fs::read_dir(&images).unwrap().map(|e| e.unwrap().path());
    for frame in frames.filter(|p| p.to_string_lossy().contains("image-202512212")) {
        fs::remove_file(frame).unwrap();
    }
    let said = sites.run(CAMERA, &format!("nights save {NIGHT} --json {dest}"));
    assert_eq!((said.code, &said.json()["kept"][0]), (Some(0), &NIGHT.into()), "{said:?}");
    assert!(said.err.contains("fewer pictures"), "{said:?}");
    assert_eq!(files(&drive), before);
}

#[test]
fn what_rotted_on_the_drive_is_found_and_copied_again_while_the_camera_has_it() {
    let (sites, dest, drive) = saved();
    let is_frame = |path: &PathBuf| path.extension().is_some_and(|e| e == "jpg");
    let frame = files(&drive.join("nights").join(NIGHT)).into_iter().map(|(p, _)| p).find(is_frame).unwrap();
    for (path, words) in [
        (drive.join("nights").join(NIGHT).join(frame), "files changed"),
        (drive.join("timelapse/2025-12-21/allsky-20251221.mp4"), "timelapses changed"),
    ] {
        let bytes = rot(&path);
        let said = sites.run(CAMERA, &format!("nights verify {NIGHT} --json {dest}"));
        assert_eq!((said.code, &said.json()["checked"][0]["timelapses"]), (Some(1), &1.into()), "{said:?}");
        assert!(said.json()["checked"][0]["troubles"].to_string().contains(words), "{said:?}");
        let healed = sites.ask(CAMERA, &format!("nights save {NIGHT} {dest}"));
        assert_eq!((&healed["nights"][0]["copied_files"], &healed["nights"][0]["verified"]), (&1.into(), &true.into()));
        assert_eq!(fs::read(&path).unwrap(), bytes);
        sites.ask(CAMERA, &format!("nights verify {NIGHT} {dest}"));
    }
}

#[test]
fn a_new_installation_learns_everything_from_the_drive_when_it_is_asked_to() {
    let (sites, dest, _) = saved();
    let counts = |sites: &NightSites| -> Vec<_> {
        let items = sites.ask(CAMERA, &format!("nights list {dest}"))["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|i| (i["night"].clone(), i["state"].clone(), i["images"].clone(), i["bytes"].clone()))
            .collect()
    };
    let before = counts(&sites);
    fs::remove_dir_all(sites.path("state-allsky")).unwrap();
    sites.ask(CAMERA, &format!("dest init --plain-folder {dest}"));
    let learned = sites.ask(CAMERA, &format!("nights rescan {dest}"));
    assert_eq!((&learned["nights"], &learned["verified"]), (&7.into(), &7.into()));
    assert_eq!(counts(&sites), before);
    assert_eq!(sites.run(CAMERA, "nights rescan --dest /nowhere").code, Some(3));
}

#[test]
fn deletions_that_free_nothing_end_after_three() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(CAMERA, &format!("dest init {dest}"));
    sites.ask(CAMERA, &format!("run nights {dest}"));
    // Someone else holds every file under a second name.
    let mirror = disk.path().join("mirror");
    fs::create_dir(&mirror).unwrap();
    for (n, (path, _)) in files(&disk.path().join("nights")).iter().enumerate() {
        fs::hard_link(disk.path().join("nights").join(path), mirror.join(n.to_string())).unwrap();
    }
    disk.fill("other.bin", 95);
    let before = files(disk.path());
    sites.ask(CAMERA, &format!("run nights --dry-run {dest}"));
    assert_eq!(files(disk.path()), before, "a dry run on a full drive ends, and writes nothing");
    let said = sites.run(CAMERA, &format!("prune --plan nights --json {dest}"));
    let pruned = &said.json()["pruned"];
    assert_eq!(
        (&pruned["result"], pruned["deleted"].as_array().unwrap().len()),
        (&"ineffective".into(), 3),
        "{said:?}"
    );
    assert!(said.err.contains("something else fills it"), "{said:?}");
}

#[test]
fn a_run_that_waits_or_works_is_not_ordered_twice() {
    let (sites, _, drive) = saved();
    // The drive is taken, so that what is ordered waits.
    let lane = fs::File::options()
        .append(true)
        .create(true)
        .open(sites.path("state-allsky/lane-destination-drive.lock"))
        .unwrap();
    rustix::fs::flock(&lane, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let page = NightPage::open(&sites, CAMERA, &["--dest", drive.to_str().unwrap()]);
    let run = || page.post("/nights/run", "/nights", "");
    assert_eq!(run().status, 202);
    let second = run();
    assert!(second.status == 409 && second.body.contains("already"), "{}", second.body);
}
