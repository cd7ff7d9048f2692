//! What the page of hosts shows, read at one moment.
use std::time::Duration;

use jiff::Zoned;

use super::form::Destinations;
use crate::domain::alert::Alert;
use crate::domain::host::settings::HostName;
use crate::domain::job::Job;
use crate::domain::order::Order;
use crate::domain::plan::Plan;
use crate::jobs::Gauge;
use crate::observe::cached::{Latest, Wanted};
use crate::observe::hosts::{Asked, Looked};
use crate::observe::snapshots::Listed;
use crate::panel::alerts;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::work::hosts::list::{HostLine, list};

/// Jobs that are searched for those about snapshots.
const HISTORY: u32 = 100;
/// How long a page waits for the drives of all hosts together.
const PATIENCE: Duration = Duration::from_millis(400);

pub struct View {
    pub hosts: Vec<Shown>,
    /// Hosts that are about to be added.
    pub asked: Vec<(HostName, Asked)>,
    pub destinations: Destinations,
    pub alerts: Vec<Alert>,
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

/// A host and what is known of it.
pub struct Shown {
    pub line: HostLine,
    /// `None` for a folder of this machine.
    pub way: Option<Latest<Looked>>,
    pub snapshots: Listed,
    /// The plans that take it, and when the next of them has its turn.
    pub plans: Vec<String>,
    pub next: Option<Zoned>,
}

impl View {
    /// Events are counted first: what happens while we read is told again, never missed.
    pub fn read(panel: &PanelState) -> Result<View, HttpError> {
        let tools = &panel.tools();
        let event = tools.catalog.newest_event()?;
        let mut jobs = panel.jobs.history(HISTORY)?;
        jobs.retain(|job| matches!(job.order, Order::Snapshot(_)));
        let observed = panel.observer.observed(tools.clone());
        let snapshots = observed.snapshots.seen(Wanted::Any, PATIENCE);
        let now = (tools.now)();
        let shown = |line: HostLine| {
            let takes =
                |plan: &&Plan| plan.enabled && plan.sources.iter().any(|source| source.host() == Some(&line.host));
            let plans: Vec<&Plan> = tools.plans.iter().filter(takes).collect();
            let listed = snapshots.iter().find(|(name, _)| *name == line.host);
            Shown {
                way: observed.hosts.seen(&line.host),
                snapshots: listed.map_or(Listed::NotYet, |(_, listed)| listed.clone()),
                next: plans.iter().filter_map(|plan| plan.schedule.next(&now)).min(),
                plans: plans.iter().map(|plan| plan.name.to_string()).collect(),
                line,
            }
        };
        Ok(View {
            hosts: list(tools).into_iter().map(shown).collect(),
            asked: panel.observer.host_keys.all(),
            destinations: if tools.drives.is_empty() { Destinations::None } else { Destinations::Some },
            alerts: alerts::shown(panel)?,
            gauges: panel.jobs.newest_gauges(),
            now,
            jobs,
            event,
        })
    }
}
