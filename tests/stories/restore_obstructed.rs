//! Something odd lies in the place of one file of the camera. It costs that file alone: the preview tells it, all
//! else is restored, the result is with warnings, and what lies there stays.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use allsky_backups::domain::archive::name::ArchiveName;
use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::domain::order::{NightChoice, PauseChoice, SectionChoice};
use allsky_backups::domain::restore::check::{Verdict, all_clear};
use allsky_backups::domain::restore::preview::{Change, Preview};
use allsky_backups::domain::restore::request::{Choice, Login, RestoreRequest, SettingsMode};
use allsky_backups::work::archive::create;
use allsky_backups::work::restore::{self, Restored};

use super::downloads_resumed::served;
use super::support::http;
use super::support::looks::{differences, looks};
use super::support::night_sites::{Camera, NightSites};
use super::support::other_user::OtherUser;
use super::support::rig::Rig;
use super::support::terminal::Terminal;

type Shape<'a> = (&'a str, &'a dyn Fn(&Path));

fn pipe(at: &Path) {
    rustix::fs::mkfifoat(rustix::fs::CWD, at, 0o644.into()).unwrap();
}

fn socket(at: &Path) {
    // The name of a socket holds about a hundred bytes.
    let short = tempfile::tempdir().unwrap();
    std::os::unix::net::UnixListener::bind(short.path().join("s")).unwrap();
    let moved = Command::new("mv").arg(short.path().join("s")).arg(at).status().unwrap();
    assert!(moved.success());
}

fn device(at: &Path) {
    let kind = rustix::fs::FileType::CharacterDevice;
    rustix::fs::mknodat(rustix::fs::CWD, at, kind, 0o644.into(), rustix::fs::makedev(1, 5)).unwrap();
}

fn folder(at: &Path) {
    fs::create_dir(at).unwrap();
    fs::write(at.join("inside"), "the owner's").unwrap();
}

/// What an owner, an editor or a broken script leaves in the place of a file.
const SHAPES: [Shape<'static>; 7] = [
    ("a device, pipe or socket is in the way", &pipe),
    ("a device, pipe or socket is in the way", &socket),
    ("a device, pipe or socket is in the way", &device),
    ("a folder is in the way", &folder),
    ("a symbolic link is in the way", &|at| symlink("nowhere", at).unwrap()),
    ("a symbolic link is in the way", &|at| symlink(at, at).unwrap()),
    ("a symbolic link is in the way", &|at| symlink("/etc/hostname", at).unwrap()),
];

fn remove(at: &Path) {
    match fs::symlink_metadata(at).unwrap().is_dir() {
        true => fs::remove_dir_all(at).unwrap(),
        false => fs::remove_file(at).unwrap(),
    }
}

fn backed_up(rig: &Rig) -> RestoreRequest {
    let made = create::config(&rig.tools, &SectionChoice::All, PauseChoice::Never, &Unwatched).unwrap();
    RestoreRequest::all(ArchiveName::parse(&made.name).unwrap())
}

fn preview(rig: &Rig, ask: &RestoreRequest) -> Preview {
    restore::preview(&rig.tools, ask, &Unwatched).unwrap()
}

/// Restores what the preview shows.
fn confirm(rig: &Rig, ask: &RestoreRequest, preview: &Preview) -> Restored {
    let seen = Some(preview.digest.clone());
    restore::apply(&rig.tools, &RestoreRequest { seen, ..ask.clone() }, &Unwatched).unwrap()
}

fn names(preview: &Preview) -> Vec<String> {
    preview.obstructed.iter().map(|one| one.path.to_string()).collect()
}

