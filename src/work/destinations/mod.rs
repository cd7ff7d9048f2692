//! Places that backups are kept in: how each of them stands, and what an owner does with one.
//!
//! * `look` — whether a place is ready, how full it is, and what lies there; `stock` — the numbers of the latter
//! * `set_up`, `check` — a drive is chosen, or tried; `last_check` — remembers how that went
//! * `machine` — the drives that there are to choose from
//! * `configure` — a drive comes into the configuration, or goes out of it
pub mod check;
pub mod configure;
mod last_check;
pub mod look;
pub mod machine;
pub mod set_up;
pub mod stock;
