//! One judgement for all that comes in: through a form, in pieces or in the terminal. And what a backup does
//! not hold whole is shown by the pages that an owner looks at before a restore.
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::support::http::{self, Heard};
use super::support::panel_site;
use super::support::tarball::gzip;
use super::upload_in_pieces::{Sender, sender};

const PANEL: &[u8] = include_bytes!("../fixtures/panel/panel-config-core.tar.gz");

/// `POST api/upload` as a browser sends its form.
fn form(sender: &Sender, name: &str, bytes: &[u8]) -> Heard {
    let head = format!("--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--limit--\r\n"].concat();
    let mut text = "POST /backups/api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n".to_owned();
    let length = body.len().to_string();
    let more = [("Content-Type", "multipart/form-data; boundary=limit"), ("Content-Length", length.as_str())];
    sender.headers(&more).iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    let mut line = http::line(&sender.site.web());
    line.write_all(&[text.as_bytes(), b"\r\n", &body].concat()).unwrap();
    let mut all = Vec::new();
    let _ = line.read_to_end(&mut all);
    http::parse(&all)
}

/// The job of an upload in two pieces, when it is over.
fn in_pieces(sender: &Sender, bytes: &[u8]) -> Value {
    let at = sender.begun(bytes.len());
    assert_eq!(sender.patch(&at, 0, &bytes[..300]).status, 204);
    let last = sender.patch(&at, 300, &bytes[300..]);
    sender.job(last.header("upload-job").unwrap_or_else(|| panic!("{last:?}")))
}

fn tar(at: &Path, args: &[&str]) {
    let done = Command::new("tar").args(args).current_dir(at).output().unwrap();
    assert!(done.status.success(), "{args:?}: {done:?}");
}

#[test]
fn every_way_in_takes_the_same_archives_and_refuses_the_same_ones() {
    let Some(site) = panel_site::site() else { return };
    fs::write(site.terminal.path("allsky/config/myFiles/back\\slash.txt"), "odd").unwrap();
    let sender = sender(&site);
    let made = site.terminal.ask("create config");
    let stored = site.terminal.path("allskybackups").join(made["name"].as_str().unwrap());
    let ours = fs::read(&stored).unwrap();
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&ours[..]).read_to_end(&mut plain).unwrap();
    let apart = site.terminal.path("apart");
    fs::create_dir(&apart).unwrap();
    tar(&apart, &["-xzf", stored.to_str().unwrap()]);
    let names = fs::read_dir(&apart).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_by_key(|name| (name != "metadata.json", name.clone()));
    let mut first: Vec<&str> = names.iter().map(String::as_str).collect();
    let pack = |names: &[&str]| {
        tar(&apart, &[&["-czf", "again"], names].concat());
        fs::read(apart.join("again")).unwrap()
    };
    let repacked = pack(&first);
    first.retain(|name| *name != "SHA256SUMS");
    let without = pack(&first);
    let file = site.terminal.path("file");
    for (name, bytes) in [
        ("Kopie von backup (1).bin", &ours),
        ("backup.tar", &plain),
        ("backup.tar.gz", &gzip(&plain)),
        ("backup.tgz", &repacked),
    ] {
        let heard = form(&sender, name, bytes);
        assert_eq!(heard.status, 200, "{name}: {heard:?}");
        let told: Value = serde_json::from_str(&heard.body).unwrap();
        assert_eq!(told["files"], made["files"], "{name}: {told}");
        let job = in_pieces(&sender, bytes);
        assert_eq!(job["result"]["files"], made["files"], "{name}: {job}");
        fs::write(&file, bytes).unwrap();
        assert_eq!(site.terminal.ask(&format!("import {}", file.display()))["files"], made["files"], "{name}");
    }
    let before = site.terminal.kept();
    fs::write(&file, &without).unwrap();
    for said in [
        form(&sender, "backup.tar.gz", &without).body,
        in_pieces(&sender, &without)["failure"].to_string(),
        site.terminal.refuse(&format!("import {}", file.display()), 1).to_string(),
    ] {
        assert!(said.contains("packed it again") && !said.contains("interrupted"), "{said}");
    }
    assert_eq!(site.terminal.kept(), before);
}

