//! What a browser shows to indi-allsky: two cookies, and by what they are bound to it.
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use crate::base::digest::Sha256;

const COOKIES: [&str; 2] = ["session", "remember_token"];
/// Browsers keep no longer ones.
const MOST: usize = 4096;

/// These cookies are a login for everybody who has them, so they are sent to indi-allsky alone.
#[derive(Clone, PartialEq, Eq)]
pub struct FlaskSession {
    cookies: String,
    agent: String,
    from: String,
}

impl FlaskSession {
    /// `None` without a cookie that could be one of its own.
    pub fn of(request: &HttpRequest) -> Option<FlaskSession> {
        FlaskSession::among(request.headers())
    }

    fn among(headers: &HeaderMap) -> Option<FlaskSession> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for line in headers.get_all(header::COOKIE) {
            for cookie in line.as_bytes().split(|byte| *byte == b';') {
                let Some((name, value)) = std::str::from_utf8(cookie).ok().and_then(|text| text.trim().split_once('='))
                else {
                    continue;
                };
                if !COOKIES.contains(&name) {
                    continue;
                }
                // Two different ones: the application might look at the other.
                let twice = found.iter().any(|(other, known)| *other == name && *known != value);
                if twice || !is_plain(value) {
                    return None;
                }
                found.retain(|(other, _)| *other != name);
                found.push((name, value));
            }
        }
        if found.is_empty() {
            return None;
        }
        let cookies: Vec<String> = found.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(FlaskSession {
            cookies: cookies.join("; "),
            agent: line_of(headers, header::USER_AGENT.as_str())?,
            from: line_of(headers, "x-forwarded-for")?,
        })
    }

    /// The question for `page`, as bytes. HTTP/1.0: the answer comes in one piece, and the line ends.
    pub fn request(&self, page: &str) -> String {
        let mut text = format!("GET {page} HTTP/1.0\r\nHost: localhost\r\nCookie: {}\r\n", self.cookies);
        for (name, value) in [("User-Agent", &self.agent), ("X-Forwarded-For", &self.from)] {
            if !value.is_empty() {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text + "X-Forwarded-Proto: https\r\n\r\n"
    }

    /// Names the session without opening it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::of(self.request("").as_bytes()).0
    }
}

/// All values of a header as one; `None` where they cannot be passed on.
fn line_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Option<Vec<&str>> = headers.get_all(name).map(|value| value.to_str().ok()).collect();
    Some(values?.join(", ")).filter(|line| line.len() <= MOST)
}

/// What signed cookies are made of.
fn is_plain(value: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    !value.is_empty() && value.len() <= MOST && value.bytes().all(good)
}

impl fmt::Debug for FlaskSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlaskSession")
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn of(lines: &[(&str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        FlaskSession::among(&headers).map(|session| session.request("/x"))
    }

    #[test]
    fn its_own_cookies_are_passed_on_with_browser_and_address_and_nothing_else() {
        let asked = of(&[
            ("cookie", "theme=dark; session=.eJx-a_b.c; PHPSESSID=secret"),
            ("cookie", "remember_token=1|abc"),
            ("user-agent", "Firefox"),
            ("x-forwarded-for", "10.0.0.9"),
            ("authorization", "Basic x"),
        ]);
        let expected = "GET /x HTTP/1.0\r\nHost: localhost\r\nCookie: session=.eJx-a_b.c; remember_token=1|abc\r\n\
                        User-Agent: Firefox\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: https\r\n\r\n";
        assert_eq!(asked.as_deref(), Some(expected));
    }

    #[test]
    fn what_it_did_not_make_is_no_session() {
        for odd in [
            "",
            "session",
            "session=",
            "session=a; session=b",
            "session=\"a\"",
            "Session=a",
            "session=a b",
            "PHPSESSID=a",
        ] {
            assert_eq!(of(&[("cookie", odd)]), None, "{odd}");
        }
        assert_eq!(of(&[]), None);
    }
}
