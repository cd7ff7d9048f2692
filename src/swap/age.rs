//! How old a swap is, told by time that has believably passed and not by the date.
//!
//! A small record counts the time between one look and the next. A clock that was years ahead for one run, or
//! went back, adds nothing: a swap is kept too long rather than lost.
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::error::Error;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::believable;

const NAME: &str = "elapsed.json";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Elapsed {
    last: Option<Timestamp>,
    /// All time that has believably passed.
    pub millis: i64,
}

impl Elapsed {
    /// The times noted in the folder of all swaps, brought up to `now`. A lost note begins at zero.
    pub fn at(folder: &Path, now: Timestamp) -> Elapsed {
        let text = std::fs::read(folder.join(NAME)).unwrap_or_default();
        serde_json::from_slice::<Elapsed>(&text).unwrap_or_default().until(now)
    }

    fn until(self, now: Timestamp) -> Elapsed {
        let passed = self.last.map_or(SignedDuration::ZERO, |last| believable::passed(last, now));
        let step = i64::try_from(passed.as_millis()).unwrap_or(0);
        Elapsed { last: Some(now), millis: self.millis.saturating_add(step) }
    }

    pub fn remember(&self, folder: &Dir) -> Result<(), Error> {
        let text = serde_json::to_vec(self).map_err(|e| Error::io("write", folder.path())(e.into()))?;
        folder.write_atomic(&RelPath::of_our_own(NAME), &text).map_err(Error::io("write", folder.path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_and_a_clock_that_was_set_does_not() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let days = |elapsed: Elapsed| elapsed.millis / 86_400_000;
        let mut elapsed = Elapsed::default();
        for (now, so_far) in [
            ("2026-11-20T12:00:00Z", 0),
            ("2026-11-22T12:00:00Z", 2),
            ("2031-01-01T00:00:00Z", 2),
            ("2026-11-22T13:00:00Z", 2),
            ("2026-11-30T13:00:00Z", 10),
            ("1970-01-01T00:00:00Z", 10),
            ("2026-12-01T13:00:00Z", 10),
        ] {
            elapsed = elapsed.until(at(now));
            assert_eq!(days(elapsed), so_far, "{now}");
        }
    }
}
