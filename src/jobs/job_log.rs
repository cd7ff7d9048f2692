//! What a job said, as lines of a log with their times.
use jiff::tz::TimeZone;

use crate::catalog::EventKind;
use crate::domain::job::JobId;
use crate::work::Tools;

/// The last `most` lines of a job, oldest first.
pub(super) fn job_log(tools: &Tools, id: JobId, zone: &TimeZone, most: u32) -> Vec<String> {
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
