//! The installer ends whole or takes back what it did, and a run after another puts right what is not as it should be.
use std::fs;

use super::support::machine::Machine;

fn with_camera() -> (Machine, String) {
    let machine = Machine::new();
    let home = machine.camera("pi");
    (machine, home.display().to_string())
}

#[test]
fn a_card_without_pictures_is_installed_like_any_other() {
    let (machine, home) = with_camera();
    assert!(!machine.path("home/pi/allsky/images").exists());
    let said = machine.run("install.sh", &["--home", &home]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(machine.path("etc/lighttpd/conf-enabled/60-allsky-backups.conf").exists());
}

#[test]
fn an_installation_that_cannot_go_on_takes_back_all_that_it_did() {
    let (machine, home) = with_camera();
    // The last file to be written, and one in the middle.
    for name in [
        "etc/lighttpd/conf-enabled/60-allsky-backups.conf",
        "etc/systemd/system/allsky-backups-recover.service",
        "usr/lib/allsky-backups/session.php",
    ] {
        machine.put(&format!("{name}/in-the-way"), "");
        let before = machine.tree();
        let said = machine.run("install.sh", &["--home", &home]);
        assert_ne!(said.code, Some(0), "{name}: {said:?}");
        assert!(said.err.contains("is a folder") && said.err.contains("taken back"), "{said:?}");
        assert_eq!(machine.tree(), before, "{name}");
        fs::remove_dir_all(machine.path(name)).unwrap();
    }
}

#[test]
fn an_upgrade_that_cannot_go_on_leaves_the_version_before_it() {
    let (machine, home) = with_camera();
    assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
    machine.put("built", "#!/bin/sh\necho newer\n");
    let rules = machine.path("etc/polkit-1/rules.d/50-allsky-backups.rules");
    fs::remove_file(&rules).unwrap();
    fs::create_dir(&rules).unwrap();
    let before = machine.tree();
    let said = machine.run("install.sh", &["--home", &home]);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert_eq!(machine.tree(), before);
    assert!(!machine.read("usr/lib/allsky-backups/allsky-backups").contains("newer"));
    fs::remove_dir(&rules).unwrap();
    assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
    assert!(machine.read("usr/lib/allsky-backups/allsky-backups").contains("newer"));
}

#[test]
fn whatever_is_missing_or_changed_after_one_run_the_next_puts_right() {
    let (machine, home) = with_camera();
    let before = machine.tree();
    assert_eq!(machine.run("install.sh", &["--home", &home]).code, Some(0));
    let whole = machine.tree();
    let ours: Vec<&String> = whole.keys().filter(|name| !before.contains_key(*name)).collect();
    let files: Vec<&String> = ours.into_iter().filter(|name| machine.path(name).is_file()).collect();
    assert!(files.len() > 8, "{files:?}");
    for name in files {
        // The owner's own settings are written once; the list of folders is of the first run.
        if !name.ends_with("made-folders") {
            fs::remove_file(machine.path(name)).unwrap();
            let said = machine.run("install.sh", &["--home", &home]);
            assert!(said.code == Some(0) && !said.text().contains("Nothing to do"), "{name}: {said:?}");
            assert_eq!(machine.tree(), whole, "{name}");
        }
        if name.ends_with(".service") || name.ends_with(".php") {
            fs::write(machine.path(name), "half of i").unwrap();
            assert_eq!(machine.run("install.sh", &[]).code, Some(0));
            assert_eq!(machine.tree(), whole, "{name}");
        }
    }
}
