//! A step of a job as it was lived: when it began and ended, how, and what it warned of.
use jiff::Timestamp;
use serde::Serialize;

use super::job::JobState;
use super::monitor::Stage;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordedStep {
    pub name: Stage,
    pub started_at: Timestamp,
    /// `None` while it runs.
    pub ended_at: Option<Timestamp>,
    pub result: JobState,
    pub warnings: Vec<String>,
}

/// The state of a step that is over, by its warnings and by the state of its job. A step is followed by another one
/// only when it went well.
pub fn result_of(job: JobState, has_warned: Warned) -> JobState {
    match (job, has_warned) {
        (JobState::Failed | JobState::Cancelled | JobState::Interrupted, _) => job,
        (_, Warned::Yes) => JobState::Warning,
        (_, Warned::No) => JobState::Success,
    }
}

/// Whether a step has warned of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warned {
    Yes,
    No,
}

/// The record of each of `stages`, which may name one stage several times; `None` for those that were not reached.
pub fn by_stage<'a>(stages: &[Stage], steps: &'a [RecordedStep]) -> Vec<Option<&'a RecordedStep>> {
    let before = |at: usize, stage: Stage| stages[..at].iter().filter(|one| **one == stage).count();
    let record = |(at, stage): (usize, &Stage)| steps.iter().filter(|step| step.name == *stage).nth(before(at, *stage));
    stages.iter().enumerate().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_comes_twice_has_a_record_for_each_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let step = |name, second| RecordedStep {
            name,
            started_at: at(second),
            ended_at: None,
            result: JobState::Success,
            warnings: Vec::new(),
        };
        let steps = [step(Stage::Survey, 1), step(Stage::Verify, 2), step(Stage::Verify, 3)];
        let stages = [Stage::Survey, Stage::Verify, Stage::Verify, Stage::Delete];
        let began = by_stage(&stages, &steps).into_iter().map(|step| step.map(|step| step.started_at));
        assert_eq!(began.collect::<Vec<_>>(), [Some(at(1)), Some(at(2)), Some(at(3)), None]);
    }
}
