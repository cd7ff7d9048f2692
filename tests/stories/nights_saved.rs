//! The good nights go to the drive, every byte of them, and count only when they came back unchanged.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;

/// A folder on the system disk that its owner chose as the drive.
fn plain_drive(sites: &NightSites, camera: Camera) -> PathBuf {
    let drive = sites.path(&format!("drive-{}", camera.folder()));
    fs::create_dir_all(&drive).unwrap();
    sites.ask(camera, &format!("dest init --plain-folder --dest {}", drive.display()));
    drive
}

fn on(drive: &Path, line: &str) -> String {
    format!("{line} --dest {}", drive.display())
}

fn names(items: &Value, verified: bool) -> Vec<String> {
    let all = items.as_array().unwrap().iter().filter(|n| n["verified"] == verified);
    all.map(|n| n["night"].as_str().unwrap().to_owned()).collect()
}

fn manifest(drive: &Path, night: &str) -> String {
    fs::read_to_string(drive.join("nights").join(night).join("manifest.txt")).unwrap()
}

/// Every file of the camera with its bytes and time, but what a reader of its database leaves beside it.
fn of_the_camera(sites: &NightSites, camera: Camera) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let top = sites.path(camera.folder());
    let time = |path: &Path| fs::metadata(top.join(path)).unwrap().modified().unwrap();
    let all = files(&top).into_iter().filter(|(path, _)| {
        let name = path.to_string_lossy();
        !name.ends_with("-shm") && !name.ends_with("-wal")
    });
    all.map(|(path, bytes)| (path.clone(), bytes, time(&path))).collect()
}

fn worth_it(sites: &NightSites, camera: Camera) -> Vec<String> {
    let all = sites.expected(camera).into_iter();
    all.filter(|(_, want)| ["FOREVER", "ROLLING"].contains(&want["expect"].as_str().unwrap())).map(|(n, _)| n).collect()
}

#[test]
fn the_good_nights_of_both_cameras_are_saved_whole_and_a_second_run_copies_nothing() {
    let sites = NightSites::new();
    for camera in [Camera::Indi, Camera::Team] {
        let drive = plain_drive(&sites, camera);
        let at_the_camera = of_the_camera(&sites, camera);
        let report = sites.ask(camera, &on(&drive, "run nights"));
        assert_eq!(of_the_camera(&sites, camera), at_the_camera, "not a byte and not a time of it changes");
        let good = worth_it(&sites, camera);
        assert_eq!(good.len(), 7);
        assert_eq!(names(&report["nights"], true), good, "{report}");
        assert_eq!(report["pruned"]["result"].as_str().map(|r| r != "ok"), Some(true), "{report}");
        let mut folders: Vec<String> = fs::read_dir(drive.join("nights"))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, good);
        for (night, want) in sites.expected(camera).iter().filter(|(night, _)| good.contains(night)) {
            let saved = files(&drive.join("nights").join(night));
            let frames = saved.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "jpg")).count();
            assert_eq!(frames as u64, want["images"].as_u64().unwrap(), "{night}");
            let films = files(&drive.join("timelapse").join(night));
            let (lists, films): (Vec<_>, Vec<_>) = films.iter().partition(|(path, _)| path.ends_with("files.tsv"));
            assert_eq!((lists.len(), films.len()), (1, 1), "{night}");
            let line = String::from_utf8(lists[0].1.clone()).unwrap();
            let (name, bytes) = &films[0];
            assert!(line.starts_with(&format!("{}\t{}\t", name.display(), bytes.len())), "{line}");
            assert!(line.trim().ends_with(&blake3::hash(bytes).to_hex().to_string()), "{line}");
            for (path, bytes) in &saved {
                let name = path.to_string_lossy();
                assert!(
                    !name.contains("thumbnail") && !name.contains("keogram") && !name.contains("startrail"),
                    "{name}"
                );
                let original = match camera {
                    Camera::Indi => sites.path("indi/images").join(path),
                    Camera::Team => sites.path("allsky/images").join(night.replace('-', "")).join(path),
                };
                if name.ends_with(".jpg") {
                    assert_eq!(fs::read(&original).unwrap(), *bytes, "{name}");
                    let time = |p: &Path| fs::metadata(p).unwrap().modified().unwrap();
                    assert_eq!(time(&original), time(&drive.join("nights").join(night).join(path)), "{name}");
                }
            }
            let text = manifest(&drive, night);
            let seen =
                format!("camera={}\n", sites.expected[camera.folder()]["camera_dir"].as_str().unwrap_or_default());
            for line in
                [&format!("night={night}"), &seen, "verified=1", "images_backup=40", "source=", "tool=allsky-backups "]
            {
                assert!(text.contains(line), "{line}: {text}");
            }
            assert!(text.contains(&format!("class={}\n", want["expect"].as_str().unwrap())), "{text}");
        }
        let before = files(&drive);
        let again = sites.ask(camera, &on(&drive, "run nights"));
        assert_eq!(again["nights"], serde_json::json!([]));
        assert_eq!(again["kept"].as_array().unwrap().len(), 7);
        assert_eq!(files(&drive), before);
        let named = sites.ask(camera, &on(&drive, &format!("nights save {}", good[0])));
        assert_eq!((&named["nights"][0]["copied_files"], &named["nights"][0]["verified"]), (&0.into(), &true.into()));
        let checked = sites.ask(camera, &on(&drive, "nights verify"));
        assert_eq!(checked["checked"].as_array().unwrap().len(), 7);
        let summary = again["summary"].as_str().unwrap();
        assert!(summary.contains("Greatest night so far: 2025-12-19 | Ø stars 1509.3"), "{summary}");
        assert!(summary.contains("Thumbnails are not saved"), "{summary}");
    }
}

