//! What the page of nights shows, read at one moment.
use std::time::{Duration, Instant};

use jiff::Zoned;

use super::filter::Filter;
use super::items;
use crate::domain::alert::Alert;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId};
use crate::domain::order::Order;
use crate::domain::plan::name::PlanName;
use crate::domain::run::Run;
use crate::jobs::{Gauge, Scheduled, scheduled};
use crate::observe::cached::Wanted;
use crate::panel::alerts;
use crate::panel::mail_page::Mails;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::work::nights::glance::Glance;
use crate::work::nights::list::Item;

/// How many jobs are searched for those about nights.
const HISTORY: u32 = 100;
/// How many of the jobs about nights are compared by their end: they may end in another order than they began.
const NEWEST: usize = 5;
/// How long a page waits for all parts together, even when the drive has not been looked at yet.
const PATIENCE: Duration = Duration::from_millis(800);

pub struct NightsView {
    pub filter: Filter,
    /// Newest first; `None` while the camera's database is read for the first time.
    pub items: Result<Option<Vec<Item>>, Failure>,
    pub runs: Runs,
    pub alerts: Vec<Alert>,
    /// What its owner should know of nights.
    pub notices: Vec<String>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

/// What runs by itself, what ran, and the drive that it runs on.
pub struct Runs {
    pub plans: Vec<Scheduled>,
    /// Jobs that concern nights, newest first.
    pub jobs: Vec<Job>,
    /// The newest run of the plan.
    pub runs: Vec<Run>,
    pub gauges: Vec<Gauge>,
    /// Where the drive should be; `None` until one is configured.
    pub path: Option<String>,
    /// `None` while nobody has seen it.
    pub drive: Option<Result<Glance, Failure>>,
    pub mails: Mails,
}

impl NightsView {
    /// Events are counted first: what happens while we read is told again, never missed. Nights are
    /// waited for at most `patience`.
    pub fn read(panel: &PanelState, filter: Filter, patience: Duration) -> Result<NightsView, HttpError> {
        let tools = &panel.tools();
        let (event, begun) = (tools.catalog.newest_event()?, Instant::now());
        Ok(NightsView {
            filter,
            items: newest_first(items(panel, patience)).map_err(|trouble| trouble.failure),
            runs: Runs::read(panel, PATIENCE.saturating_sub(begun.elapsed()))?,
            alerts: alerts::shown(panel)?,
            notices: tools.catalog.notices(3)?.into_iter().map(|notice| notice.message).collect(),
            now: (tools.now)(),
            event,
        })
    }
}

fn newest_first(found: Result<Option<Vec<Item>>, HttpError>) -> Result<Option<Vec<Item>>, HttpError> {
    let mut items = found?;
    items.iter_mut().for_each(|items| items.reverse());
    Ok(items)
}

impl Runs {
    /// Waits for the drive for at most `patience`.
    pub fn read(panel: &PanelState, patience: Duration) -> Result<Runs, HttpError> {
        let tools = &panel.tools();
        let mut jobs = panel.jobs.history(HISTORY)?;
        jobs.retain(|job| matches!(job.order, Order::Nights(_)));
        // A look at the drive from before the newest work on it is out of date.
        let over: Vec<JobId> = jobs.iter().filter(|job| job.state.is_over()).take(NEWEST).map(|job| job.id).collect();
        let wanted = tools.catalog.last_event_of(&over)?.map_or(Wanted::Any, Wanted::Since);
        Ok(Runs {
            plans: scheduled(tools)?.into_iter().filter(|plan| plan.plan.is_nights()).collect(),
            runs: panel.jobs.runs(Some(&PlanName::nights()), 1)?,
            gauges: panel.jobs.newest_gauges(),
            path: tools.nights.drive().ok().map(|drive| drive.path.display().to_string()),
            drive: panel.seen_drive(wanted, patience),
            mails: Mails::read(panel)?,
            jobs,
        })
    }

    pub fn has_drive(&self) -> bool {
        self.path.is_some()
    }
}
