//! One snapshot that its owner wants no more: in the terminal and over the interface for programs, and never one that
//! retention would never delete.
use std::fs;

use serde_json::{Value, json};

use super::support::host_rig::{HostRig, hour, name};
use super::support::http;
use super::support::service::Service;
use super::support::terminal::wait_until;

fn rig() -> HostRig {
    let rig = HostRig::with("retention = { hourly = 100 }\n");
    (0..120).for_each(|n| rig.write(&format!("{n}.jpg"), "picture"));
    rig.write("b/c.txt", "c");
    (0..4).for_each(|n| {
        rig.write(&format!("n{n}.txt"), "new");
        rig.take(n);
    });
    rig
}

/// The error of a deletion that must not happen.
fn refused(rig: &HostRig, n: u32) -> Value {
    rig.terminal.refuse(&format!("snapshots delete pi {} --yes --now {}", name(n), hour(5)), 4)
}

#[test]
fn a_snapshot_goes_when_its_owner_says_yes_and_what_others_share_stays() {
    let rig = rig();
    let said = rig.terminal.refuse(&format!("snapshots delete pi {} --now {}", name(1), hour(5)), 2);
    assert!(said["message"].as_str().unwrap().starts_with("nothing was deleted"), "{said}");
    assert_eq!(rig.listed(), [0, 1, 2, 3].map(name));
    let gone = rig.terminal.ask(&format!("snapshots delete pi {} --yes --now {}", name(1), hour(5)));
    assert_eq!((gone["snapshot"].as_str(), gone["deleted"].as_bool()), (Some(name(1).as_str()), Some(true)), "{gone}");
    assert_eq!((rig.listed(), rig.litter()), ([0, 2, 3].map(name).to_vec(), vec![]));
    for n in [0, 2, 3] {
        assert_eq!(rig.terminal.ask(&format!("snapshots verify pi {}", name(n)))["ok"], true, "{n}");
    }
    rig.terminal.refuse(&format!("snapshots delete pi {} --yes --now {}", name(1), hour(5)), 4);
    rig.terminal.refuse(&format!("snapshots delete moon {} --yes", name(1)), 4);
    assert_eq!(rig.terminal.run(["snapshots", "delete", "pi", "../../x", "--yes"]).code, Some(2));
}

#[test]
fn what_retention_never_deletes_is_not_deleted_by_name_either() {
    let rig = rig();
    let newest = refused(&rig, 3);
    assert!(newest["message"].as_str().unwrap().contains("the newest good one"), "{newest}");
    rig.terminal.ask(&format!("snapshots pin pi {}", name(0)));
    let pinned = refused(&rig, 0);
    assert!(pinned["message"].as_str().unwrap().contains("pinned"), "{pinned}");
    assert!(pinned["advice"].as_str().unwrap().contains("unpin"), "{pinned}");
    // A clock that jumps is no time to delete anything.
    let said = rig.terminal.refuse(&format!("snapshots delete pi {} --yes --now 2031-01-01T00:00:00Z", name(1)), 4);
    assert!(said["message"].as_str().unwrap().contains("clock"), "{said}");
    // Nor is an alarm: nearly everything is gone at the host.
    for entry in fs::read_dir(&rig.home).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::remove_file(entry.path()).unwrap();
    }
    rig.said(4);
    let alarm = refused(&rig, 1);
    assert!(alarm["message"].as_str().unwrap().contains("alarm"), "{alarm}");
    assert_eq!(rig.listed(), [0, 1, 2, 3, 4].map(name));
    rig.terminal.ask(&format!("snapshots trust pi {}", name(4)));
    rig.terminal.ask(&format!("snapshots unpin pi {}", name(0)));
    for n in [0, 1, 3] {
        rig.terminal.ask(&format!("snapshots delete pi {} --yes --now {}", name(n), hour(5)));
    }
    assert_eq!(rig.listed(), [2, 4].map(name));
}

