//! The demo camera is the same for the same plan, and behaves as a real one.
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use super::*;

fn tiny() -> Plan {
    Plan::tiny(jiff::civil::date(2026, 11, 20))
}

#[test]
fn the_same_plan_gives_the_same_camera() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for home in [&one, &two] {
        build(home.path(), &tiny(), &mut |_, _| {}).unwrap();
    }
    for name in ["images/20261119/image-20261119180000.jpg", "images/20261119/keogram/keogram-20261119.jpg", "env.json"]
    {
        assert_eq!(std::fs::read(one.path().join(name)).unwrap(), std::fs::read(two.path().join(name)).unwrap());
    }
}

#[test]
fn settings_are_hard_links_and_every_announced_file_is_made() {
    let home = tempfile::tempdir().unwrap();
    let mut last = (0, 0);
    build(home.path(), &tiny(), &mut |done, total| last = (done, total)).unwrap();
    assert_eq!(last.0, last.1);
    for (link, file) in [("settings", "settings_RPi_HQ"), ("cc", "cc_RPi_HQ")] {
        let inode = |name: &str| std::fs::metadata(home.path().join(format!("config/{name}.json"))).unwrap().ino();
        assert_eq!(inode(link), inode(file));
    }
    let seen = walkdir::WalkDir::new(home.path().join("images"))
        .into_iter()
        .filter(|e| e.as_ref().unwrap().file_type().is_file())
        .count() as u64;
    assert_eq!(seen, last.1);
}

#[test]
fn pictures_differ_and_do_not_compress() {
    let home = tempfile::tempdir().unwrap();
    let plan = Plan { nights: 1, frames: 3, width: 640, height: 480, ..tiny() };
    build(home.path(), &plan, &mut |_, _| {}).unwrap();
    let mut bytes: Vec<Vec<u8>> = std::fs::read_dir(home.path().join("images/20261120"))
        .unwrap()
        .filter_map(|e| std::fs::read(e.unwrap().path()).ok())
        .collect();
    assert_eq!(bytes.len(), 3);
    for picture in &bytes {
        assert!(picture.starts_with(&[0xff, 0xd8]) && picture.ends_with(&[0xff, 0xd9]));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        io::Write::write_all(&mut gzip, picture).unwrap();
        let packed = gzip.finish().unwrap().len();
        assert!(packed * 100 > picture.len() * 98, "{packed} of {}", picture.len());
    }
    bytes.sort();
    bytes.dedup();
    assert_eq!(bytes.len(), 3);
}

#[test]
fn the_camera_writes_rows_and_pictures_until_it_is_dropped() {
    let home = tempfile::tempdir().unwrap();
    build(home.path(), &tiny(), &mut |_, _| {}).unwrap();
    let db = rusqlite::Connection::open(home.path().join("config/myFiles/allsky.db")).unwrap();
    let count = || -> u32 { db.query_row("SELECT count(*) FROM allsky_stars", (), |r| r.get(0)).unwrap() };
    let pictures = || std::fs::read_dir(home.path().join("images/20261120")).unwrap().count();
    let (rows, files) = (count(), pictures());
    let capture = Capture::start(home.path(), Duration::from_millis(2)).unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while (count() < rows + 60 || pictures() < files + 2) && Instant::now() < end {
        std::thread::yield_now();
    }
    drop(capture);
    assert!(count() >= rows + 60 && pictures() >= files + 2);
    let rest = count();
    assert_eq!(rest, count(), "nothing is written after the drop");
}
