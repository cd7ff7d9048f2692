//! What came out of a job with snapshots: what is in one, what went, what was found, what came back.
use maud::{Markup, html};

use super::words;
use crate::work::snapshot::give_back::GivenBack;
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
        @for line in &pruned.deleted { dt { "Deleted" } dd { (line.snapshot) ", " (line.why) } }
        dt { "Kept" } dd { (words::counted(pruned.kept, "snapshot")) }
        dt { "Freed" } dd { (words::size(pruned.freed_bytes)) }
    })
}

pub fn verified(found: &Verified) -> Markup {
    table(html! {
        dt { "Snapshot" } dd { (found.snapshot) " of " (found.host) }
        dt { "Files read" } dd { (words::count(found.files)) }
        @for finding in &found.findings { dt { "Finding" } dd.ab-break { (finding) } }
    })
}

pub fn given_back(back: &GivenBack) -> Markup {
    table(html! {
        dt { "Snapshot" } dd { (back.snapshot) " of " (back.host) }
        dt { "To" } dd.ab-break { (back.to.display()) }
        dt { "Files" } dd { (words::count(back.files)) }
        @for damage in &back.damaged { dt { "Finding" } dd.ab-break { (damage) } }
    })
}

fn table(rows: Markup) -> Markup {
    html! { dl.dl-horizontal.ab-outcome { (rows) } }
}
