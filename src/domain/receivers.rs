//! Who gets a mail: one or more addresses, each with a name before it or without.
//!
//! The invariant: no name and no address has a line break or another sign that could begin a header.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::MaybeAddress;

/// `a@example.org, Erika Muster <b@example.org>`, or empty for nobody.
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

impl Receivers {
    pub fn all(&self) -> &[Receiver] {
        &self.all
    }

    /// As it was written; `None` for nobody.
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
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => in_quotes = !in_quotes,
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
    let (name, address) = match part.strip_suffix('>').and_then(|part| part.split_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", part),
    };
    let wrong = || format!("{part:?} is no address like pi@example.org or Erika <pi@example.org>");
    if name.contains(['<', '>', '"']) || address.contains(['<', '>', '"']) || address.is_empty() {
        return Err(wrong());
    }
    MaybeAddress::try_from(address.to_owned()).map_err(|_| wrong())?;
    Ok(Receiver { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() })
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
    }

    #[test]
    fn what_is_no_address_or_could_begin_a_header_is_refused() {
        for bad in
            ["me", ",", "a@b c@d", "<a@b", "E <>", "E <a@b> x", "E\nBcc: <a@b>", "a@b\r", "a@b, me", "a <b <c@d>"]
        {
            assert!(Receivers::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
