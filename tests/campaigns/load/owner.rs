//! Somebody who is logged in to the panel, looks at pages and sends archives, through the web server.
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::large_archive::LargeArchive;
use crate::support::http::{self, Heard, Line};
use crate::support::panel_site::{Browser, PanelSite};

/// As the page cuts a file.
const PIECE: u64 = 16 << 20;

/// Somebody who is logged in.
pub struct Owner<'a> {
    site: &'a PanelSite,
    pub browser: Browser,
}

impl Owner<'_> {
    pub fn of(site: &PanelSite) -> Owner<'_> {
        Owner { site, browser: site.login() }
    }

    pub fn ask(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Heard {
        let own = [("Cookie", self.browser.cookie.as_str()), ("X-CSRF-Token", &self.browser.token)];
        http::ask(&self.site.web(), method, &format!("/backups/{path}"), &[&own[..], more].concat(), "")
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask("GET", path, &[]).body).unwrap()
    }

    /// Orders a backup.
    pub fn create(&self, wish: &str) {
        let own = [("Cookie", self.browser.cookie.as_str()), ("X-CSRF-Token", &self.browser.token)];
        let headers = [&own[..], &[("Content-Type", "application/json")]].concat();
        let heard = http::ask(&self.site.web(), "POST", "/backups/api/create", &headers, wish);
        assert_eq!(heard.status, 202, "{heard:?}");
    }

    /// The head of a piece of `bytes` from `offset` on.
    fn piece(&self, at: &str, offset: u64, bytes: u64) -> Box<dyn Line> {
        let (cookie, token) = (&self.browser.cookie, &self.browser.token);
        let head = format!(
            "PATCH /backups/{at} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: {cookie}\r\nX-CSRF-Token: {token}\r\n\
             Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\nContent-Length: {bytes}\r\n\r\n"
        );
        let mut line = http::line(&self.site.web());
        line.write_all(head.as_bytes()).unwrap();
        line
    }

    fn begin(&self, bytes: u64) -> String {
        let more = [("Upload-Length", &*bytes.to_string()), ("Upload-Metadata", "filename bGFyZ2UudGFyLmd6")];
        let heard = self.ask("POST", "api/uploads", &more);
        assert_eq!(heard.status, 201, "{heard:?}");
        heard.header("location").unwrap().strip_prefix("/backups/").unwrap().to_owned()
    }

    fn offset(&self, at: &str) -> u64 {
        let heard = self.ask("HEAD", at, &[]);
        assert_eq!(heard.status, 200, "{heard:?}");
        heard.header("upload-offset").unwrap().parse().unwrap()
    }

    /// Sends `archive` in pieces, cut at these bytes, not faster than `rate` a second; the job's result.
    pub fn upload(&self, archive: &LargeArchive, cuts: &[u64], rate: Option<u64>) -> Value {
        let at = self.begin(archive.bytes());
        let (mut offset, mut cuts) = (0, cuts.to_vec());
        let mut job = String::new();
        let begin = Instant::now();
        while offset < archive.bytes() {
            let end = (offset + PIECE).min(archive.bytes());
            let cut = cuts.iter().position(|cut| (offset..end).contains(cut)).map(|found| cuts.remove(found));
            let mut line = self.piece(&at, offset, end - offset);
            let mut sent = offset;
            while sent < cut.unwrap_or(end) {
                let most = (cut.unwrap_or(end) - sent).min(256 << 10);
                let bytes = archive.read(sent, most);
                // Somebody who is refused early hears why below.
                if line.write_all(&bytes).is_err() {
                    break;
                }
                sent += bytes.len() as u64;
                if let Some(rate) = rate {
                    let due = Duration::from_secs_f64(sent as f64 / rate as f64);
                    thread::sleep(due.saturating_sub(begin.elapsed()));
                }
            }
            if cut.is_some() {
                drop(line);
                offset = self.offset(&at);
                continue;
            }
            let mut all = Vec::new();
            let _ = line.read_to_end(&mut all);
            let heard = http::parse(&all);
            if [0, 409].contains(&heard.status) {
                assert!(begin.elapsed() < Duration::from_secs(3600), "{heard:?}");
                // What a dead line still had in the web server came after we had asked.
                offset = self.offset(&at);
                continue;
            }
            assert_eq!(heard.status, 204, "{heard:?}");
            offset = end;
            heard.header("upload-job").unwrap().clone_into(&mut job);
        }
        let mut told = Value::Null;
        let end = Instant::now() + Duration::from_secs(900);
        while told.is_null() || ["queued", "running"].contains(&told["state"].as_str().unwrap()) {
            assert!(Instant::now() < end, "{told}");
            thread::sleep(Duration::from_millis(100));
            told = self.json(&format!("api/jobs/{job}"))["job"].take();
        }
        assert!(told["result"]["sha256"].is_string(), "{told}");
        told["result"].take()
    }

    /// How long a page and a small answer take, `times` each, in milliseconds: median and the 99th of 100.
    pub fn answers(&self, times: usize) -> String {
        let of = |path: &str| {
            let mut took: Vec<f64> = (0..times)
                .map(|_| {
                    let begin = Instant::now();
                    let heard = self.ask("GET", path, &[]);
                    assert_eq!(heard.status, 200, "{path}: {}", heard.head);
                    begin.elapsed().as_secs_f64() * 1000.0
                })
                .collect();
            took.sort_by(f64::total_cmp);
            format!("{:.0}/{:.0}", took[times / 2], took[(times * 99 / 100).min(times - 1)])
        };
        format!("page {} ms, API {} ms", of(""), of("api/archives"))
    }
}
