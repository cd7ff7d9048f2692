//! An owner types `sudo` once before the program. The service, which runs as the owner, must be able to use all that
//! is there afterwards; and where an older start left files of root, the advice names them and says how to give
//! them back.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::terminal::{PROGRAM, Said, Terminal, wait_until};

/// Some user without rights and without a name.
const OWNER: u32 = 1500;

/// A camera, its folders and a drive that all belong to the owner. `None` where this cannot be shown.
struct Shared {
    terminal: Terminal,
}

impl Shared {
    fn new() -> Option<Shared> {
        let mut tried = as_owner(Command::new("setpriv"));
        if !rustix::process::geteuid().is_root() || !tried.arg("--version").output().is_ok_and(|o| o.status.success()) {
            eprintln!("skipped: needs root, setpriv and a program that others may run");
            return None;
        }
        let terminal = Terminal::new();
        fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
        fs::create_dir(terminal.path("drive")).unwrap();
        fs::create_dir(terminal.path("nobody")).unwrap();
        for entry in walkdir::WalkDir::new(terminal.path("")).into_iter().map(Result::unwrap) {
            lchown(entry.path(), Some(OWNER), Some(OWNER)).unwrap();
        }
        // What `systemctl` writes is no matter of ours.
        for name in ["told", "active"] {
            fs::write(terminal.path(name), "active\n").unwrap();
            fs::set_permissions(terminal.path(name), fs::Permissions::from_mode(0o666)).unwrap();
        }
        Some(Shared { terminal })
    }

    fn sudo(&self, line: &str) -> Said {
        self.terminal.command(line.split(' ')).output().unwrap().into()
    }

    fn owner(&self, line: &str) -> Said {
        self.terminal.dressed(as_owner(Command::new("setpriv")), line.split(' ')).output().unwrap().into()
    }

    fn must(said: Said, line: &str) -> Said {
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said
    }

    /// What does not belong to the owner below everything that the program writes in.
    fn of_root(&self) -> Vec<PathBuf> {
        let tops = ["allsky", "allskybackups", "state", "drive"].map(|name| self.terminal.path(name));
        let all = tops.iter().flat_map(|top| walkdir::WalkDir::new(top).into_iter().map(Result::unwrap));
        all.filter(|entry| entry.metadata().unwrap().uid() != OWNER).map(|entry| entry.into_path()).collect()
    }
}

fn as_owner(mut command: Command) -> Command {
    let owner = OWNER.to_string();
    command.args(["--reuid", &owner, "--regid", &owner, "--clear-groups", "--", PROGRAM]);
    command
}

#[test]
fn the_owner_can_use_all_that_a_start_with_sudo_leaves() {
    let Some(shared) = Shared::new() else { return };
    let drive = format!("--dest {}", shared.terminal.path("drive").display());
    let made = Shared::must(shared.sudo("create config --json"), "create config");
    assert!(made.err.contains("belongs to 1500, so this runs as 1500"), "{made:?}");
    let name = made.json()["name"].as_str().unwrap().to_owned();
    let foreign = shared.terminal.path("elsewhere.tar.gz");
    fs::copy(shared.terminal.path("allskybackups").join(&name), &foreign).unwrap();
    fs::set_permissions(&foreign, fs::Permissions::from_mode(0o600)).unwrap();
    let restore = format!("--config config.toml restore {name} --yes");
    for line in [
        "create images",
        "list",
        "verify --all",
        "estimate",
        &format!("import {}", foreign.display()),
        &format!("pin {name}"),
        &format!("{drive} dest init --plain-folder"),
        &format!("{drive} run nights"),
        &restore,
        "undo",
        &restore,
        "recover",
    ] {
        Shared::must(shared.sudo(line), line);
        assert_eq!(shared.of_root(), Vec::<PathBuf>::new(), "after {line}");
    }
    let told = shared.sudo(&restore);
    assert!(told.err.contains("what is made there is given to 1500"), "{told:?}");
    for line in [
        "undo",
        "create config",
        "list",
        "verify --all",
        &format!("unpin {name}"),
        &format!("delete {name} --yes"),
        &format!("{drive} run nights"),
        "jobs",
        "recover",
    ] {
        Shared::must(shared.owner(line), line);
    }
}

#[test]
fn a_restore_with_sudo_that_was_killed_is_finished_by_the_owner() {
    let Some(shared) = Shared::new() else { return };
    let made = Shared::must(shared.owner("create config --json"), "create config").json();
    let name = made["name"].as_str().unwrap();
    fs::write(shared.terminal.path("hold-start"), "").unwrap();
    let mut running = shared.terminal.start(&format!("--config config.toml restore {name} --yes"));
    wait_until("the camera rests", || running.is_over() || shared.terminal.path("holding").exists());
    running.kill();
    fs::remove_file(shared.terminal.path("hold-start")).unwrap();
    assert_eq!(shared.of_root(), Vec::<PathBuf>::new());
    Shared::must(shared.owner("recover"), "recover");
    assert!(shared.terminal.is_active());
    Shared::must(shared.owner("create config"), "create config");
}

