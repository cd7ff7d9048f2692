//! Restores in numbers, through the program itself: killed at every step and at random moments, their
//! recovery killed again and again, and every operation on the disk failing once.
mod faults;
mod kills;
mod scene;

pub use faults::at_every_operation;
pub use kills::at_every_step_and_at_random;
