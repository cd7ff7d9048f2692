//! Snapshots of another machine over ssh: a real server, a real rsync, and everything that can go wrong between them.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::downloads_resumed::served;
use super::support::far_host::{FarHost, KeyFor, SshRig};
use super::support::host_rig::{HostRig, hour, inode, looks, name};
use super::support::http;
use super::support::terminal::wait_until;

fn counts(taken: &Value, keys: [&str; 5]) -> [u64; 5] {
    keys.map(|key| taken["counts"][key].as_u64().unwrap())
}

const KEYS: [&str; 5] = ["files", "new", "changed", "linked", "deleted"];

#[test]
fn what_did_not_change_is_one_file_in_all_snapshots_of_another_machine() {
    for key in [KeyFor::Everything, KeyFor::TheFolder] {
        let ssh = SshRig::with(key, "");
        let rig = &ssh.rig;
        for path in ["a.txt", "notes/b.txt", "notes/deep/er/c.txt", "mode.sh", "gone.txt", "odd \u{1} name \"x\""] {
            rig.write(path, path);
        }
        symlink("notes/b.txt", rig.home.join("link")).unwrap();
        symlink("/nowhere", rig.home.join("broken")).unwrap();
        fs::create_dir(rig.home.join("empty")).unwrap();
        let tested = rig.terminal.ask("hosts test pi");
        assert_eq!(
            (&tested["ok"], &tested["restricted"]),
            (&json!(true), &json!(key == KeyFor::TheFolder)),
            "{tested}"
        );
        let dry = rig.terminal.ask(&format!("snapshots take pi --dry-run --now {}", hour(8)));
        assert_eq!(counts(&dry["snapshot"], KEYS), [6, 6, 0, 0, 0], "{dry}");
        assert!(!rig.store().exists(), "a dry run makes nothing");
        let first = rig.take(8);
        assert_eq!(counts(&first, KEYS), [6, 6, 0, 0, 0], "{first}");
        assert_eq!((&first["counts"]["symlinks"], &first["counts"]["folders"]), (&json!(2), &json!(4)));
        assert_eq!(looks(&rig.snapshot(8)), looks(&rig.home));
        let before = looks(&rig.snapshot(8));

        rig.write("a.txt", "another text");
        rig.write("new.txt", "new");
        rig.remove("gone.txt");
        fs::set_permissions(rig.home.join("mode.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let dry = rig.terminal.ask(&format!("snapshots take pi --dry-run --now {}", hour(9)));
        assert_eq!(dry["snapshot"]["counts"]["new"], 1, "{dry}");
        let second = rig.take(9);
        assert_eq!(counts(&second, KEYS), [6, 1, 2, 3, 1], "{second}");
        assert_eq!((&second["base"], &second["warnings"]), (&json!(name(8)), &json!([])));
        assert_eq!(looks(&rig.snapshot(9)), looks(&rig.home));
        assert_eq!(looks(&rig.snapshot(8)), before, "an older snapshot never changes");
        let same = |path: &str| inode(&rig.snapshot(8).join(path)) == inode(&rig.snapshot(9).join(path));
        assert!(same("notes/b.txt") && same("notes/deep/er/c.txt") && !same("a.txt") && !same("mode.sh"));
        for pointer in ["latest", "current"] {
            assert_eq!(rig.pointed(pointer), format!("hourly/{}", name(9)));
        }
        for n in [8, 9] {
            assert_eq!(rig.terminal.ask(&format!("snapshots verify pi {}", name(n)))["ok"], true);
        }
        assert_eq!(rig.take(9)["skipped"], true);
        assert_eq!(rig.litter(), [""; 0]);
        let third = rig.take(10);
        assert_eq!(counts(&third, KEYS), [6, 0, 0, 6, 0], "{third}");
        let manifest = |n| inode(&rig.snapshot(n).join(".snapshot_manifest.gz"));
        assert_eq!(manifest(9), manifest(10), "a list that says the same is kept once");
    }
}

#[test]
fn a_host_is_added_with_its_fingerprint_and_never_without() {
    let rig = HostRig::new();
    let far = FarHost::new();
    let add = |more: &str| format!("hosts add far {} --port {} {more}", far.address(), far.port).trim().to_owned();
    let told = rig.terminal.refuse(&add(""), 2);
    let message = told["message"].as_str().unwrap();
    assert!(message.contains(&far.fingerprint()) && message.contains("nobody has confirmed it"), "{told}");
    let other = rig.terminal.refuse(&add(&format!("--fingerprint SHA256:{}", "A".repeat(43))), 1);
    assert!(other["message"].as_str().unwrap().contains("another one than the one that was confirmed"), "{other}");
    let hosts = |rig: &HostRig| rig.terminal.ask("hosts list")["items"].as_array().unwrap().len();
    assert_eq!(hosts(&rig), 1, "nothing was added");
    assert!(!rig.terminal.path("state/hosts/far").exists(), "nothing is left");

    let added = rig.terminal.ask(&add(&format!("--fingerprint {}", far.fingerprint())));
    let line = added["authorized_keys"].as_str().unwrap();
    assert!(line.starts_with("restrict,command=\"rrsync -ro .\" ssh-ed25519 AAAA"), "{line}");
    let key = rig.terminal.path("state/hosts/far/id_ed25519");
    assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(key.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    let config = fs::read_to_string(rig.terminal.path("nobody/.config/allsky-backups/config.toml")).unwrap();
    assert!(config.contains("name = \"far\"") && config.contains("path = \"~/\""), "{config}");
    let listed = rig.terminal.ask("hosts list")["items"][1].clone();
    assert_eq!((&listed["fingerprint"], &listed["authorized_keys"]), (&json!(far.fingerprint()), &json!(line)));
    // The name is taken, and a second look at the host changes nothing.
    assert!(rig.terminal.refuse(&format!("hosts add pi {}", far.address()), 2)["message"].is_string());
    let again = rig.terminal.ask(&add(&format!("--fingerprint {}", far.fingerprint())));
    assert_eq!(again["authorized_keys"], line, "the key is kept");
    rig.terminal.ask("hosts remove far");
    assert_eq!((hosts(&rig), key.exists()), (1, false));
    assert_eq!(rig.terminal.refuse("hosts remove far", 4)["code"], "not_found");
    assert_eq!(rig.terminal.refuse("hosts test pi", 2)["code"], "usage", "a folder of this machine");
}

#[test]
fn every_step_of_the_way_says_what_is_wrong_with_it() {
    let mut ssh = SshRig::with(KeyFor::Everything, "");
    ssh.rig.write("a.txt", "a");
    ssh.rig.take(8);
    let key = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
    // The key is not there, or may do something else.
    ssh.far.authorize("");
    ssh.refuse(9, "does not let us in");
    for (command, wanted) in [
        ("echo hello; eval \"$SSH_ORIGINAL_COMMAND\"", "prints something"),
        ("exec nosuchrsync --rsync", "no rsync"),
        ("/nowhere/rsync", "no rsync"),
        ("rrsync -wo /", "does not allow"),
        ("exit 0", "broke"),
        // It says nothing, and ends with its connection.
        ("cat >/dev/null", "too long"),
    ] {
        ssh.far.authorize(&format!("command=\"{}\" {key}", command.replace('"', "\\\"")));
        ssh.refuse(9, wanted);
    }
    ssh.far.authorize(&key);
    // The folder is not there, empty, closed, or a file.
    let (home, away) = (ssh.rig.home.clone(), ssh.rig.terminal.path("away"));
    fs::rename(&home, &away).unwrap();
    ssh.refuse(9, "is not there");
    fs::create_dir(&home).unwrap();
    ssh.refuse(9, "nothing in the folder");
    fs::remove_dir(&home).unwrap();
    fs::write(&home, "a file").unwrap();
    ssh.refuse(9, "no folder");
    fs::remove_file(&home).unwrap();
    fs::rename(&away, &home).unwrap();
    // The server asks for a password, has another key, or is not there.
    ssh.far.begin("PubkeyAuthentication no\nKbdInteractiveAuthentication no\n");
    ssh.refuse(9, "asks for a password");
    ssh.far.new_host_key();
    ssh.far.begin("");
    ssh.refuse(9, "another host key");
    ssh.far.end();
    ssh.refuse(9, "refuses the connection");
    assert_eq!((ssh.rig.listed(), ssh.rig.litter()), (vec![name(8)], vec![]), "all earlier ones stay");
    // A new host key that was confirmed lets the work go on.
    ssh.far.begin("");
    ssh.add();
    ssh.rig.take(9);
    // A name that nobody knows.
    let config = ssh.rig.terminal.path("nobody/.config/allsky-backups/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("127.0.0.1", "nosuch.invalid")).unwrap();
    ssh.refuse(10, "is not known");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_taken() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: needs a user at the host who may read less than another");
        return;
    }
    for path in ["a.txt", "shut.txt", "closed/b.txt"] {
        rig.write(path, path);
    }
    let mode = |path: &str, mode| fs::set_permissions(rig.home.join(path), fs::Permissions::from_mode(mode)).unwrap();
    mode("shut.txt", 0o000);
    mode("closed", 0o000);
    let open: Vec<_> = rig.home.ancestors().take_while(|path| path.starts_with(std::env::temp_dir())).collect();
    open.iter().for_each(|path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap());
    let key = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
    let command = "exec setpriv --reuid 1500 --regid 1500 --clear-groups -- sh -c \\\"$SSH_ORIGINAL_COMMAND\\\"";
    ssh.far.authorize(&format!("command=\"{command}\" {key}"));
    let taken = rig.take(8);
    assert_eq!((&taken["counts"]["files"], &taken["counts"]["unreadable"]), (&json!(1), &json!(2)), "{taken}");
    let told = taken["warnings"].to_string();
    assert!(told.contains("2 things could not be read") && told.contains("shut.txt"), "{told}");
    // The folder itself.
    fs::set_permissions(&rig.home, fs::Permissions::from_mode(0o700)).unwrap();
    ssh.refuse(9, "may not read the folder");
}

#[test]
fn pipes_devices_and_our_own_names_stay_at_the_host_and_no_program_acts_as_somebody_else() {
    let ssh = SshRig::with(
        KeyFor::Everything,
        "excludes = [\"*.tmp\", \"/cache/\", \"+ odd\"]\nexclude_presets = [\"python\"]\n",
    );
    let rig = &ssh.rig;
    for path in ["a.txt", "x.tmp", "cache/big", "sub/cache/kept", "sub/m.pyc", ".snapshot_complete", "su", "+ odd"] {
        rig.write(path, path);
    }
    fs::set_permissions(rig.home.join("su"), fs::Permissions::from_mode(0o6755)).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, rig.home.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let _socket = UnixListener::bind(rig.home.join("socket")).unwrap();
    let taken = rig.take(8);
    assert_eq!((&taken["counts"]["files"], &taken["counts"]["special"]), (&json!(3), &json!(2)), "{taken}");
    assert_eq!(fs::metadata(rig.snapshot(8).join("su")).unwrap().mode() & 0o7777, 0o755);
    assert!(rig.snapshot(8).join("sub/cache/kept").exists() && !rig.snapshot(8).join("cache").exists());
    assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
    let again = rig.take(9);
    assert_eq!(counts(&again, KEYS), [3, 0, 0, 3, 0], "{again}");
}

#[test]
fn several_names_of_one_file_are_kept_on_request() {
    for (keys, kept) in [("hard_links = true\n", true), ("", false)] {
        let ssh = SshRig::with(KeyFor::Everything, keys);
        let rig = &ssh.rig;
        rig.write("settings.json", "{}");
        fs::create_dir(rig.home.join("other")).unwrap();
        fs::hard_link(rig.home.join("settings.json"), rig.home.join("other/settings_rpi.json")).unwrap();
        for n in [8, 9] {
            rig.take(n);
            let at = |path: &str| inode(&rig.snapshot(n).join(path));
            assert_eq!(at("settings.json") == at("other/settings_rpi.json"), kept, "{keys} {n}");
        }
        let shared = inode(&rig.snapshot(8).join("settings.json")) == inode(&rig.snapshot(9).join("settings.json"));
        assert!(shared, "{keys}");
        assert_eq!(rig.terminal.ask("snapshots verify pi")["ok"], true);
    }
}

#[test]
fn a_host_that_lost_half_of_its_files_is_not_trusted() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    (0..120).for_each(|n| rig.write(&format!("picture-{n}.jpg"), "picture"));
    rig.take(8);
    (0..70).for_each(|n| rig.remove(&format!("picture-{n}.jpg")));
    let second = rig.take(9);
    assert_eq!(second["suspect"], "of 120 files 50 are left");
    assert_eq!(rig.pointed("current"), format!("hourly/{}", name(8)));
    assert_eq!(rig.take(10)["base"], name(8), "compared with the last good one");
}

#[test]
fn a_cancel_ends_rsync_and_leaves_nothing() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    rig.write("a.txt", "a");
    fs::write(rig.home.join("large.bin"), vec![7; 64 << 20]).unwrap();
    let key = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
    ssh.far.authorize(&format!("command=\"{}\" {key}", slowly()));
    let running = rig.terminal.start(&format!("snapshots take pi --json --now {}", hour(8)));
    wait_until("rsync is at work", || !at_work_in(&rig.drive).is_empty());
    running.signal("INT");
    let said = running.end();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.json()["error"]["code"], "cancelled");
    assert_eq!((at_work_in(&rig.drive), rig.listed(), rig.litter()), (vec![], vec![], vec![]));
}

