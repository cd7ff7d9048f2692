//! An option of ssh that an owner may set for a host, written as `Compression=yes`.
//!
//! Invariant: none of them runs a program, reads another file, weakens who is trusted, or opens a way back to us.
use serde::{Deserialize, Serialize};

/// Options that only say how a connection is made.
const ALLOWED: &[&str] = &[
    "AddressFamily",
    "BindAddress",
    "BindInterface",
    "Ciphers",
    "Compression",
    "ConnectionAttempts",
    "ConnectTimeout",
    "HostKeyAlgorithms",
    "IPQoS",
    "KexAlgorithms",
    "MACs",
    "PreferredAuthentications",
    "ProxyJump",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAcceptedKeyTypes",
    "RekeyLimit",
    "ServerAliveCountMax",
    "ServerAliveInterval",
    "TCPKeepAlive",
];

/// Options by which ssh runs a program or loads code.
const RUNS_A_PROGRAM: &[&str] = &[
    "ProxyCommand",
    "LocalCommand",
    "PermitLocalCommand",
    "RemoteCommand",
    "KnownHostsCommand",
    "PKCS11Provider",
    "SecurityKeyProvider",
    "XAuthLocation",
    "Match",
    "Include",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SshOption(String);

impl SshOption {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SshOption {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let Some((name, value)) = text.split_once('=') else {
            return Err(format!("{text:?} is no option of ssh: write it like Compression=yes"));
        };
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if RUNS_A_PROGRAM.iter().any(|known| is(known)) {
            return Err(format!(
                "{name} runs a program, which no setting of this program does: write it into your own ssh configuration"
            ));
        }
        if !ALLOWED.iter().any(|known| is(known)) {
            let known = ALLOWED.join(", ");
            return Err(format!("{name} is none of {known}: all else belongs into your own ssh configuration"));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "@._,+:/*^[]-".contains(c);
        if value.is_empty() {
            return Err(format!("{text:?} has no value"));
        }
        if !value.chars().all(fits) {
            return Err(format!("{text:?} has a letter that no value of this option has"));
        }
        Ok(SshOption(text))
    }
}

impl From<SshOption> for String {
    fn from(option: SshOption) -> String {
        option.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<String> {
        SshOption::try_from(text.to_owned()).err()
    }

    #[test]
    fn how_a_connection_is_made_may_be_set_and_what_runs_a_program_may_not() {
        for good in ["Compression=yes", "ProxyJump=pi@gate.local:2222", "ciphers=aes128-gcm@openssh.com,+aes256-ctr"] {
            assert_eq!(refused(good), None);
        }
        for odd in [
            "ProxyCommand=nc %h %p",
            "proxycommand=x",
            "LocalCommand=x",
            "PermitLocalCommand=yes",
            "KnownHostsCommand=/bin/x",
            "PKCS11Provider=/tmp/x.so",
        ] {
            let told = refused(odd).unwrap();
            assert!(told.contains("runs a program"), "{odd}: {told}");
        }
        for odd in
            ["", "Compression", "Compression=", "StrictHostKeyChecking=no", "-oX=y", "ProxyJump=a b", "IPQoS=$(x)"]
        {
            assert!(refused(odd).is_some(), "{odd}");
        }
    }
}
