//! What retention does next, in its order, and why every other night stays: the same plan as
//! `prune --plan nights --dry-run`.
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Zoned;
use maud::{Markup, html};

use super::{drive_card, labels};
use crate::api::dry_run::{DryRun, Pruning};
use crate::domain::failure::Failure;
use crate::domain::retention::decision::Reason;
use crate::domain::retention::nights::Outcome;
use crate::observe::cached::Wanted;
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{layout, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::glance::Glance;
use crate::work::nights::prune::{Action, Line, Preview};

/// Longer than a drive may take to answer; then it is said to hang.
pub const PATIENCE: Duration = Duration::from_secs(13);
/// Lines of a list; the rest is a number.
const LINES: usize = 100;

/// `GET nights/preview`.
pub async fn preview(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let (found, now) = off_loop(&panel, |panel| Ok((now_on_drive(panel), (panel.tools().now)()))).await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(DryRun::of(Pruning { plan: found?.plan })));
    }
    let body = html! {
        div.ab-preview {
            div.modal-header { h4.modal-title { "What goes when" } }
            div.modal-body { (plan(&found, &now)) }
            div.modal-footer { a.btn.btn-default href=(frame.url("nights")) data-act="close" { "Close" } }
        }
    };
    Ok(layout::page(&frame, &request, "What goes when", body))
}

/// A look at the drive that was begun after the question; a drive that hangs is refused.
pub fn now_on_drive(panel: &PanelState) -> Result<Glance, Failure> {
    let no_drive = || Failure::of(&crate::work::nights::Error::NoDrive);
    let path = panel.tools().nights.drive().map_err(|_| no_drive())?.path.clone();
    let hung = || Failure::of(&crate::destination::drive::Error::Hung(path));
    panel.seen_drive(Wanted::New, PATIENCE).ok_or_else(hung)?
}

/// The verdict, then what goes, what is next in line, and what stays with its reason.
pub fn plan(found: &Result<Glance, Failure>, now: &Zoned) -> Markup {
    let glance = match found {
        Ok(glance) => glance,
        Err(failure) => {
            return html! { div.alert.alert-warning role="alert" { (icon(Icon::Warning)) " " (failure.message) ". " (failure.advice) } };
        }
    };
    let plan = &glance.plan;
    let going: Vec<&Line> = plan.lines.iter().filter(|line| line.action == Action::Delete).collect();
    let waiting: Vec<&Line> = plan.in_line().filter(|line| line.action != Action::Delete).collect();
    html! {
        (drive_card::capacity(glance))
        p { strong { (verdict(plan, &going)) } " Full: " (drive_card::when_full(glance, now)) "." }
        @if !going.is_empty() { (list("Would go now, in this order", &going)) }
        @if !waiting.is_empty() { (list("Next in line when room is needed, oldest first", &waiting)) }
        h5 { "Stays, and why" }
        (protected(plan))
    }
}

fn verdict(plan: &Preview, going: &[&Line]) -> String {
    let bytes: u64 = going.iter().map(|line| line.bytes).sum();
    match plan.outcome {
        Outcome::NotNeeded => "There is room: nothing would be deleted now.".to_owned(),
        Outcome::Ok => format!(
            "{} would be deleted now, {} released; then {} % used.",
            words::counted(going.len() as u64, "night"),
            words::size(bytes),
            plan.after_used_pct
        ),
        Outcome::Exhausted => format!(
            "The drive is too full even after {}: what is left is never deleted by itself.",
            words::counted(going.len() as u64, "deleted night")
        ),
        Outcome::Frozen => "An alarm is open, so nothing would be deleted.".to_owned(),
        Outcome::ClockDoubtful => "The clock is not to be trusted, so nothing would be deleted.".to_owned(),
    }
}

fn list(title: &str, lines: &[&Line]) -> Markup {
    html! {
        h5 { (title) }
        ol.ab-plan-lines {
            @for line in lines.iter().take(LINES) {
                li {
                    span { (labels::named(line)) }
                    span { (labels::stars(line.avg_stars)) " stars, moon " (labels::percent(line.moon_pct)) }
                    span { (words::size(line.bytes)) }
                }
            }
        }
        @if lines.len() > LINES { p.ab-small { "and " (words::count((lines.len() - LINES) as u64)) " more" } }
    }
}

/// Reasons in a fixed order, each with its nights folded below it.
fn protected(plan: &Preview) -> Markup {
    const REASONS: [Reason; 8] = [
        Reason::Forever,
        Reason::Pinned,
        Reason::NotVerified,
        Reason::RunningNight,
        Reason::NewestNight,
        Reason::NewestVerified,
        Reason::Unrated,
        Reason::KeepMin,
    ];
    let of = |why: Reason| plan.lines.iter().filter(move |line| line.reason == why);
    html! {
        @for why in REASONS.into_iter().filter(|why| of(*why).next().is_some()) {
            @let bytes: u64 = of(why).map(|line| line.bytes).sum();
            details.ab-plan-reason {
                summary {
                    (words::counted(of(why).count() as u64, "night")) ": " (why.words())
                    span.ab-small.ab-inline { (words::size(bytes)) }
                }
                p { @for line in of(why).take(LINES) { span.label.label-default { (labels::named(line)) } " " } }
                @if of(why).count() > LINES { p.ab-small { "and " (of(why).count() - LINES) " more" } }
            }
        }
        @if plan.lines.is_empty() { p.text-muted { "No night is on the drive yet." } }
    }
}
