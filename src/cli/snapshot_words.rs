//! What comes out of the verbs of snapshots, in words.
use std::io::{self, Write};

use super::screen::{Align, Table, stamp};
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::domain::snapshot::counts::Counts;
use crate::work::snapshot::archive::HostArchived;
use crate::work::snapshot::delete::SnapshotDeleted;
use crate::work::snapshot::give_back::GivenBack;
use crate::work::snapshot::golden::{GoldenMade, GoldenVerified};
use crate::work::snapshot::list::HostItem;
use crate::work::snapshot::prune::Pruned;
use crate::work::snapshot::pull::Taken;
use crate::work::snapshot::verify::Verified;

/// What came out of `snapshots take`.
pub(super) fn taken(taken: &Taken, out: &mut dyn Write) -> io::Result<()> {
    if taken.skipped {
        return writeln!(out, "there is a snapshot of this hour already: {}", taken.snapshot);
    }
    writeln!(out, "{}  {}", taken.snapshot, content(&taken.counts))?;
    writeln!(out, "{}", changes(&taken.counts))
}

/// What came out of `snapshots prune`.
pub(super) fn pruned(pruned: &Pruned, out: &mut dyn Write) -> io::Result<()> {
    pruned.deleted.iter().try_for_each(|line| writeln!(out, "deleted  {}  {}", line.snapshot, line.why))?;
    pruned.others_deleted.iter().try_for_each(|line| writeln!(out, "deleted  {}  {}", line.thing, line.why))?;
    let gone = counted(pruned.deleted.len() as u64, "snapshot");
    writeln!(out, "RESULT {gone} deleted, {} kept, {} freed", pruned.kept, Bytes(pruned.freed_bytes))
}

/// What came out of `snapshots delete`.
pub(super) fn gone(gone: &SnapshotDeleted, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "deleted {} of {}, {} freed", gone.snapshot, gone.host, Bytes(gone.freed_bytes))
}

/// What came out of `snapshots verify`.
pub(super) fn verified(found: &Verified, out: &mut dyn Write) -> io::Result<()> {
    let Verified { host, snapshot, files, bytes, .. } = found;
    let verdict = if found.ok { "whole".to_owned() } else { format!("DAMAGED in {}", counted(found.wrong, "place")) };
    writeln!(out, "{snapshot} of {host}: {verdict}, {}, {}", counted(*files, "file"), Bytes(*bytes))?;
    found.findings.iter().try_for_each(|finding| writeln!(out, "    {finding}"))
}

/// What came out of `snapshots restore`.
pub(super) fn given_back(back: &GivenBack, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "restored {} with {} to {}", counted(back.files, "file"), Bytes(back.bytes), back.to.display())?;
    back.damaged.iter().try_for_each(|damage| writeln!(out, "NOT RESTORED: {damage}"))?;
    back.restore_id.iter().try_for_each(|id| writeln!(out, "to take it back: allsky-backups undo {id}"))
}

/// What came out of `snapshots archive`.
pub(super) fn archived(done: &HostArchived, out: &mut dyn Write) -> io::Result<()> {
    match (&done.skipped, &done.name) {
        (Some(why), _) => writeln!(out, "no archive of {} was made: {why}", done.host),
        (None, Some(name)) => writeln!(out, "{name}  {}, {}", counted(done.files, "file"), Bytes(done.bytes)),
        (None, None) => Ok(()),
    }
}

/// What came out of `snapshots golden`.
pub(super) fn golden_made(made: &GoldenMade, out: &mut dyn Write) -> io::Result<()> {
    match (&made.skipped, &made.month, &made.snapshot) {
        (Some(why), ..) => writeln!(out, "no golden month of {} was made: {why}", made.host)?,
        (None, Some(month), Some(snapshot)) => {
            let (files, bytes) = (counted(made.files, "file"), Bytes(made.bytes));
            writeln!(out, "{month} of {}, a copy of {snapshot}  {files}, {bytes}", made.host)?;
        }
        _ => {}
    }
    made.scrubbed.iter().try_for_each(|found| golden_verified(found, out))
}

