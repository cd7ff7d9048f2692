//! Hooks: programs of the owner around a run of his plan.
//!
//! * `surroundings` — what a hook is told; `call` — one of them run to its end
//! * `run` — all of one time in a run, as a job of it; `rehearse` — those of a dry run; `report` — what they did
mod call;
pub mod rehearse;
pub mod report;
pub mod run;
mod surroundings;
