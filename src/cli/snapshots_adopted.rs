//! `snapshots adopt` in words: what of another program would be taken over, and what was.
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table, stamp};
use crate::api::dry_run::{Adopting, DryRun};
use crate::base::counted::counted;
use crate::domain::failure::{Code, Failure};
use crate::domain::host::settings::HostName;
use crate::domain::order::{Order, Original, SnapshotOrder};
use crate::work::snapshot::adopting::outcome::{Adopted, Coming};
use crate::work::snapshot::adopting::run::{host_of, would_adopt};

impl Session {
    pub(super) fn adoption(&self, path: PathBuf, host: Option<HostName>, original: Original) -> Result<Order, Failure> {
        let from = absolute(&path)?;
        let host = host.map_or_else(|| host_of(&self.tools, &from), Ok)?;
        Ok(Order::Snapshot(SnapshotOrder::Adopt { host, from, original }))
    }
}

impl ReadingSession {
    /// Touches nothing.
    pub(super) fn would_adopt(&self, path: &Path, host: Option<HostName>, original: Original) -> Result<(), Failure> {
        let from = absolute(path)?;
        let host = host.map_or_else(|| host_of(&self.tools, &from), Ok)?;
        let found = would_adopt(&self.tools, &host, &from, original)?;
        self.screen.show(&DryRun::of(Adopting { set: &found }), |out| {
            let (left, now) = (Align::Left, (self.tools.now)());
            let mut table = Table::new(&[("FOLDER", left), ("TIME", left), ("SNAPSHOT", left)]);
            for tree in &found.taken {
                table.row([tree.folder.clone(), stamp(tree.at, &now), tree.snapshot.to_string()]);
            }
            table.print(out)?;
            stays(&found, out)?;
            let how = match found.coming {
                Coming::Renamed => "renamed into their place; with --keep they stay as well",
                Coming::Linked => "taken over with second names; the folders stay",
                Coming::Copied => "copied with their links, because they lie on another file system; the folders stay",
            };
            writeln!(out, "RESULT {} of {} would be {how}", counted(found.taken.len() as u64, "snapshot"), found.host)
        })
    }
}

/// What came out of it.
pub(super) fn adopted(adopted: &Adopted, out: &mut dyn Write) -> io::Result<()> {
    adopted.taken.iter().try_for_each(|tree| writeln!(out, "taken  {}  {}", tree.folder, tree.snapshot))?;
    stays(adopted, out)?;
    let count = counted(adopted.taken.len() as u64, "snapshot");
    writeln!(out, "RESULT {count} of {} taken over", adopted.host)?;
    writeln!(out, "from now on its rules hold for them too: allsky-backups snapshots prune {} --dry-run", adopted.host)
}

fn stays(adopted: &Adopted, out: &mut dyn Write) -> io::Result<()> {
    adopted.stays.iter().try_for_each(|one| writeln!(out, "stays  {}  {}", one.folder, one.why))
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let advice = "Name the folder in which the snapshots lie side by side.".to_owned();
    std::path::absolute(path).map_err(|why| Failure { code: Code::Usage, message: why.to_string(), advice })
}
