//! Archives and golden months of a host: made of the newest good snapshot, read back, listed, verified, and let go.
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use serde_json::{Value, json};

use super::support::host_rig::{HostRig, hour, inode, looks, name};
use super::support::injector::{Fault, traced};

/// A host with a file, a folder, a link, names of one file, and a snapshot of an hour.
fn taken(keys: &str) -> HostRig {
    let rig = HostRig::with(keys);
    for path in ["a.txt", "notes/b.txt", "SHA256SUMS", "metadata.json"] {
        rig.write(path, path);
    }
    rig.write("large.bin", &"text that is packed well ".repeat(200_000));
    symlink("b.txt", rig.home.join("notes/link")).unwrap();
    fs::hard_link(rig.home.join("a.txt"), rig.home.join("again.txt")).unwrap();
    rig.take(8);
    rig
}

fn archive_of(n: u32) -> String {
    format!("backup_pi_{}.tar.gz", name(n))
}

fn ask(rig: &HostRig, line: &str, n: u32) -> Value {
    rig.terminal.ask(&format!("snapshots {line} --now {}", hour(n)))
}

fn item(rig: &HostRig, n: u32) -> Value {
    ask(rig, "list pi", n)["items"][0].clone()
}

#[test]
fn an_archive_holds_the_snapshot_is_read_by_plain_tar_and_gives_single_files_back() {
    let rig = taken("archives = { level = 9 }\n");
    let made = ask(&rig, "archive pi", 9);
    assert_eq!((made["name"].as_str(), made["files"].as_u64()), (Some(archive_of(8).as_str()), Some(6)), "{made}");
    let file = rig.store().join("archives").join(archive_of(8));
    let to = rig.terminal.path("plain");
    fs::create_dir(&to).unwrap();
    let tar = std::process::Command::new("tar").arg("-xzpf").arg(&file).arg("-C").arg(&to).output().unwrap();
    assert!(tar.status.success(), "{tar:?}");
    for path in ["a.txt", "again.txt", "notes/b.txt", "SHA256SUMS", "metadata.json", "large.bin"] {
        let read = |top: &std::path::Path| fs::read(top.join(path)).unwrap();
        assert_eq!(read(&to.join("files")), read(&rig.home), "{path}");
    }
    assert_eq!(fs::read_link(to.join("files/notes/link")).unwrap().to_str(), Some("b.txt"));
    assert!(!to.join("files/.snapshot_complete").exists());
    let sums = std::process::Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&to).output();
    assert!(sums.unwrap().status.success());

    let checked = ask(&rig, &format!("verify pi {}", archive_of(8)), 9);
    assert_eq!(checked["ok"], true, "{checked}");
    let out = rig.terminal.path("b.txt");
    ask(&rig, &format!("extract pi {} files/notes/b.txt -o {}", archive_of(8), out.display()), 9);
    assert_eq!(fs::read_to_string(&out).unwrap(), "notes/b.txt");
    let listed = item(&rig, 9);
    assert_eq!(
        (&listed["archives"][0]["state"], &listed["archives"][0]["snapshot"]),
        (&json!("verified"), &json!(name(8)))
    );

    let again = ask(&rig, "archive pi", 10);
    assert!(again["skipped"].as_str().unwrap().contains("already"), "{again}");
    // One byte of it rots.
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let said = rig.terminal.run(["snapshots", "verify", "pi", &archive_of(8), "--json"]);
    assert_eq!((said.code, &said.json()["ok"]), (Some(1), &json!(false)), "{said:?}");
    assert_eq!(item(&rig, 10)["archives"][0]["state"], "damaged");
}

