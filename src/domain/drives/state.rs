//! Whether a place can take backups now, in one word for page and terminal.
use serde::{Deserialize, Serialize};

use crate::base::space::Room;

/// With less free than this a drive of any size is full.
const FULL_BYTES: u64 = 100_000_000;
/// With less of it free than one part in so many, a small drive is full.
const FULL_PART: u64 = 100;

/// How a place for backups stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriveState {
    Ready,
    Full,
    /// It is not plugged in, or not mounted.
    Away,
    ReadOnly,
    /// It has the mark of another drive than the chosen one.
    AnotherDrive,
    /// It has no mark yet.
    NotSetUp,
    /// It has not answered for long.
    Hanging,
    /// The backups folder before the first backup.
    NotMade,
    /// Anything else; the reason says it.
    Unusable,
}

impl DriveState {
    pub fn word(self) -> &'static str {
        match self {
            DriveState::Ready => "ready",
            DriveState::Full => "full",
            DriveState::Away => "away",
            DriveState::ReadOnly => "read-only",
            DriveState::AnotherDrive => "another drive",
            DriveState::NotSetUp => "not set up",
            DriveState::Hanging => "does not answer",
            DriveState::NotMade => "made with the first backup",
            DriveState::Unusable => "not usable",
        }
    }

    /// A place that can be read and written, with this much room.
    pub fn of_room(room: Option<&Room>) -> DriveState {
        match room.filter(|room| room.is_told()) {
            Some(room) if is_full(room) => DriveState::Full,
            _ => DriveState::Ready,
        }
    }
}

fn is_full(room: &Room) -> bool {
    room.free_bytes < FULL_BYTES.min(room.total_bytes / FULL_PART) || room.free_inodes == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_full_when_almost_nothing_fits_whatever_its_size() {
        let of = |free_bytes, total_bytes, free_inodes| {
            DriveState::of_room(Some(&Room { free_bytes, total_bytes, free_inodes }))
        };
        let (m, t) = (1_000_000, 1_000_000_000_000);
        for (free, total, inodes, state) in [
            (99 * m, 4 * t, None, DriveState::Full),
            (101 * m, 4 * t, Some(9), DriveState::Ready),
            (101 * m, 4 * t, Some(0), DriveState::Full),
            (4 * m, 8 * m, Some(9), DriveState::Ready),
            (0, 8 * m, None, DriveState::Full),
            (0, 0, None, DriveState::Ready),
        ] {
            assert_eq!(of(free, total, inodes), state, "{free} of {total}");
        }
        assert_eq!(DriveState::of_room(None), DriveState::Ready);
    }
}
