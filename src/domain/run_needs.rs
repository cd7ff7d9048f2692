//! Which parts of a run need which others: a part is left out when one that it needs has not done its work.
//!
//! | part | needs |
//! |---|---|
//! | sources, copies, retention, sync | the hooks before the run |
//! | retention, sync | at least one source that did not fail |
//! | hooks behind the run | nothing |
use super::job::JobState;
use super::order::{Order, PlanOrder};
use super::plan::sentence::what;
use super::turn::{Part, part};

/// Why `order` is left out of its run, whose jobs are `parts`; `None` when it has its turn.
pub fn left_out(order: &Order, parts: &[(Order, JobState)]) -> Option<String> {
    let own = part(order)?;
    if own.is_hooks() {
        return None;
    }
    let before = parts.iter().find(|(order, _)| part(order) == Some(Part::Before));
    if let Some(why) = before.and_then(|(_, state)| of_hooks(*state)) {
        return Some(why.to_owned());
    }
    if own < Part::Retention {
        return None;
    }
    let mut sources = parts.iter().filter(|(order, _)| part(order) == Some(Part::Source)).peekable();
    let first = sources.peek().copied();
    match (first, sources.all(|(_, state)| has_failed(*state))) {
        (Some((order, _)), true) => Some(format!("{} failed in this run", source(order))),
        _ => None,
    }
}

fn of_hooks(before: JobState) -> Option<&'static str> {
    match before {
        JobState::Skipped => Some("the hook before this run wants no run now"),
        JobState::Failed => Some("the hook before this run failed"),
        JobState::Cancelled => Some("the hook before this run was cancelled"),
        JobState::Interrupted => Some("the hook before this run was interrupted"),
        JobState::Success | JobState::Warning | JobState::Queued | JobState::Running => None,
    }
}

fn has_failed(state: JobState) -> bool {
    matches!(state, JobState::Failed | JobState::Cancelled | JobState::Interrupted)
}

fn source(order: &Order) -> String {
    match order {
        Order::Plan(PlanOrder::Run { source, .. }) => what(source),
        _ => "the work".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::hook::{Hook, HookEvent, HookProgram, TimeLimit};
    use crate::domain::plan::{Plan, Source};
    use crate::domain::run_id::RunId;
    use crate::domain::turn::Turn;

    fn hook(on: HookEvent) -> Hook {
        let (run, timeout) = (HookProgram::Line("true".into()), TimeLimit::default());
        Hook { on, run, timeout, on_error: None }
    }

    /// before, two sources, a copy, retention, ending, finally.
    fn told(states: [JobState; 7]) -> Vec<bool> {
        let sources = vec![Source::Config, Source::Host("pi".parse().unwrap())];
        let hooks = [HookEvent::Before, HookEvent::Failure, HookEvent::Finally].map(hook).to_vec();
        let plan = Plan { sources, copies: vec!["usb".parse().unwrap()], hooks, ..Plan::weekly_config() };
        let orders = Turn::of(&plan, RunId::nil()).orders;
        assert_eq!(orders.len(), 7);
        let parts: Vec<_> = orders.iter().cloned().zip(states).collect();
        orders.iter().map(|order| left_out(order, &parts).is_some()).collect()
    }

    #[test]
    fn a_part_is_left_out_when_what_it_needs_has_failed_and_hooks_behind_the_run_never() {
        use JobState::{Cancelled, Failed, Interrupted, Queued, Skipped, Success, Warning};
        let none = [false; 7];
        let all = [false, true, true, true, true, false, false];
        let only_retention = [false, false, false, false, true, false, false];
        let with = |before, one, two| told([before, one, two, Queued, Queued, Queued, Queued]);
        assert_eq!(with(Success, Success, Success), none);
        assert_eq!(with(Warning, Failed, Warning), none, "what was made has its turn");
        assert_eq!(with(Success, Skipped, Skipped), none, "nothing was due, and nothing is wrong");
        for before in [Skipped, Failed, Cancelled, Interrupted] {
            assert_eq!(with(before, Queued, Queued), all, "{before:?}");
        }
        assert_eq!(with(Success, Failed, Interrupted), only_retention);
    }
}
