//! What a job said, as lines of a log with their times: its events, and what its programs said.
use jiff::tz::TimeZone;

use crate::catalog::{EventKind, step_logs};
use crate::domain::job::JobId;
use crate::work::Tools;

/// Of the log of each step so many bytes at its end count.
const MOST_OF_A_STEP: u64 = 2 << 20;

/// The last `most` lines of a job, oldest first.
pub fn job_log(tools: &Tools, id: JobId, zone: &TimeZone, most: u32) -> Vec<String> {
    let mut lines = events(tools, id, zone, most);
    // A log that cannot be read is left out.
    for log in step_logs::of_job(&tools.state_dir, id).unwrap_or_default() {
        lines.extend(log.end(MOST_OF_A_STEP).unwrap_or_default().lines().map(str::to_owned));
    }
    // Each line begins with its time, and warnings are in both.
    lines.sort_by(|a, b| a.get(..TIME).cmp(&b.get(..TIME)));
    lines.dedup();
    lines.split_off(lines.len().saturating_sub(most as usize))
}

/// `2026-11-30 04:50:00`
const TIME: usize = 19;

fn events(tools: &Tools, id: JobId, zone: &TimeZone, most: u32) -> Vec<String> {
    // A log that cannot be read is left out; what it belongs to is told in any case.
    let events = tools.catalog.last_events(id, most).unwrap_or_default();
    let lines = events.into_iter().filter_map(|event| {
        let words = match event.kind {
            EventKind::State { state } => state.word().to_owned(),
            EventKind::Stages { .. }
            | EventKind::Settings
            | EventKind::Plan { .. }
            | EventKind::Mark { .. }
            | EventKind::Look { .. }
            | EventKind::Snapshot { .. }
            | EventKind::Night { .. }
            | EventKind::Disk { .. }
            | EventKind::Alert { .. }
            | EventKind::Retention { .. } => return None,
            EventKind::Stage { stage } => stage.label().to_owned(),
            EventKind::Cancelling => "cancelling".to_owned(),
            EventKind::Warning { text } => format!("warning: {text}"),
        };
        let at = event.at.to_zoned(zone.clone());
        Some(format!("{} {words}", at.strftime("%Y-%m-%d %H:%M:%S")))
    });
    lines.collect()
}
