//! Things to run, hidden among pictures, settings and nights that come from elsewhere.
use std::fs;
use std::path::Path;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::failure::{Advice, Code};
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::nights::file_list::{self, Filed};
use allsky_backups::domain::order::NightChoice;
use allsky_backups::domain::restore::preview::{Change, Preview};
use allsky_backups::domain::restore::program::Programs;
use allsky_backups::domain::restore::request::{Choice, RestoreRequest};
use allsky_backups::work::archive::{create, import};
use allsky_backups::work::restore::{self, Error};
use serde_json::Value;

use crate::support::night_sites::{Camera, NightSites, files};
use crate::support::rig::Rig;
use crate::support::tarball::{config_with, images_with};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF picture";
const SHELL: &[u8] = b"<?php system($_GET['c']);";
/// Each is run, or tells a server what to run, on some machine.
const RUN: [&str; 36] = [
    "show.php",
    "show.PHTML",
    "show.php5",
    "show.php.jpg",
    "page.xhtml",
    "page.html",
    "drawing.svg",
    "code.js",
    "run.fcgi",
    ".user.ini",
    ".htaccess",
    "start",
    "other.PhP",
    "show.jpg.php",
    "show.jpg.PHP8",
    "show.php7.x.jpg",
    "show.php%00.jpg",
    "show.php.",
    "show.phar",
    "show.pht",
    "show.PHPS",
    "show.phtml.png",
    "page.shtml",
    "page.shtml.jpg",
    "run.cgi",
    "run.cgi.txt",
    "run.pl",
    "code.mjs",
    "code.wasm",
    "drawing.svgz",
    "web.config",
    "deep/.htaccess",
    "deep/.user.ini",
    "deep/web.config",
    ".hidden.jpg",
    "Makefile",
];
/// Begin as pictures, and go on as pages that a server may run.
const BOTH: [(&str, &[u8]); 3] = [
    ("both.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0<?php system($_GET['c']);"),
    ("both.gif", b"GIF89a<ScRiPt>alert(1)</script>"),
    ("both.mp4", b"\0\0\0\x20ftypisom<?PHP phpinfo();"),
];

fn take_in(rig: &Rig, kind: &str, bytes: &[u8]) -> RestoreRequest {
    let file = rig.path(&format!("allsky-{kind}-backup-20261120-120000.tar.gz"));
    fs::write(&file, bytes).unwrap();
    let taken = import::import(&rig.tools, &file, &Unwatched).unwrap();
    // What makes the camera run more is told when it comes in, and nothing else is.
    let told = taken.created.warnings.iter().any(|warning| warning.contains("postprocessing_night.json"));
    assert_eq!(told, kind == "config", "{:?}", taken.created.warnings);
    RestoreRequest::all(ArchiveName::parse(&taken.created.name).unwrap())
}

fn pictures(rig: &Rig) -> RestoreRequest {
    let archive = images_with(|mut tar| {
        for name in RUN {
            tar = tar.file(format!("images/20261117/{name}"), SHELL);
        }
        for (name, bytes) in BOTH {
            tar = tar.file(format!("images/20261117/{name}"), bytes);
        }
        tar.file("images/20261117/good.jpg", JPEG).file("images/20261117/lies.jpg", SHELL)
    });
    take_in(rig, "images", &archive)
}

fn change(preview: &Preview, path: &str) -> Option<Change> {
    preview.files.iter().find(|file| file.path.as_str() == Some(path)).map(|file| file.change)
}

fn assert_pictures_alone(folder: &Path) {
    assert_eq!(fs::read(folder.join("good.jpg")).unwrap(), JPEG);
    let both = BOTH.iter().map(|(name, _)| name);
    for name in RUN.iter().chain(&["lies.jpg"]).chain(both) {
        assert!(!folder.join(name).exists(), "{name} was restored");
    }
}

#[test]
fn of_an_images_backup_from_elsewhere_pictures_alone_come_back() {
    let rig = Rig::new();
    let mut ask = pictures(&rig);
    let images = rig.tools.site.images_dir().unwrap();
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    for name in RUN {
        assert_eq!(change(&preview, &format!("images/20261117/{name}")), Some(Change::LeftProgram), "{name}");
    }
    // A script under the name of a picture is told before anything is written.
    let lying = BOTH.iter().map(|(name, _)| *name).chain(["lies.jpg"]);
    for name in lying {
        assert_eq!(change(&preview, &format!("images/20261117/{name}")), Some(Change::LeftProgram), "{name}");
    }
    assert_eq!(change(&preview, "images/20261117/good.jpg"), Some(Change::New));
    let card = preview.checks.iter().find(|card| card.name == "contents").unwrap();
    assert!(card.detail.contains("both.") && card.advice.contains("--programs"), "{card:?}");
    let card = preview.checks.iter().find(|card| card.name == "programs").unwrap();
    assert!(card.detail.contains("show.php") && card.advice.contains("--programs"), "{card:?}");
    let restored = restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(restored.files, 1);
    assert!(restored.warnings.iter().any(|warning| warning.contains("lies.jpg")), "{:?}", restored.warnings);
    assert_pictures_alone(&images.join("20261117"));

    ask.programs = Some(Programs::Take);
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    let shown = preview.texts.iter().find(|text| text.path.as_str() == Some("images/20261117/show.php")).unwrap();
    assert!(shown.lines.as_ref().unwrap().iter().any(|line| line.text.contains("system(")), "{shown:?}");
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(fs::read(images.join("20261117/show.php")).unwrap(), SHELL);
}

