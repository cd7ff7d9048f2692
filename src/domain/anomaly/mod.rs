//! Whether what changed at a host since its last snapshot looks like harm: files that were encrypted, changed or deleted
//! in masses.
//!
//! * `measure` — what one snapshot changed, in shares of what was there; `sample` — what a few files look like inside
//! * `baseline` — what is usual for this host; `rules` — what is out of the ordinary, how bad, and why
//!
//! Invariant: the same numbers give the same answer. Nothing here reads a file or a clock.
pub mod baseline;
pub mod measure;
pub mod rules;
pub mod sample;
