//! Many connections on which next to nothing happens.
use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

use super::owner::Owner;
use super::skipped;
use crate::dice::Dice;
use crate::large_archive::LargeArchive;
use crate::support::http::{self, Line};
use crate::support::panel_site;
use crate::support::terminal::wait_until;
use crate::{Outcome, Scale};

/// More than lies on the way to somebody who does not read.
const DOWNLOAD: u64 = 64 << 20;

/// Many who send a little and then nothing, within headers and within bodies, or ask for much and read nothing.
pub fn slow(scale: Scale, _: &mut Dice) -> Outcome {
    let Some(site) = panel_site::site() else { return skipped() };
    let (connections, times) = (scale.of(500), scale.of(300));
    let owner = Owner::of(&site);
    let stored = owner.upload(&LargeArchive::of(DOWNLOAD), &[], None);
    owner.answers(times / 2);
    let before = site.memory("VmRSS:");
    let (cookie, token) = (&owner.browser.cookie, &owner.browser.token);
    let known = format!("Host: 127.0.0.1\r\nCookie: {cookie}\r\nX-CSRF-Token: {token}\r\n");
    let body = format!("{known}Content-Length: 5000\r\n\r\nn");
    let kinds = [
        "GET /backups/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCoo".to_owned(),
        format!("POST /backups/api/create HTTP/1.1\r\nContent-Type: application/json\r\n{body}"),
        format!("POST /backups/api/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n{body}"),
        "POST /backups/api/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nn".to_owned(),
        format!("GET /backups/download/{} HTTP/1.1\r\n{known}\r\n", stored["name"].as_str().unwrap()),
    ];
    let begin = Instant::now();
    let lines: Vec<_> = (0..connections)
        .map(|number| {
            let mut line = http::line(&site.web());
            line.write_all(kinds[number % kinds.len()].as_bytes()).unwrap();
            line
        })
        .collect();
    owner.create(r#"{"type":"config"}"#);
    let answers = owner.answers(times);
    wait_until("a backup is made meanwhile", || site.terminal.kept().iter().any(|name| name.contains("config-backup")));
    let grown = site.memory("VmRSS:").saturating_sub(before);
    // Readers last: by then they have not read for as long as the others were silent.
    let (readers, senders): (Vec<_>, Vec<_>) =
        lines.into_iter().enumerate().partition(|(number, _)| number % kinds.len() == kinds.len() - 1);
    for (_, line) in senders {
        read_to_the_end(line);
    }
    let longest = begin.elapsed();
    let archive = site.terminal.path("allskybackups").join(stored["name"].as_str().unwrap());
    wait_until("who reads nothing is given up", || !site.has_open(&archive));
    readers.into_iter().for_each(|(_, line)| assert!(read_to_the_end(line) < DOWNLOAD));
    wait_until("it answers as before", || owner.ask("GET", "api/status", &[]).status == 200);
    assert!(grown <= 32 << 20, "{grown}");
    let remark = format!(
        "a backup was made meanwhile; median/99 %: {answers}; memory +{} MB; the last who was silent was closed after {} s",
        grown / 1_000_000,
        longest.as_secs()
    );
    Outcome { count: connections, remark }
}

/// How many bytes still come. Whatever is said last, the line ends.
fn read_to_the_end(mut line: Box<dyn Line>) -> u64 {
    let end = Instant::now() + Duration::from_secs(150);
    let (mut piece, mut bytes) = ([0; 65536], 0);
    loop {
        match line.read(&mut piece) {
            Ok(0) => return bytes,
            Ok(count) => bytes += count as u64,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                assert!(Instant::now() < end, "a slow line is still open");
            }
            Err(_) => return bytes,
        }
    }
}
