//! How fast, and how long it will take. Says nothing rather than something that means nothing.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::domain::job::JobId;
use crate::domain::monitor::Progress;

/// Speed is that of the last seconds.
const WINDOW: Duration = Duration::from_secs(5);
const SPEED_AFTER: Duration = Duration::from_secs(1);
const LEFT_AFTER: Duration = Duration::from_secs(3);
const SHOW_EVERY: Duration = Duration::from_millis(250);

/// How far the present stage of a job is, and how fast.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Gauge {
    pub job: JobId,
    #[serde(flatten)]
    pub progress: Progress,
    /// Bytes a second over the last seconds; `None` until it means something.
    pub speed: Option<u64>,
    /// Seconds left in this stage; only after 5 % and 3 s, `None` before. Rounded up to steps that a
    /// person can follow.
    pub left_s: Option<u64>,
}

/// Turns the progress of one stage into gauges.
#[derive(Debug)]
pub(super) struct Speedometer {
    started: Instant,
    shown: Option<Instant>,
    samples: VecDeque<(Instant, u64)>,
    left: Option<f64>,
}

impl Speedometer {
    pub(super) fn start(at: Instant) -> Self {
        Speedometer { started: at, shown: None, samples: VecDeque::from([(at, 0)]), left: None }
    }

    /// A gauge, unless one was shown a moment ago.
    pub(super) fn read(&mut self, job: JobId, progress: Progress, at: Instant) -> Option<Gauge> {
        if self.shown.is_some_and(|then| at.duration_since(then) < SHOW_EVERY) {
            return None;
        }
        self.shown = Some(at);
        self.samples.push_back((at, progress.done_bytes));
        while self.samples.len() > 2 && self.samples.get(1).is_some_and(|(then, _)| at.duration_since(*then) >= WINDOW)
        {
            self.samples.pop_front();
        }
        let speed = self.speed(progress.done_bytes, at);
        let left_s = self.left(&progress, speed, at);
        Some(Gauge { job, progress, speed, left_s })
    }

    fn speed(&self, done: u64, at: Instant) -> Option<u64> {
        let (then, before) = *self.samples.front()?;
        let time = at.duration_since(then);
        let moved = done.checked_sub(before)?;
        (time >= SPEED_AFTER).then(|| (moved as f64 / time.as_secs_f64()) as u64)
    }

    fn left(&mut self, progress: &Progress, speed: Option<u64>, at: Instant) -> Option<u64> {
        let speed = speed.filter(|s| *s > 0)?;
        let early = at.duration_since(self.started) < LEFT_AFTER;
        if early || progress.total_bytes == 0 || progress.done_bytes < progress.total_bytes / 20 {
            return None;
        }
        let now = progress.total_bytes.saturating_sub(progress.done_bytes) as f64 / speed as f64;
        // A disk that stutters should not make the number jump.
        let smooth = self.left.map_or(now, |before| before * 0.7 + now * 0.3);
        self.left = Some(smooth);
        let step = if smooth > 600.0 {
            60
        } else if smooth > 60.0 {
            10
        } else {
            1
        };
        Some((smooth.ceil() as u64).div_ceil(step) * step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_speed(bytes_a_second: u64, total: u64, seconds: u64) -> Vec<Gauge> {
        let start = Instant::now();
        let mut meter = Speedometer::start(start);
        (0..seconds * 20)
            .filter_map(|tick| {
                let at = start + Duration::from_millis(tick * 50);
                let done_bytes = (bytes_a_second * tick / 20).min(total);
                let progress = Progress { done_bytes, total_bytes: total, ..Progress::default() };
                meter.read(JobId::nil(), progress, at)
            })
            .collect()
    }

    #[test]
    fn at_most_four_gauges_a_second() {
        assert_eq!(at_speed(1000, 100_000, 10).len(), 40);
    }

    #[test]
    fn a_steady_disk_has_a_steady_speed_and_a_true_time_left() {
        let gauges = at_speed(1000, 50_000, 20);
        let last = gauges.last().unwrap();
        assert!(last.speed.unwrap().abs_diff(1000) < 20, "{last:?}");
        let left = (50_000 - last.progress.done_bytes) / 1000;
        assert!(last.left_s.unwrap().abs_diff(left) <= 3, "{last:?}, {left} would be true");
    }

    #[test]
    fn no_time_left_is_told_before_it_means_something() {
        let gauges = at_speed(1000, 100_000, 10);
        assert!(gauges.iter().all(|g| g.left_s.is_none() || g.progress.done_bytes >= 5000), "5 percent");
        let quick = at_speed(1_000_000, 10_000_000, 5);
        assert!(quick[..12].iter().all(|g| g.left_s.is_none()), "3 seconds");
        assert!(quick.last().unwrap().left_s.is_some());
        assert!(at_speed(1000, 0, 10).iter().all(|g| g.left_s.is_none()), "no total");
    }

    #[test]
    fn a_stalled_disk_has_no_time_left() {
        assert!(at_speed(0, 100, 10).last().unwrap().left_s.is_none());
    }
}
