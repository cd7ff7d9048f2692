//! The one moment in which files change hands, and the camera after it.
use std::time::Duration;

use super::log::Log;
use super::{Error, swaps};
use crate::domain::failure::Advice;
use crate::domain::monitor::Monitor;
use crate::site::service;
use crate::swap::{self, Saved};
use crate::work::Tools;

/// The exchange; what a double fault leaves half-way is ended at once, before the camera starts.
pub(in crate::work) fn exchange(tools: &Tools, saved: Saved, log: &dyn Monitor) -> Result<(), Error> {
    match saved.commit(log) {
        Ok(applied) => {
            applied.warnings.into_iter().for_each(|warning| log.warn(warning));
            Ok(())
        }
        Err(error @ swap::Error::HalfWay { .. }) => {
            match swaps(tools).recover(log) {
                Ok(done) => done.iter().for_each(|recovered| log.warn(recovered.to_string())),
                Err(why) => log.warn(format!("The next recovery has to finish it: {why}")),
            }
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// A camera that runs is no failure, even where the note about its pause could not be removed.
pub(super) fn runs_again(outcome: Result<Duration, service::Error>, log: &Log<'_>) -> Result<Duration, service::Error> {
    match outcome {
        Err(why @ service::Error::Remove { .. }) => {
            log.warn(format!("{why}. {}", why.advice()));
            Ok(Duration::ZERO)
        }
        other => other,
    }
}
