//! Sends what waits in the outbox while the service runs.
//!
//! On its own thread: a mail server that does not answer holds up nothing else, and ends with the
//! program.
use std::time::Duration;

use super::shared::Shared;
use crate::base::counted::counted;
use crate::domain::failure::Failure;
use crate::work::mail::deliver;

/// Terminals put letters down as well.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Until the program ends.
pub(super) fn keep(shared: &Shared) {
    while !shared.is_stopping() {
        let seen = shared.changes();
        match deliver(&shared.tools()) {
            Ok(delivery) => {
                if let Some(failure) = delivery.failure {
                    let mails = counted(delivery.failed as u64, "mail");
                    tracing::warn!("{mails} could not be sent yet: {}", failure.message);
                }
            }
            Err(error) => tracing::warn!("the waiting mails could not be read: {}", Failure::of(&error).message),
        }
        shared.wait_for_change(seen, LOOK_EVERY);
    }
}
