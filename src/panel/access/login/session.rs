//! The one cookie that is looked at: the number of a session of the panel.
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::base::digest::Sha256;

const COOKIE: &str = "PHPSESSID";

/// This id is a login for everybody who has it, so it is sent to the panel alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    /// `None` without exactly one that PHP could have made.
    pub fn of(request: &HttpRequest) -> Option<SessionId> {
        SessionId::among(request.headers().get_all(header::COOKIE).map(header::HeaderValue::as_bytes))
    }

    fn among<'a>(cookies: impl Iterator<Item = &'a [u8]>) -> Option<SessionId> {
        let mut found = None;
        for cookie in cookies.flat_map(|line| line.split(|byte| *byte == b';')) {
            let mut parts = cookie.trim_ascii().splitn(2, |byte| *byte == b'=');
            if parts.next() != Some(COOKIE.as_bytes()) {
                continue;
            }
            let id = parts.next().and_then(|id| std::str::from_utf8(id).ok()).filter(|id| is_plain(id))?;
            // Two different ones: the panel might look at the other.
            if found.as_ref().is_some_and(|SessionId(other)| other != id) {
                return None;
            }
            found = Some(SessionId(id.to_owned()));
        }
        found
    }

    /// The cookie to send to the panel.
    pub fn cookie(&self) -> String {
        format!("{COOKIE}={}", self.0)
    }

    /// Names the session without opening it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::of(self.0.as_bytes()).0
    }
}

/// What PHP gives out, in all its settings.
fn is_plain(id: &str) -> bool {
    (16..=256).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b",-".contains(&byte))
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId")
    }
}

#[cfg(test)]
mod tests {
    use super::SessionId;

    fn of(lines: &[&str]) -> Option<String> {
        SessionId::among(lines.iter().map(|line| line.as_bytes())).map(|id| id.cookie())
    }

    #[test]
    fn the_session_is_found_among_other_cookies_and_they_are_left_out() {
        let id = "abcdefghij0123456789";
        let all = format!("theme=dark; PHPSESSID={id}; allsky_remember_password=secret");
        assert_eq!(of(&[&all]), Some(format!("PHPSESSID={id}")));
        assert_eq!(of(&["a=b", &all, &format!("PHPSESSID={id}")]), Some(format!("PHPSESSID={id}")));
    }

    #[test]
    fn what_php_did_not_make_is_no_session() {
        for odd in [
            "",
            "PHPSESSID",
            "PHPSESSID=",
            "PHPSESSID=short",
            "PHPSESSID=../../../../etc/passwd",
            "phpsessid=abcdefghij0123456789",
            "XPHPSESSID=abcdefghij0123456789",
            "PHPSESSID[]=abcdefghij0123456789",
            "PHPSESSID=abcdefghij0123456789\r\nX: y",
            "PHPSESSID=abcdefghij0123456789; PHPSESSID=bbbbbbbbbb0123456789",
        ] {
            assert_eq!(of(&[odd]), None, "{odd}");
        }
    }
}
