//! How a night went: stars and moon over its hours, in so few steps that a picture of it stays small
//! however often the camera exposed.
use jiff::civil::DateTime;
use serde::Serialize;

/// One frame, in the camera's local time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    pub at: DateTime,
    /// `None` when nobody counted.
    pub stars: Option<f64>,
    pub moon: Moon,
}

/// Whether the moon counted for a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moon {
    Up,
    Down,
    NotRecorded,
}

/// Frames between two moments, all steps of a night equally long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
    pub from: DateTime,
    pub frames: u64,
    /// Average of those with a count.
    pub stars: Option<f64>,
    /// Share of frames with the moon up, 0 to 1.
    pub moon: Option<f64>,
}

/// `shots` in at most `most` steps; steps without a frame are left out, as they are gaps.
pub fn steps(shots: &[Shot], most: usize) -> Vec<Step> {
    let times = || shots.iter().map(|shot| shot.at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Vec::new() };
    let seconds = |at: DateTime| at.duration_since(first).as_secs();
    let length = (seconds(last) / most.max(1) as i64 + 1).max(60);
    let mut groups: Vec<Vec<&Shot>> = vec![Vec::new(); most.max(1)];
    for shot in shots {
        let place = (seconds(shot.at) / length).unsigned_abs() as usize;
        if let Some(group) = groups.get_mut(place) {
            group.push(shot);
        }
    }
    let step = |(place, group): (usize, &Vec<&Shot>)| {
        let from = first.checked_add(jiff::SignedDuration::from_secs(place as i64 * length)).ok()?;
        let moons: Vec<f64> = group.iter().filter_map(|shot| shot.moon.share()).collect();
        let stars: Vec<f64> = group.iter().filter_map(|shot| shot.stars).collect();
        let frames = group.len() as u64;
        (frames > 0).then(|| Step { from, frames, stars: average(&stars), moon: average(&moons) })
    };
    groups.iter().enumerate().filter_map(step).collect()
}

impl Moon {
    fn share(self) -> Option<f64> {
        match self {
            Moon::Up => Some(1.0),
            Moon::Down => Some(0.0),
            Moon::NotRecorded => None,
        }
    }
}

fn average(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_frame_of_a_long_night_counts_and_the_picture_stays_small() {
        let evening = date(2025, 12, 24).at(18, 0, 0, 0);
        let shot = |n: i64| Shot {
            at: evening.checked_add(jiff::SignedDuration::from_secs(n * 20)).unwrap(),
            stars: (n % 10 != 0).then_some(700.0),
            moon: if n < 1000 { Moon::Up } else { Moon::Down },
        };
        let shots: Vec<Shot> = (0..2000).map(shot).collect();
        let steps = steps(&shots, 96);
        assert!(steps.len() <= 96, "{}", steps.len());
        assert_eq!(steps.iter().map(|s| s.frames).sum::<u64>(), 2000);
        assert!(steps.iter().all(|s| s.stars == Some(700.0)));
        assert_eq!((steps[0].moon, steps[steps.len() - 1].moon), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn an_hour_without_frames_is_a_gap_and_a_single_frame_is_a_night() {
        let at = |hour| Shot { at: date(2025, 12, 24).at(hour, 0, 0, 0), stars: None, moon: Moon::NotRecorded };
        let found = steps(&[at(18), at(19), at(23)], 48);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|s| s.stars.is_none() && s.moon.is_none()));
        assert_eq!(steps(&[at(18)], 48).len(), 1);
        assert!(steps(&[], 48).is_empty());
    }
}
