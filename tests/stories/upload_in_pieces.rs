//! An upload that is cut, again and again, goes on where it was, through a real web server. What is no backup
//! leaves nothing, and what is unfinished is nobody's backup.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::support::http::{self, Heard};
use super::support::panel_site::{self, Browser, PanelSite};
use super::support::tarball;
use super::support::terminal::wait_until;

const NAME: &str = "allsky-images-backup-20261120-213000.tar.gz";
/// "allsky-images-backup-20261120-213000.tar.gz" as the protocol wants it.
const CODED: &str = "filename YWxsc2t5LWltYWdlcy1iYWNrdXAtMjAyNjExMjAtMjEzMDAwLnRhci5neg==";

pub struct Sender<'a> {
    pub site: &'a PanelSite,
    owner: Browser,
}

impl Sender<'_> {
    pub fn headers<'h>(&'h self, more: &[(&'h str, &'h str)]) -> Vec<(&'h str, &'h str)> {
        let own =
            [("Cookie", self.owner.cookie.as_str()), ("X-CSRF-Token", &self.owner.token), ("Tus-Resumable", "1.0.0")];
        [&own[..], more].concat()
    }

    pub fn ask(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Heard {
        http::ask(&self.site.web(), method, &format!("/backups/{path}"), &self.headers(more), "")
    }

    fn begin(&self, bytes: u64) -> Heard {
        self.ask("POST", "api/uploads", &[("Upload-Length", &bytes.to_string()), ("Upload-Metadata", CODED)])
    }

    /// Begins and gives back the address.
    pub fn begun(&self, bytes: usize) -> String {
        let heard = self.begin(bytes as u64);
        assert_eq!(heard.status, 201, "{heard:?}");
        heard.header("location").unwrap().strip_prefix("/backups/").unwrap().to_owned()
    }

    /// Announces `announced` bytes from `offset` on and sends `bytes` of them; the line is still open.
    fn send(&self, at: &str, offset: usize, announced: usize, bytes: &[u8]) -> Box<dyn http::Line> {
        let mut text = format!("PATCH /backups/{at} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
        let (offset, length) = (offset.to_string(), announced.to_string());
        let more = [
            ("Upload-Offset", offset.as_str()),
            ("Content-Type", "application/offset+octet-stream"),
            ("Content-Length", &length),
        ];
        self.headers(&more).iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        text.push_str("\r\n");
        let mut line = http::line(&self.site.web());
        line.write_all(text.as_bytes()).unwrap();
        // A refusal may close the line before all was sent.
        let _ = line.write_all(bytes);
        line
    }

    pub fn patch(&self, at: &str, offset: usize, bytes: &[u8]) -> Heard {
        let mut all = Vec::new();
        let _ = self.send(at, offset, bytes.len(), bytes).read_to_end(&mut all);
        http::parse(&all)
    }

    fn offset(&self, at: &str) -> usize {
        let heard = self.ask("HEAD", at, &[]);
        assert_eq!(heard.status, 200, "{heard:?}");
        heard.header("upload-offset").unwrap().parse().unwrap()
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask("GET", path, &[]).body).unwrap()
    }

    pub fn job(&self, id: &str) -> Value {
        let mut job = Value::Null;
        wait_until("the job is over", || {
            job = self.json(&format!("api/jobs/{id}"))["job"].take();
            !["queued", "running"].contains(&job["state"].as_str().unwrap())
        });
        job
    }
}

pub fn sender(site: &PanelSite) -> Sender<'_> {
    Sender { owner: site.login(), site }
}

