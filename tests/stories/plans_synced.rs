//! What a plan keeps goes to another machine, or to a second destination: by a real rsync and a real ssh server.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::support::far_host::{KeyFor, SshRig};
use super::support::host_rig::{HostRig, hour, inode, looks, name};
use super::support::terminal::wait_until;

fn append(rig: &HostRig, text: &str) {
    let file = config(rig);
    let before = fs::read_to_string(&file).unwrap();
    fs::write(file, format!("{before}{text}")).unwrap();
}

fn config(rig: &HostRig) -> PathBuf {
    rig.terminal.path("nobody/.config/allsky-backups/config.toml")
}

/// A plan of the host `pi`, with this remote.
fn plan(remote: &str) -> String {
    format!(
        "[[plan]]\nname = \"all\"\nsources = [\"host:pi\"]\nschedule = {{ every = \"6h\" }}\nremote = {{ {remote} }}\n"
    )
}

fn run(rig: &HostRig, n: u32) -> Value {
    rig.terminal.ask(&format!("plans run all --now {}", hour(n)))
}

fn sync(rig: &HostRig, n: u32) -> Value {
    rig.terminal.ask(&format!("plans sync all --now {}", hour(n)))["items"][0]["sets"][0].clone()
}

/// The message of the failure of a sync.
fn refused(rig: &HostRig, n: u32) -> String {
    let said = rig.terminal.run(["plans", "sync", "all", "--json", "--now", &hour(n)]);
    assert_ne!(said.code, Some(0), "{said:?}");
    let answer = said.json();
    let message = answer["error"]["message"].as_str().or_else(|| answer["failures"][0]["message"].as_str());
    message.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Two snapshots lie at `there` as they lie here, and share what they share here.
fn is_as_here(rig: &HostRig, there: &Path, hours: &[u32]) {
    for n in hours {
        let copy = there.join("hosts/pi/hourly").join(name(*n));
        assert_eq!(looks(&copy), looks(&rig.snapshot(*n)), "{n}");
        assert!(copy.join(".snapshot_complete").exists());
    }
    let same = |path: &str| {
        let at = |n: u32| inode(&there.join("hosts/pi/hourly").join(name(n)).join(path));
        at(hours[0]) == at(hours[1])
    };
    assert!(same("same.txt") && !same("changed.txt"), "hard links between days are kept");
    assert_eq!(
        fs::read_link(there.join("hosts/pi/latest")).unwrap(),
        fs::read_link(rig.store().join("latest")).unwrap()
    );
}

/// Takes two snapshots that share one file of two.
fn two_snapshots(rig: &HostRig) {
    rig.write("same.txt", "same");
    rig.write("changed.txt", "one");
    rig.take(8);
    rig.write("changed.txt", "another");
    rig.take(9);
}

#[test]
fn a_second_destination_gets_all_snapshots_with_what_they_share_and_nothing_half_made() {
    let rig = HostRig::new();
    two_snapshots(&rig);
    let second = rig.terminal.path("second");
    fs::create_dir(&second).unwrap();
    let drive = format!("[[destination]]\nname = \"second\"\npath = {second:?}\nrequire_mount = false\n");
    append(&rig, &format!("{drive}{}", plan("target = \"second\"")));
    rig.terminal.ask("dest init second");
    for litter in [".partial-x", ".trash-x", "hourly/.partial-y"] {
        fs::create_dir_all(rig.store().join(litter)).unwrap();
        fs::write(rig.store().join(litter).join("file"), "half").unwrap();
    }
    let there = second.join("synced/all");
    let first = sync(&rig, 9);
    assert_eq!((&first["set"], &first["verified"], &first["deleted"]), (&json!("hosts/pi"), &json!(true), &json!(0)));
    assert!(first["sent_files"].as_u64().unwrap() >= 3, "{first}");
    is_as_here(&rig, &there, &[8, 9]);
    let odd: Vec<_> =
        walkdir::WalkDir::new(&there).into_iter().flatten().map(|entry| entry.path().to_owned()).collect();
    assert!(
        odd.iter()
            .all(|path| !path.to_string_lossy().contains(".partial-") && !path.to_string_lossy().contains(".trash-"))
    );
    let second_time = sync(&rig, 9);
    assert_eq!((&second_time["sent_files"], &second_time["verified"]), (&json!(0), &json!(true)), "{second_time}");
    // What goes here goes there, and what was changed there is as it is here again.
    fs::write(there.join("hosts/pi/hourly").join(name(9)).join("changed.txt"), "harmed").unwrap();
    fs::remove_dir_all(rig.snapshot(8)).unwrap();
    let third = sync(&rig, 9);
    assert!(third["deleted"].as_u64().unwrap() > 0, "{third}");
    assert!(!there.join("hosts/pi/hourly").join(name(8)).exists());
    assert_eq!(looks(&there.join("hosts/pi/hourly").join(name(9))), looks(&rig.snapshot(9)));
    // The destination itself is no second place.
    let text = fs::read_to_string(config(&rig)).unwrap();
    fs::write(config(&rig), text.replace("target = \"second\"", "target = \"usb\"")).unwrap();
    assert!(refused(&rig, 10).contains("is the destination itself"));
}

#[test]
fn another_machine_gets_them_in_each_run_with_either_kind_of_key() {
    for key in [KeyFor::Everything, KeyFor::TheFolder] {
        let ssh = SshRig::with(KeyFor::Everything, "");
        let rig = &ssh.rig;
        let there = ssh.far.path("backup");
        append(rig, &plan(&format!("target = \"pi:{}\", compress = true, compare = \"digest\"", there.display())));
        two_snapshots(rig);
        // It is never made: a disk that is not mounted there must not be taken for an empty folder.
        assert!(refused(rig, 9).contains("is not there"), "{}", refused(rig, 9));
        fs::create_dir(&there).unwrap();
        if key == KeyFor::TheFolder {
            let line = fs::read_to_string(ssh.far.path("authorized_keys")).unwrap();
            ssh.far.authorize(&format!("restrict,command=\"rrsync {}\" {line}", there.display()));
            let first = sync(rig, 9);
            assert_eq!(first["verified"], true, "{first}");
            is_as_here(rig, &there, &[8, 9]);
            assert!(!there.join(there.strip_prefix("/").unwrap()).exists(), "nothing lies below itself");
            continue;
        }
        let said = run(rig, 10);
        let last = said["items"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["sets"][0]["verified"], &last["target"]),
            (&json!(true), &json!(format!("pi:{}", there.display())))
        );
        is_as_here(rig, &there, &[8, 9]);
        let run = rig.terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
        let jobs = rig.terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
        let verbs: Vec<_> =
            jobs.as_array().unwrap().iter().map(|job| job["order"]["order"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["run_plan", "prune_plan", "sync_plan"]);
        // Another folder, the mark of another plan, and a folder that lost its mark are left alone.
        let mark = there.join(".allsky-backups-sync.json");
        let text = fs::read_to_string(&mark).unwrap();
        fs::write(&mark, text.replace("all", "other")).unwrap();
        assert!(refused(rig, 10).contains("something else lies in the folder"));
        fs::rename(&there, ssh.far.path("unmounted")).unwrap();
        fs::create_dir(&there).unwrap();
        assert!(refused(rig, 10).contains("no longer there"));
        assert_eq!(fs::read_dir(&there).unwrap().count(), 0, "nothing was written to what may be the disk below");
        rig.terminal.ask(&format!("plans sync all --begin-anew --now {}", hour(10)));
        is_as_here(rig, &there, &[8, 9]);
        fs::remove_file(&mark).unwrap();
        fs::write(there.join("photo.jpg"), "mine").unwrap();
        assert!(refused(rig, 10).contains("no longer there"));
        assert_eq!(fs::read_to_string(there.join("photo.jpg")).unwrap(), "mine");
    }
}

#[test]
fn an_alarm_holds_the_sync_back_and_a_target_does_not_shrink_unasked() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    let there = ssh.far.path("backup");
    fs::create_dir(&there).unwrap();
    append(rig, &plan(&format!("target = \"pi:{}\"", there.display())));
    for n in 0..200 {
        rig.write(&format!("{n}.txt"), "text");
    }
    rig.take(1);
    rig.take(2);
    sync(rig, 2);
    // Much is gone here, and not by our rules.
    fs::rename(rig.snapshot(1), rig.terminal.path("away")).unwrap();
    fs::write(there.join("hosts/pi/hourly/stray"), "x").unwrap();
    let stray = there.join("hosts/pi/hourly/more");
    fs::create_dir(&stray).unwrap();
    for n in 0..150 {
        fs::write(stray.join(n.to_string()), "x").unwrap();
    }
    assert!(refused(rig, 2).contains("would go at"), "{}", refused(rig, 2));
    assert!(there.join("hosts/pi/hourly").join(name(1)).exists() && stray.exists(), "nothing went");
    rig.terminal.ask(&format!("plans sync all --delete-anyway --now {}", hour(2)));
    assert!(!there.join("hosts/pi/hourly").join(name(1)).exists() && !stray.exists());
    // A snapshot that is not trusted.
    for n in 0..150 {
        rig.remove(&format!("{n}.txt"));
    }
    assert!(rig.take(3)["suspect"].is_string());
    let held = sync(rig, 3);
    assert!(held["held_back"].as_str().unwrap().contains("not trusted"), "{held}");
    assert!(!there.join("hosts/pi/hourly").join(name(3)).exists());
}

