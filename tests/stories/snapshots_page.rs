//! The page of snapshots: hosts, their snapshots, a folder through time, marks and orders.
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use super::downloads_resumed::served;
use super::support::host_rig::{HostRig, name};
use super::support::http;
use super::support::terminal::wait_until;

#[test]
fn a_folder_is_seen_through_time_with_what_is_new_changed_and_gone() {
    let rig = HostRig::new();
    rig.write("notes/stays.txt", "as it was");
    rig.write("notes/changes.txt", "before");
    rig.write("notes/goes.txt", "for a while");
    rig.take(8);
    rig.write("notes/changes.txt", "after, and longer");
    rig.write("notes/new.txt", "new");
    rig.remove("notes/goes.txt");
    let odd = OsStr::from_bytes(b"notes/b\xe4r\n<b>.txt");
    fs::write(rig.home.join(odd), "odd").unwrap();
    rig.take(9);
    let (_service, to) = served(&rig.terminal);
    let get = |path: &str| http::ask(&to, "GET", path, &[], "");
    let page = get("/snapshots").body;
    assert!(page.contains("id=\"ab-host-pi\"") && page.contains(&format!("snapshots/pi/{}", name(9))), "{page}");
    let top = get(&format!("/snapshots/pi/{}", name(9))).body;
    assert!(top.contains("?path=notes"), "{top}");
    let folder = get(&format!("/snapshots/pi/{}?path=notes", name(9))).body;
    let change = |page: &str, file: &str| {
        let row = page
            .split("<li")
            .find(|row| row.contains(&format!(" {file} <")))
            .unwrap_or_else(|| panic!("{file}: {page}"));
        row.split("data-change=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    let told = ["stays.txt", "changes.txt", "new.txt", "goes.txt"].map(|file| change(&folder, file));
    assert_eq!(told, [None, Some("changed".into()), Some("new".into()), Some("gone".into())]);
    assert!(!folder.contains("<b>") && folder.contains("&lt;b&gt;"), "a name is text: {folder}");
    assert!(folder.contains(&format!("snapshots/pi/{}?path=notes", name(8))), "the way to the earlier one");
    let earlier = get(&format!("/snapshots/pi/{}?path=notes", name(8))).body;
    assert!(earlier.contains("goes.txt") && !earlier.contains("new.txt"), "{earlier}");
    for (path, status) in [
        (format!("/snapshots/pi/{}?path=nowhere", name(9)), 404),
        (format!("/snapshots/pi/{}?path=..%2F..%2Fetc", name(9)), 400),
        (format!("/snapshots/pi/{}?path=notes%2F%2Fnew.txt", name(9)), 400),
        ("/snapshots/pi/2031-01-01_0000".to_owned(), 404),
        ("/snapshots/pi/latest".to_owned(), 404),
        (format!("/snapshots/other/{}", name(9)), 404),
        ("/snapshots/..%2Fpi/preview".to_owned(), 404),
    ] {
        assert_eq!(get(&path).status, status, "{path}");
    }
}

#[test]
fn snapshots_are_taken_marked_and_verified_from_the_page_and_listed_as_in_the_terminal() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    rig.take(8);
    let (_service, to) = served(&rig.terminal);
    let page = http::ask(&to, "GET", "/snapshots", &[], "").body;
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    let send = |path: &str, fields: &str| http::ask(&to, "POST", path, &form, fields).status;
    let csrf = format!("csrf={token}");
    let one = format!("/snapshots/pi/{}", name(8));
    assert_eq!(send(&format!("{one}/pin"), ""), 403, "without a token");
    assert_eq!(send(&format!("{one}/pin"), &csrf), 200);
    let list = || -> Value { serde_json::from_str(&http::ask(&to, "GET", "/api/snapshots", &[], "").body).unwrap() };
    wait_until("the pin is listed", || list()["items"][0]["snapshots"][0]["pinned"] == true);
    assert_eq!(send("/snapshots/pi/take", &csrf), 202);
    wait_until("there are two", || list()["items"][0]["snapshots"].as_array().unwrap().len() == 2);
    assert_eq!(list()["items"], rig.terminal.ask("snapshots list")["items"]);
    assert_eq!(send(&format!("{one}/verify"), &csrf), 202);
    assert_eq!((send("/snapshots/other/take", &csrf), send("/snapshots/pi/latest/pin", &csrf)), (404, 404));
    let preview = http::ask(&to, "GET", "/snapshots/pi/preview", &[], "").body;
    assert!(preview.contains("Everything stays") && preview.contains("Stays (2)"), "{preview}");
}

#[test]
fn a_host_without_a_drive_is_told_and_the_page_without_hosts_says_how_to_name_one() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    rig.take(8);
    let away = rig.drive.with_extension("away");
    fs::rename(&rig.drive, &away).unwrap();
    let (_service, to) = served(&rig.terminal);
    let page = || http::ask(&to, "GET", "/snapshots", &[], "").body;
    wait_until("it is told", || page().contains("Cannot be listed now"));
    assert_eq!(http::ask(&to, "GET", &format!("/snapshots/pi/{}", name(8)), &[], "").status, 503);
    drop(_service);
    let bare = super::support::terminal::Terminal::new();
    let (_service, to) = served(&bare);
    assert!(http::ask(&to, "GET", "/snapshots", &[], "").body.contains("[[host]]"));
}

