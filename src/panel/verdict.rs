//! Is everything backed up? The verdict as pages show it, with one press for each reason.
use std::time::Duration;

use maud::{Markup, html};

use super::state::PanelState;
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId};
use crate::domain::verdict::reason::{Reason, Remedy};
use crate::domain::verdict::{Level, Verdict};
use crate::observe::cached::Wanted;
use crate::panel::nights;
use crate::panel::parts::forms;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::work::archive::list::Item;
use crate::work::destinations::look::Place;
use crate::work::verdict::{Seen, is_one_disk, verdict};

/// How many jobs are compared by their end: they may end in another order than they began.
const NEWEST: usize = 5;
/// Reasons that are named one by one.
const NAMED: usize = 12;

/// Which reasons a page names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    All,
    /// The page shows its alerts by itself.
    BesideAlerts,
}

/// By what the background has seen; waits for nothing but archives, and for these at most `patience`.
pub fn observed(panel: &PanelState, jobs: &[Job], patience: Duration) -> Result<Verdict, HttpError> {
    let wanted = as_new_as(panel, jobs)?;
    let seen = panel.observed().archives.seen(wanted, patience);
    let archives = seen.as_ref().map(|found| found.as_ref().map(|items| items.as_slice()).map_err(Clone::clone));
    let places = places(panel, wanted);
    let is_one_disk = places.iter().any(|place| place.holds_every_backup);
    of_archives(panel, archives, &places, is_one_disk.then_some(OneDisk))
}

/// With the archives that the page has just read from its folder.
pub fn with_archives(panel: &PanelState, archives: &Result<Vec<Item>, Failure>) -> Result<Verdict, HttpError> {
    let archives = archives.as_ref().map(Vec::as_slice).map_err(Clone::clone);
    let one_disk = is_one_disk(&panel.tools()).then_some(OneDisk);
    of_archives(panel, Some(archives), &places(panel, Wanted::Any), one_disk)
}

/// A look from before the newest work is out of date.
pub fn as_new_as(panel: &PanelState, jobs: &[Job]) -> Result<Wanted, HttpError> {
    let over: Vec<JobId> = jobs.iter().filter(|job| job.state.is_over()).take(NEWEST).map(|job| job.id).collect();
    Ok(panel.tools().catalog.last_event_of(&over)?.map_or(Wanted::Any, Wanted::Since))
}

/// All backups lie on the disk of the camera.
struct OneDisk;

fn places(panel: &PanelState, wanted: Wanted) -> Vec<Place> {
    let all = panel.observed().destinations.seen(wanted, Duration::ZERO);
    all.into_iter().filter_map(|(_, place)| place).collect()
}

fn of_archives(
    panel: &PanelState,
    archives: Option<Result<&[Item], Failure>>,
    places: &[Place],
    one_disk: Option<OneDisk>,
) -> Result<Verdict, HttpError> {
    let state = |place: &Place| -> (DestinationName, DriveState) { (place.name.clone(), place.state) };
    let seen = Seen {
        archives,
        places: places.iter().map(state).collect(),
        is_one_disk: one_disk.is_some(),
        // A camera whose nights cannot be read has none at risk that anybody could name.
        nights_at_risk: nights::items(panel, Duration::ZERO)
            .ok()
            .flatten()
            .map(|items| items.iter().filter(|item| item.is_worth_saving_now()).count() as u64),
    };
    Ok(verdict(&panel.tools(), seen)?)
}

