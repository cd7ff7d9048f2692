//! What the installer believes, and what root does in folders of others: a neighbour with a home that looks like a
//! camera, and an owner who has put links and pipes where root would write.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::support::machine::Machine;

/// A user without rights, as every Debian has one.
const NOBODY: u32 = 65534;
const UNIT: &str = "[Service]\nUser=pi\nExecStart=/home/pi/allsky/allsky.sh\n";

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped: needs root");
    }
    is_root
}

/// A camera that belongs to a user without rights, and how to install beside it.
fn owned() -> (Machine, Vec<String>) {
    let machine = Machine::new();
    let home = machine.camera("nobody");
    machine.give(home.parent().unwrap(), NOBODY);
    let args = ["--home", &home.display().to_string(), "--backups", "/home/nobody/allskybackups"];
    (machine, args.map(str::to_owned).to_vec())
}

fn refs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_home_that_looks_like_a_camera_proves_nothing() {
    let machine = Machine::new();
    let evil = machine.camera("mallory");
    // Alone it is named, and not taken.
    let before = machine.tree();
    let said = machine.run("install.sh", &[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(&format!("--home {}", evil.display())), "{said:?}");
    assert_eq!(machine.tree(), before);

    // What root has written decides, also where the real one looks less like a camera.
    let home = machine.camera("pi");
    fs::remove_file(home.join("variables.json")).unwrap();
    fs::write(home.join("version"), "v2024.12.06_06\n").unwrap();
    for name in ["etc/systemd/system/allsky.service", "etc/lighttpd/lighttpd.conf"] {
        machine.put(name, if name.ends_with("conf") { "  \"ALLSKY_HOME\" => \"/home/pi/allsky/\"\n" } else { UNIT });
        let said = machine.run("install.sh", &["--dry-run"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.text().contains(&format!("Allsky in      {}", home.display())), "{said:?}");
        fs::remove_file(machine.path(name)).unwrap();
    }
    // Two that root names are one too many.
    machine.put("etc/systemd/system/allsky.service", UNIT);
    machine.put("etc/lighttpd/lighttpd.conf", "  \"ALLSKY_HOME\" => \"/home/mallory/allsky/\"\n");
    assert!(machine.run("install.sh", &["--dry-run"]).err.contains("there are several"));
}

#[test]
fn an_upgrade_stays_with_the_camera_that_root_noted() {
    let machine = Machine::new();
    let home = machine.camera("pi");
    assert_eq!(machine.run("install.sh", &["--home", &home.display().to_string()]).code, Some(0));
    let all = machine.tree();
    let evil = machine.camera("mallory");
    fs::remove_file(home.join("variables.json")).unwrap();
    machine.put("etc/systemd/system/allsky.service", "ExecStart=/home/mallory/allsky/allsky.sh\n");
    // Nor do the owner's settings say where the camera is.
    let text = machine.read("etc/allsky-backups/config.toml");
    let text = text.replace(&home.display().to_string(), &evil.display().to_string());
    fs::write(machine.path("etc/allsky-backups/config.toml"), text).unwrap();
    let said = machine.run("install.sh", &[]);
    assert!(said.code == Some(0) && said.text().contains("Nothing to do"), "{said:?}");
    let unit = "etc/systemd/system/allsky-backups.service";
    assert_eq!(machine.tree()[unit], all[unit]);
}

#[test]
fn the_settings_are_the_owners_and_root_writes_none_of_them_again() {
    if !is_root() {
        return;
    }
    let (machine, args) = owned();
    let said = machine.run("install.sh", &refs(&args));
    assert_eq!(said.code, Some(0), "{said:?}");
    let folder = machine.path("etc/allsky-backups");
    assert_eq!(fs::metadata(&folder).unwrap().uid(), NOBODY);
    machine.put("victim", "root's\n");
    let victim = machine.tree()["victim"].clone();
    let config = folder.join("config.toml");
    // The owner's settings are gone, and where root might write lie links to a file of root's.
    for name in ["config.toml.new", "config.toml"] {
        fs::remove_file(&config).ok();
        let trap = folder.join(name);
        symlink(machine.path("victim"), &trap).unwrap();
        machine.give(&folder, NOBODY);
        for script in ["install.sh", "mails.sh"] {
            let args = if script == "install.sh" { refs(&args) } else { vec![] };
            machine.run(script, &args);
            assert_eq!(machine.tree()["victim"], victim, "{script} {name}");
        }
        fs::remove_file(&trap).unwrap();
    }
    // Pipes and endless files keep nobody waiting.
    for odd in ["pipe", "zero"] {
        fs::remove_file(&config).ok();
        match odd {
            "pipe" => rustix::fs::mkfifoat(rustix::fs::CWD, &config, rustix::fs::Mode::RUSR).unwrap(),
            _ => symlink("/dev/zero", &config).unwrap(),
        }
        for script in ["install.sh", "mails.sh"] {
            let args = if script == "install.sh" { refs(&args) } else { vec![] };
            let said = machine.run(script, &args);
            assert_eq!(said.code, Some(0), "{script} {odd}: {said:?}");
        }
    }
    // Settings that the owner removed are made anew, by the owner.
    fs::remove_file(&config).unwrap();
    assert_eq!(machine.run("install.sh", &refs(&args)).code, Some(0));
    assert_eq!(fs::metadata(&config).unwrap().uid(), NOBODY);
}

#[test]
fn what_the_owner_may_not_make_root_does_not_make_for_him() {
    if !is_root() {
        return;
    }
    let (machine, mut args) = owned();
    fs::create_dir(machine.path("roots")).unwrap();
    symlink(machine.path("roots"), machine.path("home/nobody/elsewhere")).unwrap();
    args[3] = "/home/nobody/elsewhere/allskybackups".into();
    let before = machine.tree();
    let said = machine.run("install.sh", &refs(&args));
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("nobody cannot make"), "{said:?}");
    assert_eq!(machine.tree(), before);
    // A folder of root's that is there already is not handed over either.
    fs::create_dir(machine.path("roots/allskybackups")).unwrap();
    let before = machine.tree();
    let said = machine.run("install.sh", &refs(&args));
    assert!(said.code != Some(0) && said.err.contains("cannot write"), "{said:?}");
    assert_eq!(machine.tree(), before);
}

#[test]
fn a_purge_removes_below_the_camera_that_root_noted_and_with_the_owners_rights() {
    if !is_root() {
        return;
    }
    let (machine, args) = owned();
    let said = machine.run("install.sh", &refs(&args));
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.put("victim/.allsky-restore-1/old/1", "root's");
    machine.put("home/nobody/allsky/.allsky-restore-1/old/1", "an undo");
    symlink(machine.path("victim"), machine.path("home/nobody/allsky/images")).unwrap();
    machine.give(&machine.path("home/nobody"), NOBODY);
    let config = format!("[site]\nhome = \"{}\"\n", machine.path("victim").display());
    fs::write(machine.path("etc/allsky-backups/config.toml"), config).unwrap();
    // Also when it was removed before, and is purged later.
    assert_eq!(machine.run("uninstall.sh", &[]).code, Some(0));
    let said = machine.run("uninstall.sh", &["--purge"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(machine.path("victim/.allsky-restore-1/old/1").exists());
    assert!(!machine.path("home/nobody/allsky/.allsky-restore-1").exists());
    assert!(!machine.path("usr/lib/allsky-backups").exists() && !machine.path("etc/allsky-backups").exists());
}

#[test]
fn the_panel_sees_the_backups_after_a_removal_when_their_owner_wants_it() {
    if !is_root() {
        return;
    }
    let mode = |machine: &Machine, name: &str| {
        let found = fs::symlink_metadata(machine.path(&format!("home/nobody/allskybackups/{name}"))).unwrap();
        (found.permissions().mode() & 0o7777, found.uid())
    };
    for share in [true, false] {
        let (machine, args) = owned();
        assert_eq!(machine.run("install.sh", &refs(&args)).code, Some(0));
        let name = "allsky-config-backup-20261121-000309.tar.gz";
        machine.put(&format!("home/nobody/allskybackups/{name}"), "an archive");
        machine.put("victim", "root's");
        let folder = machine.path("home/nobody/allskybackups");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        machine.give(&folder, NOBODY);
        symlink(machine.path("victim"), folder.join("b.tar.gz")).unwrap();
        let victim = machine.tree()["victim"].clone();
        let said = machine.run("uninstall.sh", if share { &["--share-backups"] } else { &[] });
        assert_eq!(said.code, Some(0), "{said:?}");
        let (archive, own) = if share { (0o640, 0o2770) } else { (0o600, 0o700) };
        assert_eq!((mode(&machine, name), mode(&machine, "")), ((archive, NOBODY), (own, NOBODY)), "{said:?}");
        let group = fs::metadata(folder.join(name)).unwrap().gid();
        assert_eq!(group != NOBODY, share);
        // Who said nothing is told how.
        assert_eq!(said.text().contains("chgrp"), !share, "{said:?}");
        assert_eq!(machine.tree()["victim"], victim);
        // Once more: what the panel sees already is not called private, and stays seen.
        assert_eq!(machine.run("install.sh", &refs(&args)).code, Some(0));
        let said = machine.run("uninstall.sh", &[]);
        assert_eq!(said.text().contains("chgrp"), !share, "{said:?}");
        assert_eq!(mode(&machine, "").0, own);
        // The released panel has no tab that could show them.
        assert_eq!(machine.run("install.sh", &refs(&args)).code, Some(0));
        fs::remove_file(machine.path("home/nobody/allsky/variables.json")).unwrap();
        assert!(!machine.run("uninstall.sh", &[]).text().contains("chgrp"));
    }
}
