//! What the dashboard shows, read at one moment.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Zoned};

use super::filter::Filter;
use crate::api::status::HostStatus;
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::job::Job;
use crate::domain::plan::name::PlanName;
use crate::domain::run::Run;
use crate::domain::verdict::Verdict;
use crate::jobs::{Gauge, Scheduled, scheduled};
use crate::observe::cached::{Latest, Wanted};
use crate::observe::hosts::Looked;
use crate::observe::snapshots::Listed;
use crate::panel::api::status;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::panel::{alerts, nights, verdict};
use crate::work::Tools;
use crate::work::archive::list::Item;
use crate::work::destinations::look::Place;
use crate::work::nights::list::Item as Night;

/// Jobs that are looked through for those that are not over.
const HISTORY: u32 = 100;
/// Lines of recent work.
const RECENT: u32 = 25;
/// All runs that are kept: a plan that runs every hour has so many in a month.
const RUNS: u32 = 3000;
/// How long the page waits for archives that are not known yet.
const PATIENCE: Duration = Duration::from_millis(400);

pub struct View {
    pub verdict: Verdict,
    pub filter: Filter,
    pub hosts: Vec<HostRow>,
    /// Each with its runs, newest first.
    pub plans: Vec<(Scheduled, Vec<Run>)>,
    pub places: Vec<(DestinationName, Option<Place>)>,
    pub archives: Option<Result<Arc<Vec<Item>>, Failure>>,
    pub nights: Vec<Night>,
    /// Newest first; all that are not over among them.
    pub jobs: Vec<Job>,
    pub gauges: Vec<Gauge>,
    /// What the filter lets through, newest first.
    pub recent: Vec<Job>,
    pub now: Zoned,
    /// The newest event that is contained in all this.
    pub event: i64,
}

/// A host with all that is known of it.
pub struct HostRow {
    pub settings: HostSettings,
    /// `None` for a folder of this machine.
    pub way: Option<Latest<Looked>>,
    pub snapshots: Listed,
    pub succeeded_at: Option<Timestamp>,
    pub last: Option<HostStatus>,
    pub next: Option<Timestamp>,
    /// It is silent, or its newest snapshot is not trusted.
    pub alert: Option<Alert>,
}

impl View {
    /// Events are counted first: what happens while we read is told again, never missed.
    pub fn read(panel: &PanelState, filter: Filter) -> Result<View, HttpError> {
        let tools = &panel.tools();
        let event = tools.catalog.newest_event()?;
        let jobs = panel.jobs.history(HISTORY)?;
        let observed = panel.observed();
        let plans = scheduled(tools)?;
        let recent = tools.catalog.jobs_behind(None, &filter.of_jobs(), RECENT)?;
        Ok(View {
            verdict: verdict::observed(panel, &jobs, PATIENCE)?,
            hosts: hosts(panel, tools, &plans)?,
            plans: with_runs(plans, panel.jobs.runs(None, RUNS)?),
            places: observed.destinations.seen(Wanted::Any, Duration::ZERO),
            archives: observed.archives.seen(Wanted::Any, Duration::ZERO),
            nights: nights::items(panel, Duration::ZERO).ok().flatten().unwrap_or_default(),
            gauges: panel.jobs.newest_gauges(),
            recent: recent.into_iter().map(|(_, job)| job).collect(),
            now: (tools.now)(),
            filter,
            jobs,
            event,
        })
    }

    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| !job.state.is_over()).count()
    }
}

fn with_runs(plans: Vec<Scheduled>, runs: Vec<Run>) -> Vec<(Scheduled, Vec<Run>)> {
    let mut by_plan: BTreeMap<PlanName, Vec<Run>> = BTreeMap::new();
    runs.into_iter().for_each(|run| by_plan.entry(run.plan.clone()).or_default().push(run));
    plans
        .into_iter()
        .map(|plan| {
            let own = by_plan.remove(&plan.plan).unwrap_or_default();
            (plan, own)
        })
        .collect()
}

fn hosts(panel: &PanelState, tools: &Tools, plans: &[Scheduled]) -> Result<Vec<HostRow>, HttpError> {
    let observed = panel.observed();
    let mut listed: BTreeMap<HostName, Listed> =
        observed.snapshots.seen(Wanted::Any, Duration::ZERO).into_iter().collect();
    let mut last = status::hosts(panel)?;
    let successes = tools.catalog.host_successes()?;
    let open = alerts::shown(panel)?;
    let next_of = |host: &HostName| {
        let takes = |plan: &&crate::domain::plan::Plan| plan.sources.iter().any(|source| source.host() == Some(host));
        let names = tools.plans.iter().filter(takes).map(|plan| &plan.name);
        names.filter_map(|name| plans.iter().find(|plan| plan.plan == *name)?.next).min()
    };
    Ok(tools
        .hosts
        .iter()
        .map(|settings| {
            let name = &settings.name;
            let is_about = |alert: &&Alert| match alert.kind {
                AlertKind::HostStale => alert.subject == name.as_str(),
                AlertKind::SnapshotNotTrusted => alert.subject.split(' ').next() == Some(name.as_str()),
                _ => false,
            };
            HostRow {
                way: observed.hosts.seen(name),
                snapshots: listed.remove(name).unwrap_or(Listed::NotYet),
                succeeded_at: successes.iter().find(|one| one.host == name.as_str()).and_then(|one| one.succeeded_at),
                last: last.remove(name.as_str()),
                next: next_of(name),
                alert: open.iter().find(is_about).cloned(),
                settings: settings.clone(),
            }
        })
        .collect())
}
