//! What came out of an order, in words: a line or a few for each verb.
use std::io::{self, Write};

use super::dest;
use super::snapshot_words;
use super::{snapshots_adopted, snapshots_moved};
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::work::archive::copy::Copied;
use crate::work::archive::verify::{Checked, Finding};
use crate::work::copy_plan::Report as CopiesReport;
use crate::work::hooks::report::HooksReport;
use crate::work::nights::Report as NightsReport;
use crate::work::outcome::Outcome;
use crate::work::plan::Report as PlanReport;
use crate::work::prune::Pruned;
use crate::work::prune_plan::Report as PlanPrunedReport;
use crate::work::restore::{Restored, Undone};
use crate::work::sync::report::{SyncReport, SyncedSet};

pub(super) fn words(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Created(created) => writeln!(out, "{}", created.name),
        Outcome::Imported(imported) => writeln!(out, "{}", imported.created.name),
        Outcome::Checked(checked) => verdict(checked, out),
        Outcome::AllChecked(all) => all.iter().try_for_each(|checked| verdict(checked, out)),
        Outcome::Deleted(gone) => writeln!(out, "deleted {}", gone.name),
        Outcome::Copied(copied) => self::copied(copied, out),
        Outcome::PlanRun(report) => plan_run(report, out),
        Outcome::PlanCopied(report) => plan_copied(report, out),
        Outcome::PlanPruned(report) => plan_pruned(report, out),
        Outcome::Synced(report) => synced(report, out),
        Outcome::HooksRun(report) => hooks(report, out),
        Outcome::LeftOut(part) => writeln!(out, "left out: {}", part.left_out),
        Outcome::ArchivesPruned(pruned) => pruned.items.iter().try_for_each(|one| deleted(one, out)),
        Outcome::Nights(report) => nights(report, out),
        Outcome::DriveSetUp(done) => dest::set_up(done, out),
        Outcome::DriveChecked(checked) => dest::checked(checked, out),
        Outcome::SnapshotTaken(taken) => snapshot_words::taken(taken, out),
        Outcome::SnapshotsPruned(pruned) => snapshot_words::pruned(pruned, out),
        Outcome::SnapshotDeleted(gone) => snapshot_words::gone(gone, out),
        Outcome::SnapshotVerified(found) => snapshot_words::verified(found, out),
        Outcome::HostArchived(done) => snapshot_words::archived(done, out),
        Outcome::GoldenMade(made) => snapshot_words::golden_made(made, out),
        Outcome::GoldenVerified(found) => snapshot_words::golden_verified(found, out),
        Outcome::SnapshotsMoved(moved) => snapshots_moved::moved(moved, out),
        Outcome::SnapshotsAdopted(adopted) => snapshots_adopted::adopted(adopted, out),
        Outcome::GivenBack(back) => snapshot_words::given_back(back, out),
        Outcome::Restored(report) => restored(report, out),
        Outcome::NightRestored(report) => night_restored(report, out),
        Outcome::Undone(report) => undone(report, out),
    }
}

/// Good to know, and no warning.
pub(super) fn notes(outcome: &Outcome) -> &[String] {
    match outcome {
        Outcome::Created(created) => &created.notes,
        Outcome::Imported(imported) => &imported.created.notes,
        _ => &[],
    }
}

fn verdict(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let (name, why) = (&checked.name, checked.error.as_deref().unwrap_or("-"));
    match checked.finding {
        Finding::Whole => {
            writeln!(out, "{name}: whole, {}, {}", counted(checked.members, "member"), Bytes(checked.bytes))
        }
        Finding::Foreign => writeln!(out, "{name}: skipped, no backup: {why}"),
        Finding::Unread => writeln!(out, "{name}: NOT READ: {why}"),
        Finding::Damaged => writeln!(out, "{name}: DAMAGED: {why}"),
    }
}

fn copied(copied: &Copied, out: &mut dyn Write) -> io::Result<()> {
    let Copied { name, from, to, .. } = copied;
    match (&copied.damage, copied.moved, copied.was_there) {
        (Some(_), ..) => writeln!(out, "{name} lies on {to} as it lies on {from}: DAMAGED; it stays on both"),
        (None, true, _) => writeln!(out, "moved {name} from {from} to {to}, and verified it there"),
        (None, false, true) => writeln!(out, "{name} lay on {to} already, and was verified there"),
        (None, false, false) => writeln!(out, "copied {name} from {from} to {to}, and verified it there"),
    }
}

fn synced(report: &SyncReport, out: &mut dyn Write) -> io::Result<()> {
    for set in &report.sets {
        if set.verified {
            let SyncedSet { set, files, bytes, sent_files, sent_bytes, deleted, .. } = set;
            let (files, sent, deleted) =
                (counted(*files, "file"), counted(*sent_files, "file"), counted(*deleted, "thing"));
            writeln!(
                out,
                "{set}: {files}, {}, at {}; sent {sent}, {}; deleted {deleted}; compared",
                Bytes(*bytes),
                report.target,
                Bytes(*sent_bytes)
            )?;
        }
        set.held_back.iter().try_for_each(|why| writeln!(out, "{}: {why}", set.set))?;
    }
    report.nothing.iter().try_for_each(|why| writeln!(out, "{why}"))
}

