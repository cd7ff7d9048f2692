//! Sends the events of this process and of all others to the listeners.
//!
//! One thread reads the catalog behind the newest event that it has told, so that listeners get every
//! event once and in the order of the ids. Our own threads poke it; for other processes it looks once
//! a second.
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::broadcast;

use crate::catalog::{Catalog, Error, Event};
use crate::domain::failure::Failure;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events that a slow listener may be behind before it has to ask the catalog.
const BACKLOG: usize = 1024;

pub(super) struct Feed {
    events: broadcast::Sender<Event>,
    poke: SyncSender<()>,
}

impl Feed {
    pub(super) fn start(catalog: Arc<Catalog>) -> Result<Self, Failure> {
        let events = broadcast::Sender::new(BACKLOG);
        let (poke, poked) = sync_channel(1);
        let told = catalog.newest_event()?;
        let sender = events.clone();
        super::spawn("feed", move || tell(&catalog, told, &sender, &poked))?;
        Ok(Feed { events, poke })
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Something was recorded. One waiting poke is as good as many.
    pub(super) fn poke(&self) {
        let _ = self.poke.try_send(());
    }
}

/// Sends new events until the other end of `poked` is gone.
fn tell(catalog: &Catalog, mut told: i64, events: &broadcast::Sender<Event>, poked: &Receiver<()>) {
    loop {
        if poked.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        match tell_new(catalog, told, events) {
            Ok(newest) => told = newest,
            // No event is lost: the catalog keeps them, and the next look may succeed.
            Err(e) => tracing::warn!("events could not be read: {}", Failure::of(&e).message),
        }
    }
}

fn tell_new(catalog: &Catalog, mut told: i64, events: &broadcast::Sender<Event>) -> Result<i64, Error> {
    while catalog.newest_event()? > told {
        for event in catalog.events_after(told, 500)? {
            told = event.id;
            // Nobody listens: the events are in the catalog.
            let _ = events.send(event);
        }
    }
    Ok(told)
}
