//! What of a job's end is worth a mail. The letters go down together with the end itself.
use super::CommandLine;
use super::ending::Ending;
use super::job_log::job_log;
use super::needs::lanes;
use crate::domain::alert::AlertKind;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId, JobState, Trigger};
use crate::domain::mail::failure::{Failed, LOG_LINES, What, message};
use crate::domain::mail::letter::Letter;
use crate::domain::mail::{Course, Kind};
use crate::domain::order::{NightsOrder, Order};
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
    // Of a plan, the report of its run tells.
    let is_told = is_told && (is_batch || plan_of(&job.order).is_none());
    let is_new = |failure: &&Failure| !is_known_to_be_missing(tools, &job.order, failure);
    let failure = ending.failure.as_ref().filter(|_| is_failure && is_told).filter(is_new)?;
    letter(tools, Kind::JobFailed, Course::Failed, &job.id.to_string(), |origin| {
        let step = job.stage.and_then(|at| job.stages.get(at)).map(|stage| stage.label().to_owned());
        let what = if is_batch { What::Batch } else { What::Job(job.order.verb().to_owned()) };
        let mut log = job_log(tools, job.id, origin.at.time_zone(), LOG_LINES as u32);
        log.push(format!("{} failed: {}", origin.at.strftime("%Y-%m-%d %H:%M:%S"), failure.message));
        message(origin, &Failed { what, step, command: command(&job.order), failure: failure.clone(), log })
    })
}

/// A drive that was missed before is told by an alert until it is back; a mail each time would say nothing new.
fn is_known_to_be_missing(tools: &Tools, order: &Order, failure: &Failure) -> bool {
    let is_open = |name: &DestinationName| {
        tools.catalog.alert(AlertKind::DriveMissing, name.as_str()).is_ok_and(|alert| alert.is_some())
    };
    failure.code == Code::NotReady && plan_of(order).is_some() && lanes(order, tools).destinations.keys().any(is_open)
}
