//! Hosts of which no snapshot has gone well for longer than their limit: told once, over with the next snapshot.
//!
//! Invariant: a clock that jumped makes no host silent. Time that passed while the clock was in doubt is not counted.
use jiff::{SignedDuration, Timestamp};

use crate::catalog;
use crate::domain::alert::AlertKind;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::host::silence::{Silence, judge, longest_between};
use crate::domain::job::Job;
use crate::domain::order::{Order, PlanOrder, SnapshotOrder};
use crate::domain::plan::Source;
use crate::work::alerts::{raise, resolve};
use crate::work::{Tools, retention_gate};

/// A snapshot of the host has gone well.
pub(super) fn heard(tools: &Tools, host: &HostName) {
    let noted = tools.catalog.note_host_success(host.as_str(), (tools.now)().timestamp());
    noted.unwrap_or_else(|error| tracing::error!("{}", Failure::of(&error).message));
    resolve(tools, AlertKind::HostStale, host.as_str());
}

/// Looks at every host, and forgets those that are no more.
pub(super) fn look(tools: &Tools) {
    if let Err(error) = look_at_all(tools) {
        tracing::warn!("the silence of hosts could not be looked at: {}", Failure::of(&error).message);
    }
}

fn look_at_all(tools: &Tools) -> Result<(), catalog::Error> {
    let known = tools.catalog.host_successes()?;
    for gone in known.iter().filter(|known| tools.hosts.iter().all(|host| host.name.as_str() != known.host)) {
        tools.catalog.forget_host(&gone.host)?;
        resolve(tools, AlertKind::HostStale, &gone.host);
    }
    for host in &tools.hosts {
        look_at(tools, host)?;
    }
    Ok(())
}

fn look_at(tools: &Tools, host: &HostSettings) -> Result<(), catalog::Error> {
    let (name, now) = (host.name.as_str(), (tools.now)().timestamp());
    let between = between_turns(tools, &host.name)?;
    let known = tools.catalog.host_success(name)?;
    let counted_from = known.as_ref().and_then(|known| known.counted_from);
    let limit = host.stale_after.limit(between);
    if !retention_gate::is_sound_between(tools, between.unwrap_or_default()) {
        return uncounted(tools, name, counted_from);
    }
    match judge(counted_from, limit, now) {
        Silence::Rests => {
            uncounted(tools, name, counted_from)?;
            resolve(tools, AlertKind::HostStale, name);
        }
        // An alert that was raised stays until a snapshot goes well.
        Silence::CountAnew => tools.catalog.count_host_from(name, Some(now))?,
        Silence::Long => {
            let jobs = tools.catalog.jobs_about_hosts()?;
            if limit.is_some_and(|limit| is_under_way(&jobs, name, now, limit)) {
                return Ok(());
            }
            let last = known
                .as_ref()
                .and_then(|known| known.succeeded_at)
                .map(|at| at.to_zoned((tools.now)().time_zone().clone()));
            let detail = match last {
                Some(at) => format!("no snapshot of {name} has gone well since {}", at.strftime("%Y-%m-%d %H:%M")),
                None => format!("no snapshot of {name} has gone well yet"),
            };
            raise(tools, AlertKind::HostStale, name, &detail);
        }
        // Its owner has given it more time.
        Silence::Short if known.as_ref().is_some_and(|known| known.succeeded_at == counted_from) => {
            resolve(tools, AlertKind::HostStale, name);
        }
        Silence::Short => {}
    }
    Ok(())
}

/// Written down once: a host may rest for years, and cards wear out.
fn uncounted(tools: &Tools, host: &str, counted_from: Option<Timestamp>) -> Result<(), catalog::Error> {
    if counted_from.is_some() { tools.catalog.count_host_from(host, None) } else { Ok(()) }
}

/// The longest time between two turns of the plan that takes snapshots of the host most often; `None` where no plan
/// takes it by itself.
fn between_turns(tools: &Tools, host: &HostName) -> Result<Option<SignedDuration>, catalog::Error> {
    let mut least: Option<SignedDuration> = None;
    let takes = |source: &Source| matches!(source, Source::Host(name) if name == host);
    for plan in tools.plans.iter().filter(|plan| plan.enabled && plan.sources.iter().any(takes)) {
        let rests = tools.catalog.turn(plan.name.as_str())?.is_some_and(|turn| turn.is_paused);
        if let Some(between) = longest_between(&plan.schedule, &(tools.now)()).filter(|_| !rests) {
            least = Some(least.map_or(between, |least| least.min(between)));
        }
    }
    Ok(least)
}

/// The first snapshot of a host may take days, and what was queued not long ago has its turn soon.
fn is_under_way(jobs: &[Job], host: &str, now: Timestamp, limit: SignedDuration) -> bool {
    let takes = |order: &Order| match order {
        Order::Snapshot(SnapshotOrder::Take { host: name }) => name.as_str() == host,
        Order::Plan(PlanOrder::Run { source: Source::Host(name), .. }) => name.as_str() == host,
        _ => false,
    };
    let is_recent = |job: &Job| now.duration_since(job.queued_at) <= limit;
    jobs.iter().any(|job| !job.state.is_over() && takes(&job.order) && is_recent(job))
}
