//! Names of archives that nobody wants to type in full: `latest`, beginnings, and dates in both forms.
use std::fs;

use serde_json::json;

use crate::support::terminal::Terminal;

fn named(terminal: &Terminal, line: &str) -> String {
    terminal.ask(line)["name"].as_str().unwrap().to_owned()
}

#[test]
fn latest_is_the_newest_of_its_type_that_is_not_damaged() {
    let terminal = Terminal::new();
    assert_eq!(terminal.refuse("info latest", 4)["code"], "not_found");
    let config = named(&terminal, "create config --sections none");
    assert_eq!(named(&terminal, "verify latest"), config);
    terminal.refuse("info latest-images", 4);
    let images = named(&terminal, "create images");
    assert_eq!(named(&terminal, "info latest"), images);
    assert_eq!(named(&terminal, "info latest-config"), config);
    assert_eq!(named(&terminal, "info latest-images"), images);

    // One that is cut is the newest, and is not what anybody wants to restore.
    let whole = fs::read(terminal.path(&format!("allskybackups/{images}"))).unwrap();
    let cut = "allsky-images-backup-20991231-000000.tar.gz";
    fs::write(terminal.path(&format!("allskybackups/{cut}")), &whole[..whole.len() / 2]).unwrap();
    assert_eq!(named(&terminal, "info latest-images"), images);

    let told = terminal.run(["verify", "latest-config"]);
    assert!(told.err.contains(&format!("note: latest-config is {config}")), "{told:?}");
}

#[test]
fn a_beginning_means_one_archive_or_none() {
    let terminal = Terminal::new();
    let config = named(&terminal, "create config --sections none");
    let images = named(&terminal, "create images");
    for name in ["allsky-config-backup-20200105-030405.tar.gz", "of-a-friend.tar.gz"] {
        fs::copy(terminal.path(&format!("allskybackups/{config}")), terminal.path(&format!("allskybackups/{name}")))
            .unwrap();
    }
    assert_eq!(named(&terminal, "info allsky-images"), images);
    for text in ["20200105", "2020-01-05", "20200105-0304", "2020-01", "allsky-config-backup-2020"] {
        assert_eq!(named(&terminal, &format!("info {text}")), "allsky-config-backup-20200105-030405.tar.gz", "{text}");
    }
    // What is no backup is meant by its whole name alone.
    fs::write(terminal.path("allskybackups/notes-of-mine.tar.gz"), "no archive").unwrap();
    fs::write(terminal.path("allskybackups/allsky-config-backup-20200106-000000.tar.gz"), "no archive").unwrap();
    for text in ["notes", "20200106"] {
        terminal.refuse(&format!("delete {text} --yes"), 4);
    }
    assert_eq!(named(&terminal, "info of-a"), "of-a-friend.tar.gz");
    let several = terminal.refuse("delete allsky-config --yes", 2);
    let message = several["message"].as_str().unwrap();
    assert!(message.contains("fits 2 archives") && message.contains(&config), "{several}");
    for nothing in ["2020-02", "backup", "x"] {
        assert_eq!(terminal.refuse(&format!("info {nothing}"), 4)["code"], "not_found", "{nothing}");
    }
    assert_eq!(terminal.kept().iter().filter(|name| name.ends_with(".tar.gz")).count(), 6, "nothing was deleted");
    assert_eq!(
        terminal.ask("delete 2020-01-05 --yes"),
        json!({ "name": "allsky-config-backup-20200105-030405.tar.gz", "deleted": true })
    );
}

#[test]
fn a_file_that_is_there_is_replaced_by_force_alone() {
    let terminal = Terminal::new();
    named(&terminal, "create config --sections none");
    let (member, mine) = ("config/settings_RPi_HQ.json", terminal.path("mine.json"));
    fs::write(&mine, "mine").unwrap();
    let refusal = terminal.refuse(&format!("extract latest {member} -o mine.json"), 1);
    assert!(refusal["advice"].as_str().unwrap().contains("--force"), "{refusal}");
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    terminal.ask(&format!("extract latest {member} -o mine.json --force"));
    assert_eq!(fs::read(&mine).unwrap(), fs::read(terminal.path("allsky/config/settings_RPi_HQ.json")).unwrap());
    terminal.refuse(&format!("extract latest {member} --force"), 2);
    // A folder is no file that could be lost, but what it holds is.
    fs::create_dir(terminal.path("out")).unwrap();
    terminal.ask(&format!("extract latest {member} -o out"));
    terminal.refuse(&format!("extract latest {member} -o out"), 1);
    let left: Vec<_> = fs::read_dir(terminal.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["settings_RPi_HQ.json"], "nothing half is left");
}

#[test]
fn the_line_that_deletes_means_the_destination_that_was_asked() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.path("usb")).unwrap();
    let usb = terminal.path("usb");
    fs::write(
        terminal.path("c.toml"),
        format!("[[destination]]\nname = \"usb\"\npath = {usb:?}\nrequire_mount = false\n"),
    )
    .unwrap();
    terminal.ask("dest init usb --config c.toml");
    let name = named(&terminal, "create config --sections none");
    terminal.ask(&format!("copy {name} --to usb --config c.toml"));
    let refusal = terminal.refuse("delete latest --on usb --config c.toml", 2);
    let line = format!("allsky-backups delete {name} --on usb --yes");
    assert!(refusal["advice"].as_str().unwrap().contains(&line), "{refusal}");
    let refusal = terminal.refuse("delete latest --config c.toml", 2);
    assert!(!refusal["advice"].as_str().unwrap().contains("--on"), "{refusal}");
}
