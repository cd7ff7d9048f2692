//! Drives as owners have them: mounted when they are needed, written by an older script, and with what
//! else of a night an owner wants on them.
use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::injector;
use super::support::night_sites::{Camera, NightSites, files};
use super::support::small_disk::SmallDisk;
use super::support::terminal::Said;

const NIGHT: &str = "2025-12-21";

/// Unmounted when the story is over, however it ends.
struct Point<'a>(&'a Path);

impl Point<'_> {
    fn unmount(&self) -> bool {
        Command::new("umount").arg("-l").arg(self.0).output().unwrap().status.success()
    }
}

impl Drop for Point<'_> {
    fn drop(&mut self) {
        self.unmount();
    }
}

#[test]
fn each_drive_of_the_list_is_set_up_by_its_name_and_nights_go_to_the_one_that_was_named() {
    let sites = NightSites::new();
    let camera = Camera::Team;
    let (config, usb, nas) = (sites.path("c.toml"), sites.path("usb"), sites.path("nas"));
    fs::create_dir(&usb).unwrap();
    fs::create_dir(&nas).unwrap();
    let text = format!(
        "[[destination]]\nname = \"usb\"\npath = {usb:?}\nrequire_mount = false\n[[destination]]\nname = \"nas\"\n\
         path = {nas:?}\nrequire_mount = false\n[nights]\ndestination = \"nas\"\n"
    );
    fs::write(&config, text).unwrap();
    let ask = |words: &str| sites.ask(camera, &format!("{words} --config {}", config.display()));
    let states = || {
        let list = ask("dest list");
        let items = list["items"].as_array().unwrap().iter();
        items.map(|one| format!("{} {}", one["name"].as_str().unwrap(), one["ready"])).collect::<Vec<_>>()
    };
    assert_eq!(states()[1..], ["usb false", "nas false"]);
    let first = ask("dest init usb")["id"].clone();
    assert_eq!(ask(&format!("dest init {}", nas.display()))["path"], nas.to_str().unwrap());
    assert_eq!(states()[1..], ["usb true", "nas true"], "the choice of one is not that of the other");
    assert!(states()[0].starts_with("backups "));
    assert_eq!(ask("dest check usb")["id"], first);
    assert_eq!(ask("dest check")["path"], nas.to_str().unwrap());
    for (words, code) in [("dest check card", 4), ("dest init backups", 2)] {
        assert_eq!(sites.run(camera, &format!("{words} --config {}", config.display())).code, Some(code), "{words}");
    }
    ask("run nights");
    assert!(nas.join("nights").join(NIGHT).join("manifest.txt").exists());
    assert!(!usb.join("nights").exists());
}

#[test]
fn a_drive_that_is_not_there_is_mounted_as_its_owner_says_and_believed_only_when_it_is_seen() {
    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let sites = NightSites::new();
    let camera = Camera::Team;
    let folder = sites.path("mnt");
    fs::create_dir(&folder).unwrap();
    let point = Point(&folder);
    let config = sites.path("c.toml");
    let configure = |command: &str| {
        fs::write(
            &config,
            format!("[[destination]]\nname = \"drive\"\npath = {folder:?}\nmount_command = [{command}]\n"),
        )
        .unwrap();
    };
    let line = |words: &str| format!("{words} --config {}", config.display());
    let bind = format!("\"mount\", \"--bind\", {:?}, {folder:?}", disk.path());
    assert!(Command::new("mount").arg("--bind").arg(disk.path()).arg(&folder).status().unwrap().success());
    configure(&bind);
    sites.ask(camera, &line("dest init"));
    assert!(point.unmount());

    for command in ["\"true\"", "\"false\"", "\"/no/such/program\""] {
        configure(command);
        let said = sites.run(camera, &line("run nights"));
        assert!(said.code == Some(3) && said.err.contains("no drive is mounted here"), "{command}: {said:?}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{command}");
    }
    configure(&bind);
    for words in ["run nights --dry-run", "prune --plan nights --dry-run", "nights list"] {
        sites.run(camera, &line(words));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{words}: who only looks mounts nothing");
    }
    let report = sites.ask(camera, &line("run nights"));
    assert_eq!(report["nights"].as_array().unwrap().len(), 7, "{report}");
    assert!(disk.path().join("nights").join(NIGHT).join("manifest.txt").exists());
}

#[test]
fn nights_of_an_older_script_are_verified_while_the_camera_has_them_and_not_copied_again() {
    let sites = NightSites::new();
    let camera = Camera::Indi;
    let (dest, drive) = sites.plain_drive(camera);
    sites.ask(camera, &format!("run nights {dest}"));
    // It wrote a class, and nothing else; and it kept times, as rsync does.
    for night in [NIGHT, "2025-12-19"] {
        let folder = drive.join("nights").join(night);
        fs::remove_file(folder.join("files.tsv")).unwrap();
        let class = if night == NIGHT { "ROLLING" } else { "FOREVER" };
        fs::write(folder.join("manifest.txt"), format!("class={class}\n")).unwrap();
    }
    fs::remove_dir_all(sites.path("state-indi")).unwrap();
    sites.plain_drive(camera);
    let plan = sites.ask(camera, &format!("prune --plan nights --dry-run {dest}"));
    let line = plan["plan"]["lines"].as_array().unwrap().iter().find(|line| line["night"] == NIGHT).unwrap();
    assert_eq!((&line["action"], &line["reason"]), (&"keep".into(), &"not_verified".into()));

    let report = sites.ask(camera, &format!("run nights {dest}"));
    let nights = report["nights"].as_array().unwrap();
    assert_eq!(nights.len(), 2, "{report}");
    for (night, class) in nights.iter().zip(["FOREVER", "ROLLING"]) {
        assert_eq!((&night["class"], &night["verified"]), (&class.into(), &true.into()), "{night}");
        assert_eq!((&night["copied_files"], &night["images"]), (&0.into(), &40.into()), "{night}");
    }
    let manifest = fs::read_to_string(drive.join("nights").join(NIGHT).join("manifest.txt")).unwrap();
    assert!(manifest.contains("verified=1") && manifest.contains("images_backup=40"), "{manifest}");
    sites.ask(camera, &format!("nights verify {dest}"));
}

