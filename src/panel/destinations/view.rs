//! What the page of destinations shows, read at one moment.
use std::time::Duration;

use jiff::Zoned;

use crate::domain::alert::Alert;
use crate::domain::destination::DestinationName;
use crate::domain::job::{Job, JobId};
use crate::domain::order::Order;
use crate::jobs::Gauge;
use crate::observe::cached::Wanted;
use crate::panel::alerts;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::work::destinations::look::{Place, path_of};
use crate::work::destinations::machine::{Drives, drives};

/// Jobs that are searched for those about drives.
const HISTORY: u32 = 100;
/// How many of them are compared by their end: they may end in another order than they began.
const NEWEST: usize = 5;
/// How long a page waits for all places together.
pub const PATIENCE: Duration = Duration::from_millis(800);
/// Programs wait until every place was seen, or is known to hang.
pub const PATIENT: Duration = Duration::from_secs(15);

pub struct View {
    pub places: Vec<Shown>,
    pub drives: Drives,
    /// Jobs about drives, newest first.
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    pub alerts: Vec<Alert>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

/// A place and what is done with it.
pub struct Shown {
    pub name: DestinationName,
    pub path: String,
    /// `None` while it is looked at for the first time.
    pub seen: Option<Place>,
    pub has_nights: bool,
    /// Plans that keep their archives there.
    pub plans: Vec<String>,
}

impl View {
    /// Events are counted first: what happens while we read is told again, never missed.
    pub fn read(panel: &PanelState, patience: Duration) -> Result<View, HttpError> {
        let tools = &panel.tools();
        let event = tools.catalog.newest_event()?;
        let mut jobs = panel.jobs.history(HISTORY)?;
        jobs.retain(|job| matches!(job.order, Order::Drive(_)));
        // A look from before the newest work on a drive is out of date.
        let over: Vec<JobId> = jobs.iter().filter(|job| job.state.is_over()).take(NEWEST).map(|job| job.id).collect();
        let wanted = tools.catalog.last_event_of(&over)?.map_or(Wanted::Any, Wanted::Since);
        let seen = panel.observer.observed(tools.clone()).destinations.seen(wanted, patience);
        let nights = tools.nights.drive.as_ref().map(|drive| &drive.name);
        let shown = |(name, seen): (DestinationName, Option<Place>)| {
            let path = path_of(tools, &name);
            Shown {
                path: path.display().to_string(),
                has_nights: nights == Some(&name),
                plans: tools.plans.iter().filter(|p| p.destination == name).map(|p| p.name.to_string()).collect(),
                seen,
                name,
            }
        };
        Ok(View {
            places: seen.into_iter().map(shown).collect(),
            drives: drives(tools),
            gauges: panel.jobs.newest_gauges(),
            alerts: alerts::shown(panel)?,
            now: (tools.now)(),
            jobs,
            event,
        })
    }
}
