//! What goes wrong between here and a host over ssh, in words, with what to do about it.
use super::remote_path::RemotePath;
use crate::domain::failure::{Advice, Code};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    #[error("the name of the host is not known: {0}")]
    UnknownName(String),
    #[error("the host refuses the connection: {0}")]
    Refused(String),
    #[error("the host cannot be reached: {0}")]
    Unreachable(String),
    #[error("this service may not leave its machine")]
    Shut,
    #[error("the host has another host key than the one that was confirmed")]
    HostKeyChanged,
    #[error("the host key of the host was never confirmed")]
    HostKeyUnknown,
    #[error("the host does not let us in with our key: {0}")]
    KeyRefused(String),
    #[error("the host asks for a password, and lets nobody in with a key")]
    PasswordOnly,
    #[error("our key for the host cannot be used: {0}")]
    KeyUnusable(String),
    #[error("there is no rsync on the host")]
    RsyncMissing,
    #[error("the shell of the host prints something before rsync begins")]
    NotClean,
    #[error("the host does not allow this with our key: {0}")]
    CommandRefused(String),
    #[error("the folder {0} is not there on the host")]
    FolderMissing(String),
    #[error("what is to be taken is no folder on the host: {0}")]
    NoFolder(String),
    #[error("our user on the host may not read the folder {folder}: {why}")]
    FolderClosed { folder: String, why: String },
    #[error("our key leads to another folder of the host: {0} was looked for")]
    LeadsElsewhere(String),
    #[error("our key leads to the folder by itself")]
    LeadsToTheFolder,
    #[error("there is nothing in the folder of the host")]
    Empty,
    #[error("the drive is full: {0}")]
    Full(String),
    #[error("the drive gives a file no more names: {0}")]
    TooManyNames(String),
    #[error("the drive did not take {name}: {why}")]
    OurSide { name: String, why: String },
    #[error("nothing was heard of the host for too long: {0}")]
    Silent(String),
    #[error("the connection to the host broke: {0}")]
    Broken(String),
    #[error("rsync was stopped by signal {0}")]
    Killed(i32),
    #[error("rsync of this machine and that of the host do not understand each other: {0}")]
    Incompatible(String),
    #[error("rsync ended with status {status}: {words}")]
    Other { status: i32, words: String },
}

impl RemoteError {
    /// The folder itself could not be entered. `told` is how the host names it.
    pub(super) fn of_the_folder(told: &str, why: &str, path: &RemotePath) -> RemoteError {
        if path.is_doubled_in(told) {
            return RemoteError::LeadsToTheFolder;
        }
        if !path.is_named_by(told) && path.for_rsync() != "./" && why.ends_with("(2)") {
            return RemoteError::LeadsElsewhere(told.to_owned());
        }
        match why {
            _ if why.ends_with("(2)") => RemoteError::FolderMissing(told.to_owned()),
            _ if why.ends_with("(20)") => RemoteError::NoFolder(told.to_owned()),
            _ => RemoteError::FolderClosed { folder: told.to_owned(), why: why.to_owned() },
        }
    }

    /// The drive did not take something.
    pub(super) fn of_our_side(name: &str, why: &str) -> RemoteError {
        match why {
            _ if why.ends_with("(28)") || why.ends_with("(122)") => RemoteError::Full(why.to_owned()),
            _ if why.ends_with("(31)") => RemoteError::TooManyNames(name.to_owned()),
            _ => RemoteError::OurSide { name: name.to_owned(), why: why.to_owned() },
        }
    }
}

