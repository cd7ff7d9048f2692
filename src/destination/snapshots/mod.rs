//! Snapshots of a host on a drive: `hosts/HOST/hourly/2026-03-06_0800` for each, with the files of the host in it.
//!
//! * `store` — which there are, what they say of themselves, and what their owner said of them
//! * `partial` — one that is being made; `trash` — one that goes; `sweep` — what is left of both after a kill
//! * `pointers` — `latest` and `current`; `golden` — months that are full copies
//! * `link_pool` — files of a set that is moved here, each under one name more; `origin` — where such a set came from;
//!   `leaving` — what goes with a set to another drive, and what is taken away behind it;
//!   `take_over` — a tree of another program becomes a snapshot
//!
//! Invariant: a folder is a snapshot only with a marker that names it, and it gets its name after everything in it is on
//! the disk. It loses its name before anything in it is removed. Whatever else lies there belongs to somebody else.
pub mod golden;
pub mod leaving;
pub mod link_pool;
pub mod origin;
pub mod partial;
pub mod pointers;
pub mod store;
pub mod sweep;
pub mod take_over;
pub mod trash;