/// However its list was made: while it was written, when it was read again, and out of damage.
#[test]
fn a_script_under_the_name_of_a_picture_is_told_by_the_preview_of_any_archive() {
    let rig = Rig::new();
    let folder = rig.tools.site.images_dir().unwrap().join("20261117");
    fs::create_dir_all(&folder).unwrap();
    // Large files are read in pieces.
    let large = [SHELL, &vec![b'\n'; 5 << 20]].concat();
    let noise = (0..2u32 << 18).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes());
    let good: Vec<u8> = JPEG.iter().copied().chain(noise).collect();
    for (name, bytes) in [("good.jpg", good.as_slice()), ("lies.jpg", SHELL), ("large.jpg", &large)] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let made = create::images(&rig.tools, &NightChoice::Folders(vec!["20261117".into()]), &Unwatched).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let ask = RestoreRequest {
        programs: Some(Programs::Leave),
        ..RestoreRequest::all(ArchiveName::parse(&made.name).unwrap())
    };
    let index = rig.archive(&made.name.replace(".tar.gz", ".index"));
    let archive = rig.archive(&made.name);
    let told = |how: &str| {
        let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
        for name in ["lies.jpg", "large.jpg"] {
            assert_eq!(
                change(&preview, &format!("images/20261117/{name}")),
                Some(Change::LeftProgram),
                "{how}: {name}"
            );
        }
        let good = change(&preview, "images/20261117/good.jpg");
        assert!(good.is_none() || good == Some(Change::New), "{how}: {good:?}");
        let card = preview.checks.iter().find(|card| card.name == "contents").unwrap();
        assert!(card.detail.contains("lies.jpg"), "{how}: {card:?}");
    };
    told("as it was written");
    fs::remove_file(&index).unwrap();
    told("read again");
    let mut bytes = fs::read(&archive).unwrap();
    // Most of the archive is the good picture.
    let at = bytes.len() / 2;
    bytes[at] ^= 4;
    fs::write(&archive, bytes).unwrap();
    told("out of damage");
}

#[test]
fn another_folder_gets_no_programs_either_and_is_never_one_of_the_camera_or_of_a_web_server() {
    let rig = Rig::new();
    let mut ask = pictures(&rig);
    let to = rig.path("elsewhere");
    ask.to = Some(to.clone());
    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_pictures_alone(&to.join("images/20261117"));

    let site = rig.path("site");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("index.php"), "").unwrap();
    let link = rig.path("link");
    std::os::unix::fs::symlink(rig.tools.site.home(), &link).unwrap();
    for to in [
        rig.tools.site.home().to_owned(),
        rig.tools.site.home().join("html/new"),
        rig.tools.site.images_dir().unwrap().join("20261117"),
        link.join("tmp"),
        site.join("a/b"),
        "/var/www/html/x".into(),
        rig.path("elsewhere/../allsky/html"),
        rig.tools.folder.path().join("x"),
        rig.tools.state_dir.join("x"),
        rig.path("home/public_html/x"),
        "/etc/cron.d".into(),
        "/usr/local/bin".into(),
    ] {
        ask.to = Some(to.clone());
        let error = restore::preview(&rig.tools, &ask, &Unwatched).unwrap_err();
        assert!(matches!(error, Error::Inside { .. }) && error.code() == Code::Usage, "{}: {error}", to.display());
        assert!(restore::apply(&rig.tools, &ask, &Unwatched).is_err(), "{}", to.display());
    }
}

