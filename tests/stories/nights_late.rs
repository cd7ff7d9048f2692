//! What comes to a drive besides the nights of one camera: timelapses that were late, the camera's own
//! settings, and another camera's nights.
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;

const NIGHT: &str = "2025-12-21";

/// The timelapse of the night at the camera, and what makes it known to its database.
fn film(sites: &NightSites, camera: Camera) -> std::path::PathBuf {
    let images = sites.path(camera.folder()).join("images");
    let is_film =
        |path: &Path| path.to_string_lossy().contains("20251221") && path.extension().is_some_and(|e| e == "mp4");
    let found = files(&images).into_iter().map(|(path, _)| path).find(|path| is_film(path)).unwrap();
    images.join(found)
}

fn is_finished(sites: &NightSites, camera: Camera, success: u8, bytes: i64) {
    if camera == Camera::Indi {
        let records = rusqlite::Connection::open(sites.path("indi/varlib/indi-allsky.sqlite")).unwrap();
        let row = "UPDATE video SET success = ?1, fileSize = ?2 WHERE dayDate = ?3";
        records.execute(row, (success, bytes, NIGHT)).unwrap();
    }
}

#[test]
fn a_timelapse_that_comes_after_its_night_was_saved_is_brought_to_the_copy_and_read_back() {
    let sites = NightSites::new();
    for camera in [Camera::Indi, Camera::Team] {
        let (dest, drive) = sites.plain_drive(camera);
        let film = film(&sites, camera);
        let bytes = fs::read(&film).unwrap();
        fs::remove_file(&film).unwrap();
        is_finished(&sites, camera, 0, 0);
        let run = || sites.ask(camera, &format!("run nights {dest}"));
        let first = run();
        assert!(first["nights"].as_array().unwrap().len() == 7 && first["late"].is_null(), "{first}");
        let there = drive.join("timelapse").join(NIGHT).join(film.file_name().unwrap());
        let of_the_night = files(&drive.join("nights").join(NIGHT));
        assert!(!there.exists());

        for content in [bytes.clone(), [&bytes[..], b"made anew"].concat()] {
            fs::write(&film, &content).unwrap();
            is_finished(&sites, camera, 1, content.len() as i64);
            let late = run()["late"].clone();
            assert_eq!((late.as_array().unwrap().len(), &late[0]["night"]), (1, &NIGHT.into()), "{late}");
            assert!(late[0]["trouble"].is_null() && late[0]["bytes"] == content.len(), "{late}");
            assert_eq!(fs::read(&there).unwrap(), content);
            let list = fs::read_to_string(there.with_file_name("files.tsv")).unwrap();
            assert!(list.contains(blake3::hash(&content).to_hex().as_str()) && list.lines().count() == 1, "{list}");
            let checked = sites.ask(camera, &format!("nights verify {NIGHT} {dest}"));
            assert_eq!(checked["checked"][0]["timelapses"], 1, "{checked}");
        }
        assert!(run()["late"].is_null(), "once");
        let now = files(&drive.join("nights").join(NIGHT));
        let pictures = |all: &[(std::path::PathBuf, Vec<u8>)]| -> Vec<_> {
            all.iter().filter(|(path, _)| !path.ends_with("manifest.txt")).cloned().collect()
        };
        assert_eq!(pictures(&now), pictures(&of_the_night), "the pictures of the night are left alone");
        // An empty film is one that the camera is still making.
        fs::write(&film, "").unwrap();
        let said = sites.run(camera, &format!("run nights --json {dest}"));
        let is_known = camera == Camera::Indi || said.json()["late"][0]["trouble"] == "is empty";
        assert!(said.code == Some(0) && is_known, "{said:?}");
    }
}

