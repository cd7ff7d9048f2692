//! Archives.
use std::borrow::Cow;

use serde::Serialize;

use crate::domain::archive::name::ArchiveName;
use crate::work::archive::estimate::Estimates;

/// What lies in the backups folder; `interrupted` stands there only when a killed program left something.
#[derive(Debug, Serialize)]
pub struct ArchiveList<T, N> {
    pub items: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_ours: Option<NotOurs<N>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// What else lies there.
#[derive(Debug, Serialize)]
pub struct NotOurs<N> {
    pub names: N,
    pub litter: u64,
}

/// Rows of an archive's index; `read` is false when nobody knows yet what is in it.
#[derive(Debug, Serialize)]
pub struct Rows<T> {
    pub read: bool,
    pub rows: T,
    pub more: bool,
}

/// A file of an archive.
#[derive(Debug, Serialize)]
pub struct File<'a, P> {
    pub path: &'a P,
    pub bytes: u64,
    pub modified: String,
    pub sha256: Option<String>,
}

/// A file that was taken out.
#[derive(Debug, Serialize)]
pub struct Extracted<'a, P> {
    pub name: &'a ArchiveName,
    pub path: &'a P,
    pub out: Cow<'a, str>,
    pub bytes: u64,
}

/// How large backups would be, as remembered; `measuring` while a new look is under way.
#[derive(Debug, Serialize)]
pub struct EstimateTold {
    pub estimate: Estimates,
    pub free_bytes: Option<u64>,
    pub measuring: bool,
}

/// Restores that can be undone, newest first.
#[derive(Debug, Serialize)]
pub struct Restores<T> {
    pub restores: T,
}
