//! Everybody who listens hears everything that happens, while it happens, and nobody waits because of it.
use std::fs;
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::owner::Owner;
use super::{MOST_MEMORY, skipped};
use crate::dice::Dice;
use crate::large_archive::LargeArchive;
use crate::support::http::{self, Line};
use crate::support::panel_site;
use crate::support::terminal::wait_until;
use crate::{Outcome, Scale};

/// What a job is recorded with, by the number of its row.
type Told = (i64, Value);

/// A stream of events and what was heard of it.
struct Listener {
    line: Box<dyn Line>,
    rest: String,
    greeted: bool,
    /// Gauges of running jobs.
    gauges: usize,
    told: Vec<Told>,
}

impl Listener {
    fn new(line: Box<dyn Line>) -> Listener {
        Listener { line, rest: String::new(), greeted: false, gauges: 0, told: Vec::new() }
    }

    /// Listens until it has heard enough.
    fn hear_until(&mut self, what: &str, is_enough: impl Fn(&Listener) -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        let mut piece = [0; 8192];
        while !is_enough(self) {
            let count = self.line.read(&mut piece).unwrap();
            assert!(count > 0, "the stream ended before {what}");
            assert!(Instant::now() < end, "{what}: not within two minutes: {:?}", self.told);
            self.rest.push_str(std::str::from_utf8(&piece[..count]).unwrap());
            while let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.take(&event);
                self.rest = rest;
            }
        }
    }

    fn take(&mut self, event: &str) {
        let field = |name| event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let heard = || serde_json::from_str::<Value>(field("data").unwrap()).unwrap();
        match field("event") {
            Some("hello") => self.greeted = true,
            Some("gauges") => self.gauges += heard().as_array().unwrap().len(),
            Some("job") => self.told.push((field("id").unwrap().parse().unwrap(), heard())),
            _ => {}
        }
    }

    /// How many jobs came to a good end, with warnings or without.
    fn successes(&self) -> usize {
        let is_good = |told: &Value| told["what"]["state"] == "success" || told["what"]["state"] == "warning";
        self.told.iter().filter(|(_, told)| is_good(told)).count()
    }
}

/// A backup that has paused the camera and goes on when all have seen it run; an upload beside it.
pub fn of_one_backup_and_one_upload(scale: Scale, _: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let (count, times) = (scale.of(200), scale.of(300));
    let owner = Owner::of(&site);
    let idle = owner.answers(times);
    let begin = Instant::now();
    let listen = || http::open(&site.web(), "GET", "/backups/events", &[("Cookie", &owner.browser.cookie)], "");
    let mut listeners: Vec<_> = (0..count).map(|_| Listener::new(listen())).collect();
    listeners.iter_mut().for_each(|one| one.hear_until("the first event", |one| one.greeted));
    let first = begin.elapsed().as_millis();
    fs::write(site.terminal.path("hold-stop"), "").unwrap();
    owner.create(r#"{"type":"config","pause":"always"}"#);
    wait_until("the backup has the camera", || site.terminal.path("holding").exists());
    let archive = LargeArchive::of(30_000_000);
    let busy = thread::scope(|scope| {
        let sending = scope.spawn(|| owner.upload(&archive, &[], Some(5_000_000)));
        let busy = owner.answers(times);
        listeners.iter_mut().for_each(|one| one.hear_until("live progress", |one| one.gauges > 0));
        assert_eq!(sending.join().unwrap()["sha256"], archive.sha256());
        busy
    });
    fs::remove_file(site.terminal.path("hold-stop")).unwrap();
    listeners.iter_mut().for_each(|one| one.hear_until("the end of both", |one| one.successes() == 2));
    let told = &listeners[0].told;
    assert!(told.is_sorted_by(|(one, _), (next, _)| one < next), "{told:?}");
    assert!(listeners.iter().all(|one| one.told == *told), "not all heard the same");
    let peak = site.memory("VmHWM:");
    assert!(peak <= MOST_MEMORY, "{peak}");
    let remark = format!(
        "all heard every event once and in order, and live progress; median/99 % alone: {idle}; meanwhile: {busy}; \
         the last had its first event after {first} ms; peak memory {} MB",
        peak / 1_000_000
    );
    Outcome { count, remark }
}
