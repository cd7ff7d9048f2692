//! Uploads that come in pieces.
use serde::Serialize;
use uuid::Uuid;

use crate::domain::job::JobId;

/// An upload that waits for its rest, with what it takes to know a file again.
#[derive(Debug, Serialize)]
pub struct Unfinished<'a> {
    pub id: Uuid,
    pub file_name: &'a str,
    pub bytes: u64,
    pub received: u64,
    pub head_bytes: u64,
    pub head_crc32: u32,
}

#[derive(Debug, Serialize)]
pub struct Begun {
    pub id: Uuid,
    pub received: u64,
}

/// An upload whose job checks what comes.
#[derive(Debug, Serialize)]
pub struct UnderWay {
    pub id: Uuid,
    pub bytes: u64,
    pub received: u64,
    pub job: JobId,
}

#[derive(Debug, Serialize)]
pub struct Removed {
    removed: Uuid,
    cancelled: bool,
}

impl Removed {
    pub fn now(id: Uuid) -> Self {
        Removed { removed: id, cancelled: true }
    }
}