pub(super) fn golden_verified(found: &GoldenVerified, out: &mut dyn Write) -> io::Result<()> {
    let GoldenVerified { host, month, files, bytes, .. } = found;
    let verdict = if found.ok { "whole".to_owned() } else { format!("DAMAGED in {}", counted(found.wrong, "place")) };
    writeln!(out, "golden month {month} of {host}: {verdict}, {}, {}", counted(*files, "file"), Bytes(*bytes))?;
    found.findings.iter().try_for_each(|finding| writeln!(out, "    {finding}"))
}

/// "12 files in 3 folders, 4.0 MB"
pub(super) fn content(counts: &Counts) -> String {
    let (files, folders) = (counted(counts.files, "file"), counted(counts.folders, "folder"));
    format!("{files} in {folders}, {}", Bytes(counts.bytes))
}

pub(super) fn changes(counts: &Counts) -> String {
    let mut parts = vec![
        format!("{} new", counts.new),
        format!("{} changed", counts.changed),
        format!("{} shared", counts.linked),
        format!("{} gone", counts.deleted),
        format!("{} written", Bytes(counts.added_bytes)),
    ];
    for (count, what) in [
        (counts.left_out, "left out"),
        (counts.special, "no files (pipes, sockets, devices)"),
        (counts.other_file_systems, "on other file systems"),
        (counts.unreadable, "not readable"),
        (counts.vanished, "vanished meanwhile"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

pub(super) fn lines(host: &HostItem, now: &jiff::Zoned, out: &mut dyn Write) -> io::Result<()> {
    let place = host.destination.as_ref().map_or_else(|| "no drive".to_owned(), ToString::to_string);
    writeln!(out, "{}  {}  on {place}", host.host, host.path.display())?;
    if let Some(why) = &host.why {
        return writeln!(out, "    cannot be listed now: {why}");
    }
    if host.snapshots.is_empty() {
        writeln!(out, "    no snapshots yet")?;
    } else {
        snapshots(host, now, out)?;
    }
    for item in &host.archives {
        writeln!(out, "    archive {}  {}  {}", item.name, Bytes(item.bytes), item.reason)?;
    }
    host.golden.iter().try_for_each(|item| {
        let read = match &item.scrub {
            Some(scrub) if scrub.wrong > 0 => format!("DAMAGED in {}", counted(scrub.wrong, "place")),
            Some(scrub) => format!("read again {}", stamp(scrub.at, now)),
            None => "read back when it was made".to_owned(),
        };
        let files = counted(item.files, "file");
        writeln!(
            out,
            "    golden month {}  a copy of {}  {files}, {}  {read}",
            item.month,
            item.snapshot,
            Bytes(item.bytes)
        )
    })
}

fn snapshots(host: &HostItem, now: &jiff::Zoned, out: &mut dyn Write) -> io::Result<()> {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[
        ("SNAPSHOT", left),
        ("TAKEN", left),
        ("FILES", right),
        ("SIZE", right),
        ("NEW", right),
        ("CHANGED", right),
        ("WRITTEN", right),
        ("STATE", left),
    ]);
    for item in &host.snapshots {
        let counts = &item.marker.counts;
        let state = match (&item.suspect, item.pinned) {
            (Some(why), _) => format!("not trusted: {why}"),
            (None, true) => "pinned".to_owned(),
            (None, false) => "complete".to_owned(),
        };
        table.row([
            item.name.to_string(),
            stamp(item.marker.started, now),
            counts.files.to_string(),
            Bytes(counts.bytes).to_string(),
            counts.new.to_string(),
            counts.changed.to_string(),
            Bytes(counts.added_bytes).to_string(),
            state,
        ]);
    }
    table.print(out)
}
