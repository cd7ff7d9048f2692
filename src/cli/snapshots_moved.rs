//! `snapshots move` in words: what would go to another drive, and what went.
use std::io::{self, Write};

use super::reading::ReadingSession;
use super::watch::Watch;
use crate::api::dry_run::{DryRun, Moving};
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::work::snapshot::moving::outcome::{Moved, OldSet};
use crate::work::snapshot::moving::run::would_move;

impl ReadingSession {
    /// Changes nothing; a drive is tried with a file that goes at once.
    pub(super) fn would_move(&self, host: &HostName, to: &DestinationName) -> Result<(), Failure> {
        let watch = Watch::new();
        let looked = would_move(&self.tools, host, to, &watch);
        watch.finish(&[]);
        let looked = looked?;
        self.screen.show(&DryRun::of(Moving { set: &looked }), |out| {
            let set = set_of(looked.snapshots, looked.golden, looked.archives);
            writeln!(out, "{set} of {host} would go from {} to {}", looked.from, looked.to)?;
            if looked.are_there > 0 {
                writeln!(out, "{} of them lie there already", looked.are_there)?;
            }
            let (things, bytes) = (looked.new_files, Bytes(looked.new_bytes));
            writeln!(out, "{things} files, folders and links would be made there, with {bytes}")?;
            match looked.strangers {
                0 => Ok(()),
                count => writeln!(out, "{count} things among the snapshots are none of this host, and stay"),
            }
        })
    }
}

/// What came out of it.
pub(super) fn moved(moved: &Moved, out: &mut dyn Write) -> io::Result<()> {
    let Moved { host, from, to, .. } = moved;
    if moved.snapshots + moved.golden + moved.archives > 0 {
        let set = set_of(moved.snapshots, moved.golden, moved.archives);
        writeln!(out, "{set} of {host} lie on {to} now, and new ones go there")?;
        let (copied, linked) = (counted(moved.copied_files, "file"), counted(moved.linked_files, "name"));
        let bytes = Bytes(moved.copied_bytes);
        writeln!(out, "{copied} with {bytes} copied and read back; {linked} shared as on {from}")?;
    }
    for left in &moved.left {
        writeln!(out, "DID NOT COME: {} of {}", counted(left.count, "thing"), left.name)?;
        left.findings.iter().try_for_each(|finding| writeln!(out, "    {finding}"))?;
    }
    match &moved.old_set {
        OldSet::Gone => writeln!(out, "the old set on {from} is gone"),
        OldSet::Stays { place, why: Some(why) } => {
            writeln!(out, "the old set stays in {}, because {why}", place.display())
        }
        OldSet::Stays { place, why: None } => {
            writeln!(out, "the old set stays in {}", place.display())?;
            writeln!(out, "to remove it: allsky-backups snapshots move {host} {to} --remove")
        }
    }
}

/// "12 snapshots, 1 golden month and 2 archives"
fn set_of(snapshots: u64, golden: u64, archives: u64) -> String {
    let (snapshots, golden) = (counted(snapshots, "snapshot"), counted(golden, "golden month"));
    format!("{snapshots}, {golden} and {}", counted(archives, "archive"))
}
