//! `snapshots find` and `snapshots restore --dry-run`: what is in a snapshot, and what giving it back would change.
use std::ffi::OsString;
use std::io::{self, Write};

use super::reading::ReadingSession;
use super::snapshots::within;
use crate::api::dry_run::{Changing, DryRun};
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotRequest;
use crate::work::snapshot::compare::{Group, would_give_back};
use crate::work::snapshot::search::{MOST, search};

impl ReadingSession {
    pub(super) fn find_in_snapshot(
        &self,
        host: &HostName,
        name: SnapshotName,
        text: &str,
        below: Option<OsString>,
    ) -> Result<(), Failure> {
        let below = below.map(within).transpose()?;
        let found = search(&self.tools, host, name, below.as_ref(), text)?;
        self.screen.show(&found, |out| {
            for item in &found.items {
                let slash = if item.kind == "folder" { "/" } else { "" };
                writeln!(out, "{}{slash}", item.name)?;
            }
            if found.more { writeln!(out, "... only the first {MOST} are told") } else { Ok(()) }
        })
    }

    /// Touches nothing.
    pub(super) fn would_give_back(&self, request: &SnapshotRequest) -> Result<(), Failure> {
        let found = would_give_back(&self.tools, request)?;
        self.screen.show(&DryRun::of(Changing { changes: &found }), |out| {
            writeln!(out, "{} of {} to {}", found.snapshot, found.host, found.to.display())?;
            group("new", &found.new, out)?;
            group("replaced", &found.changed, out)?;
            group("came since", &found.came_since, out)?;
            writeln!(out, "same  {}", counted(found.same.count, "file"))?;
            if found.newer > 0 {
                let newer = counted(found.newer, "file");
                writeln!(out, "NEWER  {newer} of those that would be replaced changed after the snapshot was taken")?;
            }
            found.refused.iter().try_for_each(|why| writeln!(out, "REFUSED  {why}"))
        })
    }
}

fn group(what: &str, group: &Group, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{what}  {}, {}", counted(group.count, "file"), Bytes(group.bytes))?;
    group.names.iter().try_for_each(|name| writeln!(out, "    {name}"))
}
