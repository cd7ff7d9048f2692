//! Floor 2: where backups are kept.
pub mod folder;