#[test]
fn programs_look_into_a_snapshot_delete_it_and_hear_of_it() {
    let rig = HostRig::new();
    for n in 0..7 {
        rig.write(&format!("b/{n}.txt"), &"x".repeat(n));
    }
    rig.write("odd \u{fc} name", "odd");
    let written = fs::read_to_string(rig.terminal.path("nobody/.config/allsky-backups/config.toml")).unwrap();
    let service = Service::start(rig.terminal, &written);
    let (admin, run) = (service.token("all", "admin"), service.token("run", "run"));
    let bearer = format!("Bearer {admin}");
    let mut stream = http::open(&service.to, "GET", "/api/events", &[("Authorization", &bearer)], "");
    let take = || -> String {
        let taken = service.json("POST", "/api/snapshots/pi/take", &run, "", 202);
        let job = format!("/api/jobs/{}", taken["job_id"].as_str().unwrap());
        let mut told = Value::Null;
        wait_until("it is taken", || {
            told = service.json("GET", &job, &run, "", 200);
            told["job"]["ended_at"].is_string()
        });
        told["job"]["result"]["snapshot"].as_str().unwrap().to_owned()
    };
    let name = take();
    let at = format!("/api/snapshots/pi/{name}");
    // A folder in parts, each thing once.
    let (mut seen, mut path) = (Vec::new(), format!("{at}/browse?path=b&limit=3"));
    loop {
        let part = service.json("GET", &path, &run, "", 200);
        seen.extend(part["items"].as_array().unwrap().clone());
        let Some(next) = part["next"].as_str() else { break };
        path = format!("{at}/browse?path=b&limit=3&cursor={next}");
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
    assert_eq!((&seen[3]["name"], &seen[3]["type"], &seen[3]["size"]), (&json!("3.txt"), &json!("file"), &json!(3)));
    assert!(seen[3]["mtime"].as_str().unwrap().starts_with("2020-09-13T"), "{}", seen[3]);
    let top = service.json("GET", &format!("{at}/browse"), &run, "", 200);
    assert_eq!(top["items"].as_array().unwrap().len(), 2, "{top}");
    service.json("GET", &format!("{at}/browse?path=nothing"), &run, "", 404);
    service.json("GET", &format!("{at}/browse?path=../../x"), &run, "", 400);
    service.json("GET", &format!("{at}/browse?cursor=hosts:a"), &run, "", 400);
    // A file of it, for those who may have it.
    assert_eq!(service.ask("GET", &format!("{at}/file?path=b/5.txt"), &run, "").status, 403);
    let headers = [("Authorization", bearer.as_str()), ("Range", "bytes=1-2")];
    let part = http::ask(&service.to, "GET", &format!("{at}/file?path=b/5.txt"), &headers, "");
    assert_eq!((part.status, part.body.as_str()), (206, "xx"));
    // The only one stays, and so does one that nobody may delete.
    assert_eq!(service.ask("DELETE", &at, &run, "").status, 403);
    let kept = service.json("DELETE", &at, &admin, "", 409);
    assert!(kept["error"]["message"].as_str().unwrap().contains("newest good one"), "{kept}");
    service.json("DELETE", "/api/snapshots/pi/2020-01-01_0000", &admin, "", 404);
    // A look at the drive tells its room.
    service.json("GET", "/api/destinations?limit=5", &run, "", 200);
    let (mut heard, mut piece) = (String::new(), [0; 4096]);
    // The stream is never silent for longer than its heartbeat.
    wait_until("both are told", || {
        let count = stream.read(&mut piece).unwrap();
        heard.push_str(&String::from_utf8_lossy(&piece[..count]));
        heard.contains("event: snapshot\n") && heard.contains("event: disk\n")
    });
    assert!(heard.contains(&format!("\"name\":\"{name}\",\"state\":\"taken\"")), "{heard}");
    let disk = heard.split("event: disk\ndata: ").nth(1).unwrap().lines().next().unwrap();
    let disk: Value = serde_json::from_str(disk).unwrap();
    let room = |key: &str| disk["what"][key].as_u64().unwrap();
    assert!(room("total") == room("used") + room("free") && room("pct") <= 100, "{disk}");
}