/// The error that speaks from the lines of ssh and rsync; the exit status where they say nothing that is known.
pub fn of_words(status: i32, lines: &[String]) -> RemoteError {
    let find = |words: &str| lines.iter().find(|line| line.contains(words)).map(|line| shortened(line));
    let any = |all: &[&str]| all.iter().find_map(|words| find(words));
    if let Some(line) = find("Too many links") {
        return RemoteError::TooManyNames(line);
    }
    if let Some(line) = any(&["No space left on device", "Disk quota exceeded"]) {
        return RemoteError::Full(line);
    }
    if find("HOST IDENTIFICATION HAS CHANGED").is_some() {
        return RemoteError::HostKeyChanged;
    }
    if any(&["host key is known for", "Host key verification failed"]).is_some() {
        return RemoteError::HostKeyUnknown;
    }
    if let Some(line) = any(&["Could not resolve hostname", "nodename nor servname"]) {
        return RemoteError::UnknownName(line);
    }
    if find("Operation not permitted").is_some_and(|line| line.contains("connect to")) {
        return RemoteError::Shut;
    }
    if let Some(line) = any(&["Connection refused", "Connection closed by", "kex_exchange_identification"]) {
        return RemoteError::Refused(line);
    }
    if let Some(line) =
        any(&["No route to host", "Network is unreachable", "Connection timed out", "Operation timed out"])
    {
        return RemoteError::Unreachable(line);
    }
    if let Some(line) = any(&["UNPROTECTED PRIVATE KEY", "bad permissions", "invalid format", "not accessible"]) {
        return RemoteError::KeyUnusable(line);
    }
    if let Some(line) = any(&["Permission denied (", "Too many authentication failures", "No more authentication"]) {
        let is_password = line.contains("(password") && !line.contains("publickey");
        return if is_password { RemoteError::PasswordOnly } else { RemoteError::KeyRefused(line) };
    }
    if let Some(line) = any(&["rrsync error", "rrsync: error", "rrsync:", "Unknown command", "not allowed"]) {
        return RemoteError::CommandRefused(line);
    }
    if find("is your shell clean").is_some() {
        return RemoteError::NotClean;
    }
    let is_missing = |line: &String| {
        line.contains("rsync") && ["not found", "No such file", "not recognized"].iter().any(|w| line.contains(w))
    };
    if status == 127 || lines.iter().any(is_missing) {
        return RemoteError::RsyncMissing;
    }
    if let Some(line) = any(&["io timeout after", "Timeout, server", "timeout in data", "timeout waiting"]) {
        return RemoteError::Silent(line);
    }
    let last = || lines.iter().rev().find(|line| !line.trim().is_empty()).map(|line| shortened(line));
    let words = find("rsync: ").or_else(last).unwrap_or_else(|| "it gave no reason".to_owned());
    match status {
        2 | 4 | 5 => RemoteError::Incompatible(words),
        1 if find("openrsync").is_some() => RemoteError::Incompatible(words),
        10 | 12 | 255 => RemoteError::Broken(words),
        30 | 35 => RemoteError::Silent(words),
        19 | 20 => RemoteError::Killed(15),
        status if status > 128 && status < 160 => RemoteError::Killed(status - 128),
        status => RemoteError::Other { status, words },
    }
}

/// A line of the host, as far as it fits into a sentence.
fn shortened(line: &str) -> String {
    let plain: String = line.chars().filter(|c| !c.is_control()).take(240).collect();
    plain.trim().to_owned()
}

