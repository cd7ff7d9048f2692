//! What several stories need.
pub mod small_disk;
