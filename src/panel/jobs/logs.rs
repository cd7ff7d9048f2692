//! What the programs of a job said, on its page and on that of its run: the end of each log, while it grows and after.
use maud::{Markup, html};

use crate::catalog::step_logs;
use crate::domain::job::{Job, JobId, JobState};
use crate::panel::state::PanelState;

/// The most that a page shows of one log.
const SHOWN_BYTES: u64 = 16 << 10;

/// The end of one log.
pub(super) struct LogEnd {
    step: String,
    text: String,
}

/// Reads the ends of the logs of a job; none of one that cannot be read.
pub(super) fn of_job(panel: &PanelState, job: JobId) -> Vec<LogEnd> {
    let logs = step_logs::of_job(&panel.tools().state_dir, job).unwrap_or_default();
    let ends = logs.into_iter().filter_map(|log| Some(LogEnd { text: log.end(SHOWN_BYTES).ok()?, step: log.step }));
    ends.collect()
}

/// Nothing where no program said anything. The texts are escaped like all others.
pub(super) fn draw(job: &Job, logs: &[LogEnd]) -> Markup {
    let grows = job.state == JobState::Running;
    html! {
        @for log in logs {
            details.ab-log #(format!("log-{}-{}", job.id, log.step)) open[grows] data-growing[grows] {
                summary { "Log " span.text-muted { (log.step) } }
                pre.ab-log-text { (log.text) }
            }
        }
        @if logs.is_empty() && grows { span data-growing {} }
    }
}
