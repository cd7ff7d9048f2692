//! Floor 2: where backups are kept.
//!
//! * `drive` — a drive or share for nights: there, writable, and the chosen one
//! * `named_drive` — a drive of the configuration, with its name
//! * `capability` — what a drive can do, found by trying
//! * `half_written` — files on a drive that never got their names
//! * `folder` — a folder of archives: is it there, is there room, what lies in it; `folder_error` — what can be wrong
//! * `place` — what else lies in the folder, and whether a folder may become one
//! * `own` — what tells our own unfinished things from files of the owner
//! * `night_store` — nights on a drive: folders, manifests, lists
//! * `manifest` — the list of everything in a snapshot; `snapshots` — the snapshots of a host on a drive
//! * `workspace` — a locked place inside it for what is not finished
//! * `scratch` — the place outside it for verbs that only read
//! * `upload`, `upload_reader` — what has come of an upload so far; it grows at one end and is checked at the other
//! * `store` — the one way in: a proved file gets its final name
pub mod capability;
pub mod drive;
pub mod folder;
mod folder_error;
pub mod half_written;
pub mod manifest;
pub mod named_drive;
pub mod night_store;
mod own;
pub mod place;
mod scratch;
pub mod snapshots;
pub mod store;
pub mod upload;
pub mod upload_reader;
pub mod workspace;
