//! `recover`: what a crash or a power cut left behind is put right, and told.
use super::screen::{Screen, say};
use crate::api::program::Recovered;
use crate::app::{self, Options};
use crate::domain::failure::Failure;
use crate::jobs::{self, CameraRecovered, CameraStart};

/// The camera first: neither a mistake in the configuration nor a history that cannot be opened keeps it waiting.
pub(super) fn recover(screen: Screen, options: &Options, start: CameraStart) -> Result<(), Failure> {
    let (places, mistakes) = app::places_for_recovery(options)?;
    mistakes.iter().for_each(|line| say(line));
    let site = app::camera_at(&places);
    let CameraRecovered { mut lines, failure } = jobs::recover_camera(site.as_ref(), &places.state, start);
    match app::open_at(places).and_then(|tools| jobs::tidy(&tools, super::command::command)) {
        Ok(more) => lines.extend(more),
        Err(why) => lines.push(format!("The history of jobs was left as it is: {}. {}", why.message, why.advice)),
    }
    match failure {
        None => tell(screen, &lines),
        Some(failure) => {
            lines.iter().for_each(|line| say(line));
            Err(failure)
        }
    }
}

fn tell(screen: Screen, done: &[String]) -> Result<(), Failure> {
    screen.show(&Recovered { done }, |out| {
        if done.is_empty() {
            writeln!(out, "there was nothing to recover")?;
        }
        done.iter().try_for_each(|line| writeln!(out, "{line}"))
    })
}
