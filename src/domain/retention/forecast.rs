//! When a drive will be full if nights come as they came lately.
use super::nights::{Disk, Policy};
use crate::domain::night::Night;

/// Days that "lately" looks back.
const DAYS: i32 = 30;

/// Bytes a day that nights of the last 30 days before `today` brought to the drive; `None` when there
/// were none.
pub fn bytes_a_day(saved: impl Iterator<Item = (Night, u64)>, today: jiff::civil::Date) -> Option<u64> {
    let age = |night: Night| today.since(night.date()).map_or(i32::MAX, |span| span.get_days());
    let (mut bytes, mut oldest) = (0, 0);
    for (night, size) in saved.filter(|(night, _)| (0..=DAYS).contains(&age(*night))) {
        bytes += size;
        oldest = oldest.max(age(night));
    }
    (bytes > 0).then(|| bytes / oldest.max(1).unsigned_abs() as u64)
}

/// Whole days until the drive counts as full; 0 when it does, `None` when nothing comes.
pub fn days_left(disk: &Disk, policy: &Policy, bytes_a_day: Option<u64>) -> Option<u64> {
    if policy.is_over(disk) {
        return Some(0);
    }
    let rate = bytes_a_day.filter(|rate| *rate > 0)?;
    let usable = disk.used + disk.avail;
    let until_share = (u128::from(usable) * u128::from(policy.max_used_pct) / 100) as u64;
    let until_floor = disk.avail.saturating_sub(policy.floor(disk));
    Some(until_share.saturating_sub(disk.used).min(until_floor) / rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const G: u64 = 1 << 30;

    #[test]
    fn the_rate_is_that_of_the_last_month_and_the_nearer_limit_counts() {
        let night = |text: &str| (Night::parse(text).unwrap(), 3 * G);
        let saved = [night("20250101"), night("20251219"), night("20251224"), night("20251228")];
        let rate = bytes_a_day(saved.into_iter(), date(2025, 12, 29));
        assert_eq!(rate, Some(9 * G / 10));
        let disk = Disk { total: 1000 * G, used: 100 * G, avail: 900 * G };
        assert_eq!(days_left(&disk, &Policy::default(), Some(10 * G)), Some(70), "80 % of 1000");
        let small = Disk { total: 100 * G, used: 71 * G, avail: 29 * G };
        assert_eq!(days_left(&small, &Policy::default(), Some(G)), Some(9), "80 % before 10 % free");
        assert_eq!(days_left(&Disk { used: 85 * G, avail: 15 * G, ..small }, &Policy::default(), None), Some(0));
        assert_eq!(days_left(&disk, &Policy::default(), None), None);
        assert_eq!(bytes_a_day(saved.into_iter(), date(2026, 12, 29)), None);
    }
}