#[test]
fn an_odd_thing_in_the_place_of_a_file_of_the_settings_costs_that_file_alone() {
    let rig = Rig::new();
    let ask = backed_up(&rig);
    let home = rig.tools.site.home();
    let other = home.join("config/modules/postprocessing_day.json");
    let good = fs::read(&other).unwrap();
    let members = [
        "config/settings_RPi_HQ.json",
        "config/cc_RPi_HQ.json",
        "config/settings_ZWO_ASI294MC.json",
        "config/myFiles/allsky.db",
        "env.json",
        "config/uservariables.sh",
    ];
    let plain = "config/modules/postprocessing_night.json";
    let each = SHAPES.iter().map(|shape| (plain, shape));
    for (member, (words, put)) in each.chain(members.into_iter().zip(&SHAPES)) {
        let place = home.join(member);
        fs::rename(&place, rig.path("aside")).unwrap();
        put(&place);
        fs::write(&other, "{}").unwrap();
        let before = looks(home);
        let preview = preview(&rig, &ask);
        assert!(all_clear(&preview.checks), "{member} {words}: {:?}", preview.checks);
        let why = preview.obstructed.iter().find(|one| one.path.to_string() == member);
        assert_eq!(why.map(|one| one.why.as_str()), Some(*words), "{member}: {:?}", preview.obstructed);
        let mut files = preview.files.iter().filter(|file| file.path.to_string() == member);
        assert_eq!(files.next().map(|file| file.change), Some(Change::Obstructed), "{member}");
        assert_eq!(files.next(), None, "{member} is told once");
        let done = confirm(&rig, &ask, &preview);
        assert!(done.warnings.iter().any(|w| w.contains(member) && w.contains(words)), "{:?}", done.warnings);
        assert_eq!(fs::read(&other).unwrap(), good, "{member} {words}: all else is restored");
        assert_eq!(looks(home)[member], before[member], "{member} {words}: what is there stays");
        restore::undo(&rig.tools, None, &Unwatched).unwrap();
        assert_eq!(differences(&looks(home), &before), [""; 0], "{member} {words}");
        remove(&place);
        fs::rename(rig.path("aside"), &place).unwrap();
    }
}

#[test]
fn every_way_of_a_restore_goes_on_beside_an_odd_thing() {
    let rig = Rig::new();
    let ask = backed_up(&rig);
    let home = rig.tools.site.home();
    let odd = ["env.json", "config/settings_RPi_HQ.json", "config/modules/postprocessing_day.json"];
    odd.iter().for_each(|name| fs::remove_file(home.join(name)).unwrap());
    odd.iter().for_each(|name| pipe(&home.join(name)));
    for ask in [
        RestoreRequest { way: SettingsMode::Merge, ..ask.clone() },
        RestoreRequest { login: Login::Take, ..ask.clone() },
        RestoreRequest { choice: Choice::Sections(vec!["core".into()]), ..ask.clone() },
    ] {
        let shown = preview(&rig, &ask);
        assert!(odd.iter().all(|name| names(&shown).contains(&name.to_string())), "{ask:?}: {:?}", shown.obstructed);
        confirm(&rig, &ask, &shown);
    }
    let elsewhere = RestoreRequest { to: Some(rig.path("elsewhere")), ..ask.clone() };
    assert_eq!(names(&preview(&rig, &elsewhere)), [""; 0], "another folder has nothing odd");
    confirm(&rig, &elsewhere, &preview(&rig, &elsewhere));
    let list = rig.path("elsewhere/config/modules/postprocessing_night.json");
    fs::remove_file(&list).unwrap();
    folder(&list);
    assert_eq!(names(&preview(&rig, &elsewhere)), ["config/modules/postprocessing_night.json"]);
    confirm(&rig, &elsewhere, &preview(&rig, &elsewhere));

    let one = |name: &str| allsky_backups::base::rel_path::RelPath::parse(name).unwrap();
    let files = RestoreRequest { choice: Choice::Files(vec![one("env.json")]), ..ask.clone() };
    let shown = preview(&rig, &files);
    let card = shown.checks.iter().find(|check| check.result == Verdict::Fail).unwrap();
    assert!(card.name == "selection" && card.detail.contains("what lies in its place"), "{card:?}");
}

