//! What the camera's database says of a night. Averages are rounded to one decimal, as the rules
//! compare them: 699.95 counts as 700.0.
use jiff::civil::DateTime;
use serde::Serialize;

use crate::domain::night::Night;

/// A night as measured at one moment; frozen once the night is saved and verified.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    pub night: Night,
    /// Night frames that count (not excluded by the owner).
    pub images: u64,
    /// Frames with a star count.
    pub rated: u64,
    /// One decimal; `None` when no frame has a star count.
    pub avg_stars: Option<f64>,
    /// Share of frames taken with the moon up and bright, in percent, one decimal; `None` when
    /// nothing records the moon.
    pub moon_pct: Option<f64>,
    /// Bytes by the database; `None` when it does not record them.
    pub bytes: Option<u64>,
    /// Local times of the first and last night frame.
    pub first_at: Option<DateTime>,
    pub last_at: Option<DateTime>,
}

impl Measure {
    /// A night of which only a folder is known: no database, or one that cannot be read here.
    pub fn unrated(night: Night, images: u64) -> Self {
        Measure { night, images, rated: 0, avg_stars: None, moon_pct: None, bytes: None, first_at: None, last_at: None }
    }

    /// Fewer than half of the frames have a star count: the average says little.
    pub fn is_unrated(&self) -> bool {
        self.rated * 2 < self.images || self.avg_stars.is_none()
    }
}
