//! How much came on each of the last thirty days, and how long runs took.
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use maud::{Markup, html};

use super::bars::{self, Bars};
use super::view::View;
use crate::domain::nights::state::NightState;
use crate::observe::snapshots::Listed;
use crate::panel::parts::words;

const DAYS: i32 = 30;

pub fn draw(view: &View) -> Markup {
    let (came, took) = (came(view), took(view));
    let sizes = Bars {
        id: "ab-came",
        title: "New backups by day",
        about: "Bytes of the archives, snapshots and nights that are kept, on the day that they are of.",
        value: "New",
        days: &came,
        words: |bytes| words::size(bytes as u64),
    };
    let durations = Bars {
        id: "ab-took",
        title: "Longest run by day",
        about: "How long the longest run of a plan took on that day.",
        value: "Longest run",
        days: &took,
        words: |seconds| words::span_ms((seconds * 1000.0) as u64),
    };
    html! {
        h4.ab-section-title { "Sizes and durations" }
        div.ab-cards.ab-charts { (bars::draw(&sizes)) (bars::draw(&durations)) }
    }
}

/// The last thirty days with what `found` has for them.
fn days(found: &BTreeMap<Date, f64>, now: &Zoned) -> Vec<(Date, Option<f64>)> {
    let days = (0..DAYS).rev().filter_map(|back| now.date().checked_sub(back.days()).ok());
    days.map(|day| (day, found.get(&day).copied())).collect()
}

fn came(view: &View) -> Vec<(Date, Option<f64>)> {
    let zone = view.now.time_zone();
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let mut found: BTreeMap<Date, f64> = BTreeMap::new();
    let mut add = |day: Date, bytes: u64| *found.entry(day).or_default() += bytes as f64;
    if let Some(Ok(items)) = &view.archives {
        for item in items.iter() {
            if let Ok(at) = item.created.parse::<Timestamp>() {
                add(day(at), item.bytes);
            }
        }
    }
    for row in &view.hosts {
        let Listed::Seen(item) = &row.snapshots else { continue };
        item.snapshots.iter().for_each(|one| add(day(one.marker.started), one.marker.counts.added_bytes));
        item.golden.iter().for_each(|one| add(day(one.made), one.bytes));
    }
    for night in view.nights.iter().filter(|night| night.state == NightState::Verified) {
        add(night.key.date(), night.bytes.unwrap_or_default());
    }
    days(&found, &view.now)
}

fn took(view: &View) -> Vec<(Date, Option<f64>)> {
    let mut found: BTreeMap<Date, f64> = BTreeMap::new();
    for run in view.plans.iter().flat_map(|(_, runs)| runs) {
        let (Some(from), Some(to)) = (run.started_at, run.ended_at) else { continue };
        // A clock that went back tells nothing.
        let seconds = to.duration_since(from).as_secs_f64();
        if seconds >= 0.0 {
            let longest = found.entry(from.to_zoned(view.now.time_zone().clone()).date()).or_default();
            *longest = longest.max(seconds);
        }
    }
    days(&found, &view.now)
}
