//! How far a night is on its way to the drive and off it again.
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NightState {
    /// Frames still arrive.
    Running,
    /// Over and judged; no copy yet.
    Measured,
    /// Not worth a copy.
    Skipped,
    /// A copy was begun and is not proved.
    Copying,
    /// Every byte was read back from the drive.
    Verified,
    /// The copy is not what it should be; it stays and is tried again.
    Failed,
    Deleting,
    /// Deleted from the drive by us, and not copied again unless it is named.
    Deleted,
}

impl NightState {
    const ALL: [(NightState, &'static str); 8] = [
        (NightState::Running, "running"),
        (NightState::Measured, "measured"),
        (NightState::Skipped, "skipped"),
        (NightState::Copying, "copying"),
        (NightState::Verified, "verified"),
        (NightState::Failed, "failed"),
        (NightState::Deleting, "deleting"),
        (NightState::Deleted, "deleted"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(state, _)| *state)
    }
}
