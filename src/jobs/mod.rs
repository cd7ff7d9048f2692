//! Floor 4: orders become history. A queue that survives restarts, one lane, and a feed of events.
use std::io::Read;
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::catalog;
use crate::domain::failure::Failure;
use crate::domain::job::{Job, JobId};
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::order::Order;
use crate::work::Tools;

/// How fast and how long, reckoned by the feed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Gauge {
    pub job: JobId,
    #[serde(flatten)]
    pub progress: Progress,
    /// Bytes a second over the last seconds; `None` until it means something.
    pub speed: Option<u64>,
    /// Seconds left; only after 5 % and 3 s, `None` before.
    pub left_s: Option<u64>,
}

/// Everything that has happened and is happening.
pub struct Jobs {}

impl Jobs {
    /// Marks jobs of dead processes as interrupted, sweeps their litter, restores the camera, and
    /// starts the lane.
    pub fn start(_tools: Arc<Tools>) -> Result<Arc<Self>, Failure> {
        unimplemented!()
    }
    pub fn submit(&self, _order: Order) -> Result<JobId, Failure> {
        unimplemented!()
    }
    /// Runs at once beside the lane; the bytes come from `input`.
    pub fn receive(
        &self,
        _file_name: &str,
        _expected: Option<u64>,
        _input: Box<dyn Read + Send>,
    ) -> Result<JobId, Failure> {
        unimplemented!()
    }
    /// Runs `order` now in this thread (the terminal), waiting for the lane; also watched by `watcher`.
    pub fn run(&self, _order: Order, _watcher: &dyn Monitor) -> Result<(JobId, serde_json::Value), Failure> {
        unimplemented!()
    }
    /// False when it is over already.
    pub fn cancel(&self, _id: JobId) -> Result<bool, Failure> {
        unimplemented!()
    }
    pub fn job(&self, _id: JobId) -> Result<Option<Job>, Failure> {
        unimplemented!()
    }
    pub fn history(&self, _limit: u32) -> Result<Vec<Job>, Failure> {
        unimplemented!()
    }
    /// Remembered events, as they are recorded.
    pub fn events(&self) -> broadcast::Receiver<catalog::Event> {
        unimplemented!()
    }
    /// Gauges of running jobs; the newest wins, at most 4 a second.
    pub fn gauges(&self) -> watch::Receiver<Vec<Gauge>> {
        unimplemented!()
    }
    /// No new jobs; waits for the running one up to `limit`, then cancels it.
    pub fn stop(&self, _limit: std::time::Duration) {
        unimplemented!()
    }
}
