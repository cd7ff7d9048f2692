//! What storage boxes, desktops and owners put beside our files on a drive: counted, never damage, never
//! deleted.
use std::fs;
use std::path::Path;

use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;

const CAMERA: Camera = Camera::Team;
const NIGHT: &str = "2025-12-21";

/// Below the folder of a night: each as a box, a desktop, a program or a person leaves it.
const STRANGE: &[&str] = &[
    "@eaDir/image-20251221213000.jpg/SYNOFILE_THUMB_M.jpg",
    ".DS_Store",
    "._image-20251221213000.jpg",
    "Thumbs.db",
    "desktop.ini",
    "lost+found/#123",
    "#recycle/image-old.jpg",
    ".stfolder/x",
    ".Trash-1000/files/image-gone.jpg",
    "System Volume Information/x",
    ".nfs00000000000a1b2c",
    ".fuse_hidden0000002a",
    "notes.txt",
    "mine/thesis.txt",
    "image-20251221213000.jpg.part",
    "film.part",
    "x.new",
    "manifest.txt.new",
    "files.tsv.new",
];

fn put(folder: &Path) {
    for name in STRANGE {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("not ours: {name}")).unwrap();
    }
}

/// Those below `folder` that are as they were put there.
fn there(folder: &Path) -> usize {
    let whole =
        |name: &&&str| fs::read_to_string(folder.join(name)).is_ok_and(|text| text == format!("not ours: {name}"));
    STRANGE.iter().filter(whole).count()
}

#[test]
fn a_night_with_strange_files_stays_verified_and_they_stay_where_they_are() {
    let sites = NightSites::new();
    let (dest, drive) = sites.plain_drive(CAMERA);
    sites.ask(CAMERA, &format!("run nights {dest}"));
    let night = drive.join("nights").join(NIGHT);
    put(&night);
    put(&drive);
    put(&drive.join("nights"));
    put(&drive.join("settings"));
    put(&drive.join("timelapse").join(NIGHT));
    let checked = sites.ask(CAMERA, &format!("nights verify {NIGHT} {dest}"))["checked"][0].clone();
    assert_eq!((&checked["ok"], &checked["foreign"]), (&true.into(), &STRANGE.len().into()), "{checked}");
    assert_eq!(sites.ask(CAMERA, &format!("nights show {NIGHT}"))["state"], "verified");
    let said = sites.run(CAMERA, &format!("nights verify {NIGHT} {dest}")).text();
    assert!(said.contains(&format!("whole; {} files of other programs", STRANGE.len())), "{said}");

    sites.ask(CAMERA, &format!("run nights {dest}"));
    let again = sites.ask(CAMERA, &format!("nights save {NIGHT} {dest}"))["nights"][0].clone();
    assert_eq!((&again["verified"], &again["copied_files"]), (&true.into(), &0.into()), "{again}");
    for folder in [&night, &drive, &drive.join("nights"), &drive.join("settings"), &drive.join("timelapse").join(NIGHT)]
    {
        assert_eq!(there(folder), STRANGE.len(), "{}", folder.display());
    }
}

#[test]
fn a_night_that_goes_leaves_what_is_not_ours_and_says_where() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    let dest = format!("--dest {}", disk.path().display());
    sites.ask(CAMERA, &format!("dest init {dest}"));
    sites.ask(CAMERA, &format!("nights save {NIGHT} 2025-12-22 2025-12-25 {dest}"));
    let night = disk.path().join("nights").join(NIGHT);
    put(&night);
    // Called like a night that is being deleted, and like one that a box has found again.
    let mine = [".trash-2025-12-21-mine", ".trash-2025-12-22-1766361600", "nights/2025-11-01/@eaDir"];
    for name in mine {
        fs::create_dir_all(disk.path().join(name)).unwrap();
        fs::write(disk.path().join(name).join("thesis.jpg"), "mine").unwrap();
    }
    disk.fill("other.bin", 81);
    let said = sites.run(CAMERA, &format!("prune --plan nights --json {dest}"));
    assert_eq!(said.json()["pruned"]["deleted"][0]["night"], NIGHT, "{said:?}");
    let left = disk.path().join("left-behind").join(NIGHT);
    assert!(said.err.contains(&format!("look for them in {}", left.display())), "{said:?}");
    assert!(!night.exists());
    assert_eq!((there(&left), files(&left).len()), (STRANGE.len(), STRANGE.len()));
    for name in mine {
        assert_eq!(fs::read_to_string(disk.path().join(name).join("thesis.jpg")).unwrap(), "mine", "{name}");
    }
    assert_eq!(sites.ask(CAMERA, &format!("nights show {NIGHT}"))["state"], "deleted");
    let nights = sites.ask(CAMERA, &format!("nights verify {dest}"));
    assert_eq!(nights["checked"].as_array().unwrap().len(), 2, "{nights}");
}

#[test]
fn what_a_storage_box_leaves_among_the_pictures_is_written_down_and_not_archived() {
    let sites = NightSites::new();
    let litter = ["lost+found", "20251221/@eaDir", "20251221/Thumbs.db"];
    for name in litter {
        let path = sites.path("allsky/images").join(name).join("image-1.jpg");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "thumbnail").unwrap();
    }
    let made = sites.ask(CAMERA, "create images");
    assert_eq!(made["warnings"].as_array().unwrap().len(), 0, "{made}");
    let info = sites.ask(CAMERA, &format!("info {}", made["name"].as_str().unwrap()));
    let left_out = &info["metadata"]["allskyBackups"]["left_out"];
    let named: Vec<&str> = left_out.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    for name in litter {
        assert!(named.contains(&format!("images/{name}").as_str()), "{name}: {left_out}");
    }
}
