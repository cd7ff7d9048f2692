//! A host key: asked for without being let in, shown by its fingerprint, and kept in the form that ssh reads.
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::own_files::OwnFiles;
use super::ssh::{self, HostKey as Use};
use crate::base::base64::{decode, encode_unpadded};
use crate::base::digest::Sha256;
use crate::base::long_program::{self, Line};
use crate::base::plain::read_plain_text;
use crate::domain::host::remote_error::{RemoteError, of_words};
use crate::domain::host::settings::Remote;

/// Longer than any key of a host.
const MOST: u64 = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// `ED25519`
    pub kind: String,
    /// `SHA256:…`, as ssh shows it.
    pub fingerprint: String,
    /// The line for a file of known hosts.
    pub line: String,
}

impl HostKey {
    /// Asks the host, on the way that the owner's ssh configuration has for it.
    pub fn ask<E: From<io::Error> + From<RemoteError>>(
        remote: &Remote,
        own: &OwnFiles,
        go_on: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<HostKey, E> {
        let learned = own.learned();
        forget(&learned)?;
        let words = ssh::words(remote, own, Use::IsLearned, &learned);
        let (program, rest) = words.split_first().ok_or_else(|| io::Error::other("no words for ssh"))?;
        let user = remote.address.user().map(|user| format!("{user}@")).unwrap_or_default();
        let mut command = Command::new(program);
        command.args(rest).args(["--", &format!("{user}{}", remote.address.host()), "true"]);
        command.env("LC_ALL", "C").env_remove("DISPLAY").env_remove("SSH_ASKPASS").stdin(Stdio::null());
        let mut lines = Vec::new();
        let mut hear = |line: Line| match line {
            Line::Err(text) if lines.len() < 40 => lines.push(text),
            _ => {}
        };
        let ended = long_program::run(&mut command, &mut hear, &mut |_| go_on())?;
        let found = read_plain_text(&learned, MOST).ok().and_then(|text| HostKey::read(text.lines().next()?));
        forget(&learned)?;
        found.ok_or_else(|| of_words(ended.code().unwrap_or(255), &lines).into())
    }

    /// The one that the owner has confirmed.
    pub fn confirmed(own: &OwnFiles) -> Option<HostKey> {
        HostKey::read(read_plain_text(&own.known_hosts(), MOST).ok()?.lines().next()?)
    }

    /// `NAME ssh-ed25519 AAAA…`
    fn read(line: &str) -> Option<HostKey> {
        let mut words = line.split_ascii_whitespace();
        let (_, kind, key) = (words.next()?, words.next()?, words.next()?);
        let digest = Sha256::of(&decode(key)?);
        let short = kind.strip_prefix("ssh-").or_else(|| kind.split('-').next()).unwrap_or(kind);
        let fingerprint = format!("SHA256:{}", encode_unpadded(&digest.0));
        Some(HostKey { kind: short.to_uppercase(), fingerprint, line: line.to_owned() })
    }
}

fn forget(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_one_that_ssh_shows() {
        let line = "x ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS";
        let key = HostKey::read(line).unwrap();
        assert_eq!(key.kind, "ED25519");
        assert!(key.fingerprint.starts_with("SHA256:") && key.fingerprint.len() == 50, "{}", key.fingerprint);
        for odd in ["", "x", "x ssh-ed25519", "x ssh-ed25519 ???"] {
            assert_eq!(HostKey::read(odd), None, "{odd}");
        }
    }
}
