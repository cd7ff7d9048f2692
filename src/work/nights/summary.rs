//! What a run did, as a message to its owner.
use std::time::Duration;

use super::run::Report;
use crate::base::process;
use crate::base::size::Bytes;
use crate::destination::drive::Ready;
use crate::domain::mail::Message;
use crate::domain::mail::deletion::Gone;
use crate::domain::mail::summary::{Run, Tried, message};
use crate::domain::monitor::Monitor;
use crate::domain::nights::state::NightState;
use crate::work::Tools;
use crate::work::mail::origin;

/// A program that waits for a server that is away must not hold the drive all day.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn told(tools: &Tools, ready: &Ready, report: &Report) -> Message {
    let nights = report.nights.iter().map(|night| Tried {
        night: night.night.clone(),
        images: night.images,
        bytes: night.bytes,
        avg_stars: night.avg_stars,
        troubles: if night.verified { Vec::new() } else { night.troubles.clone() },
    });
    let known = tools.catalog.nights(tools.nights.source.software()).unwrap_or_default();
    let saved = known.iter().filter(|night| matches!(night.state, NightState::Verified | NightState::Deleted));
    let best = saved.max_by(|a, b| a.avg_stars.unwrap_or(0.0).total_cmp(&b.avg_stars.unwrap_or(0.0)));
    let deleted = report.pruned.iter().flat_map(|pruned| &pruned.deleted).map(|line| Gone {
        night: line.night.clone(),
        avg_stars: line.avg_stars,
        moon_pct: line.moon_pct,
        bytes: line.bytes,
    });
    let films = report.nights.iter().map(|night| night.timelapse_bytes);
    let late = report.late.iter().filter(|film| film.trouble.is_none()).map(|film| film.bytes);
    let run = Run {
        nights: nights.collect(),
        timelapse_bytes: films.chain(late).sum(),
        settings: report.settings.as_ref().map(|kept| match (&kept.name, &kept.trouble) {
            (Some(name), _) => format!("{name} | {}", Bytes(kept.bytes)),
            (None, why) => format!("FAILED: {}", why.as_deref().unwrap_or("nothing was saved")),
        }),
        greatest: best.map(|best| (best.night.date().to_string(), best.avg_stars)),
        disk: ready.disk().ok(),
        deleted: deleted.collect(),
        retention: report.pruned.as_ref().map(|pruned| pruned.result.as_str().replace('_', " ")),
    };
    message(&origin(tools), &run)
}

/// Gives the message to the owner's program. A failure of the program is a warning and changes nothing else.
pub(super) fn tell(tools: &Tools, text: &str, monitor: &dyn Monitor) {
    let Some((program, arguments)) = tools.notify.command.split_first() else { return };
    match process::tell(program, arguments, text.as_bytes().to_vec(), PATIENCE) {
        Ok(status) if status.success() => {}
        Ok(status) => monitor.warn(format!("{program}, which should tell of this run, ended with {status}")),
        Err(why) => monitor.warn(format!("{program}, which should tell of this run, could not be used: {why}")),
    }
}