#[test]
fn a_folder_on_the_way_that_is_none_costs_what_belongs_below_it() {
    let rig = Rig::new();
    let below = rig.tools.site.home().join("config/myFiles/sub/deep");
    fs::create_dir_all(&below).unwrap();
    fs::write(below.join("mine.txt"), "mine").unwrap();
    fs::create_dir(below.join("hollow")).unwrap();
    let ask = backed_up(&rig);
    let top = rig.tools.site.home().join("config/myFiles/sub");
    let lost = rig.tools.site.home().join("config/modules/postprocessing_day.json");
    let away = rig.path("away");
    fs::rename(&top, &away).unwrap();
    let shapes: [Shape; 4] = [
        ("a file stands where a folder is needed", &|at| fs::write(at, "a file").unwrap()),
        ("a file stands where a folder is needed", &pipe),
        ("a symbolic link is in the way", &|at| symlink("/", at).unwrap()),
        ("a symbolic link is in the way", &|at| symlink(at, at).unwrap()),
    ];
    for (words, put) in shapes {
        put(&top);
        fs::remove_file(&lost).unwrap();
        let shown = preview(&rig, &ask);
        for name in ["config/myFiles/sub/deep/mine.txt", "config/myFiles/sub/deep/hollow"] {
            let told = shown.obstructed.iter().find(|one| one.path.to_string() == name).map(ToString::to_string);
            let told = told.unwrap_or_else(|| panic!("{name}: {:?}", shown.obstructed));
            assert!(told.contains(words) && told.contains("config/myFiles/sub"), "{told}");
        }
        confirm(&rig, &ask, &shown);
        assert!(lost.exists(), "{words}: all else is restored");
        remove(&top);
    }
    fs::rename(&away, &top).unwrap();
    assert_eq!(names(&preview(&rig, &ask)), [""; 0]);
}

#[test]
fn whatever_is_in_place_of_settings_json_stays_and_the_settings_of_the_camera_come() {
    let rig = Rig::new();
    let ask = backed_up(&rig);
    let config = rig.tools.site.home().join("config");
    let (own, link) = (config.join("settings_RPi_HQ.json"), config.join("settings.json"));
    let good = fs::read(&own).unwrap();
    for (words, put) in SHAPES {
        fs::remove_file(&link).unwrap();
        put(&link);
        fs::write(&own, [good.as_slice(), b"\n"].concat()).unwrap();
        let shown = preview(&rig, &ask);
        assert!(all_clear(&shown.checks), "{words}: {:?}", shown.checks);
        assert_eq!(names(&shown), ["config/settings.json"], "{words}");
        let done = confirm(&rig, &ask, &shown);
        assert!(done.warnings.iter().any(|w| w.contains("config/settings.json") && w.contains(words)), "{words}");
        assert_eq!(fs::read(&own).unwrap(), good, "{words}");
        assert!(!fs::symlink_metadata(&link).unwrap().is_file(), "{words}: what is there stays");
        // Moved away as the advice says, the next restore makes it whole.
        remove(&link);
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
        assert_eq!(fs::metadata(&link).unwrap().ino(), fs::metadata(&own).unwrap().ino(), "{words}");
    }
    // A link to that very file is as good as a second name.
    for to in [Path::new("settings_RPi_HQ.json"), &own] {
        fs::remove_file(&link).unwrap();
        symlink(to, &link).unwrap();
        fs::write(&own, [good.as_slice(), b"\n"].concat()).unwrap();
        assert_eq!(names(&preview(&rig, &ask)), [""; 0]);
        restore::apply(&rig.tools, &ask, &Unwatched).unwrap();
        assert_eq!((fs::read(&link).unwrap(), fs::read_link(&link).unwrap()), (good.clone(), to.to_owned()));
    }
}

