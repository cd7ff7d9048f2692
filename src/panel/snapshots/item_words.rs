//! A snapshot in words: what changed since the one before, and what is particular about it.
use maud::{Markup, html};

use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::snapshot::list::Item;

/// `3 new, 1 changed, 2 deleted; 4.1 MB written`.
pub fn changes(item: &Item) -> String {
    let counts = &item.marker.counts;
    if counts.is_unchanged() && item.marker.base.is_some() {
        return "nothing changed".to_owned();
    }
    format!(
        "{} new, {} changed, {} deleted; {} written",
        words::count(counts.new),
        words::count(counts.changed),
        words::count(counts.deleted),
        words::size(counts.added_bytes)
    )
}

/// What is particular about a snapshot.
pub fn marks(item: &Item) -> Markup {
    html! {
        @if item.pinned { span.ab-state { (icon(Icon::Pin)) " Pinned" } " " }
        @if item.suspect.is_some() { span.ab-state.ab-bad { (icon(Icon::Warning)) " Not trusted" } " " }
    }
}
