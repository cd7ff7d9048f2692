//! The snapshots of a host, newest first: those of the last two days one by one, older ones in a fold for each month.
use jiff::Zoned;
use jiff::civil::Date;
use maud::{Markup, html};

use super::item_words::{changes, marks};
use crate::domain::host::settings::HostName;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::words;
use crate::work::snapshot::list::Item;

/// Hours before the newest one that are shown one by one.
const NEAR_HOURS: i64 = 48;

pub fn draw(frame: &Frame, host: &HostName, snapshots: &[Item], now: &Zoned) -> Markup {
    let Some(newest) = snapshots.last() else { return html! {} };
    let is_near = |item: &Item| newest.marker.slot.duration_since(item.marker.slot).as_hours() < NEAR_HOURS;
    let near = snapshots.iter().rev().take_while(|item| is_near(item));
    let far = snapshots.iter().rev().skip_while(|item| is_near(item)).collect::<Vec<_>>();
    html! {
        (table(frame, host, near))
        @for month in far.chunk_by(|a, b| month_of(a, now) == month_of(b, now)) {
            @if let Some(first) = month.first() {
                details.ab-listed {
                    summary { (month_of(first, now).strftime("%B %Y")) " (" (month.len()) ")" }
                    (table(frame, host, month.iter().copied()))
                }
            }
        }
    }
}

fn month_of(item: &Item, now: &Zoned) -> Date {
    item.marker.slot.to_zoned(now.time_zone().clone()).date().first_of_month()
}

fn table<'a>(frame: &Frame, host: &HostName, items: impl Iterator<Item = &'a Item>) -> Markup {
    html! {
        ul.list-group.ab-snapshots {
            @for item in items {
                li.list-group-item data-snapshot=(item.name) {
                    a href=(frame.url(&format!("snapshots/{host}/{}", item.name))) { strong { (item.name) } }
                    " " (marks(item))
                    span.ab-small { (words::counted(item.marker.counts.files, "file")) ", " (words::size(item.marker.counts.bytes)) "; " (changes(item)) }
                }
            }
        }
    }
}