#[test]
fn a_folder_in_place_of_a_file_beside_a_database_costs_that_database() {
    let rig = Rig::new();
    let ask = backed_up(&rig);
    let home = rig.tools.site.home();
    let (database, lost) = (home.join("config/myFiles/allsky.db"), home.join("config/modules/postprocessing_day.json"));
    fs::remove_file(&database).unwrap();
    for side in ["-wal", "-shm", "-journal"] {
        let side = home.join(format!("config/myFiles/allsky.db{side}"));
        let _ = fs::remove_file(&side);
        fs::remove_file(&lost).unwrap();
        folder(&side);
        let shown = preview(&rig, &ask);
        assert_eq!(names(&shown), ["config/myFiles/allsky.db"]);
        confirm(&rig, &ask, &shown);
        assert!(lost.exists() && !database.exists() && side.is_dir());
        remove(&side);
    }
}

#[test]
fn a_key_file_that_cannot_be_put_back_leaves_the_database_that_needs_it() {
    let terminal = Terminal::indi();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let (flask, database) =
        (terminal.path("etc/indi-allsky/flask.json"), terminal.path("var/lib/indi-allsky/indi-allsky.sqlite"));
    let lost = terminal.path("etc/indi-allsky/gunicorn.conf.py");
    assert!(lost.exists(), "the fixture has it");
    for (words, put) in SHAPES {
        for file in [&flask, &lost, &database] {
            fs::rename(file, terminal.path(file.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        put(&flask);
        let shown = terminal.ask(&format!("restore {name} --preview"));
        let obstructed = shown["obstructed"].to_string();
        for name in ["etc/indi-allsky/flask.json", "var/lib/indi-allsky/indi-allsky.sqlite", words] {
            assert!(obstructed.contains(name), "{words}: {obstructed}");
        }
        let done = terminal.ask(&format!("restore {name} --yes"));
        assert!(done["warnings"].to_string().contains("flask.json"), "{done}");
        assert!(lost.exists() && !database.exists(), "{words}");
        remove(&flask);
        for file in [&flask, &lost, &database] {
            fs::rename(terminal.path(file.file_name().unwrap().to_str().unwrap()), file).unwrap();
        }
    }
}

#[test]
fn an_odd_thing_among_the_pictures_costs_its_picture_or_its_night() {
    let rig = Rig::new();
    let images = rig.tools.site.home().join("images");
    let made = create::images(&rig.tools, &NightChoice::All, &Unwatched).unwrap();
    let ask = RestoreRequest::all(ArchiveName::parse(&made.name).unwrap());
    let mut nights: Vec<_> = fs::read_dir(&images).unwrap().map(|entry| entry.unwrap().path()).collect();
    nights.retain(|path| path.is_dir());
    nights.sort();
    let mut pictures: Vec<_> = fs::read_dir(&nights[0]).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.is_file());
    pictures.sort();
    for (words, put) in SHAPES {
        let saved = fs::read(&pictures[0]).unwrap();
        fs::remove_file(&pictures[0]).unwrap();
        fs::remove_file(&pictures[1]).unwrap();
        put(&pictures[0]);
        let shown = preview(&rig, &ask);
        assert_eq!(shown.obstructed.len(), 1, "{:?}", shown.obstructed);
        assert_eq!(shown.obstructed[0].why, words);
        let done = confirm(&rig, &ask, &shown);
        assert!(!done.warnings.is_empty() && pictures[1].exists());
        remove(&pictures[0]);
        fs::write(&pictures[0], saved).unwrap();
    }
    fs::rename(&nights[0], rig.path("night")).unwrap();
    symlink(rig.path("night"), &nights[0]).unwrap();
    fs::remove_dir_all(&nights[1]).unwrap();
    let shown = preview(&rig, &ask);
    assert!(shown.obstructed.len() > 1);
    confirm(&rig, &ask, &shown);
    assert!(nights[1].is_dir(), "the other night is restored");
}

#[test]
fn an_odd_thing_in_the_place_of_a_picture_costs_the_saved_night_that_picture() {
    let sites = NightSites::new();
    let drive = sites.path("drive");
    fs::create_dir(&drive).unwrap();
    let dest = format!("--dest {}", drive.display());
    sites.ask(Camera::Team, &format!("dest init --plain-folder {dest}"));
    sites.ask(Camera::Team, &format!("run nights {dest}"));
    let night = sites.path("allsky/images/20251221");
    let mut pictures: Vec<_> = fs::read_dir(&night).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("image-"));
    pictures.sort();
    let (odd, lost) = (&pictures[5], &pictures[6]);
    fs::remove_file(odd).unwrap();
    for (words, put) in SHAPES {
        let _ = fs::remove_file(lost);
        put(odd);
        let line = format!("nights restore 2025-12-21 --replace {dest}");
        let shown = sites.ask(Camera::Team, &format!("{line} --preview"));
        assert_eq!(shown["obstructed"].as_array().unwrap().len(), 1, "{shown}");
        assert!(shown["obstructed"].to_string().contains(words), "{shown}");
        let digest = shown["digest"].as_str().unwrap();
        let done = sites.ask(Camera::Team, &format!("{line} --yes --seen {digest}"));
        assert!(done["warnings"].to_string().contains(words), "{done}");
        assert!(lost.exists(), "{words}");
        remove(odd);
    }
    fs::rename(&night, sites.path("night")).unwrap();
    for put in
        [&|at: &Path| fs::write(at, "x").unwrap(), &|at: &Path| symlink("nowhere", at).unwrap()] as [&dyn Fn(&Path); 2]
    {
        put(&night);
        let shown = sites.ask(Camera::Team, &format!("nights restore 2025-12-21 --preview {dest}"));
        assert!(!shown["obstructed"].as_array().unwrap().is_empty(), "{shown}");
        remove(&night);
    }
}

#[test]
fn a_file_that_its_owner_cannot_read_is_told_and_all_else_is_restored() {
    let Some(user) = OtherUser::new() else { return };
    let owner = |line: &str| user.run(line);
    let name = owner("create config --json").json()["name"].as_str().unwrap().to_owned();
    let home = user.terminal.path("allsky");
    let lost = home.join("config/modules/postprocessing_day.json");
    for member in [
        "config/modules/postprocessing_night.json",
        "config/settings_RPi_HQ.json",
        "env.json",
        "config/myFiles/allsky.db",
    ] {
        let place = home.join(member);
        let mode = fs::metadata(&place).unwrap().permissions();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o000)).unwrap();
        fs::remove_file(&lost).unwrap();
        let said = owner(&format!("--config config.toml restore {name} --yes --json"));
        assert_eq!(said.code, Some(0), "{member}: {said:?}");
        let warnings = said.json()["warnings"].to_string();
        assert!(warnings.contains(member) && warnings.contains("cannot be read"), "{member}: {warnings}");
        assert!(lost.exists(), "{member}");
        assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, 0, "{member} stays as it is");
        fs::set_permissions(&place, mode).unwrap();
    }
    let shut = home.join("config/modules");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    fs::remove_file(home.join("env.json")).unwrap();
    let said = owner(&format!("--config config.toml restore {name} --yes --json"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.json()["warnings"].to_string().contains("config/modules"), "{said:?}");
    assert!(home.join("env.json").exists());
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn terminal_and_page_name_what_is_in_the_way() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let place = terminal.path("allsky/config/modules/postprocessing_day.json");
    fs::remove_file(&place).unwrap();
    folder(&place);
    let told = "config/modules/postprocessing_day.json (a folder is in the way)";
    let said = terminal.run(["restore", &name, "--preview"]);
    assert!(said.text().contains(told) && said.text().contains("1 are not restored"), "{}", said.text());
    let (_service, to) = served(&terminal);
    let address = format!("/archive/{name}/restore");
    let page = http::ask(&to, "GET", &address, &[], "").body;
    let token = page.split("csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "http://127.0.0.1")];
    let page = http::ask(&to, "POST", &format!("{address}/preview"), &headers, &format!("csrf={token}&what=all")).body;
    for words in ["Not restored: something is in the way", "(a folder is in the way)"] {
        assert!(page.contains(words), "{page}");
    }
}
