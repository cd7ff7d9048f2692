//! The spelling of names that owners give: safe in an address, in a file name and on a command line.

/// Bytes of the longest name.
pub const MOST: usize = 32;

/// Small letters, digits and `-`, beginning with a letter, at most [`MOST`] bytes.
pub fn is_slug(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= MOST && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain)
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
