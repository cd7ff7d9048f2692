//! One command puts the program beside a panel, one takes it away; both may be run again.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::terminal::Said;

const INTEGRATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integration");

/// A machine with a panel, below a folder.
struct Machine {
    root: tempfile::TempDir,
    home: PathBuf,
    program: PathBuf,
}

impl Machine {
    fn new() -> Machine {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home/pi/allsky");
        for folder in [
            "home/pi/allsky/config",
            "home/pi/allsky/html",
            "etc/lighttpd/conf-enabled",
            "etc/systemd/system",
            "usr/lib",
        ] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(home.join("variables.json"), "{}").unwrap();
        fs::write(home.join("html/index.php"), "<?php // the panel's").unwrap();
        fs::write(root.path().join("etc/lighttpd/conf-enabled/10-fastcgi.conf"), "# the panel's\n").unwrap();
        let program = root.path().join("built");
        fs::write(&program, "#!/bin/sh\necho program\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Machine { root, home, program }
    }

    fn run(&self, script: &str, args: &[&str]) -> Said {
        let mut command = Command::new("bash");
        command.arg(format!("{INTEGRATION}/{script}")).arg("--root").arg(self.root.path());
        if script == "install.sh" {
            command.arg("--home").arg(&self.home).arg("--bin").arg(&self.program);
        }
        command.args(args).output().unwrap().into()
    }

    /// Everything below the root: kind, mode and content.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.root.path()).min_depth(1).into_iter().map(Result::unwrap) {
            let name = entry.path().strip_prefix(self.root.path()).unwrap().display().to_string();
            let content =
                if entry.file_type().is_file() { fs::read_to_string(entry.path()).unwrap() } else { "folder".into() };
            tree.insert(name, format!("{:o} {content}", entry.metadata().unwrap().permissions().mode()));
        }
        tree
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let machine = Machine::new();
    let before = machine.tree();
    let said = machine.run("install.sh", &["--dry-run"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for part in ["allsky-backups.service", "60-allsky-backups.conf", "allskybackups", "config.toml"] {
        assert!(said.text().contains(part), "{part}: {said:?}");
    }
    assert_eq!(machine.tree(), before);
}

#[test]
fn installing_twice_is_installing_once_and_an_owners_settings_stay() {
    let machine = Machine::new();
    let said = machine.run("install.sh", &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let config = machine.root.path().join("etc/allsky-backups/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    assert_eq!(allsky_backups::domain::settings::Reading::of(&text).mistakes, []);
    let unit = machine.read("etc/systemd/system/allsky-backups.service");
    assert!(unit.contains(&machine.home.display().to_string()));
    let folder = config.parent().unwrap();
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o750);
    assert!(unit.contains(" -/etc/allsky-backups "), "the page saves settings there: {unit}");
    let all = machine.tree();
    assert!(!all.values().any(|text| text.contains("@HOME@") || text.contains("@LIB@") || text.contains("@OWNER@")));
    let again = machine.run("install.sh", &[]);
    assert!(again.text().contains("Nothing to do"), "{again:?}");
    assert_eq!(machine.tree(), all);
    fs::write(&config, "# mine\n").unwrap();
    fs::write(&machine.program, "#!/bin/sh\necho newer\n").unwrap();
    assert_eq!(machine.run("install.sh", &[]).code, Some(0));
    assert_eq!(fs::read_to_string(&config).unwrap(), "# mine\n");
    assert!(machine.read("usr/lib/allsky-backups/allsky-backups").contains("newer"));
}

#[test]
fn after_removing_it_the_machine_is_as_it_was_and_the_backups_are_there() {
    let machine = Machine::new();
    let before = machine.tree();
    assert_eq!(machine.run("install.sh", &[]).code, Some(0));
    let backups =
        machine.root.path().join(machine.home.parent().unwrap().strip_prefix("/").unwrap()).join("allskybackups");
    fs::write(backups.join("kept.tar.gz"), "a backup").unwrap();
    assert_eq!(fs::metadata(&backups).unwrap().permissions().mode() & 0o777, 0o700);
    // A panel that was upgraded meanwhile keeps what is its own.
    assert!(machine.read("usr/lib/allsky-backups/made-folders").contains("/etc/polkit-1"));
    assert_eq!(machine.run("uninstall.sh", &[]).code, Some(0));
    assert!(machine.root.path().join("etc/allsky-backups/config.toml").exists(), "settings stay without --purge");
    assert!(!machine.root.path().join("etc/lighttpd/conf-enabled/60-allsky-backups.conf").exists());
    assert_eq!(machine.run("uninstall.sh", &["--purge"]).code, Some(0));
    assert_eq!(fs::read_to_string(backups.join("kept.tar.gz")).unwrap(), "a backup");
    fs::remove_dir_all(machine.root.path().join(first_part(machine.root.path()))).unwrap();
    assert_eq!(machine.tree(), before);
}

/// The backups folder lies below the root by its whole path, so this is where that begins.
fn first_part(root: &Path) -> PathBuf {
    root.components().skip(1).take(1).collect()
}

#[test]
fn what_cannot_be_installed_is_said_and_nothing_is_half_done() {
    let machine = Machine::new();
    let before = machine.tree();
    for (args, word) in [
        (&["--home", "/nowhere/allsky"][..], "config"),
        (&["--bin", "/nowhere/program"], "not built"),
        (&["--owner", "no-such-user"], "no-such-user"),
        (&["--backups", "/a b"], "characters"),
        (&["--nonsense"], "usage"),
    ] {
        let said = machine.run("install.sh", args);
        assert_ne!(said.code, Some(0), "{args:?}: {said:?}");
        assert!(format!("{}{}", said.err, said.text()).contains(word), "{args:?}: {said:?}");
    }
    assert_eq!(machine.tree(), before);
}

#[test]
fn the_service_may_leave_the_machine_only_while_its_settings_send_mails() {
    let machine = Machine::new();
    let way_out = machine.root.path().join("etc/systemd/system/allsky-backups.service.d/mail.conf");
    let config = machine.root.path().join("etc/allsky-backups/config.toml");
    assert_eq!(machine.run("install.sh", &[]).code, Some(0));
    let closed = machine.tree();
    assert!(machine.read("etc/systemd/system/allsky-backups.service").contains("\nIPAddressDeny=any\n"));
    let first = fs::read_to_string(&config).unwrap();
    for (notify, open) in [
        ("[notify]\ntransport = \"smtp\"\n", true),
        ("[notify]\ntransport = \"none\" # smtp\n", false),
        ("[notify]\n  transport='sendmail'\n", true),
        ("[elsewhere]\ntransport = \"smtp\"\n", false),
    ] {
        fs::write(&config, format!("{first}{notify}")).unwrap();
        assert!(machine.run("install.sh", &["--dry-run"]).text().contains("mail.conf"), "{notify}");
        assert_eq!(machine.run("install.sh", &[]).code, Some(0));
        assert_eq!(way_out.exists(), open, "{notify}");
        assert!(machine.run("install.sh", &[]).text().contains("Nothing to do"), "{notify}");
    }
    fs::write(&config, first).unwrap();
    assert_eq!(machine.run("install.sh", &[]).code, Some(0));
    assert_eq!(machine.tree(), closed);
}

#[test]
fn the_units_leave_an_attacker_little() {
    let machine = Machine::new();
    assert_eq!(machine.run("install.sh", &[]).code, Some(0));
    // With the way out for mails: of two lists the later, empty one counts.
    let units = machine.root.path().join("etc/systemd/system");
    let unit = fs::read_to_string(units.join("allsky-backups.service")).unwrap();
    let config = machine.root.path().join("etc/allsky-backups/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[notify]\ntransport = \"smtp\"\n")).unwrap();
    assert_eq!(machine.run("mails.sh", &[]).code, Some(0));
    let open = machine.read("etc/systemd/system/allsky-backups.service.d/mail.conf");
    fs::write(units.join("with-mails.service"), format!("{unit}\n{open}")).unwrap();
    for unit in ["allsky-backups.service", "allsky-backups-recover.service", "with-mails.service"] {
        let text = machine.read(&format!("etc/systemd/system/{unit}"));
        let home = machine.home.parent().unwrap().display();
        assert!(text.contains("\nLimitCORE=0\n"), "a core would hold passwords: {unit}");
        assert!(text.contains(&format!("\nInaccessiblePaths=-{home}/.ssh ")), "{unit}");
        let file = machine.root.path().join("etc/systemd/system").join(unit);
        let asked = Command::new("systemd-analyze").args(["security", "--offline=true"]).arg(&file).output();
        let Some(said) = asked.ok().map(Said::from).filter(|said| said.code == Some(0)) else {
            eprintln!("skipped: needs systemd-analyze that reads files (systemd 250 or newer)");
            return;
        };
        let text = said.text();
        let level =
            text.lines().find(|line| line.contains("Overall exposure level")).unwrap_or_else(|| panic!("{text}"));
        let level: f64 = level.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(level <= 2.0, "{unit}: {level}");
    }
}
