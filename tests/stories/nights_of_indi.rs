//! What indi-allsky means by its own settings and tables, where a look at them could be mistaken.
use std::path::PathBuf;

use allsky_backups::site::indi::Database;
use allsky_backups::site::nights::{CameraChoice, IndiNights, NightSource};

use super::support::night_sites::{Camera, NightSites};

fn database(sites: &NightSites) -> PathBuf {
    sites.path("indi/varlib/indi-allsky.sqlite")
}

fn change(sites: &NightSites, sql: &str) {
    rusqlite::Connection::open(database(sites)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn pictures_are_kept_ten_days_where_nothing_is_said_and_a_day_where_all_of_the_past_goes() {
    let sites = NightSites::new();
    for (data, days) in [
        (r#"{}"#, Some(10)),
        (r#"{"IMAGE_EXPIRE_DAYS": null}"#, Some(10)),
        (r#"{"IMAGE_EXPIRE_DAYS": 0}"#, Some(1)),
        (r#"{"IMAGE_EXPIRE_DAYS": 45}"#, Some(45)),
        (r#"{"IMAGE_EXPIRE_DAYS": 99999999999}"#, Some(u32::MAX)),
        ("half of {", None),
    ] {
        change(&sites, &format!("UPDATE config SET data = '{data}'"));
        let nights = IndiNights::new(Database::File(database(&sites)), sites.path("indi/images"), CameraChoice::Active);
        assert_eq!(nights.days_kept().unwrap(), days, "{data}");
    }
}

#[test]
fn the_settings_that_were_saved_last_hold_whatever_their_number() {
    let sites = NightSites::new();
    let row = "INSERT INTO config(id, createDate, level, note, data) VALUES";
    change(
        &sites,
        &format!(
            "UPDATE config SET createDate = '2025-12-01 10:00:00'; {row} (99, '2025-01-01 10:00:00', '', '', '{{\"IMAGE_EXPIRE_DAYS\": 3}}')"
        ),
    );
    let nights = || IndiNights::new(Database::File(database(&sites)), sites.path("indi/images"), CameraChoice::Active);
    assert_eq!(nights().days_kept().unwrap(), Some(10));
    change(&sites, "UPDATE config SET createDate = '2025-12-20 10:00:00' WHERE id = 99");
    assert_eq!(nights().days_kept().unwrap(), Some(3));
}

#[test]
fn without_a_word_of_the_program_the_camera_that_was_connected_last_is_in_use() {
    let sites = NightSites::new();
    // Nights of which the camera in use has pictures, and how many those are.
    let own = || -> Vec<u64> {
        let items = sites.nights(Camera::Indi).into_iter();
        items.filter_map(|item| item["images"].as_u64()).filter(|images| *images > 0).collect()
    };
    change(&sites, "DELETE FROM state");
    assert_eq!(own(), [40; 10], "the first camera was connected last");
    change(&sites, "UPDATE camera SET connectDate = '2025-12-28 23:00:00.000000' WHERE id = 2");
    assert_eq!(own(), [3]);
    // The program's own word counts more than any date.
    change(&sites, "INSERT INTO state(key, value) VALUES ('DB_CAMERA_ID', '1')");
    assert_eq!(own(), [40; 10]);
}

#[test]
fn a_night_in_which_no_star_was_ever_found_is_unrated_at_once() {
    let sites = NightSites::new();
    change(&sites, "UPDATE image SET stars = 0 WHERE dayDate = '2025-12-21' AND night = 1");
    let night = || sites.nights(Camera::Indi).into_iter().find(|item| item["night"] == "2025-12-21").unwrap();
    let found = night();
    assert_eq!((&found["class"], &found["rated"]), (&"UNRATED".into(), &0.into()), "{found}");
    assert!(found["avg_stars"].is_null(), "{found}");
    change(
        &sites,
        "UPDATE image SET stars = 1 WHERE id = (SELECT MIN(id) FROM image WHERE dayDate = '2025-12-21' AND night = 1)",
    );
    assert_ne!(night()["class"], "UNRATED", "one star is enough for a detector that works");
}
