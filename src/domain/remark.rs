//! What an owner is told about a part of the camera's settings, and how urgently.
//!
//! What is as usual on a camera is a note and never a warning: a warning that comes with every backup
//! is one that nobody reads.
use std::fmt;

use serde::{Serialize, Serializer};

use crate::domain::archive::left_out::LeftOut;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Good to know; nothing is wrong.
    Note(String),
    /// Something to look at.
    Warning(String),
    /// It will not be in a backup: a warning, and an entry in the archive.
    LeftOut(LeftOut),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Note(text) | Remark::Warning(text) => f.write_str(text),
            Remark::LeftOut(left_out) => left_out.fmt(f),
        }
    }
}

/// Its words.
impl Serialize for Remark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
