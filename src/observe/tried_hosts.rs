//! Whether hosts answer, tried when somebody asks, without a job and without writing anything. Forgotten with the
//! process.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use jiff::Timestamp;

use super::cached::tell;
use crate::domain::failure::{Code, Failure};
use crate::domain::host::settings::{HostName, Source};
use crate::domain::monitor::Unwatched;
use crate::work::Tools;
use crate::work::hosts::test::test;

/// What events call such a try.
const TRIED: &str = "tried host";

/// How trying the way to a host stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    Running,
    Answered,
    Failed(String),
}

type Tried = Arc<Mutex<BTreeMap<HostName, (Trial, Timestamp)>>>;

#[derive(Default)]
pub struct TriedHosts {
    tried: Tried,
}

impl TriedHosts {
    /// Tries each of `hosts` in the background, one after the other. One that is being tried is left alone.
    pub fn start(&self, tools: &Arc<Tools>, hosts: &[HostName]) -> Result<(), Failure> {
        let mut tried = locked(&self.tried);
        let is_running = |host: &HostName| tried.get(host).is_some_and(|(trial, _)| *trial == Trial::Running);
        let new: Vec<HostName> = hosts.iter().filter(|host| !is_running(host)).cloned().collect();
        let at = (tools.now)().timestamp();
        for host in &new {
            tried.insert(host.clone(), (Trial::Running, at));
        }
        drop(tried);
        let (all, tools, own) = (self.tried.clone(), tools.clone(), new.clone());
        let work = move || {
            for host in own {
                let trial = try_one(&tools, &host);
                locked(&all).insert(host, (trial, (tools.now)().timestamp()));
                tell(&tools, TRIED);
            }
        };
        let started = thread::Builder::new().name("tried host".into()).spawn(work).map(drop);
        started.map_err(|why| {
            let mut tried = locked(&self.tried);
            new.iter().for_each(|host| drop(tried.remove(host)));
            Failure {
                code: Code::Failed,
                message: format!("the hosts cannot be asked: {why}"),
                advice: "Try again in a moment.".to_owned(),
            }
        })
    }

    /// Every host that was tried, with how that ended and when.
    pub fn all(&self) -> Vec<(HostName, Trial, Timestamp)> {
        locked(&self.tried).iter().map(|(host, (trial, at))| (host.clone(), trial.clone(), *at)).collect()
    }
}

fn try_one(tools: &Tools, host: &HostName) -> Trial {
    let Some(settings) = tools.hosts.iter().find(|one| one.name == *host) else {
        return Trial::Failed(format!("{host} is no longer in the configuration"));
    };
    let answered = match &settings.source {
        Source::Here(_) => std::fs::read_dir(settings.source.shown()).map(drop).map_err(|why| why.to_string()),
        Source::Ssh(_) => test(tools, host, &Unwatched).map(drop).map_err(|why| Failure::of(&why).message),
    };
    answered.map_or_else(Trial::Failed, |()| Trial::Answered)
}

fn locked(tried: &Tried) -> MutexGuard<'_, BTreeMap<HostName, (Trial, Timestamp)>> {
    tried.lock().unwrap_or_else(PoisonError::into_inner)
}
