//! What several stories need.
pub mod desk;
pub mod rig;
pub mod small_disk;
pub mod tarball;
pub mod tree;
pub mod watcher;
