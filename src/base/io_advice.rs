//! What to do about an error of the system whose reason is not the disk: a right, or a limit of this process.
use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::handover;

/// What to do about `error` at `path`; `None` when the disk itself may be the reason.
pub fn advice(path: &Path, error: &io::Error) -> Option<String> {
    limit(error).or_else(|| handover::advice(path, error))
}

/// As [`advice`], for an error somewhere on `place`, which is named in words.
pub fn advice_for_all(error: &io::Error, place: &str) -> Option<String> {
    limit(error).or_else(|| handover::advice_for_all(error, place))
}

/// Limits that an owner or a service manager has set.
fn limit(error: &io::Error) -> Option<String> {
    let told = match Errno::from_io_error(error)? {
        Errno::MFILE => {
            "This program may not open more files at once. Allow more: LimitNOFILE= in its systemd unit, or ulimit -n in a terminal."
        }
        Errno::NFILE => "The whole machine has too many files open. End programs that you do not need, or restart it.",
        Errno::FBIG => {
            "No file may be that large here. Either the file system has a limit (FAT: 4 GiB), or this program has one: LimitFSIZE= in its systemd unit, or ulimit -f in a terminal."
        }
        Errno::DQUOT => {
            "This user may not use more of the disk. Delete what is no longer needed, or have the quota raised."
        }
        _ => return None,
    };
    Some(told.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_as_a_limit_and_a_broken_disk_is_not() {
        let told = |errno: Errno| advice(Path::new("/nowhere"), &io::Error::from(errno));
        assert!(told(Errno::MFILE).unwrap().contains("ulimit -n"));
        assert!(told(Errno::FBIG).unwrap().contains("ulimit -f"));
        assert_eq!(told(Errno::IO), None);
    }
}
