//! Each deletion by rules is told in the stream of events, with the reason of its decision.
use crate::catalog::EventKind;
use crate::domain::failure::Failure;
use crate::domain::retention::decision::Reason;
use crate::work::Tools;

/// `rules` names whose rules they are: a plan, or a host as in the sources of a plan. A history that takes nothing now
/// holds up no retention.
pub(super) fn tell_deleted(tools: &Tools, rules: String, item: String, reason: Reason, bytes: u64) {
    let kind = EventKind::Retention { plan: rules, item, reason, bytes };
    if let Err(error) = tools.catalog.tell(&kind, (tools.now)().timestamp()) {
        tracing::warn!("{kind:?} was not remembered: {}", Failure::of(&error).message);
    }
}
