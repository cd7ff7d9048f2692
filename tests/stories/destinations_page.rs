//! An owner chooses a drive on the page, sets it up, checks it and takes it out of the list, without scripts: what is
//! saved was judged before, and no drive makes the page wait.
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::settings_saved::Page;
use super::support::http::{self, Heard};
use super::support::odd_drive::OddDrive;
use super::support::small_disk::SmallDisk;
use super::support::terminal::wait_until;

const FORM: &str = "application/x-www-form-urlencoded";

fn drawn(page: &Page, path: &str) -> String {
    let heard = http::ask(&page.to, "GET", path, &[], "");
    assert_eq!(heard.status, 200, "{heard:?}");
    heard.body
}

fn asked(page: &Page, path: &str) -> Value {
    let heard = http::ask(&page.to, "GET", path, &[("Accept", "application/json")], "");
    assert_eq!(heard.status, 200, "{heard:?}");
    serde_json::from_str(&heard.body).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn add(page: &Page, name: &str, path: &str) -> Heard {
    page.send("/destinations/add", FORM, &format!("name={}&path={}", encoded(name), encoded(path)))
}

fn press(page: &Page, name: &str, verb: &str) -> Heard {
    page.send(&format!("/destinations/{name}/{verb}"), FORM, "")
}

/// The card of a place, once its state is this one.
fn card(page: &Page, name: &str, state: &str) -> String {
    let begin = format!("data-place=\"{name}\" data-state=\"{state}\"");
    let mut body = String::new();
    wait_until(&format!("{name} is {state}"), || {
        body = drawn(page, "/destinations");
        body.contains(&begin)
    });
    body.split(&begin).nth(1).unwrap().split("class=\"ab-card ").next().unwrap().to_owned()
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_drive_is_chosen_set_up_checked_and_taken_out_of_the_list_and_nothing_on_it_is_deleted() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &["no-links", "no-times"]) else { return };
    let path = text_of(drive.path());
    let before = "# mine\n[nights]\nmin_images = 10   # half an hour\n";
    let page = Page::open(before);
    let offered = drawn(&page, "/destinations");
    assert!(offered.contains(&format!("data-drive=\"{path}\"")), "{offered}");
    let drives = asked(&page, "/api/drives");
    let offer = drives["drives"].as_array().unwrap().iter().find(|one| one["path"] == path).unwrap();
    let name = offer["name"].as_str().unwrap().to_owned();

    assert_eq!(add(&page, &name, path).status, 303);
    let saved = page.file("c.toml");
    assert!(saved.starts_with(before) && saved.contains(&format!("[[destination]]\nname = \"{name}\"")), "{saved}");
    assert!(card(&page, &name, "not_set_up").contains("Set up"));
    assert!(
        !drawn(&page, "/destinations").contains(&format!("data-drive=\"{path}\"")),
        "one that is in the list is not offered again"
    );
    assert_eq!(press(&page, &name, "set-up").status, 303);
    let ready = card(&page, &name, "ready");
    assert!(ready.contains("What it cannot do (3)") && ready.contains("It has no hard links."), "{ready}");
    assert!(ready.contains("not enough history yet to tell"), "{ready}");
    let mark = fs::read_to_string(back.path().join(".allsky-backups.json")).unwrap();

    assert_eq!(press(&page, &name, "check").status, 303);
    wait_until("the check is over", || {
        asked(&page, "/api/jobs")["items"].as_array().is_some_and(|jobs| {
            jobs.iter().any(|job| job["order"]["order"] == "check_drive" && job["state"] == "success")
        })
    });
    let here = asked(&page, "/destinations");
    let there = page.terminal.ask("dest list --config c.toml");
    for (ours, theirs) in here["items"].as_array().unwrap().iter().zip(there["items"].as_array().unwrap()) {
        for key in ["name", "path", "state", "why", "id", "archives", "nights", "full", "last_check", "fs_type"] {
            assert_eq!(ours[key], theirs[key], "{key}");
        }
    }

    assert_eq!(press(&page, &name, "unlist").status, 303);
    assert_eq!(page.file("c.toml").trim(), before.trim());
    assert!(!drawn(&page, "/destinations").contains(&format!("data-place=\"{name}\"")));
    assert_eq!(fs::read_to_string(back.path().join(".allsky-backups.json")).unwrap(), mark);
    assert_eq!(press(&page, &name, "check").status, 404);
    assert_eq!(add(&page, "again", path).status, 303);
    card(&page, "again", "ready");
}

