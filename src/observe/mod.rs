//! Floor 5: what takes long to find out, looked at in the background and kept for pages.
//!
//! * `cached` — a finding with its age; `archives`, `nights`, `drive`, `destinations`, `snapshots`, `hosts` — those that are kept so
//! * `sizes` — how large backups would be, measured into the catalog
//! * `observer` — all of it by the configuration in use, and the events that tell of changes
//!
//! Invariant: no page waits for a disk or a database longer than the patience that it gives.
pub mod archives;
pub mod cached;
mod destinations;
pub mod drive;
pub mod hosts;
mod nights;
mod observer;
mod sizes;
pub mod snapshots;
pub mod tried_hosts;

pub use observer::{Observed, Observer};