#[test]
fn an_archive_of_the_panel_comes_in_without_what_it_cannot_bring_and_every_page_names_it() {
    let Some(site) = panel_site::site() else { return };
    let sender = sender(&site);
    let at = site.terminal.path("of-the-panel");
    fs::create_dir(&at).unwrap();
    fs::write(at.join("whole"), PANEL).unwrap();
    tar(&at, &["-xzf", "whole"]);
    fs::hard_link(at.join("config/settings_RPi_HQ.json"), at.join("config/z_link.json")).unwrap();
    symlink("/etc/passwd", at.join("config/overlay/moon.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at.join("config/overlay/pipe")).status().unwrap().success());
    let mode = fs::Permissions::from_mode(0o2664);
    fs::set_permissions(at.join("config/cc_RPi_HQ.json"), mode).unwrap();
    tar(&at, &["-czf", "odd.tar.gz", "--sort=name", "config", "metadata.json"]);
    let left = ["config/z_link.json", "config/overlay/moon.json", "config/overlay/pipe", "env.json"];

    let heard = form(&sender, "allsky-config-backup-20261120-213000.tar.gz", &fs::read(at.join("odd.tar.gz")).unwrap());
    assert_eq!(heard.status, 200, "{heard:?}");
    let told: Value = serde_json::from_str(&heard.body).unwrap();
    let name = told["name"].as_str().unwrap();
    let page = sender.ask("GET", &format!("archive/{name}"), &[]).body;
    let body = json!({ "name": name, "sections": ["core"] }).to_string();
    let json = [("Content-Type", "application/json")];
    let preview = http::ask(&site.web(), "POST", "/backups/api/restore/preview", &sender.headers(&json), &body);
    let terminal = site.terminal.run(["import", at.join("odd.tar.gz").to_str().unwrap(), "--json"]);
    assert_eq!((preview.status, terminal.code), (200, Some(0)), "{preview:?} {terminal:?}");
    for gone in left {
        assert!(told["warnings"].to_string().contains(gone), "{told}");
        assert!(page.contains("Not in this backup") && page.contains(gone), "{gone}: {page}");
        assert!(terminal.json()["warnings"].to_string().contains(gone), "{terminal:?}");
    }
    let cards: Value = serde_json::from_str(&preview.body).unwrap();
    assert!(cards["checks"].to_string().contains("config/overlay/moon.json"), "{}", cards["checks"]);
    let restored = site.terminal.run(["restore", name, "--yes"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    for gone in &left[..3] {
        assert!(fs::symlink_metadata(site.terminal.path("allsky").join(gone)).is_err(), "{gone}");
    }
}

#[test]
fn files_that_are_not_whole_are_shown_by_info_and_have_a_switch_of_their_own() {
    let Some(site) = panel_site::site() else { return };
    let sender = sender(&site);
    let whole = site.terminal.ask("create config");
    let place = site.terminal.path("allsky/config/overlay/myTemplates/half.json");
    fs::write(&place, "{ \"fields\": [").unwrap();
    let half = site.terminal.ask("create config");
    fs::write(&place, "{ \"fields\": [] }").unwrap();
    let ask = |what: &str, made: &Value| {
        let heard = sender.ask("GET", &format!("archive/{}{what}", made["name"].as_str().unwrap()), &[]);
        assert_eq!(heard.status, 200, "{heard:?}");
        heard.body
    };
    for (made, is_told) in [(&whole, false), (&half, true)] {
        assert_eq!(ask("", made).contains("half.json</strong>"), is_told);
        assert_eq!(ask("/restore", made).contains("id=\"ab-incomplete\""), is_told);
    }
    for (body, change) in [("leave", "not_whole"), ("take", "changed")] {
        let body = json!({ "name": half["name"], "not_whole": body }).to_string();
        let json = [("Content-Type", "application/json")];
        let heard = http::ask(&site.web(), "POST", "/backups/api/restore/preview", &sender.headers(&json), &body);
        let preview: Value = serde_json::from_str(&heard.body).unwrap();
        let files = preview["files"].as_array().unwrap_or_else(|| panic!("{preview}"));
        let file = files.iter().find(|file| file["path"].as_str().is_some_and(|path| path.ends_with("half.json")));
        assert_eq!(file.unwrap()["change"], change, "{body}");
    }
}
