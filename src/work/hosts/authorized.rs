//! The line that lets our key in at a host: it may read one folder, and nothing else.
use crate::base::plain::read_plain_text;
use crate::domain::host::remote_path::RemotePath;
use crate::host::own_files::OwnFiles;

/// Longer than any public key.
const MOST: u64 = 16 << 10;

/// For `~/.ssh/authorized_keys`; `None` where we have no key for the host.
pub(super) fn line(own: &OwnFiles, path: &RemotePath) -> Option<String> {
    let key = read_plain_text(&own.public_key(), MOST).ok()?;
    let key = key.lines().next().filter(|line| line.starts_with("ssh-"))?;
    let folder = match path.at_the_host() {
        option if option.starts_with('-') => format!("./{option}"),
        folder => folder.to_owned(),
    };
    // The letters of a path are such that these quotes hide all of them from the shell there.
    let folder = if folder.contains(' ') { format!("'{folder}'") } else { folder };
    Some(format!("restrict,command=\"rrsync -ro {folder}\" {key}"))
}
