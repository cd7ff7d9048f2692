//! What becomes of snapshots is told in the stream of events.
use crate::catalog::EventKind;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::Tools;

pub(super) const TAKEN: &str = "taken";
/// Taken, and not trusted.
pub(super) const SUSPECT: &str = "suspect";
pub(super) const DELETED: &str = "deleted";

/// A history that takes nothing now holds up no snapshot.
pub(super) fn tell(tools: &Tools, host: &HostName, name: SnapshotName, state: &str) {
    let kind = EventKind::Snapshot { host: host.clone(), name, state: state.to_owned() };
    if let Err(error) = tools.catalog.tell(&kind, (tools.now)().timestamp()) {
        tracing::warn!("{kind:?} was not remembered: {}", Failure::of(&error).message);
    }
}
