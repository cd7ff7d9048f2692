//! The words with which ssh is called for a host: what its owner set, and what is always so.
//!
//! ssh takes the first value of an option, so what nobody may change comes first, then what the owner of the `[[host]]`
//! wrote, then our defaults; the owner's own ssh configuration fills in the rest.
use std::ffi::OsString;
use std::path::Path;

use super::own_files::OwnFiles;
use crate::domain::host::settings::Remote;

/// How long a host may take to answer at all.
const CONNECT_TIMEOUT_S: u32 = 15;
/// A silent connection is asked so many times whether it lives.
const ALIVE_ASKED: u32 = 4;

/// Whether host keys are compared or, once, learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKey {
    MustBeKnown,
    /// Into a file of ours, to be shown to the owner; nobody is let in with it.
    IsLearned,
}

/// `ssh` with its options, without the address.
pub fn words(remote: &Remote, own: &OwnFiles, host_key: HostKey, known: &Path) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["ssh".into()];
    let mut set = |option: String| words.extend(["-o".into(), OsString::from(option)]);
    for fixed in [
        "BatchMode=yes",
        "LogLevel=ERROR",
        "PermitLocalCommand=no",
        "ClearAllForwardings=yes",
        "ForwardAgent=no",
        "ForwardX11=no",
        "RequestTTY=no",
        "UpdateHostKeys=no",
        "EscapeChar=none",
    ] {
        set(fixed.to_owned());
    }
    let is_ours = known == own.known_hosts();
    match host_key {
        HostKey::MustBeKnown => set("StrictHostKeyChecking=yes".to_owned()),
        HostKey::IsLearned => {
            for learning in [
                "StrictHostKeyChecking=accept-new",
                "HashKnownHosts=no",
                "ControlPath=none",
                "PubkeyAuthentication=no",
                "PasswordAuthentication=no",
                "KbdInteractiveAuthentication=no",
                "HostbasedAuthentication=no",
                "GSSAPIAuthentication=no",
            ] {
                set(learning.to_owned());
            }
        }
    }
    if is_ours || host_key == HostKey::IsLearned {
        set(format!("HostKeyAlias={}", own.alias()));
        set("GlobalKnownHostsFile=/dev/null".to_owned());
    }
    if is_ours || host_key == HostKey::IsLearned || remote.known_hosts.is_some() {
        set(format!("UserKnownHostsFile={}", quoted(&known.to_string_lossy())));
    }
    for option in &remote.ssh_options {
        set(option.as_str().to_owned());
    }
    set(format!("ConnectTimeout={CONNECT_TIMEOUT_S}"));
    set(format!("ServerAliveInterval={}", (remote.timeout_s / (2 * ALIVE_ASKED)).clamp(1, 15)));
    set(format!("ServerAliveCountMax={ALIVE_ASKED}"));
    let own_key = own.key();
    let key = remote.key.as_deref().or(own.has_key().then_some(own_key.as_path()));
    if let Some(key) = key.filter(|_| host_key == HostKey::MustBeKnown) {
        set("IdentitiesOnly=yes".to_owned());
        set(format!("IdentityFile={}", quoted(&key.to_string_lossy())));
    }
    if let Some(port) = remote.port {
        words.extend(["-p".into(), port.to_string().into()]);
    }
    words
}

/// The file in which the host key is looked for; that of the owner when he confirmed none with us.
pub fn known_hosts(remote: &Remote, own: &OwnFiles) -> std::path::PathBuf {
    remote.known_hosts.clone().unwrap_or_else(|| own.known_hosts())
}

/// The words for a run in which the host key must be the one that is known.
pub fn words_for_work(remote: &Remote, own: &OwnFiles) -> Vec<OsString> {
    let known = match &remote.known_hosts {
        Some(file) => file.clone(),
        None if own.has_host_key() => own.known_hosts(),
        // Those of the owner's own ssh configuration.
        None => std::path::PathBuf::new(),
    };
    words(remote, own, HostKey::MustBeKnown, &known)
}

/// One value in a line of an ssh configuration: blanks are part of it, and `%` begins nothing.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('%', "%%"))
}

/// The words as one text for `rsync -e`, which parts it at blanks outside of quotes.
pub fn as_one_text(words: &[OsString]) -> OsString {
    let mut text = OsString::new();
    for word in words {
        if !text.is_empty() {
            text.push(" ");
        }
        text.push("'");
        text.push(word.to_string_lossy().replace('\'', "''"));
        text.push("'");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> Remote {
        Remote::new("pi@cam".parse().unwrap(), "~/".parse().unwrap())
    }

    fn text(words: &[OsString]) -> String {
        words.join(std::ffi::OsStr::new(" ")).to_string_lossy().into_owned()
    }

    #[test]
    fn what_nobody_may_change_comes_before_what_the_owner_wrote() {
        let top = tempfile::tempdir().unwrap();
        let own = OwnFiles::of(top.path(), &"cam".parse().unwrap());
        let options = vec!["ConnectTimeout=3".to_owned().try_into().unwrap()];
        let words = text(&words_for_work(&Remote { ssh_options: options, port: Some(2222), ..remote() }, &own));
        let at = |part: &str| words.find(part).unwrap_or_else(|| panic!("{part} in {words}"));
        assert!(at("BatchMode=yes") < at("ConnectTimeout=3") && at("ConnectTimeout=3") < at("ConnectTimeout=15"));
        assert!(words.contains("StrictHostKeyChecking=yes") && words.ends_with("-p 2222"), "{words}");
        assert!(!words.contains("UserKnownHostsFile") && !words.contains("IdentityFile"), "{words}");
    }

    #[test]
    fn a_host_key_that_was_confirmed_with_us_is_the_only_one_that_counts() {
        let top = tempfile::tempdir().unwrap();
        let state = top.path().join("my 100% state's");
        let own = OwnFiles::of(&state, &"cam".parse().unwrap());
        std::fs::create_dir_all(own.folder()).unwrap();
        for file in [own.known_hosts(), own.key()] {
            std::fs::write(file, "x").unwrap();
        }
        let words = words_for_work(&remote(), &own);
        let all = text(&words);
        assert!(
            all.contains("HostKeyAlias=allsky-backups-cam") && all.contains("GlobalKnownHostsFile=/dev/null"),
            "{all}"
        );
        assert!(all.contains("100%% state's/hosts/cam/id_ed25519\"") && all.contains("IdentitiesOnly=yes"), "{all}");
        let one = as_one_text(&words);
        assert!(one.to_string_lossy().contains("100%% state''s/hosts"), "{one:?}");
    }
}