#[test]
fn what_root_keeps_for_itself_stays_with_root() {
    let Some(shared) = Shared::new() else { return };
    let mut command = shared.terminal.command(["create", "config", "--backups", "mine"]);
    let said: Said = command.env("STATE_DIRECTORY", shared.terminal.path("root-state")).output().unwrap().into();
    // Both are made in a folder of the owner.
    assert!(said.err.contains("so this runs as 1500"), "{said:?}");
    for name in ["mine", "root-state"] {
        fs::remove_dir_all(shared.terminal.path(name)).unwrap();
        fs::create_dir(shared.terminal.path(name)).unwrap();
        chown(shared.terminal.path(name), Some(0), Some(0)).unwrap();
    }
    let mut command = shared.terminal.command(["create", "config", "--backups", "mine"]);
    let said: Said = command.env("STATE_DIRECTORY", shared.terminal.path("root-state")).output().unwrap().into();
    let said = Shared::must(said, "create config");
    assert!(!said.err.contains("1500"), "{said:?}");
    for name in ["mine", "root-state"] {
        let all = walkdir::WalkDir::new(shared.terminal.path(name)).into_iter().map(Result::unwrap);
        assert!(all.into_iter().all(|entry| entry.metadata().unwrap().uid() == 0), "{name}");
    }
}

#[test]
fn files_of_root_are_named_with_the_command_that_gives_them_back() {
    let Some(shared) = Shared::new() else { return };
    let drive = format!("--dest {}", shared.terminal.path("drive").display());
    let made = Shared::must(shared.owner("create config --json"), "create config").json();
    let name = made["name"].as_str().unwrap();
    Shared::must(shared.owner(&format!("{drive} dest init --plain-folder")), "dest init");
    Shared::must(shared.owner(&format!("{drive} run nights")), "run nights");
    Shared::must(shared.owner(&format!("--config config.toml restore {name} --yes")), "restore");
    let archive = format!("allskybackups/{name}");
    let run = format!("{drive} run nights");
    let verify = format!("verify {name}");
    let restore = format!("--config config.toml restore {name} --yes");
    for (line, foreign) in [
        ("list", "state"),
        ("list", "state/catalog.db"),
        ("create config", "state/catalog.db-wal"),
        ("create config", "allskybackups"),
        (&verify, &archive),
        (&restore, &archive),
        (&restore, "state/restores"),
        (&restore, "state/restores/lock"),
        (&run, "drive"),
        (&run, "drive/nights"),
        (&run, "drive/.allsky-backups.json"),
    ] {
        let path = shared.terminal.path(foreign);
        if !path.exists() {
            fs::write(&path, "").unwrap();
        }
        // So that a restore has something to do.
        let settings = shared.terminal.path("allsky/config/settings.json");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{} ", text)).unwrap();
        let mode = path.symlink_metadata().unwrap().permissions().mode();
        chown(&path, Some(0), Some(0)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(if path.is_dir() { 0o700 } else { 0o600 })).unwrap();
        let said = shared.owner(&format!("{line} --json"));
        let text = advice(&said);
        assert!(text.contains("belongs to root"), "{line} {foreign}: {said:?}");
        let command = format!("sudo chown {}1500: {}", if path.is_dir() { "-R " } else { "" }, shown(&path));
        assert!(text.contains(&command), "{line} {foreign}: {text:?} has no {command:?}");
        assert!(!text.contains("cable"), "{line} {foreign}: {text}");
        chown(&path, Some(OWNER), Some(OWNER)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// What the owner reads, whether it ended well or not.
fn advice(said: &Said) -> String {
    let value: Value = serde_json::from_slice(&said.out).unwrap_or_default();
    format!("{} {}", value["error"]["advice"].as_str().unwrap_or_default(), said.err)
}

#[test]
fn a_camera_that_rests_is_started_by_its_owner_although_the_history_belongs_to_root() {
    let Some(shared) = Shared::new() else { return };
    fs::write(shared.terminal.path("hold-start"), "").unwrap();
    let mut create = shared.terminal.start("create config --pause always");
    wait_until("the camera rests", || create.is_over() || shared.terminal.path("holding").exists());
    assert!(!shared.terminal.is_active());
    create.kill();
    fs::remove_file(shared.terminal.path("hold-start")).unwrap();
    for entry in walkdir::WalkDir::new(shared.terminal.path("state")).into_iter().map(Result::unwrap) {
        lchown(entry.path(), Some(0), Some(0)).unwrap();
    }
    let said = shared.owner("recover");
    assert!(shared.terminal.is_active(), "{said:?}");
    let told = format!("{}{}", said.text(), said.err);
    assert!(told.contains("belongs to root") && told.contains("sudo chown -R 1500: "), "{said:?}");
}

#[test]
fn a_drive_that_belongs_to_another_user_is_refused_with_the_command_that_gives_it() {
    let Some(shared) = Shared::new() else { return };
    let drive = shared.terminal.path("drive");
    chown(&drive, Some(0), Some(0)).unwrap();
    fs::set_permissions(&drive, fs::Permissions::from_mode(0o755)).unwrap();
    let line = format!("dest init --plain-folder --dest {}", drive.display());
    let said = shared.owner(&line);
    assert_eq!(said.code, Some(3), "{said:?}");
    let command = format!("sudo chown {OWNER}: {}", drive.display());
    assert!(said.err.contains("belongs to root") && said.err.contains(&command), "{said:?}");
    chown(&drive, Some(OWNER), Some(OWNER)).unwrap();
    Shared::must(shared.owner(&line), &line);
}