pub fn draw(frame: &Frame, verdict: &Verdict, named: Named) -> Markup {
    let (class, sign) = face(verdict.level);
    let reasons: Vec<&Reason> =
        verdict.reasons.iter().filter(|reason| named == Named::All || reason.alert.is_none()).collect();
    html! {
        div.alert.ab-verdict.(class) data-level=(word(verdict.level)) {
            (icon(sign))
            div {
                strong { (verdict.headline) "." }
                @if !verdict.detail.is_empty() { " " span { (verdict.detail) } }
            }
        }
        @if !reasons.is_empty() {
            ul.ab-reasons aria-label="Reasons" {
                @for (place, reason) in reasons.iter().take(NAMED).enumerate() { (line(frame, verdict, reason, place)) }
                @if reasons.len() > NAMED { li.ab-because { p { "and " (reasons.len() - NAMED) " more" } } }
            }
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Good => "good",
        Level::Looking => "looking",
        Level::Warning => "warning",
        Level::Bad => "bad",
    }
}

fn face(level: Level) -> (&'static str, Icon) {
    match level {
        Level::Good => ("alert-success", Icon::Check),
        Level::Looking => ("alert-info", Icon::Spinner),
        Level::Warning => ("alert-warning", Icon::Warning),
        Level::Bad => ("alert-danger", Icon::Cross),
    }
}

fn line(frame: &Frame, verdict: &Verdict, reason: &Reason, place: usize) -> Markup {
    let (class, sign, said) = match reason.level {
        Level::Bad => ("ab-bad", Icon::Cross, "Bad"),
        Level::Warning => ("ab-warn", Icon::Warning, "Warning"),
        Level::Good | Level::Looking => ("ab-open", Icon::About, "Note"),
    };
    html! {
        li.ab-because data-level=(word(reason.level)) {
            p {
                span.ab-state.(class) { (icon(sign)) " " span.sr-only { (said) ": " } }
                // The headline of all stands above already.
                @if reason.headline != verdict.headline { strong { (reason.headline) "." } " " }
                (reason.text) "." @if reason.is_seen { " You have seen it." }
            }
            div.ab-reason-buttons {
                (press(frame, &reason.remedy, place))
                @if let Some(alert) = reason.alert.filter(|_| !reason.is_seen) {
                    form.ab-form method="post" action=(frame.url(&format!("alerts/{alert}/ack"))) data-send="mark" {
                        (forms::token(frame))
                        button.btn.btn-default.btn-sm #(format!("ab-seen-{alert}")) type="submit" { (icon(Icon::Check)) " Acknowledge" }
                    }
                }
            }
        }
    }
}

/// The one press that leads to mending it.
fn press(frame: &Frame, remedy: &Remedy, place: usize) -> Markup {
    let id = format!("ab-mend-{place}");
    let link = |path: &str, room: &str, sign: Icon, face: &str| {
        html! {
            a.btn.btn-primary.btn-sm #(id) href=(frame.url(path)) data-room=(room) { (icon(sign)) " " (face) }
        }
    };
    let send = |path: &str, sign: Icon, face: &str| {
        let face = html! { (icon(sign)) " " (face) };
        forms::button(frame, path, "btn btn-primary btn-sm", &id, face)
    };
    match remedy {
        Remedy::CreateBackup => html! {
            a.btn.btn-primary.btn-sm #(id) href=(frame.url("create")) data-dialog="create" { (icon(Icon::Plus)) " Create Backup" }
        },
        Remedy::VerifyAll => send("verify-all", Icon::Verify, "Verify all"),
        Remedy::ShowBackups => link("", "backups", Icon::Archive, "Show backups"),
        Remedy::ShowNights => link("nights", "nights", Icon::Moon, "Show nights"),
        Remedy::ShowSnapshots => link("snapshots", "snapshots", Icon::Camera, "Look at it"),
        Remedy::ShowDestinations => link("destinations", "destinations", Icon::Drive, "Destinations"),
        Remedy::ShowMails => html! {
            a.btn.btn-primary.btn-sm #(id) href=(frame.url("mail")) data-dialog="mail" { (icon(Icon::Mail)) " Mails" }
        },
        Remedy::MakePlan => link("plans", "plans", Icon::Clock, "Plans"),
        Remedy::RunPlan(plan) if plan.is_nights() => send("nights/run", Icon::Play, "Run now"),
        Remedy::RunPlan(plan) => send(&format!("plans/{plan}/run"), Icon::Play, "Run now"),
        Remedy::ResumePlan(plan) => html! {
            form.ab-form method="post" action=(frame.url(&format!("plans/{plan}/resume"))) data-send="mark" {
                (forms::token(frame))
                button.btn.btn-primary.btn-sm #(id) type="submit" { (icon(Icon::Play)) " Resume" }
            }
        },
        Remedy::TakeSnapshot(host) => send(&format!("snapshots/{host}/take"), Icon::Camera, "Take now"),
    }
}

/// What the tab of a browser says: what runs, else the headline.
pub fn tab_title(verdict: &Verdict, running: usize, room: &str) -> String {
    let running = if running > 0 { format!("{running} running · ") } else { String::new() };
    let headline = if verdict.level >= Level::Warning { format!("{} · ", verdict.headline) } else { String::new() };
    format!("{running}{headline}{room}")
}

/// The picture of the tab.
pub fn tab_icon(verdict: &Verdict, running: usize) -> &'static str {
    match verdict.level {
        _ if running > 0 => "icon-running.svg",
        Level::Bad => "icon-bad.svg",
        _ => "icon.svg",
    }
}
