//! What every card of a plan says: whether it is active, when it runs next, and how its last run went.
use jiff::Zoned;
use maud::{Markup, html};

use crate::domain::job::Job;
use crate::domain::run::Run;
use crate::jobs::Scheduled;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::words;

pub fn state(plan: &Scheduled) -> Markup {
    let (class, sign, word) = if plan.paused {
        ("ab-warn", Icon::Pause, "Paused")
    } else if plan.waiting_for_drive {
        ("ab-warn", Icon::Clock, "Waiting for its drive")
    } else if plan.why_not.is_some() {
        ("ab-open", Icon::Circle, if plan.plan.is_nights() { "Needs a drive" } else { "Off" })
    } else {
        ("ab-good", Icon::Check, "Active")
    };
    html! { span.ab-state.(class) { (icon(sign)) " " (word) } }
}

pub fn next(plan: &Scheduled, now: &Zoned) -> String {
    match (plan.next, plan.why_not) {
        (Some(at), _) => words::ahead(at, now),
        (None, Some(why)) => format!("none: {why}"),
        (None, None) => "none".to_owned(),
    }
}

pub fn run(frame: &Frame, run: &Run, now: &Zoned) -> Markup {
    html! {
        (words::job_state(run.state)) " "
        a href=(frame.url(&format!("run/{}", run.id))) data-dialog="run" { (words::lately_stamp(run.queued_at, now)) }
    }
}

pub fn job(frame: &Frame, job: &Job, now: &Zoned) -> Markup {
    html! {
        (words::job_state(job.state)) " "
        a href=(frame.url(&format!("job/{}", job.id))) data-dialog="job" { (words::lately_stamp(job.queued_at, now)) }
    }
}
