//! `recover`: what a crash or a power cut left behind is put right, and told.
use std::sync::Arc;

use serde_json::json;

use super::screen::{Screen, say};
use crate::app::{self, Options};
use crate::domain::failure::Failure;
use crate::jobs;
use crate::work::Tools;

pub(super) fn recover(screen: Screen, options: &Options) -> Result<(), Failure> {
    tell(screen, &jobs::recover(&*open(options)?)?)
}

/// The same while the machine starts.
pub(super) fn at_boot(screen: Screen, options: &Options) -> Result<(), Failure> {
    tell(screen, &jobs::recover_at_boot(&*open(options)?)?)
}

/// A camera that rests is not kept waiting by a mistake in the configuration.
fn open(options: &Options) -> Result<Arc<Tools>, Failure> {
    let (tools, mistakes) = app::open_for_recovery(options)?;
    mistakes.iter().for_each(|line| say(line));
    Ok(tools)
}

fn tell(screen: Screen, done: &[String]) -> Result<(), Failure> {
    screen.show(&json!({ "done": done }), |out| {
        if done.is_empty() {
            writeln!(out, "there was nothing to put right")?;
        }
        done.iter().try_for_each(|line| writeln!(out, "{line}"))
    })
}
