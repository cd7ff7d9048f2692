//! A broker of MQTT as a `[[notify_to]]` names it.
//!
//! Invariant: an address holds no user and no password, so that it may be shown; and every topic that is made of a
//! [`TopicPrefix`] is one that may be published to.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Bytes of the longest prefix; with what follows it a topic stays far below what brokers take.
const LONGEST_PREFIX: usize = 100;

/// The keys of a channel of kind `mqtt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerSettings {
    /// `None` for a channel of another kind.
    #[serde(default)]
    pub address: Option<BrokerAddress>,
    /// Empty where the broker lets everybody in.
    #[serde(default)]
    pub user: String,
    /// Its first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// `None` is `allsky-backups/` with the name of the machine.
    #[serde(default)]
    pub topic: Option<TopicPrefix>,
    /// Whether Home Assistant finds everything by itself.
    #[serde(default = "yes")]
    pub discovery: bool,
    /// Whether whoever may write to the broker may start plans.
    #[serde(default)]
    pub buttons: bool,
}

fn yes() -> bool {
    true
}

/// What protects the way to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerSecurity {
    None,
    Tls,
}

/// `mqtt://HOST:PORT`, or `mqtts://` with TLS from the first byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BrokerAddress {
    /// A name, or an address; one of IPv6 without its brackets.
    pub host: String,
    pub port: u16,
    pub security: BrokerSecurity,
}

impl BrokerAddress {
    /// As people know it: `nas:1883`.
    pub fn server(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl TryFrom<String> for BrokerAddress {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || "write the address of the broker like mqtt://nas:1883, or mqtts://nas:8883 with TLS".to_owned();
        let (security, usual, rest) = match (text.strip_prefix("mqtt://"), text.strip_prefix("mqtts://")) {
            (Some(rest), _) => (BrokerSecurity::None, 1883, rest),
            (_, Some(rest)) => (BrokerSecurity::Tls, 8883, rest),
            _ => return Err(wrong()),
        };
        if rest.contains('@') {
            return Err("leave user and password out of the address: user and password_file say them".to_owned());
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']').ok_or_else(wrong)?;
                let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
                (
                    Some(host).filter(|_| is_address).ok_or_else(wrong)?,
                    after.strip_prefix(':').or(after.is_empty().then_some("")),
                )
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
                None => (rest, Some("")),
            },
        };
        let is_v6 = host.contains(':');
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || host.len() > 253 || !(is_v6 || host.chars().all(fits)) || host.starts_with('-') {
            return Err(wrong());
        }
        let port = match port.ok_or_else(wrong)? {
            "" => usual,
            digits => digits.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?,
        };
        Ok(BrokerAddress { host: host.to_owned(), port, security })
    }
}

impl From<BrokerAddress> for String {
    fn from(address: BrokerAddress) -> String {
        let scheme = if address.security == BrokerSecurity::Tls { "mqtts" } else { "mqtt" };
        format!("{scheme}://{}", address.server())
    }
}

/// What stands before every topic: `allsky-backups/pi`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TopicPrefix(String);

impl TopicPrefix {
    /// The prefix of a machine whose owner has chosen none. Letters that a topic must not have, or that make trouble in
    /// a shell, become `-`.
    pub fn of_machine(host: &str) -> TopicPrefix {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        let name: String = host.trim().to_ascii_lowercase().chars().map(plain).take(64).collect();
        let name = if name.is_empty() { "camera" } else { &name };
        TopicPrefix(format!("allsky-backups/{name}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A topic below the prefix.
    pub fn topic(&self, rest: &str) -> String {
        format!("{}/{rest}", self.0)
    }
}

impl TryFrom<String> for TopicPrefix {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let is_level =
            |level: &str| !level.is_empty() && !level.contains(['+', '#']) && !level.chars().any(char::is_control);
        if text.len() <= LONGEST_PREFIX && !text.starts_with('$') && text.split('/').all(is_level) {
            Ok(TopicPrefix(text))
        } else {
            Err(format!(
                "{text:?} is no beginning of topics: words with / between them, without + and #, at most {LONGEST_PREFIX} bytes"
            ))
        }
    }
}

impl From<TopicPrefix> for String {
    fn from(prefix: TopicPrefix) -> String {
        prefix.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_broker_and_nothing_secret() {
        for (text, server, safe) in [
            ("mqtt://nas", "nas:1883", false),
            ("mqtt://nas:1884/", "nas:1884", false),
            ("mqtts://home.example.org", "home.example.org:8883", true),
            ("mqtts://[fd00::1]:8884", "[fd00::1]:8884", true),
            ("mqtt://[::1]", "[::1]:1883", false),
        ] {
            let address = BrokerAddress::try_from(text.to_owned()).unwrap();
            assert_eq!((address.server().as_str(), address.security == BrokerSecurity::Tls), (server, safe), "{text}");
            assert_eq!(BrokerAddress::try_from(String::from(address.clone())), Ok(address));
        }
        for bad in [
            "nas",
            "http://nas",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://nas:",
            "mqtt://nas:0",
            "mqtt://nas:70000",
            "mqtt://me:pw@nas",
            "mqtt://a b",
            "mqtt://nas/topic",
            "mqtt://[nas]",
            "mqtt://[::1",
            "mqtt://[::1]x",
            "mqtt://-nas",
        ] {
            assert!(BrokerAddress::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_prefix_is_a_topic_that_may_be_published_to() {
        for good in ["a", "home/sky", "Kuppel Süd/allsky"] {
            assert!(TopicPrefix::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "a/+/b", "a/#", "$SYS/a", "a\u{0}b", "a\nb", &"a".repeat(101)] {
            assert!(TopicPrefix::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        for (host, prefix) in [("Pi-Sky.local\n", "pi-sky-local"), ("", "camera"), ("über+#/x", "-ber---x")] {
            let made = TopicPrefix::of_machine(host);
            assert_eq!(made.as_str(), format!("allsky-backups/{prefix}"));
            assert!(TopicPrefix::try_from(String::from(made)).is_ok());
        }
    }
}
