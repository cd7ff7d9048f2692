//! One observer for the whole program: the nights, the drive and the sizes of what a backup would hold. An
//! event tells pages when any of them differs from before.
//!
//! Invariant: what was found with one configuration is not shown once another is in use.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::watch;

use super::archives::Archives;
use super::cached::tell;
use super::destinations::Destinations;
use super::drive::{CachedDrive, cached_drive};
use super::hosts::{HostKeys, Hosts};
use super::nights::{CachedSurvey, cached_survey};
use super::sizes;
use super::snapshots::Snapshots;
use crate::work::Tools;

/// What events call a measurement.
const SIZES: &str = "sizes";

/// What is looked at by one configuration.
pub struct Observed {
    tools: Arc<Tools>,
    /// The archives of the backups folder.
    pub archives: Archives,
    /// The camera's nights.
    pub survey: Arc<CachedSurvey>,
    /// The drive that they are kept on.
    pub drive: Arc<CachedDrive>,
    /// Every place that backups are kept in.
    pub destinations: Destinations,
    /// The snapshots of every host.
    pub snapshots: Snapshots,
    /// The ways to hosts over ssh.
    pub hosts: Hosts,
}

impl Observed {
    fn new(tools: Arc<Tools>) -> Arc<Self> {
        let archives = Archives::new(&tools);
        let survey = cached_survey(tools.clone());
        let drive = cached_drive(tools.clone(), survey.clone());
        let destinations = Destinations::new(&tools);
        let snapshots = Snapshots::new(&tools);
        let hosts = Hosts::new(&tools);
        Arc::new(Observed { tools, archives, survey, drive, destinations, snapshots, hosts })
    }
}

pub struct Observer {
    observed: Mutex<Arc<Observed>>,
    /// What owners are asked about hosts that they are adding.
    pub host_keys: HostKeys,
    is_measuring: AtomicBool,
    /// Turns true once, when the process is told to stop.
    closing: watch::Receiver<bool>,
}

impl Observer {
    pub fn new(tools: Arc<Tools>, closing: watch::Receiver<bool>) -> Arc<Self> {
        let observed = Mutex::new(Observed::new(tools));
        let is_measuring = AtomicBool::new(false);
        Arc::new(Observer { observed, host_keys: HostKeys::default(), is_measuring, closing })
    }

    /// Nights and drive by the configuration of `tools`.
    pub fn observed(&self, tools: Arc<Tools>) -> Arc<Observed> {
        let mut observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&observed.tools, &tools) {
            *observed = Observed::new(tools);
        }
        observed.clone()
    }

    pub fn is_measuring(&self) -> bool {
        self.is_measuring.load(Ordering::Acquire)
    }

    /// Measures in the background how large backups would be, one measurement at a time.
    pub fn measure(self: &Arc<Self>, tools: Arc<Tools>) {
        if self.is_measuring.swap(true, Ordering::AcqRel) {
            return;
        }
        let observer = self.clone();
        let work = move || {
            sizes::measure(&tools, &|| tell(&tools, SIZES), &observer.closing);
            observer.is_measuring.store(false, Ordering::Release);
            tell(&tools, SIZES);
        };
        if let Err(error) = thread::Builder::new().name("sizes".into()).spawn(work) {
            tracing::warn!(%error, "sizes are not measured");
            self.is_measuring.store(false, Ordering::Release);
        }
    }
}
