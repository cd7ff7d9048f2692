//! Nights that nobody rated: the database is on a server, is not there, or was never filled. They are
//! counted from the folders, kept, and say why.
use std::fs;

use serde_json::Value;

use super::support::night_sites::{Camera, NightSites, files};

const CAMERA: Camera = Camera::Indi;

/// Every night with as many pictures as there are, unrated, for a reason with `why` in it.
fn are_unrated(items: &Value, sites: &NightSites, why: &str) {
    let items = items["items"].as_array().unwrap();
    let expected = sites.expected(CAMERA);
    assert_eq!(items.len(), expected.len());
    for (item, (night, want)) in items.iter().zip(&expected) {
        // One picture was excluded by its owner, which only the database knows.
        let excluded = u64::from(night == "2025-12-20");
        assert_eq!(item["images"], want["images"].as_u64().unwrap() + excluded, "{item}");
        assert_eq!((&item["rated"], &item["avg_stars"]), (&0.into(), &Value::Null), "{item}");
        if want["expect"] == "RUNNING" {
            assert_eq!((&item["state"], &item["class"]), (&"running".into(), &Value::Null), "{item}");
        } else {
            assert_eq!((&item["class"], &item["decision"]), (&"UNRATED".into(), &"save".into()), "{item}");
            assert!(item["reason"].as_str().unwrap().contains(why), "{item}");
        }
    }
}

#[test]
fn with_its_database_on_a_server_nights_of_indi_allsky_are_kept_unrated_from_their_folders() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(CAMERA);
    let (config, _) = sites.install_indi(Some("mysql+pymysql://u:p@localhost/indi"));
    let why = "not an SQLite file";
    are_unrated(&sites.ask(CAMERA, &format!("nights list {config}")), &sites, why);
    let noon = sites.ask(CAMERA, &format!("nights show 2025-12-28 {config} --now 2025-12-29T12:00:00Z"));
    assert_eq!((&noon["state"], &noon["class"]), (&"measured".into(), &"UNRATED".into()));
    let report = sites.run(CAMERA, &format!("run nights --json {dest} {config}"));
    assert_eq!(report.code, Some(0), "{report:?}");
    assert!(report.err.contains(why), "its owner is told: {report:?}");
    let nights = report.json()["nights"].as_array().unwrap().clone();
    assert!(nights.len() == 9 && nights.iter().all(|night| night["verified"] == true), "{nights:?}");
    let saved = files(&drive.join("nights/2025-12-21"));
    let names: Vec<String> = saved.iter().map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(names.iter().filter(|name| name.contains("/night/")).count(), 40, "{names:?}");
    assert!(!names.iter().any(|name| ["thumbnails", "/day/", "keogram"].iter().any(|odd| name.contains(odd))));
    let manifest = fs::read_to_string(drive.join("nights/2025-12-21/manifest.txt")).unwrap();
    let camera = sites.expected["indi"]["camera_dir"].as_str().unwrap();
    for line in ["class=UNRATED", "verified=1", &format!("camera={camera}")] {
        assert!(manifest.contains(line), "{line}: {manifest}");
    }
    let films = files(&drive.join("timelapse/2025-12-21"));
    assert_eq!(films.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "mp4")).count(), 1);
    sites.ask(CAMERA, &format!("nights verify {dest} {config}"));
    let plan = sites.ask(CAMERA, &format!("prune --plan nights --dry-run {dest} {config}"));
    let keeps = plan["plan"]["lines"].as_array().unwrap().iter().filter(|line| line["reason"] == "unrated").count();
    assert_eq!(keeps, 8, "all but the newest stay because nobody rated them: {plan}");
}

#[test]
fn without_its_database_or_with_tables_missing_the_folders_tell_the_nights() {
    for (change, why) in [
        (None, "keeps no database"),
        (Some("DROP TABLE image"), "no pictures in it yet"),
        (Some("DROP TABLE state"), "no pictures in it yet"),
        (Some("ALTER TABLE image DROP COLUMN stars"), "no pictures in it yet"),
    ] {
        let sites = NightSites::new();
        let (config, records) = sites.install_indi(None);
        match change {
            None => fs::remove_file(&records).unwrap(),
            Some(sql) => rusqlite::Connection::open(&records).unwrap().execute_batch(sql).unwrap(),
        }
        are_unrated(&sites.ask(CAMERA, &format!("nights list {config}")), &sites, why);
    }
}

#[test]
fn a_camera_that_never_made_films_or_keograms_has_its_nights_rated_all_the_same() {
    let sites = NightSites::new();
    let (dest, _) = sites.plain_drive(CAMERA);
    let (config, records) = sites.install_indi(None);
    let sql = "DROP TABLE video; DROP TABLE keogram; DROP TABLE startrail; DROP TABLE config";
    rusqlite::Connection::open(&records).unwrap().execute_batch(sql).unwrap();
    let items = sites.ask(CAMERA, &format!("nights list {config}"))["items"].as_array().unwrap().clone();
    for (item, (night, want)) in items.iter().zip(&sites.expected(CAMERA)) {
        assert_eq!((&item["avg_stars"], &item["images"]), (&want["avg_stars"], &want["images"]), "{night}");
    }
    let report = sites.ask(CAMERA, &format!("run nights {dest} {config}"));
    assert_eq!(report["nights"].as_array().unwrap().len(), 7);
}

#[test]
fn with_its_database_on_a_server_nights_of_allsky_are_kept_unrated_too() {
    let sites = NightSites::new();
    let settings = sites.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("\"sqlite\"", "\"mysql\"")).unwrap();
    let items = sites.nights(Camera::Team);
    let unrated = items.iter().filter(|item| item["class"] == "UNRATED").count();
    assert_eq!((items.len(), unrated), (10, 9), "{items:?}");
    assert!(items[0]["reason"].as_str().unwrap().contains("not an SQLite file"), "{}", items[0]);
}
