//! Which drives there are, which of them may keep backups and why the others may not, and how a place for backups stands.
//!
//! * `state` — whether a place can take backups now, in one word
//! * `full_on` — the day on which it will be full
//! * `places` — folders that no backups may go to, by their names alone
//! * `verdict` — whether backups may go to a folder on a mount
//! * `offer` — the drives that an owner may choose from, and those that are left out
//! * `unmounted` — drives that are plugged in and not mounted, with the command that mounts them
//! * `name` — what a drive that was chosen is called
pub mod full_on;
pub mod name;
pub mod offer;
pub mod places;
pub mod state;
pub mod unmounted;
pub mod verdict;
