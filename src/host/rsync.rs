//! rsync of this machine: which one it is, and how it is called to take a folder of a host.
use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Command;
use std::time::Duration;

use crate::base::process;
use crate::domain::failure::{Advice, Code};
use crate::domain::host::settings::{HostSettings, Remote};
use crate::domain::snapshot::marker::MARKER_FILE;

/// How long it may take to say its version.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest that says how far it is.
const OLDEST: Version = Version(3, 1, 0);
/// Compares times to the nanosecond from here on.
const COMPARES_NANOS: Version = Version(3, 1, 3);
/// Hides blanks in names from the shell of the host by itself from here on.
const HIDES_BLANKS: Version = Version(3, 2, 4);
/// What rsync reads of its surroundings, and what would change what we ask for.
const ITS_VARIABLES: &[&str] = &[
    "RSYNC_RSH",
    "RSYNC_CONNECT_PROG",
    "RSYNC_PROXY",
    "RSYNC_PROTECT_ARGS",
    "RSYNC_OLD_ARGS",
    "RSYNC_ICONV",
    "RSYNC_PARTIAL_DIR",
    "RSYNC_CHECKSUM_LIST",
    "RSYNC_COMPRESS_LIST",
    "RSYNC_MAX_ALLOC",
    "RSYNC_SHELL",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "DISPLAY",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} is not installed on this machine")]
    Missing(&'static str),
    #[error("rsync of this machine is too old: {0}")]
    TooOld(Version),
    #[error("rsync of this machine is none that can take snapshots: {0}")]
    Another(String),
    #[error("rsync of this machine could not be started")]
    Start(#[from] io::Error),
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }

    fn advice(&self) -> String {
        match self {
            Error::Missing("ssh") => "Install it: sudo apt install openssh-client.",
            Error::Missing(_) | Error::Another(_) => "Install it: sudo apt install rsync.",
            Error::TooOld(_) => "Bring it up to date; 3.1 is the oldest that can be used.",
            Error::Start(_) => "The system log may say more.",
        }
        .to_owned()
    }
}

/// An rsync that can be used.
#[derive(Debug, Clone, Copy)]
pub struct Rsync {
    pub version: Version,
}

impl Rsync {
    /// Looks for rsync and ssh.
    pub fn find() -> Result<Rsync, Error> {
        for program in ["rsync", "ssh"] {
            process::find(program).ok_or(Error::Missing(program))?;
        }
        let said = process::run("rsync", &["--version"], PATIENCE)?.stdout;
        let first = said.lines().next().unwrap_or_default();
        let version = version(first).ok_or_else(|| Error::Another(first.to_owned()))?;
        if version < OLDEST { Err(Error::TooOld(version)) } else { Ok(Rsync { version }) }
    }

    /// A command without options, in surroundings that change nothing.
    fn bare() -> Command {
        let mut command = Command::new("rsync");
        ITS_VARIABLES.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("LC_ALL", "C").stdin(std::process::Stdio::null());
        command
    }

    /// Fetches everything that `host` wants to be taken and nothing else; the caller appends the destination.
    pub fn taking(&self, host: &HostSettings, remote: &Remote, ssh: &OsStr, nanos: Nanos) -> Command {
        let mut command = Rsync::bare();
        // No devices and sockets. Bits that let a program act as somebody else stay with the host.
        command.args(["-rlptgo", "--numeric-ids", "--no-human-readable", "--outbuf=L", "--chmod=ug-s"]);
        if !crate::base::handover::is_root() {
            // Else what only root of the host may read could be neither verified nor removed here.
            command.args(["--chmod=Du+rwx,Fu+r"]);
        }
        if nanos == Nanos::Kept && self.version >= COMPARES_NANOS {
            command.arg("--modify-window=-1");
        }
        if host.hard_links {
            command.arg("-H");
        }
        if host.one_file_system {
            command.arg("-x");
        }
        if remote.path.has_blanks() && self.version < HIDES_BLANKS {
            command.arg("--protect-args");
        }
        for ours in [format!("/{MARKER_FILE}*"), "/.snapshot_manifest.*".to_owned()] {
            command.arg(rule(&ours));
        }
        host.patterns().for_each(|pattern| {
            command.arg(rule(pattern.as_str()));
        });
        self.to_host(&mut command, remote, ssh);
        command
    }

    /// Sends a folder of this machine as it is, hard links included; the caller appends source and target.
    pub fn sending(self) -> Command {
        let mut command = Rsync::bare();
        command.args(["-rlptgoH", "--numeric-ids", "--no-human-readable", "--outbuf=L"]);
        command
    }

    /// Only the names at the top of the folder.
    pub fn listing(&self, remote: &Remote, ssh: &OsStr) -> Command {
        let mut command = Rsync::bare();
        command.args(["--dirs", "--links", "--list-only", "--no-human-readable"]);
        self.to_host(&mut command, remote, ssh);
        command
    }

    fn to_host(self, command: &mut Command, remote: &Remote, ssh: &OsStr) {
        command.arg(format!("--timeout={}", remote.timeout_s)).arg("-e").arg(ssh);
    }
}

/// Whether the drive keeps nanoseconds of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nanos {
    Kept,
    NotKept,
}

/// A rule that leaves `pattern` out, whatever it begins with.
fn rule(pattern: &str) -> OsString {
    format!("--filter=- {pattern}").into()
}

/// `rsync  version 3.2.7  protocol version 31`
fn version(line: &str) -> Option<Version> {
    let text = line.strip_prefix("rsync")?.trim_start().strip_prefix("version ")?.trim_start_matches('v');
    let number = text.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    let mut parts = number.split('.').map(|part| part.parse().ok());
    Some(Version(parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_rsync_is_read_and_another_program_is_none() {
        for (line, wanted) in [
            ("rsync  version 3.5.0  protocol version 32", Some(Version(3, 5, 0))),
            ("rsync  version 3.2.7  protocol version 31", Some(Version(3, 2, 7))),
            ("rsync  version v3.2.3  protocol version 31", Some(Version(3, 2, 3))),
            ("rsync version 3.4.3pre1", Some(Version(3, 4, 3))),
            ("openrsync: protocol version 29", None),
            ("", None),
        ] {
            assert_eq!(version(line), wanted, "{line}");
        }
        assert!(Version(3, 1, 0) < HIDES_BLANKS && Version(2, 6, 9) < OLDEST);
    }
}
