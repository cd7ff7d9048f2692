//! The folder of a host over ssh that is taken: below the home of the user there, or from the root.
//!
//! Invariant: it has no part `..`, no letter with a meaning for a shell of the host, and never begins like an option.
use std::fmt;

use serde::{Deserialize, Serialize};

const LONGEST: usize = 1024;
const OTHER_LETTERS: &[char] = &['/', '.', '_', '-', '+', '@', ',', '=', '%', ':', ' '];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RemotePath {
    /// As its owner wrote it.
    text: String,
    /// Without `~/` and without a slash at the end; empty for the home, `/` for the root.
    plain: String,
}

impl RemotePath {
    pub fn home() -> RemotePath {
        RemotePath { text: "~/".to_owned(), plain: String::new() }
    }

    /// The folder itself, with what is in it, for rsync.
    pub fn for_rsync(&self) -> String {
        match self.plain.as_str() {
            "" => "./".to_owned(),
            "/" => "/".to_owned(),
            path if path.starts_with('/') => format!("{path}/"),
            path => format!("./{path}/"),
        }
    }

    /// The folder as a command at the host names it, whose working folder is the home.
    pub fn at_the_host(&self) -> &str {
        if self.plain.is_empty() { "." } else { &self.plain }
    }

    /// Whether the folder named in a message of the host is this one.
    pub fn is_named_by(&self, told: &str) -> bool {
        let told = told.trim_end_matches('/');
        match self.plain.as_str() {
            // Every home is at a place that only the host knows.
            "" => false,
            "/" => told.is_empty(),
            path if path.starts_with('/') => told == path,
            path => told == path || told.ends_with(&format!("/{path}")),
        }
    }

    /// Whether the message names this path twice, as a key does that leads to the folder by itself.
    pub fn is_doubled_in(&self, told: &str) -> bool {
        let bare = self.plain.trim_matches('/');
        !bare.is_empty() && told.trim_matches('/').ends_with(&format!("{bare}/{bare}"))
    }

    /// Whether it has letters that an old rsync would hand to a shell as they are.
    pub fn has_blanks(&self) -> bool {
        self.plain.contains(' ')
    }
}

impl TryFrom<String> for RemotePath {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let odd = |why: &str| Err(format!("{text:?} is no folder of a host: {why}"));
        let below = if text == "~" { "" } else { text.strip_prefix("~/").unwrap_or(&text) };
        let fits = |c: char| c.is_alphanumeric() || OTHER_LETTERS.contains(&c);
        if text.is_empty() || text.len() > LONGEST {
            return odd("write ~/ for the home, or a path like /srv/data");
        }
        if below.starts_with('/') && below.len() < text.len() {
            return odd("a path has one beginning");
        }
        if let Some(letter) = below.chars().find(|c| !fits(*c)) {
            return odd(&format!("it has {letter:?}, which a shell of the host may understand otherwise"));
        }
        if below.split('/').any(|part| part == "..") {
            return odd("a path without .. is meant");
        }
        let parts: Vec<&str> = below.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let root = if below.starts_with('/') { "/" } else { "" };
        let plain = format!("{root}{}", parts.join("/"));
        Ok(RemotePath { plain, text })
    }
}

impl From<RemotePath> for String {
    fn from(path: RemotePath) -> String {
        path.text
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for RemotePath {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        RemotePath::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_the_home_or_from_the_root_and_never_an_option() {
        for (text, for_rsync) in [
            ("~/", "./"),
            ("~", "./"),
            ("notes", "./notes/"),
            ("~/my notes/", "./my notes/"),
            ("/", "/"),
            ("/srv//data/.", "/srv/data/"),
            ("--rsh", "./--rsh/"),
            ("-e x", "./-e x/"),
            ("Büro", "./Büro/"),
        ] {
            assert_eq!(text.parse::<RemotePath>().unwrap().for_rsync(), for_rsync, "{text}");
        }
    }

    #[test]
    fn what_a_shell_could_understand_is_refused() {
        for odd in
            ["", "a;b", "$(id)", "`id`", "a|b", "a&b", "a\nb", "../x", "a/../b", "~//x", "~pi/x", "*", "a?", "a'b"]
        {
            assert!(odd.parse::<RemotePath>().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_message_names_the_folder_itself_or_names_it_twice() {
        let path: RemotePath = "/home/pi".parse().unwrap();
        assert!(path.is_named_by("/home/pi") && path.is_named_by("/home/pi/") && !path.is_named_by("/home/pi/x"));
        assert!(path.is_doubled_in("/home/pi/home/pi") && !path.is_doubled_in("/home/pi"));
        let path: RemotePath = "~/notes".parse().unwrap();
        assert!(path.is_named_by("/home/pi/notes") && path.is_doubled_in("/home/pi/notes/notes"));
        assert!(!RemotePath::home().is_named_by("/home/pi") && !RemotePath::home().is_doubled_in("/home/pi"));
    }
}
