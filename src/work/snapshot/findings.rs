//! What the owner is told after a snapshot was taken: each kind once, with some names.
use std::io;

use crate::base::rel_path::printable;
use crate::domain::host::verdict::{Left, Named};
use crate::domain::monitor::Monitor;

/// Names that are told of each kind; the rest is counted.
const NAMED: usize = 20;

/// One kind.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<String>,
    pub count: u64,
}

impl Names {
    pub fn add(&mut self, path: &[u8]) {
        self.count += 1;
        if self.names.len() < NAMED {
            self.names.push(printable(path));
        }
    }

    pub fn add_with(&mut self, path: &[u8], why: &io::Error) {
        if self.names.len() < NAMED {
            self.names.push(format!("{} ({why})", printable(path)));
        }
        self.count += 1;
    }

    /// Names that the host told of.
    fn add_told(&mut self, told: &Named) {
        let first = told
            .first
            .iter()
            .map(|(name, why)| format!("{} ({})", printable(name.as_bytes()), printable(why.as_bytes())));
        self.names.extend(first.take(NAMED.saturating_sub(self.names.len())));
        self.count += told.count;
    }

    fn tell(&self, one: &str, many: &str, monitor: &dyn Monitor) {
        let rest = self.count.saturating_sub(self.names.len() as u64);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        match self.count {
            0 => {}
            1 => monitor.warn(format!("{one}: {}", self.names.join(", "))),
            n => monitor.warn(format!("{n} {many}: {}{more}", self.names.join(", "))),
        }
    }
}

/// All kinds.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub unreadable: Names,
    pub changed: Names,
    pub not_held: Names,
    pub many_names: Names,
    pub our_names: Names,
    pub drive_itself: Names,
    /// Files and folders of which the drive did not take the owner, or what else they carry.
    pub owners: u64,
    pub xattrs: u64,
}

impl Findings {
    /// What a host over ssh could not give.
    pub fn tell_of(&mut self, left: &Left) {
        self.unreadable.add_told(&left.unreadable);
        self.not_held.add_told(&left.not_held);
    }

    pub fn tell(&self, monitor: &dyn Monitor) {
        self.unreadable.tell(
            "one thing could not be read and is not in the snapshot",
            "things could not be read and are not in the snapshot",
            monitor,
        );
        self.changed.tell(
            "one file changed while it was copied, so it may be half old and half new in the snapshot",
            "files changed while they were copied, so they may be half old and half new in the snapshot",
            monitor,
        );
        self.not_held.tell(
            "one name cannot be held by the drive and is not in the snapshot",
            "names cannot be held by the drive and are not in the snapshot",
            monitor,
        );
        self.many_names.tell(
            "one file has as many names as the drive gives to a file, so it was copied anew",
            "files have as many names as the drive gives to a file, so they were copied anew",
            monitor,
        );
        self.our_names.tell(
            "one file is called as a file of ours in each snapshot, and was left out",
            "files are called as files of ours in each snapshot, and were left out",
            monitor,
        );
        self.drive_itself.tell(
            "the drive of the snapshots lies within what is taken, and was left out",
            "ways lead to the drive of the snapshots, and were left out",
            monitor,
        );
        if self.xattrs > 0 {
            monitor.warn(format!("{} extended attributes or access lists are not kept by the drive", self.xattrs));
        }
    }
}