#[test]
fn pages_keys_and_flows_that_gain_a_step_wait_for_the_word_of_the_owner() {
    let rig = Rig::new();
    let home = rig.tools.site.home().to_owned();
    let flow = home.join("config/modules/postprocessing_night.json");
    let today = fs::read(&flow).unwrap();
    let mut more: Value = serde_json::from_slice(&today).unwrap();
    more["extra"] =
        serde_json::json!({"module": "allsky_script.py", "metadata": {"arguments": {"scriptlocation": "/tmp/x"}}});
    let archive = config_with(|tar| {
        tar.file("config/modules/postprocessing_night.json", more.to_string())
            .file("config/modules/postprocessing_day.json", "{}")
            .file("config/myFiles/page.html", "<script>1</script>")
            .file("config/myFiles/notes.json", "#!/bin/sh\n")
            .file("config/myFiles/notes.txt", "clouds")
    });
    let mut ask = take_in(&rig, "config", &archive);
    ask.choice = Choice::Files(
        ["config/modules", "config/myFiles"].map(allsky_backups::base::rel_path::RelPath::of_our_own).to_vec(),
    );
    let preview = restore::preview(&rig.tools, &ask, &Unwatched).unwrap();
    for (path, expected) in [
        ("config/modules/postprocessing_night.json", Change::LeftProgram),
        ("config/modules/postprocessing_day.json", Change::Changed),
        ("config/myFiles/page.html", Change::LeftProgram),
        ("config/myFiles/notes.json", Change::LeftProgram),
        ("config/myFiles/notes.txt", Change::New),
    ] {
        assert_eq!(change(&preview, path), Some(expected), "{path}");
    }
    // Elsewhere it counts as well, because that folder may be the next camera's.
    let to = rig.path("elsewhere");
    let there = RestoreRequest { to: Some(to.clone()), ..ask.clone() };
    let preview = restore::preview(&rig.tools, &there, &Unwatched).unwrap();
    assert_eq!(change(&preview, "config/modules/postprocessing_night.json"), Some(Change::LeftProgram));
    restore::apply(&rig.tools, &there, &Unwatched).unwrap();
    assert!(!to.join("config/modules/postprocessing_night.json").exists());
    assert!(to.join("config/modules/postprocessing_day.json").exists());
    let with = RestoreRequest { programs: Some(Programs::Take), to: Some(rig.path("all")), ..ask.clone() };
    let preview = restore::preview(&rig.tools, &with, &Unwatched).unwrap();
    let named = preview.checks.iter().any(|card| card.detail.contains("postprocessing_night.json"));
    assert!(named, "{:?}", preview.checks);

    restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
    assert_eq!(fs::read(&flow).unwrap(), today);
    assert!(!home.join("config/myFiles/page.html").exists() && home.join("config/myFiles/notes.txt").exists());
}

#[test]
fn a_night_on_a_drive_brings_pictures_alone_until_programs_are_asked_for() {
    let sites = NightSites::new();
    let (camera, night) = (Camera::Team, "2025-12-21");
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(camera, &format!("dest init --plain-folder {dest}"));
    sites.ask(camera, &format!("run nights {dest}"));
    // Who had the drive in hand put two files more into the night, and into its list.
    let list = list_of(&drive, night);
    let mut filed = file_list::read(&fs::read(&list).unwrap()).unwrap();
    let folder = drive.join("nights").join(night);
    let jpeg =
        files(&folder).into_iter().map(|(path, _)| path).find(|path| path.extension().is_some_and(|e| e == "jpg"));
    let beside = jpeg.unwrap().parent().unwrap().to_owned();
    let names = ["show.php", "lies.jpg"].map(|name| beside.join(name));
    for name in &names {
        fs::write(folder.join(name), SHELL).unwrap();
        let path = allsky_backups::base::rel_path::RelPath::parse(name.as_os_str().as_encoded_bytes()).unwrap();
        filed.push(Filed { path, bytes: SHELL.len() as u64, mtime: 1, hash: blake3::hash(SHELL) });
    }
    fs::write(&list, file_list::write(&filed)).unwrap();

    let preview = sites.ask(camera, &format!("nights restore {night} --preview {dest}"));
    let left = |preview: &Value| {
        preview["files"].as_array().unwrap().iter().filter(|file| file["change"] == "left_program").count()
    };
    assert_eq!(left(&preview), 2, "{preview}");
    sites.ask(camera, &format!("nights restore {night} --yes {dest}"));
    let images = sites.path("allsky/images");
    let hidden = || files(&images).into_iter().filter(|(_, bytes)| bytes == SHELL).count();
    assert_eq!(hidden(), 0);

    let preview = sites.ask(camera, &format!("nights restore {night} --programs --preview {dest}"));
    assert_eq!(left(&preview), 0);
    assert!(preview["texts"].to_string().contains("system("), "{preview}");
    sites.ask(camera, &format!("nights restore {night} --programs --yes {dest}"));
    assert_eq!(hidden(), 2);
    let refused = sites.run(camera, &format!("nights restore {night} --preview --to {}/x {dest}", images.display()));
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

/// The list of the files of a night.
fn list_of(drive: &Path, night: &str) -> std::path::PathBuf {
    let all = files(&drive.join("nights").join(night));
    let name = all.into_iter().map(|(path, _)| path).find(|path| path.ends_with("files.tsv")).unwrap();
    drive.join("nights").join(night).join(name)
}