#[test]
fn keograms_and_star_trails_go_along_when_their_owner_wants_them_and_thumbnails_never() {
    let sites = NightSites::new();
    let config = sites.path("c.toml");
    fs::write(&config, "[nights]\nkeogram = true\nstartrail = true\ntimelapse = false\n").unwrap();
    for camera in [Camera::Indi, Camera::Team] {
        let (dest, drive) = sites.plain_drive(camera);
        let line = |words: &str| format!("{words} {dest} --config {}", config.display());
        let report = sites.ask(camera, &line("run nights"));
        assert_eq!(report["nights"][0]["images"], 40, "they are not counted: {report}");
        let saved = files(&drive.join("nights").join(NIGHT));
        let count = |word: &str| saved.iter().filter(|(path, _)| path.to_string_lossy().contains(word)).count();
        assert_eq!((count("keogram-") + count("keogram_"), count("thumbnails")), (1, 0), "{camera:?}");
        assert_eq!(count("startrails-") + count("startrail_"), 1, "{camera:?}");
        assert!(!drive.join("timelapse").exists());
        let checked = sites.ask(camera, &line(&format!("nights verify {NIGHT}")));
        assert_eq!(checked["checked"][0]["files"], 42, "{checked}");
    }
}

/// Shares over NFS rename folders and cannot promise not to replace; sticks with exFAT have no links.
#[test]
fn a_drive_that_can_neither_link_nor_promise_to_replace_nothing_keeps_nights_and_lets_them_go() {
    if !injector::works() {
        return;
    }
    let sites = NightSites::new();
    let camera = Camera::Team;
    let faults = ["renameat2:error=EINVAL", "linkat:error=EPERM"].map(|fault| format!("inject={fault}"));
    let words = ["-e", "trace=renameat2,linkat", "-e", &faults[0], "-e", &faults[1]].map(str::to_owned);
    let on_share = |line: &str| -> Said {
        let line = sites.command(camera, format!("{line} --json").split(' '));
        let said: Said = injector::traced(&line, &words).output().unwrap().into();
        assert_eq!(said.code, Some(0), "{line:?}: {said:?}");
        said
    };
    let (dest, drive) = sites.plain_drive(camera);
    let report = on_share(&format!("run nights {dest}")).json();
    assert_eq!(report["nights"].as_array().unwrap().len(), 7, "{report}");
    let archive =
        drive.join("settings").join(report["settings"]["name"].as_str().unwrap_or_else(|| panic!("{report}")));
    assert!(archive.is_file());

    let Some(disk) = SmallDisk::mount("size=8m") else { return };
    let dest = format!("--dest {}", disk.path().display());
    on_share(&format!("dest init {dest}"));
    on_share(&format!("nights save {NIGHT} 2025-12-22 2025-12-25 {dest}"));
    disk.fill("other.bin", 81);
    let pruned = on_share(&format!("prune --plan nights {dest}")).json();
    assert_eq!(pruned["pruned"]["deleted"][0]["night"], NIGHT, "{pruned}");
    assert!(!disk.path().join("nights").join(NIGHT).exists());
    let left: Vec<_> = fs::read_dir(disk.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".trash")), "{left:?}");
}

#[test]
fn a_new_drive_in_the_place_of_the_old_one_gets_every_night_that_the_camera_has() {
    let sites = NightSites::new();
    let camera = Camera::Team;
    let (dest, drive) = sites.plain_drive(camera);
    let run = || sites.run(camera, &format!("run nights {dest} --json"));
    let saved = |said: &Said| said.json()["nights"].as_array().unwrap().len();
    let first = saved(&run());
    assert!(first > 0);
    assert_eq!(saved(&run()), 0);
    let old = sites.path("in-a-drawer");
    fs::rename(&drive, &old).unwrap();
    fs::create_dir(&drive).unwrap();
    sites.ask(camera, &format!("dest init --plain-folder {dest}"));
    let said = run();
    assert_eq!(saved(&said), first, "{said:?}");
    assert!(said.err.contains("are on another drive than this one"), "{said:?}");
    assert!(drive.join("nights").join(NIGHT).join("manifest.txt").exists());
    // The old one comes back: what is on it counts again, and nothing is copied.
    fs::rename(&drive, sites.path("the-new-one")).unwrap();
    fs::rename(&old, &drive).unwrap();
    sites.ask(camera, &format!("dest init --plain-folder {dest}"));
    assert_eq!(saved(&run()), 0);
}
