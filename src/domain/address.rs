//! One mail address, as a setting has it.
//!
//! The invariant: it has no sign that could begin another header of a mail.
use std::fmt;

use serde::{Deserialize, Serialize};

/// `somebody@example.org`, or empty for nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaybeAddress(Option<String>);

impl MaybeAddress {
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl TryFrom<String> for MaybeAddress {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        // A blank may have been copied along by mistake.
        let text = text.trim_matches(' ').to_owned();
        if text.is_empty() {
            return Ok(MaybeAddress(None));
        }
        // A line break would begin another header of the mail.
        let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
        let fits = text.len() < 255
            && text.split_once('@').is_some_and(|(name, place)| plain(name) && plain(place) && !place.contains('@'));
        if fits { Ok(MaybeAddress(Some(text))) } else { Err(format!("{text:?} is no address like pi@example.org")) }
    }
}

impl From<MaybeAddress> for String {
    fn from(address: MaybeAddress) -> String {
        address.0.unwrap_or_default()
    }
}

impl fmt::Display for MaybeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_cannot_begin_another_header() {
        for bad in ["pi", "pi@", "@example.org", "a@b@c", "a b@c", "a@b\nBcc: c@d", "a@b\r"] {
            assert!(MaybeAddress::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn blanks_around_an_address_do_not_belong_to_it() {
        let read = MaybeAddress::try_from("  pi@example.org ".to_owned()).unwrap();
        assert_eq!(read.as_deref(), Some("pi@example.org"));
        assert_eq!(MaybeAddress::try_from("  ".to_owned()).unwrap().as_deref(), None);
    }
}
