//! A camera that saves daytime pictures puts them into the folder of the night, under names of the same
//! kind. What is no frame of the night is neither counted nor saved, with a database and without one.
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::support::night_sites::{Camera, NightSites, files};

const CAMERA: Camera = Camera::Team;
const NIGHT: &str = "2025-12-21";

fn database(sites: &NightSites) -> PathBuf {
    sites.path("allsky/config/myFiles/allsky.db")
}

/// Writes a setting of the camera, or takes it away.
fn set(sites: &NightSites, key: &str, value: Option<&str>) {
    let file = sites.path("allsky/config/settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    match value {
        Some(value) => settings[key] = value.into(),
        None => drop(settings.as_object_mut().unwrap().remove(key)),
    }
    fs::write(file, settings.to_string()).unwrap();
}

fn images(item: &Value) -> u64 {
    item["images"].as_u64().unwrap()
}

fn night(sites: &NightSites) -> Value {
    sites.nights(CAMERA).into_iter().find(|item| item["night"] == NIGHT).unwrap()
}

/// Names of the pictures of the night on the drive, after a run.
fn saved(sites: &NightSites) -> BTreeSet<String> {
    let (dest, drive) = sites.plain_drive(CAMERA);
    sites.ask(CAMERA, &format!("run nights {dest}"));
    let folder = drive.join("nights").join(NIGHT);
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files(&folder).into_iter().map(|(path, _)| name(path)).filter(|name| name.contains("-2025")).collect()
}

fn is_of_the_night(name: &str) -> bool {
    !name.contains("20251221100000") && !name.contains("20251221140000")
}

/// How the database of a camera may be; the night has 40 frames and two of the day in every case.
fn without_rows(sites: &NightSites, case: &str) {
    let sql = match case {
        "no database" => return fs::remove_file(database(sites)).unwrap(),
        "no rows of this night" => "DELETE FROM allsky_image WHERE AS_DATE_NAME = '20251221'",
        "rows of its day alone" => {
            "DELETE FROM allsky_image WHERE AS_DATE_NAME = '20251221' AND AS_DAY_OR_NIGHT = 'NIGHT'"
        }
        _ => return,
    };
    rusqlite::Connection::open(database(sites)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn daytime_pictures_are_no_part_of_a_night_with_a_database_and_without_one() {
    for case in ["a database", "no database", "no rows of this night", "rows of its day alone"] {
        let sites = NightSites::new();
        without_rows(&sites, case);
        assert_eq!(images(&night(&sites)), 40, "{case}");
        let saved = saved(&sites);
        assert!(saved.len() == 40 && saved.iter().all(|name| is_of_the_night(name)), "{case}: {saved:?}");
    }
}

#[test]
fn where_nothing_tells_day_from_night_every_picture_is_kept() {
    for (case, expected) in [("no database", 42), ("rows of its day alone", 40)] {
        let sites = NightSites::new();
        set(&sites, "latitude", None);
        without_rows(&sites, case);
        assert_eq!((images(&night(&sites)), saved(&sites).len()), (expected, expected as usize), "{case}");
    }
}

#[test]
fn a_folder_with_pictures_of_the_day_alone_is_no_night() {
    for case in ["a database", "no database"] {
        let sites = NightSites::new();
        without_rows(&sites, case);
        let folder = sites.path("allsky/images/20251229");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("image-20251229100000.jpg"), "a picture").unwrap();
        let items = sites.ask(CAMERA, "nights list --now 2025-12-29T11:00:00Z");
        assert!(!items.to_string().contains("2025-12-29\""), "{case}: {items}");
        let newest = items["items"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&newest["night"], &newest["state"]),
            (&"2025-12-28".into(), &"measured".into()),
            "{case}: {newest}"
        );
    }
}

#[test]
fn pictures_have_the_name_that_their_owner_chose_and_films_and_stills_any_ending_of_the_panel() {
    let sites = NightSites::new();
    without_rows(&sites, "no database");
    set(&sites, "filename", Some("my älle sky.png"));
    let folder = sites.path("allsky/images/20251221");
    let config = sites.path("c.toml");
    fs::write(&config, "[nights]\nkeogram = true\nstartrail = true\n").unwrap();
    let sky = fs::read(folder.join("keogram/keogram-20251221.jpg")).unwrap();
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 4], b"IEND\xaeB`\x82"].concat();
    fs::write(folder.join("my älle sky-20251222050000.png"), &png).unwrap();
    fs::write(folder.join("your sky-20251222050000.png"), &png).unwrap();
    fs::rename(folder.join("allsky-20251221.mp4"), folder.join("allsky-20251221.webm")).unwrap();
    for kind in ["keogram", "startrails"] {
        fs::remove_file(folder.join(format!("{kind}/{kind}-20251221.jpg"))).unwrap();
        fs::write(folder.join(format!("{kind}/{kind}-20251221.png")), &png).unwrap();
    }
    fs::write(folder.join("keogram/keogram-20251220.jpg"), &sky).unwrap();
    assert_eq!(images(&night(&sites)), 41);

    let (dest, drive) = sites.plain_drive(CAMERA);
    sites.ask(CAMERA, &format!("run nights {dest} --config {}", config.display()));
    let names = |folder: &str| -> Vec<String> {
        let all = files(&drive.join(folder).join(NIGHT)).into_iter();
        all.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    let night = names("nights");
    for name in ["my älle sky-20251222050000.png", "keogram-20251221.png", "startrails-20251221.png"] {
        assert!(night.iter().any(|there| there == name), "{name}: {night:?}");
    }
    assert!(!night.iter().any(|there| there.contains("your sky") || there.contains("20251220")), "{night:?}");
    assert!(names("timelapse").contains(&"allsky-20251221.webm".to_owned()));
}
