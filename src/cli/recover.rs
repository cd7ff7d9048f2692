//! `recover`: what a crash or a power cut left behind is put right, and told.
use serde_json::json;

use super::screen::Screen;
use crate::app::{self, Options};
use crate::domain::failure::Failure;
use crate::jobs;

pub(super) fn recover(screen: Screen, options: &Options) -> Result<(), Failure> {
    tell(screen, &jobs::recover(&*app::open(options)?)?)
}

/// The same while the machine starts.
pub(super) fn at_boot(screen: Screen, options: &Options) -> Result<(), Failure> {
    tell(screen, &jobs::recover_at_boot(&*app::open(options)?)?)
}

fn tell(screen: Screen, done: &[String]) -> Result<(), Failure> {
    screen.show(&json!({ "done": done }), |out| {
        if done.is_empty() {
            writeln!(out, "there was nothing to put right")?;
        }
        done.iter().try_for_each(|line| writeln!(out, "{line}"))
    })
}