#[test]
fn another_drive_in_the_place_of_the_chosen_one_is_used_after_a_press_and_not_before() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &[]) else { return };
    let page = Page::open("");
    assert_eq!(add(&page, "usb", text_of(drive.path())).status, 303);
    assert_eq!(press(&page, "usb", "set-up").status, 303);
    card(&page, "usb", "ready");
    let mark = back.path().join(".allsky-backups.json");
    let mut other: Value = serde_json::from_slice(&fs::read(&mark).unwrap()).unwrap();
    other["id"] = json!("0198c5f0-0000-7000-8000-000000000000");
    fs::write(&mark, other.to_string()).unwrap();
    // A check is refused, and the page looks again after it.
    assert_eq!(press(&page, "usb", "check").status, 303);
    let told = card(&page, "usb", "another_drive");
    assert!(told.contains("Use this drive instead") && !told.contains("ab-check-usb"), "{told}");
    assert_eq!(press(&page, "usb", "set-up").status, 303);
    card(&page, "usb", "ready");
    assert_eq!(page.terminal.ask("dest list --config c.toml")["items"][1]["id"], other["id"]);
}

#[test]
fn a_path_that_backups_must_not_go_to_is_refused_in_words_and_nothing_is_saved() {
    let page = Page::open("# mine\n");
    let terminal = |name: &str| text_of(&page.terminal.path(name)).to_owned();
    fs::create_dir(page.terminal.path("plain")).unwrap();
    std::os::unix::fs::symlink(page.terminal.path("allsky"), page.terminal.path("link")).unwrap();
    let memory = SmallDisk::mount("size=8m");
    let in_memory = memory.as_ref().map_or("/dev/shm", |disk| text_of(disk.path())).to_owned();
    for (path, words) in [
        ("/".to_owned(), "the card or disk that the camera runs from"),
        ("/etc/allsky".to_owned(), "a folder of the system"),
        ("/mnt/../etc".to_owned(), "a folder of the system"),
        ("/var/www/html/backups".to_owned(), "shows to everybody"),
        ("/proc/self".to_owned(), "a folder of the system"),
        ("mnt/usb".to_owned(), "begins with /"),
        (String::new(), "begins with /"),
        ("/mnt/a\nb".to_owned(), "one line of text"),
        (terminal("plain"), "the card or disk that the camera runs from"),
        (terminal("missing"), "the card or disk that the camera runs from"),
        (terminal("allsky"), "belongs to the camera"),
        (terminal("allsky/images/backups"), "belongs to the camera"),
        (terminal("link/images"), "belongs to the camera"),
        (in_memory, "it is in memory"),
    ] {
        let heard = add(&page, "usb", &path);
        assert_eq!(heard.status, 400, "{path}: {heard:?}");
        assert!(heard.body.contains(words), "{path}: {}", heard.body);
    }
    let bytes = page.send("/destinations/add", FORM, "name=usb&path=%2Fmnt%2F%FF%FE");
    assert_eq!(bytes.status, 400, "{bytes:?}");
    for name in ["", "USB", "../x", "a b"] {
        assert_eq!(add(&page, name, "/mnt/x").status, 400, "{name}");
    }
    assert_eq!(page.file("c.toml"), "# mine\n");
}

