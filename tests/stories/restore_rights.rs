//! Files come back with the owner, group and mode that the camera's installer gives, also those whose
//! content never changed; and an undo gives back what was there.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::looks::looks;
use crate::support::terminal::Terminal;

/// Number of a group, where this machine has it and this user may give it.
fn group(name: &str) -> Option<u32> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let groups = fs::read_to_string("/etc/group").unwrap();
    groups.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.split(':').nth(1)?.parse().ok())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn backed_up(terminal: &Terminal) -> String {
    terminal.ask("create config")["name"].as_str().unwrap().to_owned()
}

/// How many files a preview says that owner or mode are wrong of.
fn rights(preview: &Value) -> usize {
    let files = preview["files"].as_array().unwrap_or_else(|| panic!("{preview}"));
    files.iter().filter(|file| file["change"] == "rights").count()
}

/// What a restore would do; it ends as one that was not confirmed.
fn preview(terminal: &Terminal, name: &str) -> Value {
    first_line(&terminal.run(["restore", name, "--json"]).out)
}

fn first_line(out: &[u8]) -> Value {
    serde_json::from_slice(out.split(|byte| *byte == b'\n').next().unwrap()).unwrap()
}

fn change(preview: &Value, path: &str) -> String {
    let files = preview["files"].as_array().unwrap();
    files.iter().find(|file| file["path"] == path).unwrap()["change"].as_str().unwrap().to_owned()
}

/// Files of each kind below the camera's home, and the modes that the installer gives them.
const FILES: [(&str, u32); 5] = [
    ("config/settings_RPi_HQ.json", 0o664),
    ("config/modules/postprocessing_day.json", 0o664),
    ("config/myFiles/allsky.db", 0o664),
    ("html/allsky/configuration.json", 0o664),
    ("env.json", 0o660),
];

#[test]
fn files_whose_mode_alone_is_wrong_are_restored_and_an_undo_brings_their_mode_back() {
    let terminal = Terminal::new();
    let name = backed_up(&terminal);
    let home = terminal.path("allsky");
    assert_eq!(rights(&preview(&terminal, &name)), 0, "an untouched camera is right");
    for wrong in [0o600, 0o644, 0o777] {
        FILES.iter().for_each(|(file, _)| set_mode(&home.join(file), wrong));
        let before = looks(&home);
        let shown = preview(&terminal, &name);
        for (file, _) in FILES {
            // The database that a camera has written to is not byte for byte that of a backup.
            let expected = if file.ends_with(".db") { ["changed", "rights"] } else { ["rights"; 2] };
            assert!(expected.contains(&change(&shown, file).as_str()), "{file} {wrong:o}: {shown}");
        }
        let done = terminal.ask(&format!("restore {name} --yes"));
        assert!(done["changed"].as_u64() >= Some(FILES.len() as u64), "{done}");
        for (file, right) in FILES {
            let now = mode(&home.join(file));
            assert!(now == right || now == right | 0o4, "{file}: {now:o} instead of {right:o}");
        }
        let inode = |name: &str| fs::metadata(home.join("config").join(name)).unwrap().ino();
        assert_eq!(inode("settings.json"), inode("settings_RPi_HQ.json"), "settings stay one file with two names");
        terminal.ask("undo");
        assert_eq!(looks(&home), before, "{wrong:o}");
        terminal.ask(&format!("restore {name} --yes"));
    }
    assert_eq!(rights(&preview(&terminal, &name)), 0);
}

#[test]
fn files_of_another_owner_or_group_are_given_to_the_camera_and_the_web_server() {
    let Some(web) = group("www-data") else {
        eprintln!("skipped: needs root and a group www-data");
        return;
    };
    let terminal = Terminal::new();
    let home = terminal.path("allsky");
    let (uid, gid) = (fs::metadata(&home).unwrap().uid(), fs::metadata(&home).unwrap().gid());
    let name = backed_up(&terminal);
    let all: Vec<PathBuf> =
        FILES.iter().map(|(file, _)| home.join(file)).chain([home.join("darks/30.0-8-dark.jpg")]).collect();
    for path in &all {
        chown(path, Some(4321), Some(4321)).unwrap();
    }
    let owners = || -> Vec<(u32, u32)> {
        all.iter().map(|path| fs::metadata(path).unwrap()).map(|look| (look.uid(), look.gid())).collect()
    };
    terminal.ask(&format!("restore {name} --yes"));
    let expected: Vec<_> = FILES.iter().map(|_| (uid, web)).chain([(uid, gid)]).collect();
    assert_eq!(owners(), expected);
    terminal.ask("undo");
    assert_eq!(owners(), vec![(4321, 4321); all.len()], "an undo gives them back to whose they were");
}

#[test]
fn a_user_who_may_not_give_files_away_restores_all_the_same_and_is_told_once() {
    if group("www-data").is_none() || !Path::new("/usr/bin/setpriv").exists() {
        eprintln!("skipped: needs root, a group www-data and setpriv");
        return;
    }
    let terminal = Terminal::new();
    let name = backed_up(&terminal);
    let home = terminal.path("allsky");
    let ours = Command::new("chown").args(["-R", "4321:4321"]).arg(terminal.path("")).status().unwrap();
    assert!(ours.success());
    set_mode(&home.join("config/modules/postprocessing_day.json"), 0o600);
    let run = |line: &str| -> Value {
        let inner = terminal.command(format!("{line} --json").split(' '));
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "4321", "--regid", "4321", "--clear-groups"]).arg(inner.get_program());
        command.args(inner.get_args()).env_clear().current_dir(terminal.path(""));
        for (key, value) in inner.get_envs() {
            value.map(|value| command.env(key, value));
        }
        let said = command.output().unwrap();
        assert!(said.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&said.stderr));
        first_line(&said.stdout)
    };
    let preview = run(&format!("restore {name}"));
    assert_eq!(rights(&preview), 1, "what this user cannot mend is no work: {preview}");
    let done = run(&format!("restore {name} --yes"));
    assert_eq!(mode(&home.join("config/modules/postprocessing_day.json")), 0o664);
    let log = fs::read_to_string(done["log"].as_str().unwrap()).unwrap();
    assert_eq!(log.matches("group cannot be given").count(), 1, "{log}");
}

#[test]
fn folders_in_which_the_panel_cannot_save_are_named_with_what_mends_them_and_stay_as_they_are() {
    let terminal = Terminal::new();
    let name = backed_up(&terminal);
    let card = |shown: &Value| shown["checks"].as_array().unwrap().iter().find(|c| c["name"] == "folders").cloned();
    assert_eq!(card(&preview(&terminal, &name)), None, "an untouched camera is right");
    let home = terminal.path("allsky");
    let [shut, open] = ["config/overlay/fonts", "config/overlay/images"].map(|folder| home.join(folder));
    set_mode(&shut, 0o755);
    set_mode(&open, 0o2775);
    let told = card(&preview(&terminal, &name)).unwrap();
    assert_eq!(told["result"], "warning");
    let mends = format!("sudo find {} -type d -exec chmod g+rwx {{}} +", shut.display());
    assert!(told["advice"].as_str().unwrap().ends_with(&mends), "{told}");
    fs::remove_file(home.join("config/overlay/images/compass-blue.jpg")).unwrap();
    terminal.ask(&format!("restore {name} --yes"));
    assert_eq!((mode(&shut), mode(&open)), (0o755, 0o2775));
}
