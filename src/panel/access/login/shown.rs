//! What a browser shows to the panel of AllskyTeam: the number of its session, and for the released panel, which has no
//! sessions with a login, name and password.
//!
//! Invariant: both go to the panel alone, over loopback; neither is printed.
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use crate::base::base64;
use crate::base::digest::Sha256;
use crate::panel::access::login::session::SessionId;

/// Name and password are shorter, with what their encoding adds.
const MOST: usize = 1024;

#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    session: Option<SessionId>,
    /// The whole header: `Basic` and what follows.
    password: Option<String>,
}

impl Shown {
    /// `None` without anything that the panel could know.
    pub fn of(request: &HttpRequest) -> Option<Shown> {
        Shown::among(SessionId::of(request), request.headers())
    }

    fn among(session: Option<SessionId>, headers: &HeaderMap) -> Option<Shown> {
        let password = password(headers);
        (session.is_some() || password.is_some()).then_some(Shown { session, password })
    }

    /// The headers to send to the panel.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let cookie = self.session.as_ref().map(|session| ("Cookie", session.cookie()));
        let password = self.password.clone().map(|password| ("Authorization", password));
        cookie.into_iter().chain(password).collect()
    }

    /// Names it without opening it.
    pub fn digest(&self) -> [u8; 32] {
        let session = self.session.as_ref().map(SessionId::digest).unwrap_or_default();
        let password = Sha256::of(self.password.as_deref().unwrap_or_default().as_bytes()).0;
        Sha256::of(&[session, password].concat()).0
    }
}

/// The one `Authorization` by name and password.
fn password(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(header::AUTHORIZATION);
    let one = all.next()?.to_str().ok()?;
    let (kind, rest) = one.split_once(' ')?;
    let is_plain = kind.eq_ignore_ascii_case("basic") && one.len() <= MOST && all.next().is_none();
    let login = is_plain.then(|| base64::decode(rest.trim())).flatten()?;
    login.contains(&b':').then(|| format!("Basic {}", rest.trim()))
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn among(lines: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap());
        }
        Shown::among(None, &headers).map(|shown| shown.headers())
    }

    #[test]
    fn name_and_password_are_passed_on_and_no_other_kind_of_login() {
        // "admin:secret"
        let good = "Basic YWRtaW46c2VjcmV0";
        assert_eq!(among(&[good]), Some(vec![("Authorization", good.to_owned())]));
        assert_eq!(among(&["basic YWRtaW46c2VjcmV0"]), among(&[good]));
        let long = format!("Basic {}", "YWRt".repeat(400));
        for odd in [&[][..], &["Basic"], &["Basic ????"], &["Basic YWRtaW4="], &["Bearer abc"], &[good, good], &[&long]]
        {
            assert_eq!(among(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn another_password_is_another_visitor() {
        let of = |password: &str| Shown { session: None, password: Some(password.to_owned()) }.digest();
        assert_ne!(of("Basic YTpi"), of("Basic YTpj"));
        assert_eq!(of("Basic YTpi"), of("Basic YTpi"));
    }
}
