//! indi-allsky's answer to "is this browser logged in?": its own page about the user, which it shows
//! to nobody else, asked on the web application's socket with the visitor's cookies.
//!
//! The application may tie a session to browser and address, so both are told as the web server in front
//! told them to us; they prove nothing without the cookies. The page also says whether the user is an
//! administrator: only administrators may change settings there, and only they see backups, which hold
//! every password. What is not certain is "no".
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::Denied;
use crate::panel::access::login::believed::Believed;
use crate::panel::access::login::flask_session::FlaskSession;

/// How long the application may think; its pages take a while on a small computer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many questions are asked at once: the application has few workers, and they are for its pages.
const AT_ONCE: usize = 2;
/// The page is far smaller.
const ANSWER_BYTES: u64 = 2 << 20;
/// Web applications send a dozen or two.
const MOST_HEADERS: usize = 100;
/// Shown to users who are logged in, about themselves.
const PAGE: &str = "/indi-allsky/user";

/// Who the application says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nobody,
    User,
    Administrator,
}

pub struct Flask {
    socket: PathBuf,
    turn: Semaphore,
    /// For sessions that were good lately, so that no flood of strangers keeps their owners out.
    own_turn: Semaphore,
    known: Believed<Told>,
}

impl Flask {
    pub fn new(socket: &Path) -> Flask {
        Flask {
            socket: socket.to_owned(),
            turn: Semaphore::new(AT_ONCE),
            own_turn: Semaphore::new(1),
            known: Believed::nothing(),
        }
    }

    /// `Ok` for an administrator alone.
    pub async fn ask(&self, session: &FlaskSession) -> Result<(), Denied> {
        let key = session.digest();
        if self.known.recall(&key).is_some() {
            return Ok(());
        }
        let turn = if self.known.lately(&key) { &self.own_turn } else { &self.turn };
        let turn = tokio::time::timeout(PATIENCE, turn.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Denied::Unanswered)?;
        // Somebody else may have asked the same while we waited.
        if self.known.recall(&key).is_some() {
            return Ok(());
        }
        let asked = Instant::now();
        let (socket, request) = (self.socket.clone(), session.request(PAGE));
        let told = actix_web::web::block(move || question(&socket, &request)).await;
        match told {
            Ok(Ok(Told::Administrator)) => {
                self.known.remember(key, asked, Told::Administrator);
                Ok(())
            }
            Ok(Ok(Told::User)) => Err(Denied::NoAdministrator),
            Ok(Ok(Told::Nobody)) => Err(Denied::NoSession),
            Ok(Err(why)) => {
                tracing::warn!("{}: no answer whether a visitor is logged in: {why}", self.socket.display());
                Err(Denied::Unanswered)
            }
            Err(_) => Err(Denied::Unanswered),
        }
    }
}

fn question(socket: &Path, request: &str) -> io::Result<Told> {
    let mut line = UnixStream::connect(socket)?;
    line.set_read_timeout(Some(PATIENCE))?;
    line.set_write_timeout(Some(PATIENCE))?;
    line.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    line.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    read(&answer)
}

fn read(answer: &[u8]) -> io::Result<Told> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed =
        response.parse(answer).map_err(|why| io::Error::other(format!("it answered something else: {why}")))?;
    let (httparse::Status::Complete(head), Some(status)) = (parsed, response.code) else {
        return Err(io::Error::other("it broke off in the middle of its answer"));
    };
    match status {
        200 => {
            let page = String::from_utf8_lossy(&answer[head..]);
            Ok(if is_ticked(&page) { Told::Administrator } else { Told::User })
        }
        // indi-allsky sends visitors without a login to its login page.
        301 | 302 | 303 | 307 | 401 | 403 => Ok(Told::Nobody),
        status => Err(io::Error::other(format!("it answered {status}"))),
    }
}

/// The form on the page has one box named `ADMIN`, ticked for administrators.
fn is_ticked(page: &str) -> bool {
    let mut boxes = page.split('<').filter_map(|part| {
        let tag = part.strip_prefix("input ")?.split('>').next()?;
        let words: Vec<&str> = tag.split_ascii_whitespace().collect();
        words
            .contains(&"name=\"ADMIN\"")
            .then(|| words.iter().any(|word| *word == "checked" || *word == "checked=\"\""))
    });
    // Two of them would be another page than the one that we know.
    boxes.next() == Some(true) && boxes.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_of_an_administrator_is_a_yes() {
        let page = |body: &str| read(format!("HTTP/1.0 200 OK\r\n\r\n<form>{body}</form>").as_bytes()).unwrap();
        let boxed = r#"<input checked class="x" id="ADMIN" name="ADMIN" type="checkbox" value="y">"#;
        assert_eq!(page(boxed), Told::Administrator);
        for other in [
            "",
            r#"<input class="checked" id="ADMIN" name="ADMIN" type="checkbox" value="y">"#,
            r#"<input checked id="OTHER" name="OTHER" type="checkbox">"#,
            r#"<p>name="ADMIN" checked</p>"#,
            &format!("{boxed}{boxed}"),
        ] {
            assert_eq!(page(other), Told::User, "{other}");
        }
        assert_eq!(read(b"HTTP/1.1 302 FOUND\r\nLocation: /indi-allsky/login\r\n\r\n").unwrap(), Told::Nobody);
        for odd in ["", "HTTP/1.1 500 Oh\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y", "SSH-2.0"] {
            assert!(read(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
