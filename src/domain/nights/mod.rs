//! Nights: what the camera measured, whether a night is over, whether it is worth keeping, and how a
//! saved one is written down.
pub mod calibration;
pub mod closed;
pub mod course;
pub mod decision;
pub mod expiry;
pub mod file_list;
pub mod frame;
pub mod manifest;
pub mod measure;
pub mod request;
pub mod settings;
pub mod stars;
pub mod state;
pub mod sun;
