//! Sends what waits in the outbox while the service runs.
//!
//! On its own thread: a mail server that does not answer holds up nothing else, and ends with the
//! program.
use std::time::Duration;

use super::reports::put_down;
use super::shared::Shared;
use crate::base::counted::counted;
use crate::domain::failure::Failure;
use crate::work::mail::{Delivery, deliver};
use crate::work::notify::{self, Patience};

/// Terminals put letters down as well.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Until the program ends.
pub(super) fn keep(shared: &Shared) {
    while !shared.is_stopping() {
        let seen = shared.changes();
        let tools = shared.tools();
        if let Err(failure) = put_down(&tools) {
            tracing::warn!("runs could not be reported: {}", failure.message);
        }
        match deliver(&tools) {
            Ok(delivery) => told(shared, &delivery),
            Err(error) => tracing::warn!("the waiting mails could not be read: {}", Failure::of(&error).message),
        }
        shared.wait_for_change(seen, LOOK_EVERY);
    }
}

/// Sends to channels until the program ends. On a thread of its own, so that mails and messages do not wait for each
/// other.
pub(super) fn keep_channels(shared: &Shared) {
    while !shared.is_stopping() {
        let seen = shared.changes();
        match notify::deliver(&shared.tools(), Patience::OfService) {
            Ok(Delivery { failure: Some(failure), .. }) => {
                tracing::warn!("a message could not be sent yet: {}", failure.message);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!("the waiting messages could not be read: {}", Failure::of(&error).message),
        }
        shared.wait_for_change(seen, LOOK_EVERY);
    }
}

fn told(shared: &Shared, delivery: &Delivery) {
    if let Some(failure) = &delivery.failure {
        let mails = counted(delivery.failed.into(), "mail");
        tracing::warn!("{mails} could not be sent yet: {}", failure.message);
    }
    if delivery.failed + delivery.sent > 0 {
        // Pages show the alert that came or went.
        shared.feed.poke();
    }
}
