//! What goes from a full drive is decided a second time by another program, over hundreds of drives.
use std::process::Command;

use allsky_backups::domain::night::Night;
use allsky_backups::domain::nights::decision::Class;
use allsky_backups::domain::retention::decision::RetentionGate;
use allsky_backups::domain::retention::nights::{Disk, Moment, Pinned, Policy, Saved, Verified, plan};
use serde_json::Value;

fn saved(night: &Value) -> Saved {
    Saved {
        night: Night::parse(night["night"].as_str().unwrap()).unwrap(),
        class: Class::parse(night["class"].as_str().unwrap()).unwrap(),
        verified: if night["verified"] == true { Verified::Yes } else { Verified::No },
        pinned: if night["pinned"] == true { Pinned::Yes } else { Pinned::No },
        bytes: night["bytes"].as_u64().unwrap(),
    }
}

#[test]
fn the_nights_that_go_and_how_it_ends_are_those_of_the_reference() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nights/retention.py");
    let said = Command::new("python3").args([script, "--cases", "3000"]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let cases: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
    let mut endings = std::collections::BTreeSet::new();
    for case in &cases {
        let number = |key: &str| case["disk"][key].as_u64().unwrap();
        let disk = Disk { total: number("total"), used: number("used"), avail: number("avail") };
        let retention_gate = match case["retention_gate"].as_str().unwrap() {
            "sound" => RetentionGate::Sound,
            "frozen" => RetentionGate::Frozen,
            _ => RetentionGate::ClockDoubtful,
        };
        let policy: Policy = serde_json::from_value(case["policy"].clone()).unwrap();
        let nights: Vec<Saved> = case["nights"].as_array().unwrap().iter().map(saved).collect();
        let running = case["running"].as_str().map(|night| Night::parse(night).unwrap());
        // The other program knows no nights of the future.
        let today = nights.iter().map(|saved| saved.night.date()).max().unwrap_or_default();
        let plan = plan(disk, nights, Moment { today, running }, &policy, retention_gate);
        let gone: Vec<String> = plan.decisions.iter().filter(|d| d.drops()).map(|d| d.item.night.to_string()).collect();
        assert_eq!(serde_json::json!(gone), case["gone"], "{case}");
        assert_eq!(serde_json::to_value(plan.outcome).unwrap(), case["outcome"], "{case}");
        endings.insert(case["outcome"].as_str().unwrap());
    }
    assert_eq!(endings.len(), 5, "every ending comes: {endings:?}");
}
