//! Files that no camera makes, among the settings: each is saved, or told and left out, and costs no memory and
//! nothing beside it.
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::support::other_user::OtherUser;
use super::support::terminal::{Terminal, large};

/// The memory of its own that a process has now; pages of the program itself, which a debug build has many of, do
/// not count. Zero when it is over.
fn own_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or("0 kB");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

#[test]
fn odd_files_among_the_settings_are_told_and_everything_else_is_saved_in_little_memory() {
    let Some(user) = OtherUser::new() else { return };
    let files = user.terminal.path("allsky/config/myFiles");
    large(&files.join("gaps.bin"), 1 << 30);
    fs::write(files.join("shut.txt"), "x").unwrap();
    symlink("b", files.join("a")).unwrap();
    symlink("a", files.join("b")).unwrap();
    symlink("self", files.join("self")).unwrap();
    symlink(files.join("up"), files.join("up")).unwrap();
    fs::create_dir(files.join("shut")).unwrap();
    fs::create_dir(files.join("new\nfolder")).unwrap();
    for name in [&b"new\nline.txt"[..], b"new\nfolder/\n", b"latin\xe4\r.txt", b"\x1b[31mred.txt"] {
        fs::write(files.join(std::ffi::OsStr::from_bytes(name)), "odd").unwrap();
    }
    assert!(user.own_all());
    for name in ["shut.txt", "shut"] {
        fs::set_permissions(files.join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let mut running = user.start("create config --json");
    let (process, mut most) = (running.id(), 0);
    while !running.is_over() {
        most = most.max(own_memory(process));
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let said = running.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!((1 << 20..40 << 20).contains(&most), "{most} bytes");
    let made = said.json();
    for (name, why) in [
        ("a", "is a link; it is not followed"),
        ("b", "is a link; it is not followed"),
        ("self", "is a link; it is not followed"),
        ("up", "is a link; it is not followed"),
        ("shut.txt", "may not be read by this program"),
        ("shut", "is a folder that cannot be read"),
    ] {
        let told = format!("config/myFiles/{name} {why}");
        assert!(made["warnings"].to_string().contains(&told), "{told}: {}", made["warnings"]);
    }
    let name = made["name"].as_str().unwrap();
    let info = user.run(&format!("info {name} --json")).json()["metadata"]["allskyBackups"]["left_out"].to_string();
    assert!(["myFiles/a", "myFiles/self", "myFiles/shut.txt", "myFiles/shut"].iter().all(|name| info.contains(name)));
    let archive = user.terminal.path("allskybackups").join(name);
    let listed = Command::new("tar").args(["--quoting-style=escape", "-tzvf"]).arg(&archive).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for (size, name) in [
        ("1073741824", "gaps.bin"),
        ("3", "new\\nline.txt"),
        ("3", "new\\nfolder/\\n"),
        ("3", "latin\\344\\r.txt"),
        ("3", "\\033[31mred.txt"),
    ] {
        let is_it =
            |line: &&str| line.ends_with(&format!("config/myFiles/{name}")) && line.contains(&format!(" {size} "));
        assert!(listed.lines().any(|line| is_it(&line)), "{name}: {listed}");
    }
}

#[test]
fn a_file_that_is_larger_than_its_disk_is_told_and_keeps_nothing_waiting() {
    let terminal = Terminal::new();
    // A disk that holds no such file at all has nothing to show.
    let file = fs::File::create(terminal.path("allsky/config/myFiles/endless.bin")).unwrap();
    if file.set_len(8 << 40).is_err() {
        return eprintln!("skipped: this disk holds no file of 8 TiB");
    }
    let made = terminal.ask("create config");
    let told = "config/myFiles/endless.bin is a file of 8.8 TB with gaps, on a disk of ";
    assert!(made["warnings"].to_string().contains(told), "{made}");
    let info = terminal.ask(&format!("info {} --files", made["name"].as_str().unwrap()));
    assert!(info["metadata"]["allskyBackups"]["left_out"].to_string().contains("endless.bin"), "{info}");
    assert!(info["files"].to_string().contains("settings_RPi_HQ.json"), "{info}");
    terminal.ask("estimate");
}
