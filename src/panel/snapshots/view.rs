//! What the page of snapshots shows, read at one moment.
use std::time::Duration;

use jiff::Zoned;

use crate::domain::alert::Alert;
use crate::domain::host::settings::HostName;
use crate::domain::job::{Job, JobId};
use crate::domain::order::Order;
use crate::jobs::Gauge;
use crate::observe::cached::Wanted;
use crate::observe::snapshots::Listed;
use crate::panel::alerts;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;

/// Jobs that are searched for those about snapshots.
const HISTORY: u32 = 100;
/// How many of them are compared by their end: they may end in another order than they began.
const NEWEST: usize = 5;
/// How long a page waits for all hosts together.
pub const PATIENCE: Duration = Duration::from_millis(800);
/// Programs wait until every host was seen, or is known to hang.
pub const PATIENT: Duration = Duration::from_secs(30);

pub struct View {
    pub hosts: Vec<(HostName, Listed)>,
    /// Jobs about snapshots, newest first.
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    pub alerts: Vec<Alert>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

impl View {
    /// Events are counted first: what happens while we read is told again, never missed.
    pub fn read(panel: &PanelState, patience: Duration) -> Result<View, HttpError> {
        let tools = &panel.tools();
        let event = tools.catalog.newest_event()?;
        let mut jobs = panel.jobs.history(HISTORY)?;
        jobs.retain(|job| matches!(job.order, Order::Snapshot(_)));
        // A look from before the newest work on snapshots is out of date.
        let over: Vec<JobId> = jobs.iter().filter(|job| job.state.is_over()).take(NEWEST).map(|job| job.id).collect();
        let wanted = tools.catalog.last_event_of(&over)?.map_or(Wanted::Any, Wanted::Since);
        let hosts = panel.observer.observed(tools.clone()).snapshots.seen(wanted, patience);
        Ok(View {
            hosts,
            gauges: panel.jobs.newest_gauges(),
            alerts: alerts::shown(panel)?,
            now: (tools.now)(),
            jobs,
            event,
        })
    }
}
