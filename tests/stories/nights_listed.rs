//! The terminal tells what every night is worth, exactly as the oracle says, and changes nothing.
use std::fs;

use allsky_backups::base::digest::Sha256;

use super::support::night_sites::{Camera, NightSites, files};

#[test]
fn every_night_is_listed_with_its_stars_its_class_and_its_reason() {
    let sites = NightSites::new();
    for camera in [Camera::Indi, Camera::Team] {
        let before = files(&sites.path(camera.folder()));
        let items = sites.nights(camera);
        let expected = sites.expected(camera);
        assert_eq!(items.len(), expected.len());
        for (item, (night, want)) in items.iter().zip(&expected) {
            assert_eq!(item["night"], *night);
            for key in ["images", "avg_stars", "moon_pct"] {
                assert_eq!(item[key], want[key], "{night} {key}");
            }
            assert_eq!(item["rated"], want["images"], "{night}");
            assert!(item["reason"].as_str().is_some_and(|why| !why.is_empty()), "{item}");
            match want["expect"].as_str().unwrap() {
                "RUNNING" => {
                    assert_eq!((item["state"].as_str(), item["decision"].as_str()), (Some("running"), Some("running")));
                    assert!(item.get("class").is_none(), "{item}");
                }
                "SKIP" => {
                    assert_eq!((item["state"].as_str(), item["class"].as_str()), (Some("skipped"), Some("SKIPPED")))
                }
                class => assert_eq!((item["state"].as_str(), item["class"].as_str()), (Some("measured"), Some(class))),
            }
        }
        let after = files(&sites.path(camera.folder()));
        let sums = |all: &[(std::path::PathBuf, Vec<u8>)]| -> Vec<_> {
            // What every reader of a database in WAL mode makes beside it.
            let own = |path: &std::path::Path| {
                !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal")
            };
            all.iter().filter(|(path, _)| own(path)).map(|(path, bytes)| (path.clone(), Sha256::of(bytes))).collect()
        };
        assert_eq!(sums(&before), sums(&after));
    }
}

#[test]
fn nights_that_the_camera_deletes_within_two_days_are_at_risk() {
    let sites = NightSites::new();
    let at_risk = |camera| -> Vec<String> {
        let items = sites.nights(camera);
        items.iter().filter(|i| i["at_risk"] == true).map(|i| i["night"].as_str().unwrap().to_owned()).collect()
    };
    // One camera keeps ten days, the other fourteen.
    assert_eq!(at_risk(Camera::Indi), ["2025-12-19", "2025-12-20"]);
    assert!(at_risk(Camera::Team).is_empty());
    let settings = sites.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("\"daystokeep\": 14", "\"daystokeep\": \"9\"")).unwrap();
    assert_eq!(at_risk(Camera::Team), ["2025-12-19", "2025-12-20", "2025-12-21"]);
    fs::write(&settings, text.replace("\"daystokeep\": 14", "\"daystokeep\": 0")).unwrap();
    assert!(at_risk(Camera::Team).is_empty());
}

#[test]
fn one_night_is_shown_by_its_date_and_one_that_never_was_is_not_found() {
    let sites = NightSites::new();
    let night = sites.ask(Camera::Team, "nights show 2025-12-19");
    assert_eq!(night["avg_stars"], 1509.3);
    assert_eq!(sites.ask(Camera::Team, "nights show 20251219"), night);
    assert_eq!(sites.run(Camera::Team, "nights show 2020-01-01").code, Some(4));
    assert_eq!(sites.run(Camera::Team, "nights show never").code, Some(2));
}

#[test]
fn a_night_is_over_at_noon_and_the_clock_of_a_preview_is_believed() {
    let sites = NightSites::new();
    let last = |now: &str| sites.ask(Camera::Indi, &format!("nights show 2025-12-28 --now {now}"))["state"].clone();
    assert_eq!(last("2025-12-29T05:00:00Z"), "running");
    assert_eq!(last("2025-12-29T12:00:00Z"), "measured");
    assert_eq!(last("2025-12-29T12:00:00"), "measured");
    assert_eq!(sites.run(Camera::Indi, "nights list --now yesterday").code, Some(2));
}

#[test]
fn limits_come_from_the_configuration_and_a_contradiction_is_refused_with_its_line() {
    let sites = NightSites::new();
    let config = sites.path("c.toml");
    fs::write(&config, "[nights]\nmin_avg_stars_primary = 550\nstart_date = \"2025-12-22\"\n").unwrap();
    let line = format!("nights list --config {}", config.display());
    let items = sites.ask(Camera::Team, &line)["items"].as_array().unwrap().clone();
    let classes: Vec<_> = items.iter().map(|i| i["class"].as_str().unwrap_or("-")).collect();
    assert_eq!(classes, ["ROLLING", "ROLLING", "SKIPPED", "ROLLING", "ROLLING", "FOREVER", "-"]);
    fs::write(&config, "[nights]\nmin_avg_stars_primary = 2000\n").unwrap();
    let said = sites.run(Camera::Team, &line);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("c.toml:2: "), "{}", said.err);
}