/// The command of a key with which the host sends so slowly that it is caught at work.
fn slowly() -> String {
    let command = "exec $(echo \"$SSH_ORIGINAL_COMMAND\" | sed 's/--sender/--sender --bwlimit=2000/')";
    command.replace('"', "\\\"")
}

/// Programs that have their working folder there.
fn at_work_in(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let there =
        processes.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder)));
    there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_full_drive_is_told_before_or_after_the_first_byte_and_keeps_what_there_is() {
    let Some(disk) = super::support::small_disk::SmallDisk::mount("size=24m") else { return };
    let rig = HostRig::on(super::support::terminal::Terminal::new(), disk.path().to_owned(), "");
    let ssh = SshRig::of(rig, FarHost::new(), KeyFor::Everything, "");
    let rig = &ssh.rig;
    rig.write("a.txt", "a");
    rig.take(8);
    fs::write(rig.home.join("large.bin"), vec![7; 40 << 20]).unwrap();
    let error = rig.terminal.refuse(&format!("snapshots take pi --now {}", hour(9)), 3);
    assert!(error["message"].as_str().unwrap().contains("room"), "{error}");
    assert_eq!((rig.listed(), rig.litter()), (vec![name(8)], vec![]));
}

#[test]
fn a_host_that_hangs_costs_itself_alone_and_others_are_taken_meanwhile() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    fs::write(rig.home.join("large.bin"), vec![7; 64 << 20]).unwrap();
    let second = FarHost::new();
    let other = rig.terminal.path("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("a.txt"), "a").unwrap();
    let (address, port, fingerprint) = (second.address(), second.port, second.fingerprint());
    let path = other.display();
    let added = rig
        .terminal
        .ask(&format!("hosts add second {address} --path {path} --port {port} --fingerprint {fingerprint}"));
    second.authorize(added["authorized_keys"].as_str().unwrap());
    let key = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
    ssh.far.authorize(&format!("command=\"{}\" {key}", slowly()));
    let mut running = rig.terminal.start(&format!("snapshots take pi --json --now {}", hour(8)));
    // The look before it is over by then; its sender may be gone before it is stopped.
    let is_sending = || !at_work_in(&rig.drive).is_empty() && !at_work_in(&rig.home).is_empty();
    wait_until("the host sends", is_sending);
    let stopped = at_work_in(&rig.home);
    stopped.iter().for_each(|id| signal(id, "STOP"));
    let taken = rig.terminal.ask(&format!("snapshots take second --now {}", hour(8)));
    assert_eq!((&taken["counts"]["files"], running.is_over()), (&json!(1), false), "side by side on one drive");
    let said = running.end();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.json()["error"]["message"].as_str().unwrap().contains("too long"), "{said:?}");
    stopped.iter().for_each(|id| signal(id, "KILL"));
    assert_eq!((rig.listed(), rig.litter()), (vec![], vec![]));
}