/// A backup of one picture of `bytes` that do not compress.
fn backup(bytes: usize) -> Vec<u8> {
    let mut dice = 33u64;
    let noise = std::iter::repeat_with(|| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(bytes).collect();
    tarball::images_with(|tar| tar.file("images/20261120/image-20261120213000.jpg", noise))
}

#[test]
fn an_upload_goes_on_after_every_cut_and_is_stored_bit_for_bit() {
    let Some(site) = panel_site::site() else { return };
    let (sender, bytes) = (sender(&site), backup(6 << 20));
    let at = sender.begun(bytes.len());
    let mut cuts = 0;
    for cut in [1, 70_000, 500_000, 500_001, 2_000_000, 2_000_000, 5_500_000] {
        let from = sender.offset(&at);
        let until = cut.max(from);
        let line = sender.send(&at, from, bytes.len() - from, &bytes[from..until]);
        wait_until("what was sent is here", || sender.json(&at)["received"] == until);
        wait_until("the web server has passed it on", || site.spooled() == 0);
        drop(line);
        cuts += 1;
        assert!(!site.terminal.kept().contains(&NAME.to_owned()));
    }
    assert_eq!(cuts, 7);
    let from = sender.offset(&at);
    assert_eq!(from, 5_500_000);
    assert_eq!(sender.patch(&at, from - 1, &bytes[from - 1..from]).status, 409);
    let last = sender.patch(&at, from, &bytes[from..]);
    assert_eq!((last.status, last.header("upload-offset")), (204, Some(bytes.len().to_string().as_str())), "{last:?}");
    let job = sender.job(last.header("upload-job").unwrap());
    assert_eq!(job["result"]["name"], NAME, "{job}");
    let stored = site.terminal.path("allskybackups").join(NAME);
    assert!(fs::read(&stored).unwrap() == bytes);
    wait_until("the room of a deleted upload is free again", || !site.has_open(&stored));
    assert_eq!(sender.offset(&at), bytes.len());
    assert!(site.terminal.kept().iter().all(|name| !name.starts_with('.')), "{:?}", site.terminal.kept());
    wait_until("the web server has passed it on", || site.spooled() == 0);
    assert!(site.memory("VmHWM:") < 64 << 20, "{}", site.memory("VmHWM:"));
    assert_eq!(sender.json("api/jobs")["items"].as_array().unwrap().len(), 1, "one job saw it through");
}

#[test]
fn a_refusal_is_told_with_the_piece_that_breaks_the_rule_and_nothing_stays() {
    let Some(site) = panel_site::site() else { return };
    let sender = sender(&site);
    let before = site.terminal.kept();
    // Much would still have to come.
    let at = sender.begun(4 << 30);
    let mut refused = sender.patch(&at, 0, b"this is no archive at all");
    if refused.status == 204 {
        wait_until("it is refused", || sender.ask("GET", &at, &[]).status == 422);
        refused = sender.patch(&at, 25, b"more");
    }
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body.contains("\"kind\":\"refused\""), "{refused:?}");
    assert_eq!(sender.ask("HEAD", &at, &[]).status, 404);
    assert_eq!(site.terminal.kept(), before);
}

#[test]
fn only_the_login_that_began_it_finds_an_unfinished_upload() {
    let Some(site) = panel_site::site() else { return };
    let (sender, bytes) = (sender(&site), backup(1000));
    let at = sender.begun(bytes.len());
    assert_eq!(sender.patch(&at, 0, &bytes[..100]).status, 204);
    // This user comes back with a new session.
    site.logout(&sender.owner);
    let sender = Sender { owner: site.login(), site: &site };
    assert_eq!(sender.offset(&at), 100);
    // Another user of the panel.
    let session = site.terminal.path("sessions").join(sender.owner.cookie.replace("PHPSESSID=", "sess_"));
    let of_admin = fs::read_to_string(session).unwrap();
    let other = Sender { owner: site.login(), site: &site };
    let session = site.terminal.path("sessions").join(other.owner.cookie.replace("PHPSESSID=", "sess_"));
    let of_other = fs::read_to_string(&session).unwrap().replace("s:5:\"admin\"", "s:5:\"guest\"");
    assert_ne!(of_other, of_admin);
    fs::write(&session, of_other).unwrap();
    wait_until("the panel knows the other one", || {
        other.json("api/uploads")["items"].as_array().is_some_and(Vec::is_empty)
    });
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(other.ask(method, &at, &[]).status, 404, "{method}");
    }
    assert_eq!(other.patch(&at, 100, &bytes[100..]).status, 404);
    // A request without a token changes nothing.
    let cookie = [("Cookie", sender.owner.cookie.as_str()), ("Upload-Length", "5")];
    for (method, path) in [("POST", "api/uploads"), ("PATCH", at.as_str()), ("DELETE", &at)] {
        assert_eq!(http::ask(&site.web(), method, &format!("/backups/{path}"), &cookie, "").status, 403, "{method}");
    }
    assert_eq!(sender.json("api/uploads")["items"][0]["received"], 100);
    assert!(sender.ask("GET", "", &[]).body.contains("Unfinished uploads") || sender.json(&at)["received"] == 100);
    assert_eq!(sender.ask("DELETE", &at, &[]).status, 204);
    assert_eq!(sender.ask("HEAD", &at, &[]).status, 404);
    assert!(site.terminal.kept().iter().all(|name| !name.starts_with('.')), "{:?}", site.terminal.kept());
}

