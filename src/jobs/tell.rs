//! What of a job's end is worth a mail. The letters go down together with the end itself.
use jiff::tz::TimeZone;

use super::CommandLine;
use super::ending::Ending;
use super::needs::lanes;
use crate::catalog::EventKind;
use crate::domain::alert::AlertKind;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId, JobState, Trigger};
use crate::domain::mail::failure::{Failed, LOG_LINES, What, message};
use crate::domain::mail::letter::Letter;
use crate::domain::mail::{Course, Kind};
use crate::domain::order::{NightsOrder, Order, PlanOrder};
use crate::domain::plan::Notify;
use crate::domain::turn::plan_of;
use crate::work::Tools;
use crate::work::mail::letter;

/// A catalog that cannot be read now tells nobody; the work matters more.
pub(super) fn letters(tools: &Tools, command: CommandLine, id: JobId, ending: &Ending) -> Vec<Letter> {
    match tools.catalog.job(id) {
        Ok(Some(job)) => summary(tools, id, ending).into_iter().chain(failed(tools, command, &job, ending)).collect(),
        Ok(None) => Vec::new(),
        Err(error) => {
            tracing::error!("no mail tells of job {id}: {}", Failure::of(&error).message);
            Vec::new()
        }
    }
}

fn summary(tools: &Tools, id: JobId, ending: &Ending) -> Option<Letter> {
    let told = ending.told.as_ref()?;
    let course = match ending.state {
        JobState::Success => Course::Smooth,
        JobState::Warning => Course::Warned,
        _ => Course::Failed,
    };
    letter(tools, Kind::NightsSummary, course, &id.to_string(), |_| told.clone())
}

fn failed(tools: &Tools, command: CommandLine, job: &Job, ending: &Ending) -> Option<Letter> {
    let is_failure = matches!(ending.state, JobState::Failed | JobState::Interrupted);
    let is_batch = matches!(job.order, Order::Nights(NightsOrder::Run));
    // The owner who started a job by hand sees how it ends.
    let is_told = is_batch || job.trigger != Trigger::Hand || tools.notify.jobs_by_hand;
    let is_told = is_told && !is_silent(tools, &job.order);
    let is_new = |failure: &&Failure| !is_known_to_be_missing(tools, &job.order, failure);
    let failure = ending.failure.as_ref().filter(|_| is_failure && is_told).filter(is_new)?;
    letter(tools, Kind::JobFailed, Course::Failed, &job.id.to_string(), |origin| {
        let step = job.stage.and_then(|at| job.stages.get(at)).map(|stage| stage.label().to_owned());
        let what = match &job.order {
            _ if is_batch => What::Batch,
            Order::Plan(PlanOrder::Run { plan, .. }) => What::Job(format!("plan {plan}")),
            Order::Plan(PlanOrder::Copy { plan, .. }) => What::Job(format!("the copies of plan {plan}")),
            Order::Plan(PlanOrder::Retention { plan, .. }) => What::Job(format!("the retention of plan {plan}")),
            order => What::Job(order.verb().to_owned()),
        };
        let mut log = log(tools, job.id, origin.at.time_zone());
        log.push(format!("{} failed: {}", origin.at.strftime("%Y-%m-%d %H:%M:%S"), failure.message));
        message(origin, &Failed { what, step, command: command(&job.order), failure: failure.clone(), log })
    })
}

/// A drive that was missed before is told by an alert until it is back; a mail each time would say nothing new.
fn is_known_to_be_missing(tools: &Tools, order: &Order, failure: &Failure) -> bool {
    let destinations = lanes(order, tools).destinations;
    let is_open = |name: &DestinationName| {
        tools.catalog.alert(AlertKind::DriveMissing, name.as_str()).is_ok_and(|alert| alert.is_some())
    };
    failure.code == Code::NotReady && plan_of(order).is_some() && destinations.keys().any(is_open)
}

/// A plan whose owner wants no mails of it.
fn is_silent(tools: &Tools, order: &Order) -> bool {
    let Some(plan) = plan_of(order) else { return false };
    tools.plans.iter().any(|known| known.name == plan && known.notify == Notify::Never)
}

/// What the job said, oldest first, at most as much as a mail tells.
fn log(tools: &Tools, id: JobId, zone: &TimeZone) -> Vec<String> {
    // A log that cannot be read is left out; the mail tells of the failure in any case.
    let events = tools.catalog.last_events(id, LOG_LINES as u32).unwrap_or_default();
    let lines = events.into_iter().filter_map(|event| {
        let words = match event.kind {
            EventKind::State { state } => state.word().to_owned(),
            EventKind::Stages { .. }
            | EventKind::Settings
            | EventKind::Plan { .. }
            | EventKind::Mark { .. }
            | EventKind::Look { .. }
            | EventKind::Alert { .. }
            | EventKind::Retention { .. } => return None,
            EventKind::Stage { stage } => stage.label().to_owned(),
            EventKind::Cancelling => "cancelling".to_owned(),
            EventKind::Warning { text } => format!("warning: {text}"),
        };
        let at = event.at.to_zoned(zone.clone());
        Some(format!("{} {words}", at.strftime("%Y-%m-%d %H:%M:%S")))
    });
    lines.collect()
}
