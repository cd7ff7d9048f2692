//! Floor 0: bytes, paths, files and processes. Nothing here has heard of cameras.
pub mod attributes;
pub mod base64;
pub mod digest;
pub mod dir;
pub mod handover;
pub mod instance;
pub mod lock;
pub mod mount;
pub mod plain;
pub mod priority;
pub mod process;
pub mod rel_path;
pub mod secret;
pub mod size;
pub mod socket;
pub mod space;
pub mod supervisor;
