//! Starts and requests that no owner means, and that scripts and monitors make all the same.
use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::downloads_resumed::served;
use super::support::http;
use super::support::routes;
use super::support::terminal::{Said, Terminal};

#[test]
fn a_list_of_files_without_an_end_is_refused_and_not_read_until_the_memory_is_full() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let refused = terminal.refuse(&format!("restore {name} --files-from /dev/zero"), 2);
    assert_eq!(refused["message"], "/dev/zero: this list of files is longer than 67.1 MB");
}

#[test]
fn a_start_without_a_home_says_what_cannot_be_found_and_the_option_that_names_it() {
    let terminal = Terminal::new();
    let start = |args: &[&str]| -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allsky-backups"));
        command.args(args).env_clear().current_dir(terminal.path("")).output().unwrap().into()
    };
    let site = terminal.path("allsky").display().to_string();
    for (args, what, option) in
        [(vec!["list"], "the camera", "--site"), (vec!["list", "--site", &site], "the state folder", "--state")]
    {
        let said = start(&args);
        assert_eq!(said.code, Some(2), "{said:?}");
        let lines = [
            format!("HOME is not set, so the usual place of {what} is not known"),
            format!("Name {what} with {option} or set HOME."),
        ];
        assert!(lines.iter().all(|line| said.err.contains(line)), "{said:?}");
    }
}

#[test]
fn a_history_that_was_damaged_is_told_once_and_the_page_keeps_it() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    for helper in ["state/catalog.db-wal", "state/catalog.db-shm"] {
        fs::remove_file(terminal.path(helper)).unwrap();
    }
    fs::write(terminal.path("state/catalog.db"), b"a card that died in the middle".repeat(400)).unwrap();
    let said = terminal.run(["verify", &name]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("the history was damaged and was put aside as"), "{said:?}");
    let served = served(&terminal);
    assert!(http::ask(&served.1, "GET", "/nights", &[], "").body.contains("the history was damaged"));
    assert!(!terminal.run(["verify", &name]).err.contains("history"), "once");
}

/// What the check `name` of the preview `line` says.
fn detail(terminal: &Terminal, line: &str, name: &str) -> String {
    let preview = terminal.ask(line);
    let checks = preview["checks"].as_array().unwrap();
    let found = checks.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {preview}"));
    found["detail"].as_str().unwrap().to_owned()
}

#[test]
fn one_newer_file_is_one_file_and_a_sentence_ends_once() {
    let terminal = Terminal::new();
    let name = terminal.ask("create images")["name"].as_str().unwrap().to_owned();
    let picture = terminal.path("allsky").join(picture(&terminal, &name));
    fs::write(&picture, "another").unwrap();
    let later = SystemTime::now() + Duration::from_secs(9);
    fs::File::options().write(true).open(&picture).unwrap().set_modified(later).unwrap();
    let said = detail(&terminal, &format!("restore {name} --preview"), "newer files");
    assert!(said.starts_with("1 existing file is newer than that of the backup: "), "{said}");

    let terminal = Terminal::indi();
    fs::rename(terminal.path("var/lib/indi-allsky/indi-allsky.sqlite"), terminal.path("gone")).unwrap();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let said = detail(&terminal, &format!("restore {name} --preview"), "completeness");
    assert!(said.ends_with("connected and mounted."), "{said}");
}

/// The member of any picture in the archive.
fn picture(terminal: &Terminal, name: &str) -> String {
    let info = terminal.ask(&format!("info {name} --files"));
    let files = info["files"].as_array().unwrap().iter().filter_map(|file| file["path"].as_str());
    files.rev().find(|path| path.ends_with(".jpg")).unwrap().to_owned()
}

#[test]
fn what_can_be_read_can_be_asked_for_with_head() {
    let terminal = Terminal::new();
    let (_service, to) = served(&terminal);
    let is_plain =
        |pattern: &str| !pattern.contains('{') && !pattern.ends_with("/events") && !pattern.starts_with("/api/uploads");
    let all: Vec<_> =
        routes::all().into_iter().filter(|route| route.method == "GET" && is_plain(&route.pattern)).collect();
    assert!(all.len() > 10, "{all:?}");
    for route in all {
        let path = if route.pattern.is_empty() { "/" } else { &route.pattern };
        let (get, head) = (http::ask(&to, "GET", path, &[], ""), http::ask(&to, "HEAD", path, &[], ""));
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}: {head:?}");
    }
}
