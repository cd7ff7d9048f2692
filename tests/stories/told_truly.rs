//! What an owner reads afterwards: a backup without settings is no good backup, nothing restored is no success, and the
//! newest of one second is the newest.
use std::fs;
use std::os::unix::fs::symlink;

use crate::support::terminal::Terminal;

#[test]
fn a_config_folder_behind_a_link_is_told_with_the_way_out_and_the_backup_does_not_count_as_good() {
    let terminal = Terminal::new();
    let whole = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let (config, ssd) = (terminal.path("allsky/config"), terminal.path("ssd"));
    fs::rename(&config, &ssd).unwrap();
    symlink(&ssd, &config).unwrap();
    let said = terminal.run(["create", "config"]);
    assert!(said.err.contains("the settings of the camera are NOT part of this backup"), "{said:?}");
    assert!(said.err.contains("mount --bind"), "{said:?}");
    let list = terminal.ask("list");
    let lacking: Vec<(bool, &str)> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["lacks_settings"].as_bool().unwrap(), item["name"].as_str().unwrap()))
        .collect();
    assert!(lacking[0].0);
    assert_eq!(lacking[1], (false, whole.as_str()));
    assert!(terminal.run(["list"]).text().contains("verified, without the camera's settings"));
}

#[test]
fn a_restore_that_can_put_nothing_in_its_place_is_no_success() {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    let (config, ssd) = (terminal.path("allsky/config"), terminal.path("ssd"));
    fs::rename(&config, &ssd).unwrap();
    symlink(&ssd, &config).unwrap();
    for entry in fs::read_dir(&ssd).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        fs::write(entry, "{}").unwrap();
    }
    let said = terminal.run(["restore", &name, "--yes"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.text().contains("nothing was restored") && said.text().contains("stay in the backup"), "{said:?}");
    assert!(!said.text().contains("as in the backup already"), "{said:?}");
}

#[test]
fn of_two_archives_of_one_second_the_second_is_the_newer() {
    let terminal = Terminal::new();
    let now = "2026-03-01T02:00:00Z";
    let make = || terminal.ask(&format!("create config --now {now}"))["name"].as_str().unwrap().to_owned();
    let names = [make(), make(), make()];
    let list = terminal.ask(&format!("list --now {now}"));
    let listed: Vec<&str> = list["items"].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap()).collect();
    assert_eq!(listed, [names[2].as_str(), &names[1], &names[0]]);
}

#[test]
fn settings_that_may_not_be_read_are_told_with_what_to_do() {
    let terminal = Terminal::new();
    let settings = fs::canonicalize(terminal.path("allsky/config/settings.json")).unwrap();
    fs::remove_file(terminal.path("allsky/config/settings.json")).unwrap();
    fs::create_dir(terminal.path("allsky/config/settings.json")).unwrap();
    drop(settings);
    let said = terminal.run(["create", "config"]);
    assert!(said.err.contains("settings.json, which names the camera, could not be read"), "{said:?}");
    assert!(terminal.ask("list")["items"][0]["lacks_settings"].as_bool().unwrap(), "{said:?}");
}

#[test]
fn nothing_is_deleted_with_a_doubtful_clock_and_that_is_told() {
    let terminal = Terminal::new();
    terminal.ask("plans run weekly-config --now 2026-03-01T02:00:00Z");
    let said = terminal.run(["prune", "--now", "2026-09-01T02:00:00Z"]);
    assert!(said.err.contains("The clock is in doubt") && said.err.contains("Nothing is deleted"), "{said:?}");
    assert!(
        !terminal.run(["prune", "--now", "2026-09-01T02:01:00Z"]).err.contains("in doubt"),
        "one run later it counts"
    );
}

#[test]
fn of_a_drive_that_was_never_there_nothing_is_told_as_known() {
    let terminal = Terminal::new();
    let config = terminal.path("never.toml");
    fs::write(&config, "[[destination]]\nname = \"usb\"\npath = \"/mnt/never-there\"\n").unwrap();
    let said = terminal.run(["dest", "list", "--config", config.to_str().unwrap()]);
    assert!(said.text().contains("nothing is known of what lies there"), "{said:?}");
    assert!(!said.text().contains("as last seen"), "{said:?}");
}
