//! What owners say of things, and that it was written down.
use serde::Serialize;

use crate::domain::archive::name::ArchiveName;

/// It was done at once, without a job.
#[derive(Debug, Serialize)]
pub struct Done {
    done: bool,
}

impl Done {
    pub fn now() -> Self {
        Done { done: true }
    }
}

/// A change of the configuration was made; `trouble` says why it does not count yet.
#[derive(Debug, Serialize)]
pub struct Configured<T> {
    done: bool,
    trouble: T,
}

impl<T: Serialize> Configured<T> {
    pub fn with(trouble: T) -> Self {
        Configured { done: true, trouble }
    }
}

#[derive(Debug, Serialize)]
pub struct Pinned<'a> {
    pub name: &'a ArchiveName,
    pub pinned: bool,
}

#[derive(Debug, Serialize)]
pub struct Noted<'a> {
    pub name: &'a ArchiveName,
    pub note: &'a str,
}

/// `acknowledged` is false when the alert was not open.
#[derive(Debug, Serialize)]
pub struct Acknowledged {
    pub alert: i64,
    pub acknowledged: bool,
}
