//! Floor 1: the business as pure values and decisions. No files, no clock, no threads.
pub mod archive_name;
pub mod door;
pub mod failure;
pub mod job;
pub mod limits;
pub mod listing;
pub mod metadata;
pub mod metadata_text;
pub mod monitor;
pub mod night;
pub mod nights;
pub mod order;
pub mod proof;
pub mod restore;
pub mod retention;
pub mod section;
pub mod settings;