#[test]
fn a_sync_that_is_killed_leaves_no_half_snapshot_that_looks_whole_and_the_next_goes_on() {
    let ssh = SshRig::new();
    let rig = &ssh.rig;
    let there = ssh.far.path("backup");
    fs::create_dir(&there).unwrap();
    append(rig, &plan(&format!("target = \"pi:{}\", bwlimit_kib = 4000", there.display())));
    rig.write("same.txt", "same");
    let text: String = (0..400_000).map(|n| format!("{n:08}\n")).collect();
    for n in 0..8 {
        rig.write(&format!("large-{n}"), &format!("{n}{text}"));
    }
    rig.take(8);
    rig.take(9);
    let copy = there.join("hosts/pi/hourly").join(name(8));
    let mut running = rig.terminal.start(&format!("plans sync all --now {}", hour(9)));
    wait_until("files arrive", || copy.join("large-1").exists() || running.is_over());
    running.kill();
    assert!(!copy.join(".snapshot_complete").exists(), "a half snapshot does not look whole");
    let arrived = (0..8).filter(|n| copy.join(format!("large-{n}")).exists()).count() as u64;
    assert!((1..8).contains(&arrived), "{arrived}");
    let text = fs::read_to_string(config(rig)).unwrap();
    fs::write(config(rig), text.replace("bwlimit_kib = 4000", "bwlimit_kib = 0")).unwrap();
    // What the killed one has started ends by itself.
    let mut answer = Value::Null;
    wait_until("the next one goes on", || {
        let said = rig.terminal.run(["plans", "sync", "all", "--json", "--now", &hour(9)]);
        answer = said.json();
        said.code == Some(0)
    });
    let set = &answer["items"][0]["sets"][0];
    let large_sent = set["sent_files"].as_u64().unwrap();
    assert!(set["verified"] == true && large_sent < 20, "{set}");
    for n in [8, 9] {
        let copy = there.join("hosts/pi/hourly").join(name(n));
        assert_eq!(looks(&copy), looks(&rig.snapshot(n)));
        assert!(copy.join(".snapshot_complete").exists());
    }
    let left: Vec<_> = walkdir::WalkDir::new(&there).into_iter().flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("rsync-partial")));
}