#[test]
fn a_change_needs_the_token_and_what_is_needed_or_runs_a_program_stays_in_the_list() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &[]) else { return };
    let (path, other) = (text_of(drive.path()).to_owned(), drive.path().join("other"));
    fs::create_dir(&other).unwrap();
    let text = format!(
        "[[destination]]\nname = \"one\"\npath = {path:?}\n[[destination]]\nname = \"two\"\npath = \"/mnt/two\"\n\
         mount_command = [\"true\"]\n[[plan]]\nname = \"p\"\nsources = [\"config\"]\nschedule = {{ daily = \"12:00\" }}\n\
         destination = \"one\"\n"
    );
    let page = Page::open(&text);
    let body = format!("name=usb&path={}", encoded(text_of(&other)));
    for (who, headers) in [
        ("nobody", vec![("Content-Type", FORM)]),
        ("another token", vec![("Content-Type", FORM), ("X-CSRF-Token", "0123456789abcdef")]),
        ("another site", vec![("Content-Type", FORM), ("X-CSRF-Token", &page.token), ("Sec-Fetch-Site", "cross-site")]),
    ] {
        for (address, body) in [("add", body.as_str()), ("one/unlist", ""), ("one/set-up", ""), ("one/check", "")] {
            let heard = http::ask(&page.to, "POST", &format!("/destinations/{address}"), &headers, body);
            assert_eq!(heard.status, 403, "{who} {address}: {heard:?}");
        }
    }
    for (heard, status, words) in [
        (press(&page, "one", "unlist"), 409, "the plan p keeps its archives on one"),
        (press(&page, "two", "unlist"), 409, "has a program that mounts it"),
        (press(&page, "three", "unlist"), 404, "no destination three"),
        (press(&page, "backups", "set-up"), 404, "no destination backups"),
        (add(&page, "usb", &path), 400, "this is the folder of one"),
        (add(&page, "two", text_of(&other)), 400, "a destination two already"),
        (add(&page, "backups", text_of(&other)), 400, "a destination backups already"),
    ] {
        assert_eq!(heard.status, status, "{heard:?}");
        assert!(heard.body.to_lowercase().contains(words), "{words}: {}", heard.body);
    }
    assert_eq!(page.file("c.toml"), text);
    // A folder of its own on the same drive is fine, and both say whom they share it with.
    assert_eq!(add(&page, "usb", text_of(&other)).status, 303);
    assert!(card(&page, "usb", "not_set_up").contains("one: they die together"));
    assert!(card(&page, "two", "away").contains("Check"));
}

#[test]
fn a_drive_with_an_odd_name_that_is_mounted_twice_is_offered_once_and_can_be_added_by_either() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &[]) else { return };
    let page = Page::open("");
    let odd = page.terminal.path("my \"disk\" ü\\040x");
    fs::create_dir(&odd).unwrap();
    let mounted = Command::new("mount").arg("--bind").arg(drive.path()).arg(&odd).status().unwrap();
    assert!(mounted.success());
    let drives = asked(&page, "/api/drives");
    let told: Vec<&Value> = drives["drives"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["path"] == text_of(drive.path()) || one["path"] == text_of(&odd))
        .collect();
    let heard = add(&page, "odd", text_of(&odd));
    let shut = page.terminal.path("shut");
    fs::create_dir(&shut).unwrap();
    // So a service sees a drive that its unit does not name.
    let bind = |options: &[&str]| Command::new("mount").args(options).arg(&shut).status().unwrap().success();
    let is_shut = bind(&["--bind", text_of(drive.path())]) && bind(&["-o", "remount,bind,ro"]);
    let refused = add(&page, "shut", text_of(&shut));
    let ready = (told.len(), told[0]["also_at"].as_array().map(Vec::len));
    assert_eq!(press(&page, "odd", "set-up").status, 303);
    card(&page, "odd", "ready");
    assert!(Command::new("umount").arg("-l").arg(&odd).status().unwrap().success());
    assert!(Command::new("umount").arg("-l").arg(&shut).status().unwrap().success());
    assert!(is_shut && refused.status == 400, "{refused:?}");
    let command = format!("ReadWritePaths=&quot;-{}&quot;", shut.display());
    assert!(refused.body.contains(&command) && refused.body.contains("systemctl restart"), "{}", refused.body);
    assert_eq!(ready, (1, Some(1)), "{drives}");
    assert_eq!(heard.status, 303, "{heard:?}");
    assert_eq!(asked(&page, "/destinations")["items"][1]["path"], json!(text_of(&odd)));
}

#[test]
fn the_warning_of_one_disk_stands_here_until_a_copy_lies_on_a_drive() {
    let back = tempfile::tempdir().unwrap();
    let Some(drive) = OddDrive::of(back.path(), &[]) else { return };
    let page = Page::open("");
    let name = page.terminal.ask("create config --config c.toml")["name"].as_str().unwrap().to_owned();
    let words = "All your backups are on the disk of the camera itself";
    assert!(card(&page, "backups", "ready").contains(words));
    assert_eq!(add(&page, "usb", text_of(drive.path())).status, 303);
    card(&page, "usb", "not_set_up");
    assert_eq!(press(&page, "usb", "set-up").status, 303);
    card(&page, "usb", "ready");
    assert!(card(&page, "backups", "ready").contains(words), "an empty drive is no copy");
    page.terminal.ask(&format!("copy {name} --to usb --config c.toml"));
    press(&page, "usb", "check");
    wait_until("the copy is seen", || !drawn(&page, "/destinations").contains(words));
    assert!(card(&page, "usb", "ready").contains("1 archive, "));
}
