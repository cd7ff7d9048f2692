//! How progress is drawn: with blocks where the terminal shows UTF-8, else with plain letters.
use std::env;

use indicatif::ProgressStyle;

/// A style in the letters of this terminal.
pub(super) fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    if is_utf8(|name| env::var(name).ok()) { style } else { style.progress_chars("=> ").tick_chars("|/-\\ ") }
}

/// By the rule of `setlocale`: the first of these that is set and not empty counts.
fn is_utf8(env: impl Fn(&str) -> Option<String>) -> bool {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|text| !text.is_empty()));
    chosen.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let of = |all: &'static [(&str, &str)]| {
            is_utf8(move |name| all.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(of(&[("LANG", "de_DE.UTF-8")]));
        assert!(of(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!of(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(!of(&[("LANG", "de_DE@euro")]));
        assert!(!of(&[]));
    }
}