fn signal(id: &str, name: &str) {
    Command::new("kill").args(["-s", name, id]).stderr(Stdio::null()).status().unwrap();
}

#[test]
fn a_host_is_added_tested_taken_and_removed_on_the_page_in_steps() {
    let rig = HostRig::new();
    let far = FarHost::new();
    rig.write("a.txt", "a");
    let (_service, to) = served(&rig.terminal);
    let page = || http::ask(&to, "GET", "/hosts", &[], "").body;
    let token = page().split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    let send = |path: &str, fields: &str| http::ask(&to, "POST", path, &form, &format!("csrf={token}&{fields}")).status;
    let about =
        |name: &str| format!("name={name}&address={}&path={}&port={}", far.address(), rig.home.display(), far.port);
    for odd in [
        "name=x&address=-oProxyCommand=x",
        "name=x&address=pi@a&path=$(id)",
        "name=x&address=a&port=0",
        "name=X&address=a",
    ] {
        assert_eq!(send("/hosts/look", odd), 400, "{odd}");
    }
    assert_eq!(send("/hosts/look", &about("pi")), 400, "the name is taken by a folder of this machine");
    assert_eq!(send("/hosts/look", &about("roof")), 200);
    wait_until("the host key is shown", || page().contains(&far.fingerprint()));
    assert_eq!(send("/hosts/roof/add", "fingerprint=SHA256:other"), 422);
    assert_eq!(rig.terminal.ask("hosts list")["items"].as_array().unwrap().len(), 1, "nothing was added");
    let fingerprint = far.fingerprint().replace('+', "%2B").replace('/', "%2F");
    assert_eq!(send("/hosts/roof/add", &format!("fingerprint={fingerprint}")), 200);
    let listed = rig.terminal.ask("hosts list")["items"][1].clone();
    let line = listed["authorized_keys"].as_str().unwrap();
    wait_until("it is told that we are not let in", || page().contains("does not let us in"));
    assert!(page().contains("restrict,command=&quot;rrsync -ro"), "{}", page());
    far.authorize(line);
    assert_eq!(send("/hosts/roof/test", ""), 200);
    wait_until("the way is open", || page().contains("data-host=\"roof\" data-state=\"Ready\""));
    assert_eq!(send("/snapshots/roof/take", ""), 202);
    wait_until("a snapshot is there", || {
        rig.terminal.ask("snapshots list roof")["items"][0]["snapshots"][0].is_object()
    });
    // Its files never go to a place of this machine that has the name of theirs.
    let taken = rig.terminal.ask("snapshots list roof")["items"][0]["snapshots"][0]["name"].clone();
    let address = format!("/snapshots/roof/{}/restore?path=a.txt", taken.as_str().unwrap());
    let dialog = http::ask(&to, "GET", &address, &[], "").body;
    assert!(dialog.contains("files of another machine") && dialog.contains("/restored-roof"), "{dialog}");
    assert!(!dialog.contains("where it came from"), "{dialog}");
    assert_eq!((send("/hosts/pi/unlist", ""), send("/hosts/nobody/test", "")), (400, 404));
    assert_eq!(send("/hosts/roof/unlist", ""), 200);
    assert_eq!(rig.terminal.ask("hosts list")["items"].as_array().unwrap().len(), 1);
    assert!(rig.drive.join("hosts/roof/latest").exists(), "its snapshots stay");
}

#[test]
fn a_snapshot_that_is_being_taken_is_not_ordered_twice() {
    let ssh = SshRig::new();
    fs::write(ssh.rig.home.join("large.bin"), vec![7; 64 << 20]).unwrap();
    let key = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
    ssh.far.authorize(&format!("command=\"{}\" {key}", slowly()));
    let (_service, to) = served(&ssh.rig.terminal);
    let page = http::ask(&to, "GET", "/hosts", &[], "").body;
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    let send = |path: &str| http::ask(&to, "POST", path, &form, &format!("csrf={token}"));
    let first = send("/snapshots/pi/take");
    assert_eq!((first.status, send("/snapshots/pi/take").status), (202, 409));
    let job: Value = serde_json::from_str(&first.body).unwrap();
    wait_until("rsync is at work", || !at_work_in(&ssh.rig.drive).is_empty());
    assert_eq!(send(&format!("/job/{}/cancel", job["job"].as_str().unwrap())).status, 202);
    wait_until("it ended", || at_work_in(&ssh.rig.drive).is_empty() && ssh.rig.litter().is_empty());
}