#[test]
fn whatever_is_missing_changed_or_strange_in_a_saved_night_is_found() {
    let sites = NightSites::new();
    let camera = Camera::Team;
    let drive = plain_drive(&sites, camera);
    sites.ask(camera, &on(&drive, "run nights"));
    let night = drive.join("nights/2025-12-21");
    let frame =
        fs::read_dir(&night).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "jpg"));
    let frame = frame.unwrap();
    let bytes = fs::read(&frame).unwrap();
    let time = fs::metadata(&frame).unwrap().modified().unwrap();
    let put_back = || {
        fs::write(&frame, &bytes).unwrap();
        fs::File::options().write(true).open(&frame).unwrap().set_modified(time).unwrap();
        sites.ask(camera, &on(&drive, "nights save 2025-12-21"));
        assert!(manifest(&drive, "2025-12-21").contains("verified=1"));
    };
    let found = |word: &str| {
        let said = sites.run(camera, &format!("{} --json", on(&drive, "nights verify 2025-12-21")));
        assert_eq!(said.code, Some(1), "{said:?}");
        let troubles = said.json()["checked"][0]["troubles"].to_string();
        assert!(troubles.contains(word), "{troubles}");
        assert!(manifest(&drive, "2025-12-21").contains("verified=0"));
        assert_eq!(sites.ask(camera, "nights show 2025-12-21")["state"], "failed");
    };
    fs::remove_file(&frame).unwrap();
    found("missing");
    put_back();
    let mut flipped = bytes.clone();
    flipped[100] ^= 1;
    fs::write(&frame, flipped).unwrap();
    found("changed");
    put_back();
    fs::write(night.join("stray.jpg"), "x").unwrap();
    found("do not belong");
    put_back();
    assert_eq!(fs::read(night.join(".superseded/stray.jpg")).unwrap(), b"x", "nothing of the owner's is deleted");
}

#[test]
fn a_night_with_a_picture_that_was_cut_off_does_not_count_until_its_owner_takes_it() {
    let sites = NightSites::new();
    let camera_dir = sites.expected["indi"]["camera_dir"].as_str().unwrap();
    let indi = format!("indi/images/{camera_dir}/exposures/20251221/night");
    for (camera, images) in [(Camera::Indi, indi.as_str()), (Camera::Team, "allsky/images/20251221")] {
        let drive = plain_drive(&sites, camera);
        let is_frame = |p: &PathBuf| {
            let name = p.to_string_lossy();
            name.ends_with(".jpg") && name.contains("20251221") && name.contains("1800") && !name.contains("thumbnails")
        };
        let cut = files(&sites.path(images)).into_iter().map(|(path, _)| path).find(is_frame).unwrap();
        fs::write(sites.path(images).join(&cut), "").unwrap();
        let said = sites.run(camera, &format!("{} --json", on(&drive, "run nights")));
        assert_eq!(said.code, Some(1), "{said:?}");
        let report = said.json();
        assert_eq!(names(&report["nights"], false), ["2025-12-21"], "{report}");
        assert_eq!(names(&report["nights"], true).len(), 6);
        assert!(manifest(&drive, "2025-12-21").contains("verified=0"));
        let taken = sites.ask(camera, &on(&drive, "nights save 2025-12-21 --take-damaged"));
        assert_eq!(names(&taken["nights"], true), ["2025-12-21"]);
        assert!(manifest(&drive, "2025-12-21").contains("verified=1"));
    }
}

#[test]
fn without_the_drive_nothing_is_written_and_the_exit_code_says_so() {
    let sites = NightSites::new();
    let point = sites.path("mnt");
    fs::create_dir(&point).unwrap();
    for line in ["run nights", "nights save", "nights verify", "prune --plan nights", "dest init", "dest check"] {
        let said = sites.run(Camera::Team, &on(&point, line));
        assert_eq!(said.code, Some(3), "{line}: {said:?}");
        assert!(said.err.contains("no drive is mounted here"), "{line}: {}", said.err);
    }
    assert_eq!(fs::read_dir(&point).unwrap().count(), 0);
    assert_eq!(sites.run(Camera::Team, "run nights").code, Some(3), "no drive at all");
}

