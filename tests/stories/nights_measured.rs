//! The nights of both camera systems are measured, judged and found over exactly as the oracle says,
//! and nothing of the camera's is touched.
use std::path::Path;
use std::process::Command;

use allsky_backups::base::digest::Sha256;
use allsky_backups::domain::nights::decision::{Class, Thresholds, decide};
use allsky_backups::site::indi::Database;
use allsky_backups::site::nights::{CameraChoice, IndiNights, NightSource, Rating, TeamNights};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use serde_json::Value;

/// Both sites as the generator builds them, with its oracle.
fn sites(root: &Path) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nights/build_sites.py");
    let status = Command::new("python3").arg(script).arg(root).output().unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    serde_json::from_slice(&std::fs::read(root.join("expected.json")).unwrap()).unwrap()
}

/// Two in the morning: the last night still runs.
fn small_hours() -> DateTime {
    date(2025, 12, 29).at(2, 0, 0, 0)
}

fn agrees(source: &dyn NightSource, expected: &Value) {
    let survey = source.survey().unwrap();
    assert_eq!(survey.rating, Rating::Database);
    let nights = expected.as_object().unwrap();
    assert_eq!(survey.nights.len(), nights.len());
    for measure in &survey.nights {
        let name = measure.night.date().to_string();
        // One system names its nights with dashes, the other without.
        let want = nights.get(&name).unwrap_or_else(|| &nights[&measure.night.to_string()]);
        assert_eq!(measure.images, want["images"].as_u64().unwrap(), "{name}");
        assert_eq!(measure.avg_stars, want["avg_stars"].as_f64(), "{name}");
        assert_eq!(measure.moon_pct, want["moon_pct"].as_f64(), "{name}");
        let class = match (survey.is_closed(measure, small_hours()), decide(measure, &Thresholds::default()).0) {
            (false, _) => "RUNNING",
            (true, Class::Skipped) => "SKIP",
            (true, class) => class.as_str(),
        };
        assert_eq!(class, want["expect"].as_str().unwrap(), "{name}");
        let files = source.files(measure.night).unwrap();
        assert_eq!(files.frames.len() as u64, measure.images, "{name}");
        for file in files.frames.iter().chain(&files.timelapses) {
            assert!(source.images_dir().join(file.path.as_path()).is_file(), "{}", file.path);
            assert!(!file.path.to_string().contains("thumbnail"), "{}", file.path);
        }
        assert_eq!(files.timelapses.len(), usize::from(class != "RUNNING"), "{name}");
    }
}

#[test]
fn both_camera_systems_agree_with_the_oracle_and_their_databases_stay_as_they_are() {
    let top = tempfile::tempdir().unwrap();
    let expected = sites(top.path());
    let databases =
        [top.path().join("indi/varlib/indi-allsky.sqlite"), top.path().join("allsky/config/myFiles/allsky.db")];
    let sums = || databases.each_ref().map(|path| Sha256::of(&std::fs::read(path).unwrap()));
    let before = sums();
    let indi =
        IndiNights::new(Database::File(databases[0].clone()), top.path().join("indi/images"), CameraChoice::Active);
    agrees(&indi, &expected["indi"]["nights"]);
    assert_eq!(indi.survey().unwrap().camera_dir.as_deref(), expected["indi"]["camera_dir"].as_str());
    let home = top.path().join("allsky");
    agrees(&TeamNights::new(&home, &home.join("images"), TimeZone::system()), &expected["allsky"]["nights"]);
    assert_eq!(sums(), before);
}

#[test]
fn without_a_database_nights_are_counted_from_their_folders_and_called_unrated() {
    let top = tempfile::tempdir().unwrap();
    sites(top.path());
    let home = top.path().join("allsky");
    std::fs::remove_file(home.join("config/myFiles/allsky.db")).unwrap();
    let source = TeamNights::new(&home, &home.join("images"), TimeZone::system());
    let survey = source.survey().unwrap();
    assert!(matches!(survey.rating, Rating::Folders(_)));
    assert_eq!(survey.nights.len(), 10);
    for measure in &survey.nights {
        assert_eq!(decide(measure, &Thresholds::default()).0, Class::Unrated);
        assert_eq!(source.files(measure.night).unwrap().frames.len() as u64, measure.images);
    }
}

#[test]
fn modules_that_never_ran_leave_stars_and_moon_open() {
    let top = tempfile::tempdir().unwrap();
    sites(top.path());
    let home = top.path().join("allsky");
    let database = rusqlite::Connection::open(home.join("config/myFiles/allsky.db")).unwrap();
    database.execute_batch("DROP TABLE allsky_stars; DROP TABLE allsky_solarsystem;").unwrap();
    drop(database);
    let survey = TeamNights::new(&home, &home.join("images"), TimeZone::system()).survey().unwrap();
    assert_eq!(survey.nights.len(), 10);
    assert!(survey.nights.iter().all(|m| m.avg_stars.is_none() && m.moon_pct.is_none() && m.rated == 0));
}
