//! What one snapshot changed against the one before.
use serde::{Deserialize, Serialize};

/// Numbers of files. A file that only got another name is none of them, and neither is one of which only owner, mode or
/// time changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measure {
    /// Files of the snapshot before.
    pub before: u64,
    pub new: u64,
    /// Files with other bytes.
    pub changed: u64,
    /// Without those that the host deletes by itself when they are old enough.
    pub deleted: u64,
    /// Files that were deleted by the host itself, by their age.
    pub expired: u64,
    /// Of `deleted`: a new file has the name with a further ending.
    pub renamed: u64,
    pub samples: Samples,
}

/// What was seen in some of the new and changed files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Samples {
    /// Files that were looked into.
    pub read: u64,
    /// Of them: nothing but noise, where the name does not say that it must be so.
    pub random: u64,
    /// Of them: there was sense in the file before, and now there is noise.
    pub transitions: u64,
    /// Files whose names say how they begin.
    pub with_signature: u64,
    /// Of them: they begin otherwise.
    pub wrong_signature: u64,
    /// Some of the files that are random or begin otherwise.
    pub names: Vec<String>,
}

impl Measure {
    pub fn changed_share(&self) -> f64 {
        share(self.changed, self.before)
    }

    pub fn deleted_share(&self) -> f64 {
        share(self.deleted, self.before)
    }

    /// Changed and deleted files together.
    pub fn touched_share(&self) -> f64 {
        share(self.changed + self.deleted, self.before)
    }

    pub fn renamed_share(&self) -> f64 {
        share(self.renamed, self.deleted)
    }
}

impl Samples {
    pub fn random_share(&self) -> f64 {
        share(self.random, self.read)
    }

    pub fn wrong_share(&self) -> f64 {
        share(self.wrong_signature, self.with_signature)
    }
}

/// Nothing of nothing is nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