pub(super) fn hooks(report: &HooksReport, out: &mut dyn Write) -> io::Result<()> {
    for called in &report.hooks {
        let how = called.wrong.as_deref().unwrap_or("done");
        writeln!(out, "hook {} {}: {how}, {:.1} s", called.event.word(), called.program, called.seconds)?;
    }
    report.nothing.iter().try_for_each(|why| writeln!(out, "{why}"))
}

fn plan_run(report: &PlanReport, out: &mut dyn Write) -> io::Result<()> {
    report.snapshot.iter().try_for_each(|taken| snapshot_words::taken(taken, out))?;
    match &report.created {
        Some(created) => writeln!(out, "{}", created.name),
        None if report.source.host().is_some() => Ok(()),
        None => writeln!(out, "nothing to back up: {}", report.nothing.as_deref().unwrap_or("-")),
    }
}

fn plan_pruned(report: &PlanPrunedReport, out: &mut dyn Write) -> io::Result<()> {
    report.archives.iter().try_for_each(|pruned| deleted(pruned, out))?;
    report.snapshots.iter().try_for_each(|pruned| snapshot_words::pruned(pruned, out))
}

fn plan_copied(report: &CopiesReport, out: &mut dyn Write) -> io::Result<()> {
    for one in &report.destinations {
        if one.not_ready.is_none() && one.copied.is_empty() {
            writeln!(out, "nothing is missing on {}", one.destination)?;
        }
        one.copied.iter().try_for_each(|copied| self::copied(copied, out))?;
    }
    Ok(())
}

fn deleted(pruned: &Pruned, out: &mut dyn Write) -> io::Result<()> {
    pruned.deleted.iter().try_for_each(|line| writeln!(out, "deleted  {}  {}", line.name, line.why))
}

fn nights(report: &NightsReport, out: &mut dyn Write) -> io::Result<()> {
    for night in &report.nights {
        let verdict = if night.verified {
            "saved and verified".to_owned()
        } else {
            format!("FAILED: {}", night.troubles.join("; "))
        };
        let (class, bytes) = (night.class.as_str(), Bytes(night.bytes));
        writeln!(out, "{}  {class}  {}  {bytes}  {verdict}", night.night, counted(night.images, "image"))?;
    }
    for night in &report.checked {
        let verdict = if night.ok { "whole".to_owned() } else { format!("DAMAGED: {}", night.troubles.join("; ")) };
        let foreign =
            if night.foreign > 0 { format!("; {} of other programs", files(night.foreign)) } else { String::new() };
        writeln!(out, "{}  {}  {verdict}{foreign}", night.night, files(night.files))?;
    }
    if report.nights.is_empty() && report.checked.is_empty() && report.pruned.is_none() {
        writeln!(out, "nothing to save")?;
    }
    if let Some(pruned) = &report.pruned {
        for line in &pruned.deleted {
            writeln!(out, "{}  deleted, {} freed", line.night, Bytes(line.bytes))?;
        }
        writeln!(out, "RESULT {}", pruned.result.as_str())?;
    }
    match &report.failure {
        Some(failure) => writeln!(out, "{}\n{}", failure.message, failure.advice),
        None => Ok(()),
    }
}

fn restored(restored: &Restored, out: &mut dyn Write) -> io::Result<()> {
    let in_the_way = restored.obstructed;
    let Some(id) = &restored.restore_id else {
        return match in_the_way {
            0 => writeln!(out, "everything is as in the backup already, nothing was changed"),
            _ => writeln!(out, "nothing was restored: {}", obstructed(in_the_way)),
        };
    };
    let rested = match restored.pause_ms {
        _ if restored.found_camera_down() => "; the camera was not running, and stays so until you start it".to_owned(),
        0 => String::new(),
        ms => format!("; the camera rested for {ms} ms"),
    };
    writeln!(out, "restored {}{rested}", files(restored.files))?;
    if in_the_way > 0 {
        writeln!(out, "{}", obstructed(in_the_way))?;
    }
    writeln!(out, "to go back: allsky-backups undo {id}")
}

fn obstructed(count: u64) -> String {
    let stay = if count == 1 { "stays" } else { "stay" };
    format!("{} {stay} in the backup, because of what lies in their places; the preview names each", files(count))
}

fn night_restored(restored: &Restored, out: &mut dyn Write) -> io::Result<()> {
    let Some(id) = &restored.restore_id else {
        return writeln!(out, "the camera has everything already, nothing was changed");
    };
    writeln!(out, "restored {} with {}", files(restored.files), Bytes(restored.bytes))?;
    writeln!(out, "to go back: allsky-backups undo {id}")
}

pub(super) fn files(count: u64) -> String {
    counted(count, "file")
}

fn undone(undone: &Undone, out: &mut dyn Write) -> io::Result<()> {
    let are = if undone.files == 1 { "is as it was" } else { "are as they were" };
    writeln!(out, "restore {} was undone: {} {are}", undone.undone, files(undone.files))?;
    writeln!(out, "to have it again: allsky-backups undo {}", undone.restore_id)
}
