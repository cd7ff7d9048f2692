//! What came out of an order, in words: a line or a few for each verb.
use std::io::{self, Write};

use super::{nights_run, plans, restore, restored, verify};
use crate::work::outcome::Outcome;

pub(super) fn words(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Created(created) => writeln!(out, "{}", created.name),
        Outcome::Imported(imported) => writeln!(out, "{}", imported.created.name),
        Outcome::Checked(checked) => verify::line(checked, out),
        Outcome::AllChecked(all) => all.iter().try_for_each(|checked| verify::line(checked, out)),
        Outcome::Deleted(deleted) => writeln!(out, "deleted {}", deleted.name),
        Outcome::PlanRun(report) => plans::ran(report, out),
        Outcome::ArchivesPruned(pruned) => pruned.items.iter().try_for_each(|one| plans::deleted(one, out)),
        Outcome::Nights(report) => nights_run::words(report, out),
        Outcome::Restored(restored) => restore::done(restored, out),
        Outcome::NightRestored(restored) => restore::night_done(restored, out),
        Outcome::Undone(undone) => restored::undone(undone, out),
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
