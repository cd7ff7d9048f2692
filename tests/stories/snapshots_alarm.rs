//! Files of a host that turn into noise or go in masses: the first snapshot of it is told, not trusted, and lets nothing go.
use std::fs;
use std::io::{Read, Write};

use serde_json::{Value, json};

use super::support::host_rig::{HostRig, hour, name};

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

/// A host with a hundred texts and pictures, and snapshots of so many hours.
fn host(hours: u32) -> HostRig {
    let rig = HostRig::with("retention = { hourly = 1 }\n");
    for n in 0..60 {
        rig.write(&format!("pictures/{n}.jpg"), &format!("\u{0}picture {n} ").repeat(800));
        let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
        bytes.extend(fs::read(rig.home.join(format!("pictures/{n}.jpg"))).unwrap());
        fs::write(rig.home.join(format!("pictures/{n}.jpg")), bytes).unwrap();
    }
    (0..40).for_each(|n| rig.write(&format!("notes/{n}.txt"), &format!("line {n} of a text\n").repeat(500)));
    for n in 0..hours {
        rig.write(&format!("notes/today-{n}.txt"), "today");
        rig.take(n);
    }
    rig
}

fn alerts(rig: &HostRig) -> Value {
    rig.terminal.ask("snapshots alerts pi")["items"][0]["snapshots"].clone()
}

#[test]
fn the_first_snapshot_of_encrypted_files_is_not_trusted_names_files_and_freezes_the_host() {
    for (further_ending, hours) in [("", 1), (".locked", 12)] {
        let rig = host(hours);
        for n in 0..60 {
            let path = rig.home.join(format!("pictures/{n}.jpg"));
            let length = fs::metadata(&path).unwrap().len() as usize;
            fs::remove_file(&path).unwrap();
            fs::write(format!("{}{further_ending}", path.display()), noise(length)).unwrap();
        }
        let taken = rig.take(hours);
        let why = taken["suspect"].as_str().unwrap();
        assert!(why.contains("nothing but noise") && why.contains("pictures/"), "{taken}");
        assert_eq!(rig.pointed("current"), format!("hourly/{}", name(hours - 1)));
        let told = alerts(&rig);
        assert_eq!(told[0]["findings"][0]["rule"], "encryption", "{told}");
        let preview = rig.terminal.ask(&format!("snapshots prune pi --dry-run --now {}", hour(hours)));
        assert!(
            preview["items"][0]["lines"].as_array().unwrap().iter().all(|line| line["reason"] == "frozen"),
            "{preview}"
        );
        // The next one is compared with the last good one, and is not trusted either.
        assert!(rig.take(hours + 1)["suspect"].is_string());

        let answer = |n: u32, what: &str| rig.terminal.ask(&format!("snapshots alert pi {} --{what}", name(n)));
        assert_eq!(answer(hours + 1, "acknowledge")["alarm"], "acknowledged");
        let frozen = || {
            let said = rig.terminal.ask(&format!("snapshots prune pi --dry-run --now {}", hour(hours + 1)));
            said["items"][0]["lines"][0]["reason"] == "frozen"
        };
        assert!(frozen(), "what was only seen freezes as before");
        assert_eq!(answer(hours + 1, "resolve")["alarm"], "resolved");
        assert!(!frozen());
        assert_eq!(rig.pointed("current"), format!("hourly/{}", name(hours - 1)), "it is not trusted all the same");
    }
}

#[test]
fn new_pictures_packed_files_and_moved_folders_are_no_alarm() {
    let rig = host(2);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&noise(300_000)).unwrap();
    let packed = packer.finish().unwrap();
    (0..40).for_each(|n| fs::write(rig.home.join(format!("backup-{n}.gz")), &packed).unwrap());
    (0..40).for_each(|n| fs::write(rig.home.join(format!("secret-{n}.gpg")), noise(20_000)).unwrap());
    fs::rename(rig.home.join("pictures"), rig.home.join("photos")).unwrap();
    let taken = rig.take(3);
    assert_eq!((&taken["suspect"], alerts(&rig)), (&Value::Null, json!([])), "{taken}");
}

#[test]
fn a_false_alarm_makes_the_snapshot_good_and_its_rule_speak_later() {
    let rig = HostRig::new();
    let all = |from: u32, to: u32| (from..to).for_each(|n| rig.write(&format!("{n}.dat"), &format!("file {n}")));
    all(0, 200);
    rig.take(0);
    (0..104).for_each(|n| rig.remove(&format!("{n}.dat")));
    all(200, 330);
    let taken = rig.take(1);
    assert!(taken["suspect"].as_str().unwrap().contains("104 of 200 files are gone"), "{taken}");
    let said = rig.terminal.ask(&format!("snapshots alert pi {} --false-alarm", name(1)));
    assert_eq!(said["suspect"], Value::Null, "{said}");
    assert_eq!(rig.pointed("current"), format!("hourly/{}", name(1)));
    (104..222).for_each(|n| rig.remove(&format!("{n}.dat")));
    all(330, 450);
    assert_eq!(rig.take(2)["suspect"], Value::Null, "118 of 226 are less than the raised limit");
    rig.terminal.refuse(&format!("snapshots alert pi {}", name(2)), 2);
}