#[test]
fn a_second_run_beside_the_first_has_nothing_to_do() {
    let sites = NightSites::new();
    let drive = plain_drive(&sites, Camera::Team);
    let lock = fs::File::create(sites.path("state-allsky/nights.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let said = sites.run(Camera::Team, &on(&drive, "run nights"));
    assert_eq!((said.code, said.text().trim()), (Some(0), "already running"));
    assert!(!drive.join("nights").exists());
    drop(lock);
    // Another installation that uses the same drive at this moment.
    let theirs = fs::File::open(&drive).unwrap();
    rustix::fs::flock(&theirs, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert_eq!(sites.run(Camera::Team, &on(&drive, "run nights")).code, Some(4));
}

#[test]
fn a_new_installation_learns_from_the_drive_and_an_older_scripts_nights_are_never_deleted() {
    let sites = NightSites::new();
    let drive = plain_drive(&sites, Camera::Team);
    sites.ask(Camera::Team, &on(&drive, "run nights"));
    let old = drive.join("nights/2024-01-02");
    fs::create_dir_all(old.join("ccd_1/exposures")).unwrap();
    fs::write(old.join("manifest.txt"), "class=FOREVER\n").unwrap();
    fs::write(old.join("ccd_1/exposures/a.jpg"), "x").unwrap();
    let before = files(&drive);
    fs::remove_dir_all(sites.path("state-allsky")).unwrap();
    sites.ask(Camera::Team, &on(&drive, "dest init --plain-folder"));
    let items = sites.ask(Camera::Team, &on(&drive, "nights list"))["items"].as_array().unwrap().clone();
    let states = |state: &str| items.iter().filter(|i| i["state"] == state).count();
    assert_eq!((states("verified"), items.len()), (7, 11));
    let adopted = items.iter().find(|i| i["night"] == "2024-01-02").unwrap();
    assert_eq!((adopted["class"].as_str(), adopted["state"].as_str()), (Some("FOREVER"), Some("copying")));
    assert_eq!(files(&drive), before);
}

#[test]
fn pins_and_classes_chosen_by_hand_are_kept_on_the_drive() {
    let sites = NightSites::new();
    let drive = plain_drive(&sites, Camera::Team);
    sites.ask(Camera::Team, &on(&drive, "nights class 2025-12-23 forever"));
    sites.ask(Camera::Team, &on(&drive, "nights pin 2025-12-22"));
    sites.ask(Camera::Team, &on(&drive, "run nights"));
    assert!(manifest(&drive, "2025-12-22").contains("pinned=1"), "pinned before it was saved");
    assert!(manifest(&drive, "2025-12-23").contains("class=FOREVER"), "chosen before it was saved");
    sites.ask(Camera::Team, &on(&drive, "nights pin 2025-12-21"));
    assert!(manifest(&drive, "2025-12-21").contains("pinned=1"));
    sites.ask(Camera::Team, &on(&drive, "nights unpin 2025-12-21"));
    assert!(!manifest(&drive, "2025-12-21").contains("pinned"));
    let shown = sites.ask(Camera::Team, &on(&drive, "nights class 2025-12-19 rolling"));
    assert_eq!(shown["class"], "ROLLING");
    assert_eq!(sites.run(Camera::Team, &on(&drive, "nights pin 2020-01-01")).code, Some(4));
    assert!(sites.run(Camera::Team, &on(&drive, "nights verify")).code == Some(0));
}

#[test]
fn a_full_drive_loses_its_oldest_rolling_nights_alone_and_they_do_not_come_back() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    let camera = Camera::Team;
    sites.ask(camera, &on(disk.path(), "dest init"));
    sites.ask(camera, &on(disk.path(), "run nights"));
    disk.fill("other.bin", 81);
    let before = files(disk.path());
    let dry = sites.ask(camera, &on(disk.path(), "prune --plan nights --dry-run"));
    sites.ask(camera, &on(disk.path(), "run nights --dry-run"));
    assert_eq!(files(disk.path()), before, "a dry run writes nothing");
    let doomed = |plan: &Value| -> Vec<String> {
        let lines = plan["lines"].as_array().unwrap().iter();
        lines.filter(|l| l["action"] == "delete").map(|l| l["night"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(doomed(&dry["plan"])[0], "2025-12-21", "{dry}");
    let text = sites.run(camera, &on(disk.path(), "prune --plan nights --dry-run")).text();
    assert!(text.starts_with("PLAN nights  disk 8") && text.contains("keep    2025-12-19  FOREVER  forever"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("RESULT ok: "), "{text}");
    let done = sites.ask(camera, &on(disk.path(), "prune --plan nights"));
    assert_eq!(done["pruned"]["deleted"][0]["night"], "2025-12-21");
    assert!(done["pruned"]["deleted"].as_array().unwrap().len() <= 2, "as much as is needed: {done}");
    assert!(!disk.path().join("nights/2025-12-21").exists());
    assert!(disk.path().join("timelapse/2025-12-21").exists(), "its timelapse stays");
    let catalog = sites.path(&format!("state-{}/catalog.db", camera.folder()));
    let told: String = rusqlite::Connection::open(catalog)
        .unwrap()
        .query_row("SELECT kind FROM events WHERE kind LIKE '%retention%' ORDER BY id", [], |row| row.get(0))
        .unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let wanted = serde_json::json!(["nights", "2025-12-21", done["pruned"]["deleted"][0]["reason"]]);
    assert_eq!(serde_json::json!([told["plan"], told["item"], told["reason"]]), wanted, "{told}");
    fs::remove_file(disk.path().join("other.bin")).unwrap();
    let again = sites.ask(camera, &on(disk.path(), "run nights"));
    assert_eq!(again["nights"], serde_json::json!([]));
    assert_eq!(sites.ask(camera, "nights show 2025-12-21")["state"], "deleted");
    // Now everything that may go must go, and it is not enough.
    disk.fill("other.bin", 95);
    let done = sites.ask(camera, &on(disk.path(), "prune --plan nights"));
    assert_eq!(done["pruned"]["result"], "exhausted");
    let left = sites.ask(camera, &on(disk.path(), "nights list"))["items"].as_array().unwrap().clone();
    let verified = |class: &str| left.iter().filter(|i| i["state"] == "verified" && i["class"] == class).count();
    assert_eq!(verified("FOREVER"), 3);
    fs::remove_file(disk.path().join("other.bin")).unwrap();
    let named = sites.ask(camera, &on(disk.path(), "nights save 2025-12-21"));
    assert_eq!(names(&named["nights"], true), ["2025-12-21"], "an owner who names it gets it back");
}

#[test]
fn a_doubtful_clock_deletes_nothing() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    sites.ask(Camera::Team, &on(disk.path(), "dest init"));
    sites.ask(Camera::Team, &on(disk.path(), "run nights"));
    disk.fill("other.bin", 85);
    for now in ["1970-01-02T00:00:00Z", "2026-01-28T12:00:00Z"] {
        let line = format!("{} --now {now}", on(disk.path(), "prune --plan nights --dry-run"));
        assert_eq!(sites.ask(Camera::Team, &line)["plan"]["outcome"], "clock_doubtful", "{now}");
    }
    let before = files(disk.path());
    let said = sites.run(Camera::Team, &on(disk.path(), "run nights --now 1970-01-02T00:00:00Z"));
    assert!(said.code == Some(0) && said.err.contains("the clock is not to be trusted"), "{said:?}");
    assert_eq!(files(disk.path()), before);
}

#[test]
fn a_night_that_does_not_fit_is_not_begun() {
    let Some(disk) = SmallDisk::mount("size=2m") else { return };
    let sites = NightSites::new();
    sites.ask(Camera::Team, &on(disk.path(), "dest init"));
    disk.fill("other.bin", 93);
    let said = sites.run(Camera::Team, &format!("{} --json", on(disk.path(), "nights save")));
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.json()["failure"]["message"].as_str().unwrap().contains("are needed"));
    assert!(!disk.path().join("nights").exists());
}

#[test]
fn a_deletion_that_was_killed_behind_its_last_file_is_written_down_by_the_next_look() {
    let sites = NightSites::new();
    let drive = plain_drive(&sites, Camera::Team);
    sites.ask(Camera::Team, &on(&drive, "run nights"));
    let night = worth_it(&sites, Camera::Team).remove(0);
    // What such a kill leaves: the intention in the catalog, and nothing on the drive.
    fs::remove_dir_all(drive.join("nights").join(&night)).unwrap();
    let catalog = rusqlite::Connection::open(sites.path("state-allsky/catalog.db")).unwrap();
    let marked =
        "UPDATE nights SET state = 'deleting', deleted_at = 1766300000000 WHERE source = 'allsky' AND night = ?1";
    assert_eq!(catalog.execute(marked, [&night]).unwrap(), 1);
    for _ in 0..2 {
        let list = sites.ask(Camera::Team, &on(&drive, "nights list"));
        let of_night = list["items"].as_array().unwrap().iter().find(|item| item["night"] == night.as_str()).unwrap();
        assert_eq!(of_night["state"], "deleted", "{of_night}");
    }
}