#[test]
fn a_snapshot_that_fails_holds_back_its_sync_and_retention_that_fails_holds_back_nothing() {
    let rig = HostRig::new();
    two_snapshots(&rig);
    let second = rig.terminal.path("second");
    fs::create_dir(&second).unwrap();
    let drive = format!("[[destination]]\nname = \"second\"\npath = {second:?}\nrequire_mount = false\n");
    append(&rig, &format!("{drive}{}", plan("target = \"second\"")));
    rig.terminal.ask("dest init second");
    let states = || -> Vec<String> {
        let run = rig.terminal.ask("jobs runs")["items"][0]["id"].as_str().unwrap().to_owned();
        let jobs = rig.terminal.ask(&format!("jobs show {run}"))["jobs"].clone();
        jobs.as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap().to_owned()).collect()
    };
    let away = rig.terminal.path("away");
    fs::rename(&rig.home, &away).unwrap();
    assert_ne!(rig.terminal.run(["plans", "run", "all", "--json", "--now", &hour(10)]).code, Some(0));
    assert_eq!(states(), ["failed", "skipped", "skipped"]);
    assert!(!second.join("synced").exists());
    fs::rename(&away, &rig.home).unwrap();
    run(&rig, 10);
    assert_eq!(states(), ["success", "success", "success"]);
    // The view has what was done, and rows of a sync.
    let database = rusqlite::Connection::open(rig.terminal.path("state/catalog.db")).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?));
    let sql = "SELECT id_step, dir_to, success_step FROM task_run WHERE id_step = 'sync'";
    assert_eq!(database.query_row(sql, [], row).unwrap(), ("sync".to_owned(), "second".to_owned(), 1));
}
