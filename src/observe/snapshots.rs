//! The snapshots of every host, as last seen: each host is looked at by itself, so that a drive that hangs hides no other.
use std::sync::Arc;
use std::time::Duration;

use super::cached::{Cached, Subject, Wanted};
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::work::Tools;
use crate::work::snapshot::list::{self, HostItem};

/// A drive that has not answered for this long is reported as hanging.
const HANGS: Duration = Duration::from_secs(12);

/// What is known of the snapshots of one host.
#[derive(Debug, Clone)]
pub enum Listed {
    /// It is looked at for the first time.
    NotYet,
    /// The drive does not answer.
    Hanging,
    Seen(Arc<HostItem>),
    Failed(String),
}

/// The hosts of one configuration.
pub struct Snapshots {
    all: Vec<(HostName, Arc<Cached<Arc<HostItem>>>)>,
}

impl Snapshots {
    /// Nothing is looked at until the first caller asks.
    pub fn new(tools: &Arc<Tools>) -> Self {
        let cached = |name: HostName| {
            let own = name.clone();
            let subject = Subject {
                name: "snapshots",
                look: Box::new(move |tools: &Tools| one(tools, &own)),
                is_same: |before: &Arc<HostItem>, now: &Arc<HostItem>| before.says_the_same(now),
                also: |_| None,
                fresh: Duration::from_secs(60),
            };
            (name, Cached::new(subject, tools.clone()))
        };
        Snapshots { all: tools.hosts.iter().map(|host| cached(host.name.clone())).collect() }
    }

    /// All hosts in the order of the configuration, waited for at most `patience` together.
    pub fn seen(&self, wanted: Wanted, patience: Duration) -> Vec<(HostName, Listed)> {
        // All looks begin before one is waited for.
        for (_, cached) in &self.all {
            cached.seen(wanted, Duration::ZERO);
        }
        let share = patience / u32::try_from(self.all.len()).unwrap_or(1).max(1);
        self.all.iter().map(|(name, cached)| (name.clone(), listed(cached, wanted, share))).collect()
    }

    /// Looks at a host again, after something of it was changed; waits at most `patience`.
    pub fn look_again(&self, host: &HostName, patience: Duration) {
        if let Some((_, cached)) = self.all.iter().find(|(name, _)| name == host) {
            cached.seen(Wanted::New, patience);
        }
    }
}

fn one(tools: &Tools, host: &HostName) -> Result<Arc<HostItem>, Failure> {
    let mut found = list::list(tools, Some(host))?;
    found.pop().map(Arc::new).ok_or_else(|| Failure::of(&crate::work::snapshot::Error::NoHost(host.clone())))
}

fn listed(cached: &Arc<Cached<Arc<HostItem>>>, wanted: Wanted, patience: Duration) -> Listed {
    let latest = cached.seen(wanted, patience);
    if latest.looking.is_some_and(|looking| looking > HANGS) {
        return Listed::Hanging;
    }
    match latest.seen.map(|seen| seen.found) {
        None => Listed::NotYet,
        Some(Ok(item)) => Listed::Seen(item),
        Some(Err(failure)) => Listed::Failed(failure.message),
    }
}
