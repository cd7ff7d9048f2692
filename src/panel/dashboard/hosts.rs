//! Every host on one line: whether it is reached, its last success and attempt, how that ended, its size, and what
//! comes next. Behind its name stands what is kept of it.
use jiff::Zoned;
use maud::{Markup, html};

use super::view::{HostRow, View};
use crate::domain::alert::AlertKind;
use crate::observe::snapshots::Listed;
use crate::panel::hosts::card;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;
use crate::work::snapshot::list::{HostItem, Item};

pub fn draw(frame: &Frame, view: &View) -> Markup {
    html! {
        div.ab-table-head {
            h4.ab-section-title { "Hosts" }
            a.btn.btn-default.btn-sm href=(frame.url("hosts")) data-room="hosts" { (icon(Icon::Computer)) " All about hosts" }
        }
        @if view.hosts.is_empty() {
            p.text-muted { "No snapshots are taken of this or other machines yet. The page Hosts adds one." }
        } @else {
            @let rows = in_order(&view.hosts);
            @let (open, folded) = rows.split_at(open_rows(&rows));
            (table(frame, open, &view.now))
            @if !folded.is_empty() {
                details #ab-more-hosts {
                    summary { (words::counted(folded.len() as u64, "more host")) ", none of which needs you" }
                    (table(frame, folded, &view.now))
                }
            }
        }
    }
}

fn table(frame: &Frame, rows: &[&HostRow], now: &Zoned) -> Markup {
    html! {
        table.table.ab-table.ab-host-table {
            thead {
                tr {
                    th scope="col" { "Host" } th scope="col" { "Reached" } th scope="col" { "Last success" }
                    th scope="col" { "Last attempt" } th scope="col" { "Status" }
                    th.ab-number scope="col" { "Size" } th scope="col" { "Next" }
                }
            }
            tbody { @for row in rows { (line(frame, row, now)) } }
        }
    }
}

/// Hosts that are shown without a press, where all is well with them.
const OPEN: usize = 8;

/// How many of `rows`, which are in order, are not folded away: all that need somebody, and some.
fn open_rows(rows: &[&HostRow]) -> usize {
    let needy = rows.iter().filter(|row| need(row) < Need::Nothing).count();
    // A fold for one or two would save nothing.
    if rows.len() <= OPEN + 2 { rows.len() } else { needy.max(OPEN) }
}

/// What a host needs of its owner, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Alert,
    Failed,
    NotReached,
    Nothing,
}

fn need(row: &HostRow) -> Need {
    match card::way_state(row.way.as_ref()).0 {
        _ if row.alert.is_some() => Need::Alert,
        _ if row.last.as_ref().is_some_and(|last| last.status == "failed") => Need::Failed,
        "ab-bad" => Need::NotReached,
        _ => Need::Nothing,
    }
}

/// Those that need somebody first; all others as the configuration has them.
fn in_order(rows: &[HostRow]) -> Vec<&HostRow> {
    let mut rows: Vec<&HostRow> = rows.iter().collect();
    rows.sort_by_key(|row| need(row));
    rows
}

fn line(frame: &Frame, row: &HostRow, now: &Zoned) -> Markup {
    let name = &row.settings.name;
    let (class, sign, word) = card::way_state(row.way.as_ref());
    html! {
        tr data-host=(name) {
            th.ab-when scope="row" {
                details.ab-host-facts #(format!("ab-facts-{name}")) {
                    summary { (name) }
                    (facts(frame, row, now))
                }
            }
            td data-label="Reached" { span.ab-state.(class) { (icon(sign)) " " (word) } }
            td data-label="Last success" { (last_success(row, now)) }
            td data-label="Last attempt" { (last_attempt(frame, row, now)) }
            td data-label="Status" { (status(row)) }
            td.ab-number data-label="Size" { (size(row)) }
            td data-label="Next" { (row.next.map_or_else(|| "no plan".to_owned(), |at| words::ahead(at, now))) }
        }
    }
}

fn last_success(row: &HostRow, now: &Zoned) -> String {
    // A history that was lost knows less than the drive.
    let on_drive = seen(row).and_then(|item| item.snapshots.last()).map(|newest| newest.marker.finished);
    row.succeeded_at.max(on_drive).map_or_else(|| "never".to_owned(), |at| words::lately_stamp(at, now))
}

fn last_attempt(frame: &Frame, row: &HostRow, now: &Zoned) -> Markup {
    html! {
        @match row.last.as_ref().and_then(|last| Some((last.job_id, last.started?))) {
            None => "never",
            Some((Some(job), at)) => a href=(frame.url(&format!("job/{job}"))) data-dialog="job" { (words::lately_stamp(at, now)) },
            Some((None, at)) => (words::lately_stamp(at, now)),
        }
    }
}

