//! The lines of `jobs log`: of whole jobs, or of one step.
use crate::catalog::step_logs;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::Job;
use crate::domain::turn::step_of;
use crate::jobs::job_log;
use crate::work::Tools;

/// Lines of a job that are shown at most.
const MOST: u32 = 100_000;

/// All lines of `jobs`, oldest first, with a heading for each where there are several. With `step`, those of the jobs
/// that are called so in their run, or of the steps of that name.
pub(super) fn lines(tools: &Tools, jobs: &[Job], step: Option<&str>) -> Result<Vec<String>, Failure> {
    let zone = (tools.now)().time_zone().clone();
    let mut lines = Vec::new();
    for job in jobs {
        let is_whole = step.is_none_or(|step| step_of(&job.order) == step);
        let own = match step {
            Some(step) if !is_whole => of_step(tools, job, step)?,
            _ => job_log(tools, job.id, &zone, MOST),
        };
        if jobs.len() > 1 && !own.is_empty() {
            lines.push(format!("== {}: {} ==", job.order.title(), job.state.word()));
        }
        lines.extend(own);
    }
    match step {
        Some(step) if lines.is_empty() => Err(Failure {
            code: Code::NotFound,
            message: format!("nothing was logged of a step {step}"),
            advice: "`allsky-backups jobs show ID --json` names the steps; logs are kept for four weeks.".into(),
        }),
        _ => Ok(lines),
    }
}

fn of_step(tools: &Tools, job: &Job, step: &str) -> Result<Vec<String>, Failure> {
    let unread = |error: std::io::Error| Failure {
        code: Code::Failed,
        message: format!("the log cannot be read: {error}"),
        advice: "Check the state folder and its owner.".into(),
    };
    let mut lines = Vec::new();
    for log in step_logs::of_job(&tools.state_dir, job.id).map_err(unread)? {
        if log.stage() == step || log.step == step {
            lines.extend(log.end(u64::MAX).map_err(unread)?.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}
