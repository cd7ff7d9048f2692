//! What came out of a job with snapshots: what is in one, what went, what was found, what came back.
use maud::{Markup, html};

use crate::panel::parts::frame::Frame;
use crate::panel::parts::words;
use crate::panel::restore;
use crate::panel::state::PanelState;
use crate::work::snapshot::adopting::outcome::Adopted;
use crate::work::snapshot::archive::HostArchived;
use crate::work::snapshot::delete::SnapshotDeleted;
use crate::work::snapshot::give_back::GivenBack;
use crate::work::snapshot::golden::{GoldenMade, GoldenVerified};
use crate::work::snapshot::moving::outcome::{Moved, OldSet};
use crate::work::snapshot::prune::Pruned;
use crate::work::snapshot::pull::Taken;
use crate::work::snapshot::verify::Verified;

pub fn taken(taken: &Taken) -> Markup {
    table(html! {
        dt { "Host" } dd { (taken.host) }
        dt { "Snapshot" } dd { (taken.snapshot) @if taken.skipped { ", which was there already" } }
        dt { "Files" } dd { (words::count(taken.counts.files)) }
        dt { "New or changed" } dd { (words::count(taken.counts.new + taken.counts.changed)) }
        dt { "Written" } dd { (words::size(taken.counts.added_bytes)) }
        @if let Some(why) = &taken.suspect { dt { "Not trusted" } dd { (why) } }
    })
}

pub fn pruned(pruned: &Pruned) -> Markup {
    table(html! {
        dt { "Host" } dd { (pruned.host) }
        @for line in &pruned.others_deleted { dt { "Deleted" } dd { (line.thing) ", " (line.why) } }
        @for line in &pruned.deleted { dt { "Deleted" } dd { (line.snapshot) ", " (line.why) } }
        dt { "Kept" } dd { (words::counted(pruned.kept, "snapshot")) }
        dt { "Freed" } dd { (words::size(pruned.freed_bytes)) }
    })
}

pub fn gone(gone: &SnapshotDeleted) -> Markup {
    table(html! {
        dt { "Deleted" } dd { (gone.snapshot) " of " (gone.host) }
        dt { "Freed" } dd { (words::size(gone.freed_bytes)) }
    })
}

pub fn verified(found: &Verified) -> Markup {
    table(html! {
        dt { "Snapshot" } dd { (found.snapshot) " of " (found.host) }
        dt { "Files read" } dd { (words::count(found.files)) }
        @for finding in &found.findings { dt { "Finding" } dd.ab-break { (finding) } }
    })
}

pub fn given_back(panel: &PanelState, frame: &Frame, back: &GivenBack) -> Markup {
    html! {
        (given_back_facts(back))
        @if let Some(id) = &back.restore_id { (restore::result::way_back(panel, frame, id, "Undo")) }
    }
}

fn given_back_facts(back: &GivenBack) -> Markup {
    table(html! {
        dt { "Snapshot" } dd { (back.snapshot) " of " (back.host) }
        dt { "To" } dd.ab-break { (back.to.display()) }
        dt { "Files" } dd { (words::count(back.files)) }
        @for damage in &back.damaged { dt { "Finding" } dd.ab-break { (damage) } }
    })
}

pub fn archived(done: &HostArchived) -> Markup {
    table(html! {
        dt { "Host" } dd { (done.host) }
        @if let Some(name) = &done.name { dt { "Archive" } dd.ab-break { (name) } }
        @if let Some(snapshot) = &done.snapshot { dt { "Snapshot" } dd { (snapshot) } }
        @if done.name.is_some() {
            dt { "Files" } dd { (words::count(done.files)) }
            dt { "Size" } dd { (words::size(done.bytes)) }
        }
        @if let Some(why) = &done.skipped { dt { "Not made" } dd { (why) } }
    })
}

pub fn golden_made(made: &GoldenMade) -> Markup {
    html! {
        (table(html! {
            dt { "Host" } dd { (made.host) }
            @if let Some(month) = &made.month { dt { "Golden month" } dd { (month) } }
            @if let Some(snapshot) = &made.snapshot { dt { "Copy of" } dd { (snapshot) } }
            @if made.month.is_some() {
                dt { "Files" } dd { (words::count(made.files)) }
                dt { "Size" } dd { (words::size(made.bytes)) }
            }
            @if let Some(why) = &made.skipped { dt { "Not made" } dd { (why) } }
        }))
        @if let Some(found) = &made.scrubbed { (golden_verified(found)) }
    }
}

pub fn golden_verified(found: &GoldenVerified) -> Markup {
    table(html! {
        dt { "Read again" } dd { "the golden month " (found.month) " of " (found.host) }
        dt { "Files read" } dd { (words::count(found.files)) }
        @for finding in &found.findings { dt { "Finding" } dd.ab-break { (finding) } }
    })
}

pub fn adopted(adopted: &Adopted) -> Markup {
    table(html! {
        dt { "Host" } dd { (adopted.host) }
        dt { "From" } dd.ab-break { (adopted.from.display()) }
        @for tree in &adopted.taken { dt { "Taken over" } dd { (tree.folder) ", now " (tree.snapshot) } }
        @for one in &adopted.stays { dt { "Stays" } dd.ab-break { (one.folder) ": " (one.why) } }
    })
}

pub fn moved(moved: &Moved) -> Markup {
    table(html! {
        dt { "Host" } dd { (moved.host) }
        dt { "From" } dd { (moved.from) }
        dt { "To" } dd { (moved.to) ", where new ones go now" }
        dt { "Snapshots" } dd { (words::count(moved.snapshots)) }
        dt { "Golden months" } dd { (words::count(moved.golden)) }
        dt { "Archives" } dd { (words::count(moved.archives)) }
        dt { "Copied" } dd { (words::counted(moved.copied_files, "file")) ", " (words::size(moved.copied_bytes)) }
        dt { "Shared as before" } dd { (words::counted(moved.linked_files, "name")) }
        @for left in &moved.left {
            dt { "Did not come" } dd { (words::counted(left.count, "thing")) " of " (left.name) }
            @for finding in &left.findings { dt { "Finding" } dd.ab-break { (finding) } }
        }
        dt { "Old set" }
        dd.ab-break {
            @match &moved.old_set {
                OldSet::Gone => { "gone" }
                OldSet::Stays { place, why } => {
                    "stays in " (place.display()) @if let Some(why) = why { ", because " (why) }
                }
            }
        }
    })
}

fn table(rows: Markup) -> Markup {
    html! { dl.dl-horizontal.ab-outcome { (rows) } }
}