#[test]
fn a_plan_on_the_page_takes_snapshots_of_the_hosts_that_are_ticked() {
    let rig = HostRig::new();
    rig.write("a.txt", "a");
    let (_service, to) = served(&rig.terminal);
    let form = http::ask(&to, "GET", "/plans/new", &[], "").body;
    assert!(form.contains("value=\"host:pi\"") && form.contains("a snapshot of pi"), "{form}");
    let token = form.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let save = |path: &str, sources: &str| {
        let fields = format!("csrf={token}&name=hourly&when=every&period=1h&enabled=on{sources}");
        http::ask(&to, "POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], &fields).status
    };
    assert_eq!((save("/plans/new", "&source=host:nas"), save("/plans/new", "&source=host:..")), (400, 400));
    assert_eq!(save("/plans/new", "&source=host:pi"), 303);
    let plan = || {
        let items = rig.terminal.ask("plans list")["items"].clone();
        items.as_array().unwrap().iter().find(|plan| plan["plan"] == "hourly").unwrap()["sentence"].to_string()
    };
    assert!(plan().contains("Every 1h: a snapshot of pi."), "{}", plan());
    assert_eq!(save("/plans/hourly/edit", "&source=config&source=host:pi"), 303);
    assert!(plan().contains("a backup of the settings and a snapshot of pi"), "{}", plan());
    assert_eq!(save("/plans/hourly/edit", "&source=config"), 303);
    assert!(!plan().contains("snapshot"), "{}", plan());
}

#[test]
fn a_file_and_a_folder_are_found_downloaded_and_given_back_from_the_page() {
    let rig = HostRig::new();
    rig.write("notes/todo.txt", "what was to be done");
    rig.write("notes/deep/plan.txt", "plan");
    std::os::unix::fs::symlink("todo.txt", rig.home.join("notes/link")).unwrap();
    rig.take(8);
    rig.write("notes/todo.txt", "lost");
    rig.write("notes/later.txt", "later");
    let (_service, to) = served(&rig.terminal);
    let one = format!("/snapshots/pi/{}", name(8));
    let get = |path: &str, headers: &[(&str, &str)]| http::ask(&to, "GET", &format!("{one}{path}"), headers, "");
    let found = get("/search?q=TODO", &[]).body;
    assert!(found.contains("restore?path=notes/todo.txt") && !found.contains("plan.txt"), "{found}");

    let file = get("/file?path=notes/todo.txt", &[]);
    assert_eq!((file.status, file.body.as_str()), (200, "what was to be done"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"), "{file:?}");
    let part = get("/file?path=notes/todo.txt", &[("Range", "bytes=5-7")]);
    assert_eq!((part.status, part.body.as_str()), (206, "was"));
    for (path, status) in [
        ("/file?path=notes", 404),
        ("/file?path=notes/link", 404),
        ("/file?path=../secret", 400),
        ("/folder?path=notes/todo.txt", 404),
        ("/folder?path=nowhere", 404),
    ] {
        assert_eq!(get(path, &[]).status, status, "{path}");
    }
    let saved = rig.terminal.path("notes.tar.gz");
    let mut line = http::open(&to, "GET", &format!("{one}/folder?path=notes"), &[], "");
    let mut heard = Vec::new();
    std::io::Read::read_to_end(&mut line, &mut heard).unwrap();
    let body = heard.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    fs::write(&saved, unchunked(&heard[body..])).unwrap();
    let listed = std::process::Command::new("tar").arg("-tzf").arg(&saved).output().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    assert_eq!(
        String::from_utf8_lossy(&listed.stdout),
        "notes/link\nnotes/todo.txt\nnotes/deep/\nnotes/deep/plan.txt\n"
    );

    let page = get("/restore?path=notes", &[]).body;
    for told in ["Replaced", "Came since", "id=\"ab-replace\"", &rig.home.display().to_string()] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")];
    let send =
        |fields: &str| http::ask(&to, "POST", &format!("{one}/restore"), &form, &format!("csrf={token}&{fields}"));
    let plain = http::ask(&to, "POST", &format!("{one}/restore"), &form, "path=notes&replace=1");
    assert_eq!(plain.status, 403, "without a token");
    assert_eq!(send("path=notes&replace=1&to=/etc").status, 400);
    let ended = |answer: http::Heard| -> Value {
        let id = serde_json::from_str::<Value>(&answer.body).unwrap()["job"].clone();
        let id = id.as_str().unwrap_or_else(|| panic!("{answer:?}"));
        let job = || -> Value {
            let told = http::ask(&to, "GET", &format!("/api/jobs/{id}"), &[], "").body;
            serde_json::from_str::<Value>(&told).unwrap()["job"].take()
        };
        wait_until("the job is over", || !["queued", "running"].contains(&job()["state"].as_str().unwrap()));
        job()
    };
    let refused = ended(send("path=notes"));
    assert_eq!(refused["state"], "failed", "nothing is replaced without the tick: {refused}");
    assert_eq!(fs::read_to_string(rig.home.join("notes/todo.txt")).unwrap(), "lost");
    let done = ended(send("path=notes&replace=1"));
    assert!(done["state"] == "success", "{done}");
    assert_eq!(fs::read_to_string(rig.home.join("notes/todo.txt")).unwrap(), "what was to be done");
    assert_eq!(fs::read_to_string(rig.home.join("notes/later.txt")).unwrap(), "later");
    let id = done["result"]["restore_id"].as_str().unwrap().to_owned();
    let ask = http::ask(&to, "GET", &format!("/restores/{id}/undo"), &[], "").body;
    assert!(ask.contains("Restore of notes as of"), "{ask}");
    let undo = http::ask(&to, "POST", &format!("/restores/{id}/undo"), &form, &format!("csrf={token}"));
    ended(undo);
    assert_eq!(fs::read_to_string(rig.home.join("notes/todo.txt")).unwrap(), "lost");
}

/// The bytes of a body that came in chunks.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 4 + length..];
    }
}