#[test]
fn a_new_request_goes_on_while_a_dead_line_still_hangs() {
    let Some(site) = panel_site::site() else { return };
    let (sender, bytes) = (sender(&site), backup(300_000));
    let at = sender.begun(bytes.len());
    let mut dead = sender.send(&at, 0, bytes.len(), &bytes[..200_000]);
    wait_until("half of it is here", || sender.json(&at)["received"] == 200_000);
    assert_eq!(sender.offset(&at), 200_000);
    assert_eq!(sender.patch(&at, 200_000, &bytes[200_000..]).status, 204);
    let mut said = Vec::new();
    let _ = dead.read_to_end(&mut said);
    assert_eq!(http::parse(&said).status, 409);
    wait_until("it is stored", || site.terminal.kept().contains(&NAME.to_owned()));
}

#[test]
fn an_upload_outlives_the_program_and_an_abandoned_one_goes_after_a_week() {
    let Some(mut site) = panel_site::site() else { return };
    let bytes = backup(300_000);
    let (at, old) = {
        let sender = sender(&site);
        let (at, old) = (sender.begun(bytes.len()), sender.begun(1000));
        assert_eq!(sender.patch(&at, 0, &bytes[..200_000]).status, 204);
        (at, old)
    };
    site.restart("KILL");
    // A program of another machine's terminal lists backups, not parts.
    assert_eq!(site.terminal.ask("list")["items"].as_array().map(Vec::len), Some(0));
    let sender = sender(&site);
    let listed = sender.json("api/uploads");
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed["items"][0]["received"], 200_000);
    assert_eq!(listed["items"][0]["head_crc32"], crc32(&bytes[..65536]));
    let page = sender.ask("GET", "", &[]).body;
    assert!(page.contains("Unfinished uploads") && page.contains("200.0 kB of "), "{page}");
    assert_eq!(sender.offset(&at), 200_000);
    assert_eq!(sender.patch(&at, 200_000, &bytes[200_000..]).status, 204);
    wait_until("it is stored", || site.terminal.kept().contains(&NAME.to_owned()));
    assert!(fs::read(site.terminal.path("allskybackups").join(NAME)).unwrap() == bytes);

    let mark = site.terminal.path("allskybackups").join(old.replace("api/uploads/", ".upload-")).join("mark");
    let long_ago = SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
    File::options().write(true).open(&mark).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(sender.ask("HEAD", &old, &[]).status, 404);
    drop(sender);
    site.restart("TERM");
    assert!(!mark.exists(), "swept at the start");
}

#[test]
fn what_does_not_fit_is_refused_before_a_byte_of_it_came() {
    let Some(site) = panel_site::site() else { return };
    let sender = sender(&site);
    let heard = sender.begin(1 << 60);
    assert_eq!(heard.status, 503, "{heard:?}");
    assert!(heard.body.contains("not enough room"), "{heard:?}");
    for (length, status) in [("-1", 400), ("x", 400), ("", 400), ("5", 201)] {
        assert_eq!(sender.ask("POST", "api/uploads", &[("Upload-Length", length)]).status, status, "{length}");
    }
    assert_eq!(sender.ask("POST", "api/uploads", &[("Upload-Length", "5"), ("Tus-Resumable", "0.2.2")]).status, 412);
    for _ in 1..8 {
        sender.begun(10);
    }
    assert_eq!(sender.begin(10).status, 409, "somebody who begins without end is stopped");
    let able = sender.ask("OPTIONS", "api/uploads", &[]);
    assert_eq!((able.status, able.header("tus-version")), (204, Some("1.0.0")), "{able:?}");
}

#[test]
fn an_upload_that_is_cancelled_as_a_job_leaves_nothing() {
    let Some(site) = panel_site::site() else { return };
    let (sender, bytes) = (sender(&site), backup(300_000));
    let at = sender.begun(bytes.len());
    let heard = sender.patch(&at, 0, &bytes[..200_000]);
    let job = heard.header("upload-job").unwrap();
    assert_eq!(sender.ask("POST", &format!("api/jobs/{job}/cancel"), &[]).status, 202);
    assert_eq!(sender.job(job)["state"], "cancelled");
    assert!(site.terminal.kept().iter().all(|name| !name.starts_with('.')), "{:?}", site.terminal.kept());
    assert_eq!(sender.patch(&at, 200_000, &bytes[200_000..200_001]).status, 409);
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
