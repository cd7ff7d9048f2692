//! Where a host over ssh is reached: `user@host`, where the host is a name, a number, or an alias of the owner's ssh
//! configuration.
//!
//! Invariant: neither part can be taken for an option of a program, and none has a letter with a meaning for a shell.
use std::fmt;

use serde::{Deserialize, Serialize};

/// Bytes of the longest name of a host.
const LONGEST_HOST: usize = 253;
const LONGEST_USER: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    user: Option<String>,
    /// Without brackets.
    host: String,
}

impl Address {
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// What rsync wants in front of the colon.
    pub fn for_rsync(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        self.user.as_ref().map_or_else(|| host.clone(), |user| format!("{user}@{host}"))
    }
}

impl TryFrom<String> for Address {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let odd = || {
            format!("{text:?} is no address of a host: write it like pi@192.168.1.20, or an alias of your ssh settings")
        };
        let (user, host) = match text.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, text.as_str()),
        };
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_number_6 = bare.unwrap_or(host).parse::<std::net::Ipv6Addr>().is_ok();
        if user.is_some_and(|user| !is_user(user)) || !(is_number_6 || bare.is_none() && is_host(host)) {
            return Err(odd());
        }
        Ok(Address { user: user.map(str::to_owned), host: bare.unwrap_or(host).to_owned() })
    }
}

fn is_user(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.len() <= LONGEST_USER && text.starts_with(first) && text.chars().all(rest)
}

fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.len() <= LONGEST_HOST
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(plain)
        && !text.contains("..")
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.for_rsync())
    }
}

impl std::str::FromStr for Address {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Address::try_from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_name_a_number_or_an_alias_and_comes_back_as_it_was() {
        for good in ["pi", "pi@host", "pi@192.168.1.20", "u.ser_1-x@my-nas.local", "_srv", "pi@[fe80::1]", "[::1]"] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        assert_eq!("pi@fe80::1".parse::<Address>().unwrap().for_rsync(), "pi@[fe80::1]");
    }

    #[test]
    fn what_a_program_or_a_shell_could_take_for_something_else_is_refused() {
        for odd in [
            "",
            "@",
            "pi@",
            "@host",
            "-oProxyCommand=x",
            "pi@-oProxyCommand=x",
            "-l@host",
            "--rsh@host",
            "a b",
            "host;reboot",
            "$(id)",
            "`id`@host",
            "host:22",
            "host/path",
            "pi@[host]",
            "a..b",
            "host\n",
            "hö",
            ".host",
            "pi@host%eth0",
            "[::1",
        ] {
            assert!(odd.parse::<Address>().is_err(), "{odd:?}");
        }
    }
}
