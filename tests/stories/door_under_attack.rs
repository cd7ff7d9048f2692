//! Strangers at the door: floods of wrong sessions, guessed tokens, and files of archives after a logout.
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::support::http::{self, To};
use super::support::terminal::{Running, Terminal, large};
use super::support::{mail_server, panel_site};

/// Longer than an answer of the panel is believed, so that the panel has to be asked again and again.
const WHILE: Duration = Duration::from_secs(10);
const STRANGERS: u32 = 16;

#[test]
fn a_visitor_who_was_logged_in_lately_does_not_wait_behind_a_flood_of_strangers() {
    let Some(site) = panel_site::site() else { return };
    let owner = site.login();
    let look = || site.get("/backups/api/status", &[("Cookie", &owner.cookie)]).status;
    assert_eq!(look(), 200);
    let (over, asked, let_in) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let name = owner.cookie.split('=').next().unwrap();
    std::thread::scope(|scope| {
        for stranger in 0..STRANGERS {
            let (site, over, asked, let_in) = (&site, &over, &asked, &let_in);
            scope.spawn(move || {
                for n in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let cookie = format!("{name}={stranger:010}{n:016}");
                    let heard = http::ask(&site.socket(), "GET", "/backups/api/status", &[("Cookie", &cookie)], "");
                    asked.fetch_add(1, Ordering::Relaxed);
                    let_in.fetch_add(u32::from(heard.status == 200), Ordering::Relaxed);
                }
            });
        }
        let (since, mut answers) = (Instant::now(), Vec::new());
        while since.elapsed() < WHILE {
            answers.push(look());
        }
        over.store(true, Ordering::Relaxed);
        assert!(answers.len() > 5 && answers.iter().all(|status| *status == 200), "{answers:?}");
    });
    assert!(asked.load(Ordering::Relaxed) > STRANGERS, "there was a flood");
    assert_eq!(let_in.load(Ordering::Relaxed), 0);
}

#[test]
fn a_token_that_is_guessed_is_written_into_the_log_and_opens_nothing() {
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    let terminal = Terminal::new();
    mail_server::secret(&terminal.path("token"), TOKEN);
    let config = format!("[server]\nauth = \"token\"\ntoken_file = \"{}\"\n", terminal.path("token").display());
    fs::write(terminal.path("c.toml"), config).unwrap();
    let mut command = terminal.command("serve --bind 127.0.0.1:0 --config c.toml".split(' '));
    let mut service = Running::of(&mut command);
    let mut line = String::new();
    BufReader::new(service.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to = To::Port(line.trim().rsplit(':').next().unwrap().parse().unwrap());
    let ask = |token: &str| http::ask(&to, "GET", "/api/status", &[("Authorization", &format!("Bearer {token}"))], "");
    assert_eq!(ask(TOKEN).status, 200);
    let guesses = ["wrong-guess-0123456789abcdef", &TOKEN[1..], "", &TOKEN.to_uppercase()];
    std::thread::scope(|scope| {
        let all: Vec<_> = guesses.iter().map(|guess| scope.spawn(|| ask(guess).status)).collect();
        // Strangers who wait hold nobody up.
        assert_eq!(ask(TOKEN).status, 200);
        assert!(all.into_iter().all(|one| one.join().unwrap() == 401));
    });
    assert_eq!(http::ask(&to, "GET", "/api/status", &[], "").status, 401);
    service.signal("TERM");
    let log = service.end().err;
    assert_eq!(log.matches("a wrong token was shown by 127.0.0.1").count(), guesses.len(), "{log}");
    assert!(!log.contains("wrong-guess") && !log.contains(&TOKEN[1..]), "{log}");
}

#[test]
fn a_file_of_an_archive_that_is_under_way_ends_with_the_login() {
    let Some(site) = panel_site::site() else { return };
    let images = fs::read_dir(site.terminal.path("allsky/images")).unwrap().map(|entry| entry.unwrap().path());
    let night = images.into_iter().find(|path| path.is_dir() && path.file_name().unwrap().len() == 8).unwrap();
    let announced: u64 = 512 << 20;
    large(&night.join("allsky-long.mp4"), announced);
    let folder = night.file_name().unwrap().to_str().unwrap();
    let name = site.terminal.ask(&format!("create images --nights {folder}"))["name"].as_str().unwrap().to_owned();
    let owner = site.login();
    let cookie = [("Cookie", owner.cookie.as_str())];
    let path = format!("/backups/archive/{name}/file?path=images/{folder}/allsky-long.mp4");
    let mut stream = http::open(&site.web(), "GET", &path, &cookie, "");
    let mut piece = vec![0; 64 << 10];
    let first = stream.read(&mut piece).unwrap();
    assert!(piece.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&piece[..first.min(200)]));
    site.logout(&owner);
    let mut heard = first as u64;
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => heard += count as u64,
        }
        // As a browser on a home network.
        std::thread::sleep(Duration::from_millis(3));
    }
    assert!(heard < announced, "{heard}");
    assert_eq!(site.get(&path, &cookie).status, 401);
}