#[test]
fn the_settings_of_the_camera_go_along_once_a_day_and_the_last_week_stays() {
    let sites = NightSites::new();
    let camera = Camera::Team;
    let (dest, drive) = sites.plain_drive(camera);
    let settings = drive.join("settings");
    sites.ask(camera, &format!("run nights --dry-run {dest}"));
    assert!(!settings.exists(), "a dry run writes nothing");
    let archives = || -> Vec<String> {
        let names = fs::read_dir(&settings).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".tar.gz")).collect();
        names.sort();
        names
    };
    for time in ["10T11", "11T11", "12T11", "13T11", "14T11", "15T11", "16T11", "16T15", "17T11", "18T11"] {
        let report = sites.ask(camera, &format!("run nights {dest} --now 2026-01-{time}:30:00Z"));
        let name = report["settings"]["name"].as_str().unwrap_or_else(|| panic!("{report}"));
        assert_eq!(archives().last().unwrap(), name, "{report}");
        assert!(name.contains(&format!("202601{}-1130", &time[..2])), "once a day: {name}");
        assert!(report["summary"].as_str().unwrap().contains(&format!("Settings of the camera: {name} | ")));
        // One that its owner put there under such a name is not ours to take away.
        let own = settings.join("allsky-config-backup-20250101-000000.tar.gz");
        if !own.exists() {
            fs::copy(settings.join(name), own).unwrap();
        }
    }
    assert_eq!(archives().len(), 8, "a week, and the owner's own");
    let names = archives();
    let own = format!("--backups {}", settings.display());
    let listed = sites.ask(camera, &format!("list {own}"));
    assert_eq!(listed["items"].as_array().unwrap().len(), 8, "{listed}");
    sites.ask(camera, &format!("verify {} {own}", names[0]));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(settings.join(&names[0])).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds passwords");
    let left: Vec<_> = fs::read_dir(&settings).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
    assert!(!sites.path("allskybackups").exists(), "nothing goes to the card");

    // A clock that jumped may not decide what is old.
    sites.ask(camera, &format!("run nights {dest} --now 2027-03-01T11:30:00Z"));
    assert_eq!(archives().len(), 9);
    let config = sites.path("without.toml");
    fs::write(&config, "[nights]\ncamera_settings = false\n").unwrap();
    let without = sites.ask(camera, &format!("run nights {dest} --config {}", config.display()));
    assert!(without["settings"].is_null() && archives().len() == 9, "{without}");
}

#[test]
fn a_week_without_the_cameras_settings_leaves_the_last_backup_on_the_drive_that_has_them() {
    let sites = NightSites::new();
    let camera = Camera::Team;
    let (dest, drive) = sites.plain_drive(camera);
    let run = |day: u32| {
        let report = sites.ask(camera, &format!("run nights {dest} --now 2026-01-{day:02}T11:30:00Z"));
        report["settings"]["name"].as_str().unwrap_or_else(|| panic!("{}", report["settings"])).to_owned()
    };
    let whole = [run(1), run(2)];
    let config = sites.path("allsky/config");
    fs::rename(&config, sites.path("config-gone")).unwrap();
    for name in ["env.json", "variables.json"] {
        fs::write(sites.path("allsky").join(name), "{}").unwrap();
    }
    (3..12).for_each(|day| drop(run(day)));
    let there = |name: &str| drive.join("settings").join(name).exists();
    assert!(there(&whole[1]) && !there(&whole[0]));
    fs::rename(sites.path("config-gone"), &config).unwrap();
    let newest = run(12);
    assert!(there(&newest) && !there(&whole[1]), "the newest has all, so the old one goes");
}

