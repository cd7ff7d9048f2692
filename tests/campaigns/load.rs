//! Load: large uploads that are cut, many listeners, and many slow connections, through a real web server with
//! a real PHP behind it. What must hold is asserted; how long it took is told and asserted by nobody.
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dice::Dice;
use crate::large_archive::LargeArchive;
use crate::support::desk::wait_until;
use crate::support::http::{self, Heard, Line};
use crate::support::panel_site::{self, Browser, PanelSite};
use crate::{Outcome, Scale};

/// The most memory that the program may take.
const MOST_MEMORY: u64 = 64 << 20;
const PIECE: u64 = 16 << 20;
/// The most that the web server may have put aside at one moment, while bytes wait for the program. The files
/// are gone before anything of them is on the disk.
const MOST_ASIDE: u64 = PIECE;

fn skipped() -> Outcome {
    Outcome { count: 0, remark: "skipped: needs lighttpd and php-fpm".into() }
}

/// Somebody who is logged in.
struct Owner<'a> {
    site: &'a PanelSite,
    browser: Browser,
}

impl Owner<'_> {
    fn of(site: &PanelSite) -> Owner<'_> {
        Owner { site, browser: site.login() }
    }

    fn ask(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Heard {
        let own = [("Cookie", self.browser.cookie.as_str()), ("X-CSRF-Token", &self.browser.token)];
        http::ask(&self.site.web(), method, &format!("/backups/{path}"), &[&own[..], more].concat(), "")
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask("GET", path, &[]).body).unwrap()
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
    fn upload(&self, archive: &LargeArchive, cuts: &[u64], rate: Option<u64>) -> Value {
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
    fn answers(&self, times: usize) -> String {
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

/// The most that the web server put aside while `work` went on, in bytes.
fn spooled_during<T>(site: &PanelSite, work: impl FnOnce() -> T) -> (T, u64) {
    let (over, most) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                most.fetch_max(site.spooled(), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(10));
            }
        });
        let value = work();
        over.store(true, Ordering::Relaxed);
        (value, most.load(Ordering::Relaxed))
    })
}

/// Ten GiB as fast as it goes, cut twenty times.
pub fn of_upload(scale: Scale, dice: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let (bytes, cuts) = match scale {
        Scale::Full => (10 << 30, 20),
        Scale::Tenth => (96 << 20, 5),
    };
    let archive = LargeArchive::of(bytes);
    let cuts: Vec<u64> = (0..cuts).map(|_| (dice.part() * archive.bytes() as f64) as u64).collect();
    let owner = Owner::of(&site);
    let begin = Instant::now();
    let (result, spooled) = spooled_during(&site, || owner.upload(&archive, &cuts, None));
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(result["sha256"], archive.sha256());
    assert!(spooled <= MOST_ASIDE, "{spooled}");
    let peak = site.memory("VmHWM:");
    assert!(peak <= MOST_MEMORY, "{peak}");
    let remark = format!(
        "{:.1} GB, {:.0} MB/s to the end of the last check, peak memory {} MB, at most {} kB at once put aside by the web server",
        archive.bytes() as f64 / 1e9,
        archive.bytes() as f64 / 1e6 / seconds,
        peak / 1_000_000,
        spooled / 1000
    );
    Outcome { count: cuts.len(), remark }
}

/// At 20 Mbit/s for some minutes.
pub fn of_slow_upload(scale: Scale, _: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let rate = 2_500_000;
    let archive = LargeArchive::of(match scale {
        Scale::Full => rate * 240,
        Scale::Tenth => rate * 8,
    });
    let owner = Owner::of(&site);
    let (result, spooled) = spooled_during(&site, || owner.upload(&archive, &[], Some(rate)));
    assert_eq!(result["sha256"], archive.sha256());
    assert!(spooled <= MOST_ASIDE, "{spooled}");
    let peak = site.memory("VmHWM:");
    assert!(peak <= MOST_MEMORY, "{peak}");
    let (bytes, peak, spooled) = (archive.bytes() / 1_000_000, peak / 1_000_000, spooled / 1000);
    let remark = format!("{bytes} MB, peak memory {peak} MB, at most {spooled} kB at once put aside by the web server");
    Outcome { count: 1, remark }
}

/// Many who send a little and then nothing, within headers and within bodies.
pub fn of_slow_connections(scale: Scale, _: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let (connections, times) = (scale.of(500), scale.of(300));
    let owner = Owner::of(&site);
    owner.answers(times / 2);
    let before = site.memory("VmRSS:");
    let (cookie, token) = (&owner.browser.cookie, &owner.browser.token);
    let known = format!("Cookie: {cookie}\r\nX-CSRF-Token: {token}\r\nContent-Length: 5000\r\n\r\nn");
    let kinds = [
        "GET /backups/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCoo".to_owned(),
        format!("POST /backups/api/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{known}"),
        format!(
            "POST /backups/api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n{known}"
        ),
        "POST /backups/api/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nn".to_owned(),
    ];
    let begin = Instant::now();
    let lines: Vec<_> = (0..connections)
        .map(|number| {
            let mut line = http::line(&site.web());
            line.write_all(kinds[number % kinds.len()].as_bytes()).unwrap();
            line
        })
        .collect();
    let answers = owner.answers(times);
    let grown = site.memory("VmRSS:").saturating_sub(before);
    let mut longest = Duration::ZERO;
    for mut line in lines {
        // Whatever is said last, the line ends.
        let end = Instant::now() + Duration::from_secs(150);
        let mut piece = [0; 4096];
        loop {
            match line.read(&mut piece) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                    assert!(Instant::now() < end, "a slow line is still open");
                }
                Err(_) => break,
            }
        }
        longest = longest.max(begin.elapsed());
    }
    wait_until("it answers as before", || owner.ask("GET", "api/status", &[]).status == 200);
    assert!(grown <= 32 << 20, "{grown}");
    let remark = format!(
        "median/99 % meanwhile: {answers}; memory +{} MB; the last was closed after {} s",
        grown / 1_000_000,
        longest.as_secs()
    );
    assert!(site.desk.kept().is_empty(), "{:?}", site.desk.kept());
    Outcome { count: connections, remark }
}
