//! Alarms of hosts: snapshots in which something is out of the ordinary, and what their owner says of them.
use serde::Serialize;

use super::list::Item;
use super::{Error, places, pointed};
use crate::destination::snapshots::store::{Mark, Said, Snapshot};
use crate::domain::alert::AlertKind;
use crate::domain::anomaly::rules::{Rule, Severity};
use crate::domain::host::settings::HostName;
use crate::domain::monitor::Unwatched;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::{Tools, alerts};

/// The alarms of a host.
#[derive(Debug, Clone, Serialize)]
pub struct Alerts {
    pub host: HostName,
    /// The oldest first.
    pub snapshots: Vec<Item>,
}

/// What an owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was seen; nothing else changes.
    Acknowledged,
    /// The snapshot is good, and its rules speak later from now on.
    FalseAlarm,
    /// It was harm and is over: the snapshot is not trusted, and nothing waits for it any more.
    Resolved,
}

/// Every snapshot with a finding, of one host or of all.
pub fn all(tools: &Tools, only: Option<&HostName>) -> Result<Vec<Alerts>, Error> {
    if let Some(name) = only {
        places::host(tools, name)?;
    }
    let hosts = tools.hosts.iter().filter(|host| only.is_none_or(|name| *name == host.name));
    let mut listed = Vec::new();
    for host in hosts {
        let store = match places::look(tools, host) {
            Err(Error::NoSnapshots(_)) => continue,
            // A drive that is away keeps no other host from the list.
            Err(_) if only.is_none() => continue,
            other => other?,
        };
        let found = store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
        let told = |snapshot: &Snapshot| snapshot.marker.suspect.is_some() || !snapshot.marker.findings.is_empty();
        let snapshots = found.into_iter().filter(told).map(Item::of).collect();
        listed.push(Alerts { host: host.name.clone(), snapshots });
    }
    Ok(listed)
}

/// Remembers on the drive what an owner says of the alarm of a snapshot.
pub fn answer(tools: &Tools, host: &HostName, name: SnapshotName, said: Answer) -> Result<Item, Error> {
    let held = places::hold(tools, places::host(tools, host)?)?;
    let snapshot = places::snapshot(&held.store, host, Some(name))?;
    let writing = || Error::io("it could not be written to the drive");
    match said {
        Answer::Acknowledged => held.store.say(name, Mark::Acknowledged, Said::Yes).map_err(writing())?,
        Answer::Resolved => held.store.say(name, Mark::Resolved, Said::Yes).map_err(writing())?,
        Answer::FalseAlarm => {
            let mut raised = held.store.raised_limits().map_err(writing())?;
            rules(&snapshot).into_iter().for_each(|rule| raised.raise(rule));
            held.store.raise_limits(&raised).map_err(writing())?;
            held.store.say(name, Mark::Trusted, Said::Yes).map_err(writing())?;
        }
    }
    if said != Answer::Acknowledged {
        alerts::resolve(tools, AlertKind::SnapshotNotTrusted, &format!("{host} {name}"));
    }
    pointed::point(&held.store, (tools.now)().timestamp(), &Unwatched)?;
    Ok(Item::of(places::snapshot(&held.store, host, Some(name))?))
}

/// The rules that were wrong.
fn rules(snapshot: &Snapshot) -> Vec<Rule> {
    let findings = &snapshot.marker.findings;
    let critical = findings.iter().filter(|finding| finding.severity == Severity::Critical);
    let rules: Vec<Rule> = critical.map(|finding| finding.rule).collect();
    if rules.is_empty() { findings.iter().map(|finding| finding.rule).collect() } else { rules }
}
