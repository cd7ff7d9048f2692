//! Every place for backups, as last seen: each is looked at by itself, so that one that hangs hides no other.
use std::sync::Arc;
use std::time::Duration;

use super::cached::{Cached, Subject, Wanted};
use crate::catalog::EventKind;
use crate::domain::destination::DestinationName;
use crate::work::Tools;
use crate::work::destinations::look::{Place, hanging, look, names};

/// A place that has not answered for this long is reported as hanging.
const HANGS: Duration = Duration::from_secs(12);

/// The places of one configuration.
pub struct Destinations {
    tools: Arc<Tools>,
    all: Vec<(DestinationName, Arc<Cached<Place>>)>,
}

impl Destinations {
    /// Nothing is looked at until the first caller asks.
    pub fn new(tools: &Arc<Tools>) -> Self {
        let cached = |name: DestinationName| {
            let own = name.clone();
            let subject = Subject {
                name: "destination",
                look: Box::new(move |tools| Ok(look(tools, &own))),
                is_same: Place::says_the_same,
                also: disk,
                fresh: Duration::from_secs(30),
            };
            (name, Cached::new(subject, tools.clone()))
        };
        Destinations { tools: tools.clone(), all: names(tools).into_iter().map(cached).collect() }
    }

    /// All places in the order of the configuration, waited for at most `patience` together. A place is `None` while
    /// it is looked at for the first time.
    pub fn seen(&self, wanted: Wanted, patience: Duration) -> Vec<(DestinationName, Option<Place>)> {
        // All looks begin before one is waited for.
        for (_, cached) in &self.all {
            cached.seen(wanted, Duration::ZERO);
        }
        let share = patience / u32::try_from(self.all.len()).unwrap_or(1).max(1);
        self.all.iter().map(|(name, cached)| (name.clone(), self.one(name, cached, wanted, share))).collect()
    }

    fn one(
        &self,
        name: &DestinationName,
        cached: &Arc<Cached<Place>>,
        wanted: Wanted,
        patience: Duration,
    ) -> Option<Place> {
        let latest = cached.seen(wanted, patience);
        if latest.looking.is_some_and(|looking| looking > HANGS) {
            return Some(hanging(&self.tools, name));
        }
        latest.seen.and_then(|seen| seen.found.ok())
    }
}

/// The room of a place, where it is told.
fn disk(place: &Place) -> Option<EventKind> {
    let (total, free) = place.total_bytes.zip(place.free_bytes).filter(|(total, _)| *total > 0)?;
    let used = total.saturating_sub(free);
    let pct = u8::try_from(u128::from(used) * 100 / u128::from(total)).unwrap_or(100);
    Some(EventKind::Disk { destination: place.name.to_string(), total, used, free, pct })
}
