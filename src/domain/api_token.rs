//! Tokens of programs: what each may do, and how its text is spelt.
//!
//! Invariant: only a hash of the secret is kept, so that nobody who reads the history can use it.
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::slug::slug;
use crate::base::digest::Sha256;

/// What begins every token, so that people and scanners of secrets know one.
pub const TOKEN_PREFIX: &str = "asb_";
/// Digits of the part that names the token.
const ID: usize = 16;
/// Digits of the part that proves it.
const SECRET: usize = 64;

/// What a token is good for; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See states and lists.
    Read,
    /// Start and cancel work that makes or checks backups.
    Run,
    /// Also delete, restore, download and change settings.
    Admin,
}

impl Right {
    pub const ALL: [Right; 3] = [Right::Read, Right::Run, Right::Admin];

    pub fn word(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Run => "run",
            Right::Admin => "admin",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Right::ALL.into_iter().find(|right| right.word() == text);
        found.ok_or_else(|| format!("\"{text}\" is no right: read, run or admin"))
    }
}

slug! {
    /// The owner's name for a token.
    TokenName, "token"
}

/// Names a token in the history; no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenId(String);

impl TokenId {
    /// As the history has kept it.
    pub fn of(kept: String) -> TokenId {
        TokenId(kept)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a program shows: `asb_ID_SECRET`.
pub struct ShownToken {
    pub id: TokenId,
    /// Of the secret.
    pub digest: Sha256,
}

impl ShownToken {
    /// `None` for anything that is no token of ours, whatever it is.
    pub fn parse(text: &str) -> Option<ShownToken> {
        let (id, secret) = text.strip_prefix(TOKEN_PREFIX)?.split_once('_')?;
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        let fits = digits(id, ID) && digits(secret, SECRET);
        fits.then(|| ShownToken { id: TokenId(id.to_owned()), digest: Sha256::of(secret.as_bytes()) })
    }

    /// A new token of these random bytes, and its text, which nobody keeps but its owner.
    pub fn of(random: &[u8; (ID + SECRET) / 2]) -> (ShownToken, String) {
        let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, secret) = hex.split_at(ID);
        let token = ShownToken { id: TokenId(id.to_owned()), digest: Sha256::of(secret.as_bytes()) };
        (token, format!("{TOKEN_PREFIX}{id}_{secret}"))
    }
}

/// A token as the history keeps it and as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRecord {
    pub name: TokenName,
    pub right: Right,
    pub made_at: Timestamp,
    /// To the minute; `None` = never.
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_by_its_text_and_by_no_other() {
        let (made, text) = ShownToken::of(&std::array::from_fn(|n| n as u8));
        let read = ShownToken::parse(&text).unwrap();
        assert_eq!((read.id, read.digest), (made.id, made.digest));
        let bad = [
            "",
            "asb_",
            "asb__",
            &text[1..],
            &text[..text.len() - 1],
            &text.to_uppercase(),
            &format!("{text}0"),
            &text.replace('0', "é"),
            &format!(" {text}"),
        ];
        assert!(bad.iter().all(|bad| ShownToken::parse(bad).is_none()));
    }

    #[test]
    fn each_right_includes_those_before_it_and_no_other_word_is_one() {
        assert!(Right::Read < Right::Run && Right::Run < Right::Admin);
        for right in Right::ALL {
            assert_eq!(right.to_string().parse(), Ok(right));
        }
        assert!(["", "Read", "write", "admin "].iter().all(|bad| bad.parse::<Right>().is_err()));
        assert!(["", "Grafana", "a b", "-a"].iter().all(|bad| bad.parse::<TokenName>().is_err()));
    }
}
