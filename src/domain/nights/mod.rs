//! Nights: what the camera measured, whether a night is over, and whether it is worth keeping.
pub mod calibration;
pub mod closed;
pub mod decision;
pub mod measure;