/// The worst that is known.
fn status(row: &HostRow) -> Markup {
    let (class, sign, word) =
        match (row.alert.as_ref().map(|alert| alert.kind), row.last.as_ref().map(|last| last.status)) {
            (_, Some("running")) => ("ab-run", Icon::Spinner, "Running"),
            (_, Some("dry_run")) => ("ab-run", Icon::Spinner, "Being tried"),
            (Some(AlertKind::SnapshotNotTrusted), _) => ("ab-bad", Icon::Broken, "Not trusted"),
            (_, Some("failed")) => ("ab-bad", Icon::Cross, "Failed"),
            (Some(_), _) => ("ab-bad", Icon::Clock, "Silent"),
            (_, Some("cancelled")) => ("ab-odd", Icon::Stop, "Cancelled"),
            (_, Some("ok")) => ("ab-good", Icon::Check, "Taken"),
            (_, Some("dry_run_ok")) => ("ab-good", Icon::Check, "Answers"),
            _ => ("ab-open", Icon::Circle, "Nothing yet"),
        };
    let why = row.last.as_ref().and_then(|last| last.error.as_deref());
    html! {
        span.ab-state.(class) { (icon(sign)) " " (word) }
        @if let Some(why) = why { span.ab-small.ab-break { (why) "." } }
    }
}

fn seen(row: &HostRow) -> Option<&HostItem> {
    if let Listed::Seen(item) = &row.snapshots { Some(item) } else { None }
}

fn size(row: &HostRow) -> String {
    match seen(row).and_then(|item| item.snapshots.last()) {
        Some(newest) => words::size(newest.marker.counts.bytes),
        None => row
            .last
            .as_ref()
            .and_then(|last| last.hourly.as_ref())
            .map_or_else(|| "-".to_owned(), |it| words::size(it.bytes)),
    }
}

/// What is kept of the host.
fn facts(frame: &Frame, row: &HostRow, now: &Zoned) -> Markup {
    html! {
        @match &row.snapshots {
            Listed::NotYet => p.ab-small { "Its snapshots are being looked at." },
            Listed::Hanging => p.ab-small { "Its drive does not answer." },
            Listed::Failed(why) => p.ab-small { (why) "." },
            Listed::Seen(item) => {
                @if let Some(why) = &item.why { p.ab-small { (why) "." } }
                dl.ab-facts {
                    dt { "Size now" } dd { (size(row)) @if let Some(newest) = item.snapshots.last() { ", " (words::counted(newest.marker.counts.files, "file")) } }
                    dt { "Archives" } dd { (words::count(item.archives.len() as u64)) }
                    dt { "Newest archive" } dd.ab-break { @match item.archives.last() { Some(newest) => { (newest.name) ", " (words::size(newest.bytes)) } None => "none" } }
                    dt { "Snapshots" } dd { (tiers(row, item, now)) }
                    dt { "Golden months" } dd { (months(item)) }
                    dt { "Last status" } dd { (last_status(row)) }
                    dt { "Current" } dd {
                        @match current(item) {
                            Some(current) => a href=(frame.url(&format!("snapshots/{}/{}", row.settings.name, current.name))) { (current.name) },
                            None => "none",
                        }
                    }
                }
            },
        }
    }
}

/// The newest that is trusted, to which `current` on the drive points.
fn current(item: &HostItem) -> Option<&Item> {
    item.snapshots.iter().rev().find(|snapshot| snapshot.suspect.is_none())
}

/// How many there are by the rule that keeps them.
fn tiers(row: &HostRow, item: &HostItem, now: &Zoned) -> String {
    let tiers = row.settings.retention.tiers();
    let (mut hourly, mut daily, mut monthly) = (0u64, 0u64, 0u64);
    for snapshot in &item.snapshots {
        match now.timestamp().duration_since(snapshot.marker.slot).as_hours() {
            hours if hours < tiers.hourly_hours => hourly += 1,
            hours if hours < tiers.daily_days * 24 => daily += 1,
            _ => monthly += 1,
        }
    }
    format!("{}: {hourly} of hours, {daily} of days, {monthly} of months", words::count(item.snapshots.len() as u64))
}

fn months(item: &HostItem) -> String {
    let all: Vec<String> = item.golden.iter().rev().map(|golden| golden.month.to_string()).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn last_status(row: &HostRow) -> String {
    match &row.last {
        None => "nothing yet".to_owned(),
        Some(last) => match &last.error {
            Some(why) => format!("{}: {why}", last.status.replace('_', " ")),
            None => format!("{}, {} of {} stages", last.status.replace('_', " "), last.stage_num, last.stage_total),
        },
    }
}
