//! The archives of the backups folder, as last seen: the folder may lie on a share that hangs.
use std::sync::Arc;
use std::time::Duration;

use super::cached::{Cached, Subject, Wanted};
use crate::domain::failure::Failure;
use crate::work::Tools;
use crate::work::archive::list::{Item, list};

/// The archives of one configuration.
pub struct Archives(Arc<Cached<Arc<Vec<Item>>>>);

impl Archives {
    /// Nothing is looked at until the first caller asks.
    pub fn new(tools: &Arc<Tools>) -> Self {
        let subject = Subject {
            name: "archives",
            look: Box::new(|tools: &Tools| list(tools).map(Arc::new).map_err(Failure::from)),
            is_same: |before: &Arc<Vec<Item>>, now: &Arc<Vec<Item>>| says(before) == says(now),
            also: |_| None,
            fresh: Duration::from_secs(30),
        };
        Archives(Cached::new(subject, tools.clone()))
    }

    /// The newest first; `None` while they are looked at for the first time.
    pub fn seen(&self, wanted: Wanted, patience: Duration) -> Option<Result<Arc<Vec<Item>>, Failure>> {
        self.0.seen(wanted, patience).seen.map(|seen| seen.found)
    }
}

/// What a page shows of them.
fn says(items: &[Item]) -> serde_json::Value {
    serde_json::to_value(items).unwrap_or_default()
}
