//! The names that owners give: safe in an address, in a file name and on a command line.
//!
//! Invariant: a name that came from a text is a slug. `slug!` makes a type of its own for each kind of thing, so that no
//! name of one kind is taken for that of another.

/// Bytes of the longest name.
pub const MOST: usize = 32;

/// Small letters, digits and `-`, beginning with a letter, at most [`MOST`] bytes.
pub fn is_slug(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= MOST && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain)
}

/// Makes the type of a name; `$what` ends the sentence "… is no name of a …".
macro_rules! slug {
    ($(#[$about:meta])* $name:ident, $what:literal) => {
        $(#[$about])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                $crate::domain::slug::parsed(text, $what).map($name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                $name::try_from(text.to_owned())
            }
        }
    };
}
pub(in crate::domain) use slug;

/// `text`, when it is a slug; else what is wrong with it as the name of a `what`.
pub(in crate::domain) fn parsed(text: String, what: &str) -> Result<String, String> {
    if is_slug(&text) {
        return Ok(text);
    }
    Err(format!("{text:?} is no name of a {what}: use small letters, digits and -, at most {MOST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_everywhere_is_a_name() {
        for good in ["a", "usb-2", &"a".repeat(MOST)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "2usb", "-a", "A", "a b", "a/b", "é", "a.b", &"a".repeat(MOST + 1)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
