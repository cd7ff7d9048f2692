//! A snapshot as retention sees it.
use jiff::Timestamp;
use serde::Serialize;

use super::name::SnapshotName;
use crate::domain::retention::dated::{Condition, Dated};

/// A complete snapshot on the drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retained {
    pub name: SnapshotName,
    #[serde(skip)]
    id: String,
    #[serde(skip)]
    at: Timestamp,
    #[serde(skip)]
    condition: Condition,
}

impl Retained {
    pub fn new(name: SnapshotName, at: Timestamp, condition: Condition) -> Retained {
        Retained { name, id: name.to_string(), at, condition }
    }
}

impl Dated for Retained {
    fn id(&self) -> &str {
        &self.id
    }
    fn at(&self) -> Timestamp {
        self.at
    }
    fn condition(&self) -> Condition {
        self.condition
    }
}