impl Advice for RemoteError {
    fn code(&self) -> Code {
        match self {
            RemoteError::Full(_) => Code::NotReady,
            _ => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            RemoteError::UnknownName(_) => "Check the address of the [[host]]; its number works where its name does not.",
            RemoteError::Refused(_) => "Is the ssh server of the host on, and is the port the right one?",
            RemoteError::Unreachable(_) => "Is the host switched on and in the same network? The next snapshot is tried in its turn.",
            RemoteError::Shut => "Run `sudo /usr/lib/allsky-backups/mails.sh` once: it lets the service reach hosts.",
            RemoteError::HostKeyChanged => {
                "Nothing was sent. When the host was installed anew, confirm its new key with `allsky-backups hosts add`; else somebody may stand between you and the host."
            }
            RemoteError::HostKeyUnknown => "Confirm it with `allsky-backups hosts add`, for the target of a plan with `allsky-backups plans trust`, or by a first `ssh` to the host.",
            RemoteError::KeyRefused(_) => {
                "Put the line that `allsky-backups hosts list` shows into ~/.ssh/authorized_keys on the host, for the user of the address."
            }
            RemoteError::PasswordOnly => "Allow keys in the ssh server of the host (PubkeyAuthentication yes).",
            RemoteError::KeyUnusable(_) => "The file must be there, belong to the user of this program, and be closed to all others.",
            RemoteError::RsyncMissing => "Install it there: sudo apt install rsync.",
            RemoteError::NotClean => {
                "A start file such as ~/.bashrc prints text also where nobody reads it: print only in a terminal there."
            }
            RemoteError::CommandRefused(_) => {
                "The line in ~/.ssh/authorized_keys on the host allows something else: compare it with the one that `allsky-backups hosts list` shows."
            }
            RemoteError::FolderMissing(_) | RemoteError::NoFolder(_) | RemoteError::LeadsElsewhere(_) | RemoteError::LeadsToTheFolder => {
                "No snapshot was made, and all earlier ones stay. Is a disk of the host not mounted, or the path of the [[host]] another one?"
            }
            RemoteError::FolderClosed { .. } => "Choose a user who may read it, as the address of the [[host]].",
            RemoteError::Empty => {
                "No snapshot was made, and all earlier ones stay. Is a disk of the host not mounted, or the path of the [[host]] another one?"
            }
            RemoteError::Full(_) => {
                "Nothing was left behind, and all earlier snapshots stay: let some go with `allsky-backups snapshots prune`, or use a larger drive."
            }
            RemoteError::TooManyNames(_) => "Take it again: all files are then copied anew.",
            RemoteError::OurSide { .. } => "Check the drive and its cable; the system log may say more.",
            RemoteError::Silent(_) | RemoteError::Broken(_) => {
                "Nothing was left behind. Check the network and the host; the next snapshot is tried in its turn."
            }
            RemoteError::Killed(_) => "Nothing was left behind; start it again. When memory was short, the system log says so.",
            RemoteError::Incompatible(_) => "Bring rsync of both machines up to date.",
            RemoteError::Other { .. } => "Nothing was left behind. `allsky-backups hosts test` looks at each step of the way.",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: i32, text: &str) -> String {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        of_words(status, &lines).to_string()
    }

    #[test]
    fn every_known_line_has_its_words() {
        for (status, text, wanted) in [
            (255, "ssh: Could not resolve hostname nosuch: Name or service not known", "is not known"),
            (255, "ssh: connect to host a port 22: Connection refused", "refuses"),
            (
                12,
                "ssh: connect to host a port 22: Connection timed out\nrsync: connection unexpectedly closed",
                "reached",
            ),
            (255, "ssh: connect to host a port 22: Operation not permitted", "may not leave"),
            (
                255,
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
                "another host key",
            ),
            (255, "No ED25519 host key is known for a and you have requested strict checking.", "never confirmed"),
            (255, "pi@a: Permission denied (publickey,password).", "does not let us in"),
            (255, "pi@a: Permission denied (password).", "asks for a password"),
            (255, "Load key \"/x\": invalid format\npi@a: Permission denied (publickey).", "cannot be used"),
            (127, "bash: line 1: rsync: command not found\nrsync error: remote command not found", "no rsync"),
            (12, "bash: line 1: exec: rsync: not found", "no rsync"),
            (2, "protocol version mismatch -- is your shell clean?", "prints something"),
            (12, "/usr/bin/rrsync error: SSH_ORIGINAL_COMMAND does not run rsync", "does not allow"),
            (30, "[Receiver] io timeout after 2 seconds -- exiting", "too long"),
            (255, "Timeout, server a not responding.", "too long"),
            (12, "rsync: connection unexpectedly closed (0 bytes received so far) [Receiver]", "broke"),
            (137, "", "signal 9"),
            (99, "", "status 99: it gave no reason"),
        ] {
            assert!(told(status, text).contains(wanted), "{text}: {}", told(status, text));
        }
    }
}
