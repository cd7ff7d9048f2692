//! Send all that a plan keeps to its target. One set that fails keeps no other from its turn.
use std::collections::BTreeSet;

use super::carry::carry;
use super::error::Error;
use super::pass::Passes;
use super::report::{SyncReport, SyncedSet};
use super::sets::Set;
use super::target;
use crate::domain::failure::{Code, Failure};
use crate::domain::host::settings::HostName;
use crate::domain::job::JobState;
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::{Order, PlanOrder, SyncWish};
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::SyncTarget;
use crate::domain::retention::decision::RetentionGate;
use crate::domain::run_id::RunId;
use crate::host::rsync::Rsync;
use crate::work::noted::Noted;
use crate::work::{Tools, plan};

pub fn sync(
    tools: &Tools,
    name: &PlanName,
    (run, wish): (RunId, SyncWish),
    monitor: &dyn Monitor,
) -> Result<SyncReport, Failure> {
    let plan = plan::named(tools, name)?;
    let settings = plan.remote.as_ref().ok_or_else(|| Error::NoRemote(name.clone()))?;
    let noted = Noted::new(monitor);
    let failed = failed_hosts(tools, run)?;
    let mut report = SyncReport {
        plan: name.clone(),
        target: settings.target.to_string(),
        sets: Vec::new(),
        nothing: None,
        failure: None,
        warnings: Vec::new(),
    };
    let rsync = Rsync::find().map_err(Error::from)?;
    refuse_itself(tools, plan, &settings.target)?;
    let hosts: BTreeSet<&HostName> = plan.sources.iter().filter_map(|source| source.host()).collect();
    let count = hosts.len() + usize::from(!plan.kinds().is_empty());
    noted.stages(&[Stage::Survey, Stage::Send, Stage::Verify].repeat(count));
    let target = target::open(tools, plan, settings, (rsync, wish), &noted)?;
    let passes = Passes { rsync, target: &target, settings };
    let mut one = |set: Result<Set, Error>, shown: String| -> Result<(), Failure> {
        let done = set.and_then(|set| match set.gate {
            RetentionGate::Frozen => Ok((held(&set.name, "its newest snapshot is not trusted"), None)),
            _ => carry(&passes, &set, wish, &noted),
        });
        let error = match done {
            Ok((set, error)) => {
                if let Some(why) = &set.held_back {
                    noted.warn(format!("{shown}: {why}"));
                }
                report.sets.push(set);
                error
            }
            Err(error) => Some(error),
        };
        if let Some(failure) = error.as_ref().map(Failure::of) {
            if failure.code == Code::Cancelled {
                return Err(failure);
            }
            noted.warn(format!("{shown}: {}", failure.message));
            report.failure.get_or_insert(failure);
        }
        Ok(())
    };
    for host in hosts {
        if failed.contains(host) {
            noted.warn(format!("nothing of {host} was sent, because its part of this run failed"));
            continue;
        }
        one(Set::of_host(tools, host), host.to_string())?;
    }
    if !plan.kinds().is_empty() {
        one(Set::of_archives(tools, plan), "archives".to_owned())?;
    }
    if report.sets.iter().all(|set| !set.verified) && report.failure.is_none() {
        report.nothing = Some("nothing could be sent".to_owned());
    }
    report.warnings = noted.warnings();
    Ok(report)
}

fn held(set: &str, why: &str) -> SyncedSet {
    SyncedSet {
        set: set.to_owned(),
        held_back: Some(format!("nothing was sent, because {why}")),
        ..SyncedSet::default()
    }
}

/// Hosts of which a part of this run has failed.
fn failed_hosts(tools: &Tools, run: RunId) -> Result<BTreeSet<HostName>, Failure> {
    let has_failed = |state: JobState| matches!(state, JobState::Failed | JobState::Cancelled | JobState::Interrupted);
    let parts = tools.catalog.jobs_of_run(run)?;
    let hosts = parts.iter().filter(|job| has_failed(job.state)).filter_map(|job| match &job.order {
        Order::Plan(PlanOrder::Run { source, .. }) => source.host().cloned(),
        _ => None,
    });
    Ok(hosts.collect())
}

/// A disk that would hold both is no second place.
fn refuse_itself(tools: &Tools, plan: &Plan, target: &SyncTarget) -> Result<(), Error> {
    let SyncTarget::Here(name) = target else { return Ok(()) };
    let of_hosts = plan.sources.iter().filter_map(|source| source.host()).filter_map(|host| {
        let host = crate::work::snapshot::places::host(tools, host).ok()?;
        crate::work::snapshot::places::drive(tools, host).ok().map(|drive| &drive.name)
    });
    let makes_archives = !plan.kinds().is_empty() && plan.destination == *name;
    if makes_archives || of_hosts.into_iter().any(|drive| drive == name) {
        return Err(Error::Itself(name.to_string()));
    }
    Ok(())
}
