//! A secret of our own, for a page that stands alone on a network. Browsers ask for it as the
//! password of any user; programs send it as a bearer token.
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::base::base64;
use crate::base::digest::Sha256;
use crate::base::secret;

/// Nobody guesses as many characters as this over a network.
const LEAST: usize = 24;

/// What the secret hashes to.
pub struct Token(Sha256);

impl Token {
    /// The file's first line. Refuses one that others may read, and one that could be guessed.
    pub fn read(file: &Path) -> io::Result<Token> {
        let secret = secret::first_line(file)?;
        if secret.len() < LEAST {
            let why = "the token has less than 24 characters; make one with: openssl rand -hex 32";
            return Err(io::Error::new(ErrorKind::InvalidData, format!("{}: {why}", file.display())));
        }
        Ok(Token(Sha256::of(secret.as_bytes())))
    }

    /// `Bearer SECRET`, or `Basic` with it as the password.
    pub fn opens_for(&self, authorization: &[u8]) -> bool {
        let Some((kind, shown)) = std::str::from_utf8(authorization).ok().and_then(|text| text.split_once(' ')) else {
            return false;
        };
        if kind.eq_ignore_ascii_case("bearer") {
            return self.is(shown.trim().as_bytes());
        }
        let login = kind.eq_ignore_ascii_case("basic").then(|| base64::decode(shown.trim())).flatten();
        login.is_some_and(|login| {
            login.iter().position(|byte| *byte == b':').is_some_and(|at| self.is(&login[at + 1..]))
        })
    }

    /// Hashes are compared, so that the time it takes tells nothing of the secret.
    fn is(&self, shown: &[u8]) -> bool {
        Sha256::of(shown) == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const SECRET: &str = "0123456789abcdef01234567";

    fn key(text: &str, mode: u32) -> io::Result<Token> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        Token::read(file.path())
    }

    #[test]
    fn the_key_opens_as_password_and_as_bearer_token_and_nothing_else_does() {
        let key = key(&format!("{SECRET}\n"), 0o640).unwrap();
        // "any:SECRET"
        let basic = "Basic YW55OjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nw==";
        for good in [format!("Bearer {SECRET}"), format!("bearer {SECRET}"), basic.into(), basic.replace('=', "")] {
            assert!(key.opens_for(good.as_bytes()), "{good}");
        }
        let short = &SECRET[1..];
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            SECRET,
            &format!("Bearer {short}"),
            "Basic ????",
            "Basic YW55",
            &format!("Digest {SECRET}"),
        ] {
            assert!(!key.opens_for(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_key_that_others_can_read_or_guess_is_none() {
        assert!(key(SECRET, 0o644).is_err());
        assert!(key("short", 0o600).is_err());
        assert!(key("", 0o600).is_err());
        assert!(key(&"x".repeat(5000), 0o600).is_err());
    }
}
