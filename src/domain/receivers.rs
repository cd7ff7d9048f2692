//! Who gets a mail: one or more addresses, each with a name before it or without. An address without a
//! place, such as `root`, is an account of this machine.
//!
//! The invariant: no name and no address has a line break or another sign that could begin a header.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::MaybeAddress;

/// Longest name of an account.
const ACCOUNT: usize = 32;

/// `a@example.org, Erika Muster <b@example.org>, root`, or empty for nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Receivers {
    text: String,
    all: Vec<Receiver>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    pub name: Option<String>,
    pub address: String,
}

impl Receiver {
    /// The account of this machine that it is, when it has no place.
    pub fn account(&self) -> Option<&str> {
        (!self.address.contains('@')).then_some(&self.address)
    }
}

impl Receivers {
    pub fn all(&self) -> &[Receiver] {
        &self.all
    }

    /// The text in the file; `None` when it names nobody.
    pub fn as_deref(&self) -> Option<&str> {
        (!self.all.is_empty()).then_some(&self.text)
    }
}

impl TryFrom<String> for Receivers {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("receivers are written in one line".to_owned());
        }
        let parts = parts(&text).into_iter().map(str::trim).filter(|part| !part.is_empty());
        let all = parts.map(receiver).collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() && !text.trim().is_empty() {
            return Err(format!("{text:?} is no address like pi@example.org"));
        }
        Ok(Receivers { text, all })
    }
}

/// Between commas and semicolons that are not in quotes: a name may hold one.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut in_quotes) = (0, false);
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => in_quotes = !in_quotes,
            // What follows is part of the name, even a quotation mark.
            '\\' if in_quotes => drop(signs.next()),
            ',' | ';' if !in_quotes => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn receiver(part: &str) -> Result<Receiver, String> {
    let wrong = || format!("{part:?} is no address like pi@example.org or Erika <pi@example.org>");
    let (name, address) = match part.strip_suffix('>').and_then(|part| part.rsplit_once('<')) {
        Some((name, address)) => (unquoted(name.trim()).ok_or_else(wrong)?, address.trim()),
        None => (String::new(), part),
    };
    if address.contains(['<', '>', '"']) || address.is_empty() {
        return Err(wrong());
    }
    if !is_account(address) {
        MaybeAddress::try_from(address.to_owned()).map_err(|_| wrong())?;
    }
    Ok(Receiver { name: (!name.is_empty()).then_some(name), address: address.to_owned() })
}

/// Whether Debian allows `text` as an account. A word with a capital is rather half of a name with a comma.
fn is_account(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.len() <= ACCOUNT
        && text.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '_' | '-'))
}

/// A name without the quotation marks around it, and without the strokes before signs in it. `None` where
/// the marks do not fit together.
fn unquoted(name: &str) -> Option<String> {
    let Some(inner) = name.strip_prefix('"') else {
        return (!name.contains(['<', '>', '"'])).then(|| name.to_owned());
    };
    let mut plain = String::new();
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => plain.push(signs.next()?),
            '"' => return signs.as_str().is_empty().then(|| plain.trim().to_owned()),
            other => plain.push(other),
        }
    }
    None
}

impl From<Receivers> for String {
    fn from(receivers: Receivers) -> String {
        receivers.text
    }
}

impl fmt::Display for Receivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_receivers_with_and_without_names_are_told_apart() {
        let read = |text: &str| -> Vec<(Option<String>, String)> {
            let all = Receivers::try_from(text.to_owned()).unwrap().all;
            all.into_iter().map(|one| (one.name, one.address)).collect()
        };
        let plain = |text: &str| (None, text.to_owned());
        assert_eq!(read(""), []);
        assert_eq!(read("a@example.org, b@example.org;"), [plain("a@example.org"), plain("b@example.org")]);
        let named = (Some("Erika Müller".to_owned()), "a@example.org".to_owned());
        assert_eq!(read("Erika Müller <a@example.org>"), [named]);
        let comma = (Some("Müller, Erika".to_owned()), "a@example.org".to_owned());
        assert_eq!(read("\"Müller, Erika\" <a@example.org>, b@localhost"), [comma, plain("b@localhost")]);
        let marks = (Some("Erika \"E; M\" <x>".to_owned()), "a@example.org".to_owned());
        assert_eq!(read(r#"  "Erika \"E; M\" <x>" <a@example.org>  ;"#), [marks]);
    }

    #[test]
    fn a_name_without_a_place_is_an_account_of_this_machine() {
        let read = Receivers::try_from("root, Erika <www-data>; a@example.org".to_owned()).unwrap();
        let accounts: Vec<_> = read.all().iter().map(Receiver::account).collect();
        assert_eq!(accounts, [Some("root"), Some("www-data"), None]);
    }

    #[test]
    fn what_is_no_address_or_could_begin_a_header_is_refused() {
        for bad in [
            "-me",
            "../me",
            "me|x",
            "Me",
            "ä",
            ",",
            "a@b c@d",
            "<a@b",
            "E <>",
            "E <a@b> x",
            "E\nBcc: <a@b>",
            "a@b\r",
            "a@b, -f",
            "a <b <c@d>",
        ]
        .into_iter()
        .chain([r#""E <a@b>"#, r#""E\" <a@b>"#, r#""E" F <a@b>"#, "Muster, Erika <a@b>"])
        {
            assert!(Receivers::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