#[test]
fn archives_come_when_they_are_owed_and_the_newest_ones_stay() {
    let rig = taken("archives = { every = \"4h\", keep = 2 }\nretention = { hourly = 1000 }\n");
    let made = |n: u32| {
        rig.write("a.txt", &format!("{n}"));
        rig.take(n);
        ask(&rig, "archive pi --if-due", n)["skipped"].is_null()
    };
    assert!(ask(&rig, "archive pi --if-due", 8)["skipped"].is_null());
    assert_eq!([9, 11, 12, 14, 16, 20].map(made), [false, false, true, false, true, true]);
    let of = |n: u32| {
        item(&rig, n)["archives"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(20), [8, 12, 16, 20].map(archive_of));
    let stranger = rig.store().join("archives/backup_pi_mine.tar.gz");
    fs::write(&stranger, "mine").unwrap();
    let preview = ask(&rig, "prune pi --dry-run", 21);
    let others = preview["items"][0]["others"].as_array().unwrap();
    let fates: Vec<(&str, &str)> =
        others.iter().map(|line| (line["action"].as_str().unwrap(), line["reason"].as_str().unwrap())).collect();
    assert_eq!(
        fates,
        [("drop", "expired"), ("drop", "expired"), ("keep", "keep_last"), ("keep", "last_good")],
        "{preview}"
    );
    assert!(others[0]["bytes"].as_u64().unwrap() > 1000);
    let pruned = ask(&rig, "prune pi", 21);
    assert_eq!(pruned["others_deleted"].as_array().unwrap().len(), 2, "{pruned}");
    assert_eq!(of(21), [16, 20].map(archive_of));
    assert!(stranger.exists() && rig.litter().is_empty());
}

#[test]
fn a_golden_month_shares_no_file_with_anything_and_rot_in_it_is_found_and_named() {
    let rig = taken("golden = { day = 5, months = 1 }\n");
    let made = ask(&rig, "golden pi --if-due", 9);
    assert_eq!(
        (made["month"].as_str(), made["snapshot"].as_str()),
        (Some("2026-03"), Some(name(8).as_str())),
        "{made}"
    );
    let month = rig.store().join("golden/2026-03");
    assert_eq!(looks(&month), looks(&rig.snapshot(8)));
    for path in ["large.bin", "notes/b.txt", ".snapshot_manifest.gz"] {
        assert_ne!(inode(&month.join(path)), inode(&rig.snapshot(8).join(path)), "{path}");
        assert_eq!(fs::metadata(month.join(path)).unwrap().nlink(), 1, "{path}");
    }
    assert_eq!(fs::metadata(month.join("a.txt")).unwrap().nlink(), 2, "two names within the host are two names here");
    let verified = ask(&rig, "verify pi 2026-03", 9);
    assert_eq!((&verified["ok"], &verified["files"]), (&json!(true), &json!(6)), "{verified}");
    assert!(ask(&rig, "golden pi", 9)["skipped"].is_string(), "one a month");
    assert_eq!(rig.listed(), [name(8)], "it is no snapshot of an hour");

    fs::write(rig.snapshot(8).join("notes/b.txt"), "notes/b.tx!").unwrap();
    assert_eq!(ask(&rig, "verify pi 2026-03", 9)["ok"], true, "what damages a snapshot leaves the month alone");
    fs::write(month.join("notes/b.txt"), "notes/b.tx?").unwrap();
    let said = rig.terminal.run(["snapshots", "verify", "pi", "2026-03", "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.json()["findings"][0].as_str().unwrap().starts_with("notes/b.txt"), "{said:?}");
    assert_eq!(item(&rig, 9)["golden"][0]["scrub"]["wrong"], 1);
    rig.terminal.refuse("snapshots verify pi 2026-04", 4);
}

#[test]
fn a_golden_month_is_made_on_its_day_read_again_in_time_and_goes_after_its_months() {
    let rig = taken("golden = { day = 5, months = 1, scrub_days = 20 }\nretention = { hourly = 100000 }\n");
    let days = |day: u32| (day - 1) * 24 + 8;
    let step = |day: u32| {
        rig.take(days(day));
        let made = ask(&rig, "golden pi --if-due", days(day));
        (made["month"].as_str().map(str::to_owned), made["scrubbed"]["month"].as_str().map(str::to_owned))
    };
    assert_eq!(step(2), (Some("2026-03".into()), None), "at once where there is none");
    assert_eq!(step(8), (None, None));
    assert_eq!(step(15), (None, None));
    assert_eq!(step(21), (None, None));
    assert_eq!(step(27), (None, Some("2026-03".into())), "read again after twenty days");
    assert_eq!(step(28), (None, None));
}

#[test]
fn nothing_is_made_of_a_host_whose_newest_snapshot_is_not_trusted_or_has_rotted() {
    let rig = HostRig::new();
    (0..120).for_each(|n| rig.write(&format!("{n}.jpg"), "picture"));
    rig.take(1);
    fs::write(rig.snapshot(1).join("7.jpg"), "pictur!").unwrap();
    let rotten = rig.terminal.refuse(&format!("snapshots golden pi --now {}", hour(1)), 1);
    assert!(rotten["message"].as_str().unwrap().contains("7.jpg"), "{rotten}");
    assert!(!rig.store().join("golden").exists() && rig.litter().is_empty());
    (0..70).for_each(|n| rig.remove(&format!("{n}.jpg")));
    rig.take(2);
    for verb in ["archive", "golden"] {
        let skipped = ask(&rig, &format!("{verb} pi"), 2);
        assert!(skipped["skipped"].as_str().unwrap().contains("not trusted"), "{skipped}");
    }
    rig.terminal.ask(&format!("snapshots trust pi {}", name(2)));
    assert!(ask(&rig, "golden pi", 2)["skipped"].is_null());
}

#[test]
fn what_is_killed_leaves_nothing_that_looks_whole_and_the_next_run_cleans_up() {
    let rig = taken("");
    for verb in ["golden", "archive"] {
        for (call, nth) in [("mkdirat", 2), ("fsync", 2), ("syncfs", 1), ("renameat2", 1), ("openat2", 40)] {
            let line = format!("snapshots {verb} pi --json --now {}", hour(9));
            let died = traced(&rig.terminal.command(line.split(' ')), &Fault::Kill.at(call, nth)).output();
            let Ok(died) = died else { return eprintln!("skipped: needs strace") };
            let listed = item(&rig, 9);
            let made = listed[if verb == "golden" { "golden" } else { "archives" }].as_array().unwrap().len();
            assert!(made == usize::from(died.status.success()) || made == 1, "{verb} {call} {nth}: {listed}");
            if made == 1 {
                break;
            }
        }
        ask(&rig, &format!("{verb} pi"), 9);
    }
    assert_eq!(ask(&rig, "verify pi 2026-03", 9)["ok"], true);
    assert_eq!(ask(&rig, &format!("verify pi {}", archive_of(8)), 9)["ok"], true);
    assert!(rig.litter().is_empty(), "{:?}", rig.litter());
    let kept: Vec<_> =
        fs::read_dir(rig.store().join("archives")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept.len(), 3, "archive, description and index: {kept:?}");
}

#[test]
fn a_plan_makes_archives_and_golden_months_in_its_turn() {
    let rig = HostRig::with(
        "golden = { day = 1 }\n[[plan]]\nname = \"heavy\"\nsources = [\"host:pi\", \"host-archive:pi\", \"host-golden:pi\"]\n\
         schedule = { every = \"4h\" }\n",
    );
    rig.write("a.txt", "a");
    let run = rig.terminal.ask(&format!("plans run heavy --now {}", hour(8)));
    let text = run.to_string();
    assert!(text.contains(&archive_of(8)) && text.contains("\"month\":\"2026-03\""), "{run}");
    let listed = item(&rig, 9);
    assert_eq!((listed["archives"].as_array().unwrap().len(), listed["golden"].as_array().unwrap().len()), (1, 1));
    let sentence = rig.terminal.ask("plans list").to_string();
    assert!(sentence.contains("an archive of pi when one is owed"), "{sentence}");
}
