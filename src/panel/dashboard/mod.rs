//! The page "Dashboard": one verdict, then hosts, plans, destinations, how much came and how long it took, and recent
//! work.
//!
//! * `page` — all of it; `view` — what it shows, read at one moment
//! * `hosts`, `plans`, `places`, `charts`, `recent` — its parts; `bars` — a plot of days; `filter` — which work is shown
//!
//! Invariant: nothing here walks a tree or waits for a disk or a host. Everything is in the history, or was seen in the
//! background.
mod bars;
mod charts;
mod filter;
mod hosts;
pub mod page;
mod places;
mod plans;
mod recent;
mod view;