#[test]
fn the_database_that_goes_along_is_of_one_moment_while_the_camera_writes() {
    let sites = NightSites::new();
    let camera = Camera::Indi;
    let (dest, drive) = sites.plain_drive(camera);
    let (config, records) = sites.install_indi(None);
    let stop = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            let writer = rusqlite::Connection::open(&records).unwrap();
            writer.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
            while !stop.load(Ordering::Relaxed) {
                writer.execute("INSERT INTO config (level, note, data) VALUES ('1', 'meanwhile', '{}')", []).unwrap();
            }
        });
        let said = sites.run(camera, &format!("run nights --json {dest} {config}"));
        stop.store(true, Ordering::Relaxed);
        said
    });
    assert_eq!(report.code, Some(0), "{report:?}");
    let name = report.json()["settings"]["name"].as_str().unwrap().to_owned();
    let out = sites.path("out.sqlite");
    let own = format!("--backups {}/settings {config}", drive.display());
    let line = format!("extract {name} var/lib/indi-allsky/indi-allsky.sqlite -o {} {own}", out.display());
    let said = sites.run(camera, &line);
    assert_eq!(said.code, Some(0), "{said:?}");
    let copy = rusqlite::Connection::open(&out).unwrap();
    let sound: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let key = sites.run(camera, &format!("extract {name} etc/indi-allsky/flask.json -o - {own}"));
    assert!(key.text().contains("PASSWORD_KEY"), "{key:?}");
}

#[test]
fn nights_are_saved_although_their_drive_has_no_room_for_settings() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(Camera::Team, &format!("dest init {dest}"));
    let said = sites.run(Camera::Team, &format!("run nights --json {dest}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = said.json();
    assert_eq!(report["nights"].as_array().unwrap().len(), 7);
    let trouble = report["settings"]["trouble"].as_str().unwrap_or_else(|| panic!("{report}"));
    assert!(trouble.contains(&disk.path().join("settings").display().to_string()), "{trouble}");
    assert!(said.err.contains("settings are not on the drive") && !said.err.contains("/proc/"), "{said:?}");
}

#[test]
fn two_cameras_that_share_a_folder_do_not_touch_each_others_nights() {
    let (one, other) = (NightSites::new(), NightSites::with(&["--frames", "37", "--seed", "2"]));
    let camera = Camera::Team;
    let (dest, drive) = one.plain_drive(camera);
    one.ask(camera, &format!("run nights {dest}"));
    // It is another machine's.
    let manifests: Vec<_> =
        files(&drive.join("nights")).into_iter().filter(|(p, _)| p.ends_with("manifest.txt")).collect();
    for (path, text) in &manifests {
        let text = String::from_utf8(text.clone()).unwrap();
        let lines: Vec<_> =
            text.lines().map(|line| if line.starts_with("host=") { "host=garden" } else { line }).collect();
        fs::write(drive.join("nights").join(path), lines.join("\n") + "\n").unwrap();
    }
    let before = files(&drive.join("nights"));
    // A camera that was only renamed goes on with the copies that are there.
    let again = one.ask(camera, &format!("run nights {dest}"));
    assert_eq!((again["kept"].as_array().unwrap().len(), &again["nights"]), (7, &serde_json::json!([])), "{again}");

    other.ask(camera, &format!("dest init --plain-folder {dest}"));
    let listed = other.ask(camera, &format!("nights list {dest}"));
    let states = listed["items"].as_array().unwrap().iter().filter(|item| item["state"] == "verified").count();
    assert_eq!(states, 0, "a copy of somebody else's night is no copy: {listed}");
    for line in ["run nights", "nights save 2025-12-21"] {
        let said = other.run(camera, &format!("{line} --json {dest}"));
        let message = said.json()["failure"]["message"].clone();
        assert_eq!(said.code, Some(4), "{said:?}");
        assert!(message.as_str().unwrap().contains("of another camera: 2025-12-"), "{message}");
        assert_eq!(files(&drive.join("nights")), before);
    }
    let own = drive.join("second");
    fs::create_dir(&own).unwrap();
    let dest = format!("--dest {}", own.display());
    other.ask(camera, &format!("dest init --plain-folder {dest}"));
    assert_eq!(other.ask(camera, &format!("run nights {dest}"))["nights"].as_array().unwrap().len(), 7);
}
