//! Hosts over ssh, as last seen: whether the way to each is open, and the host keys that owners are asked about.
//!
//! Each host is looked at by itself, so that one that does not answer hides no other.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::cached::{Cached, Latest, Subject, Wanted, tell};
use crate::domain::failure::{Code, Failure};
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::monitor::Unwatched;
use crate::host::host_key::HostKey;
use crate::work::Tools;
use crate::work::hosts::host_key;
use crate::work::hosts::test::{Tested, test};

/// A host is looked at again after this time, when somebody looks at the page.
const FRESH: Duration = Duration::from_secs(900);
/// More host keys are not asked about at once.
const MOST_ASKED: usize = 8;

/// Whether the way is open, or why not.
pub type Looked = Result<Tested, Failure>;

/// What events call a host key.
const HOST_KEY: &str = "host key";

/// The hosts over ssh of one configuration.
pub struct Hosts {
    all: Vec<(HostName, Arc<Cached<Looked>>)>,
}

impl Hosts {
    /// Nothing is looked at until the first caller asks.
    pub fn new(tools: &Arc<Tools>) -> Self {
        let cached = |name: HostName| {
            let own = name.clone();
            let subject = Subject {
                name: "host",
                look: Box::new(move |tools: &Tools| Ok(test(tools, &own, &Unwatched).map_err(Failure::from))),
                // A page that shows that somebody looks must hear of the end of each look.
                is_same: |_: &Looked, _: &Looked| false,
                also: |_| None,
                fresh: FRESH,
            };
            (name, Cached::new(subject, tools.clone()))
        };
        let over_ssh = tools.hosts.iter().filter(|host| host.remote().is_some());
        Hosts { all: over_ssh.map(|host| cached(host.name.clone())).collect() }
    }

    /// What is known of a host now; starts a look where that is old. Waits for nothing.
    pub fn seen(&self, host: &HostName) -> Option<Latest<Looked>> {
        let found = self.all.iter().find(|(name, _)| name == host);
        found.map(|(_, cached)| cached.seen(Wanted::Any, Duration::ZERO))
    }

    /// Looks at a host anew. Waits for nothing.
    pub fn look_again(&self, host: &HostName) {
        if let Some((_, cached)) = self.all.iter().find(|(name, _)| name == host) {
            cached.seen(Wanted::New, Duration::ZERO);
        }
    }
}

/// A host that is about to be added.
#[derive(Debug, Clone)]
pub struct Asked {
    pub remote: Remote,
    /// `None` while the host is asked.
    pub key: Option<Result<HostKey, Failure>>,
}

type Pending = Arc<Mutex<BTreeMap<HostName, Asked>>>;

/// Host keys that owners are asked about. They are forgotten with the process.
#[derive(Default)]
pub struct HostKeys {
    pending: Pending,
}

impl HostKeys {
    /// Asks the host for its key in the background; pages are told when it has answered.
    pub fn ask(&self, tools: Arc<Tools>, name: HostName, remote: Remote) -> Result<(), Failure> {
        let mut pending = locked(&self.pending);
        if pending.len() >= MOST_ASKED && !pending.contains_key(&name) {
            return Err(Failure {
                code: Code::Protected,
                message: format!("{MOST_ASKED} host keys wait to be confirmed"),
                advice: "Confirm them first, or let them go.".to_owned(),
            });
        }
        pending.insert(name.clone(), Asked { remote: remote.clone(), key: None });
        drop(pending);
        let all = self.pending.clone();
        let work = move || {
            let key = host_key::ask(&tools, &name, &remote, &Unwatched).map_err(Failure::from);
            if let Some(asked) = locked(&all).get_mut(&name).filter(|asked| asked.remote == remote) {
                asked.key = Some(key);
            }
            tell(&tools, HOST_KEY);
        };
        let started = thread::Builder::new().name("host key".into()).spawn(work).map(drop);
        started.map_err(|why| Failure {
            code: Code::Failed,
            message: format!("the host cannot be asked: {why}"),
            advice: "Try again in a moment.".to_owned(),
        })
    }

    pub fn all(&self) -> Vec<(HostName, Asked)> {
        locked(&self.pending).iter().map(|(name, asked)| (name.clone(), asked.clone())).collect()
    }

    pub fn get(&self, name: &HostName) -> Option<Asked> {
        locked(&self.pending).get(name).cloned()
    }

    pub fn forget(&self, tools: &Tools, name: &HostName) {
        locked(&self.pending).remove(name);
        tell(tools, HOST_KEY);
    }
}

fn locked(pending: &Pending) -> MutexGuard<'_, BTreeMap<HostName, Asked>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}
