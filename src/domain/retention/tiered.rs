//! Hourly, then daily, then monthly: the older, the fewer. The first of each day and month stays.
//! Ages count from the newest, not from the clock, so that a machine that was away is not thinned.
use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub hourly_hours: i64,
    pub daily_days: i64,
    pub months: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { hourly_hours: 720, daily_days: 180, months: 24 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Complete,
    /// Belongs to whoever cleans up, not to retention.
    Partial,
    /// Complete, but an alarm says that its source may be damaged.
    Suspect,
    Pinned,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: String,
    pub at: Timestamp,
    pub condition: Condition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Incomplete,
    Future,
    Suspect,
    Hourly,
    Daily,
    Monthly,
    Expired,
    Pinned,
    LastGood,
}

/// For each item, in the order given: whether it stays, and why.
pub fn judge(items: &[Item], now: Timestamp, zone: &TimeZone, policy: &Policy) -> Vec<(bool, Why)> {
    let soon = now.saturating_add(Span::new().hours(1)).unwrap_or(now);
    let mut verdicts: Vec<(bool, Why)> = items
        .iter()
        .map(|i| if i.condition == Condition::Partial { (true, Why::Incomplete) } else { (true, Why::Future) })
        .collect();
    let mut live: Vec<usize> =
        (0..items.len()).filter(|i| items[*i].condition != Condition::Partial && items[*i].at <= soon).collect();
    live.sort_by(|a, b| (items[*a].at, &items[*a].id).cmp(&(items[*b].at, &items[*b].id)));
    let Some(anchor) = live.last().map(|i| items[*i].at) else { return verdicts };
    let cut = anchor
        .to_zoned(zone.clone())
        .checked_sub(Span::new().months(policy.months))
        .map_or(Timestamp::MIN, |t| t.timestamp());
    let (mut days, mut months): (HashSet<Date>, HashSet<Date>) = Default::default();
    for i in &live {
        let item = &items[*i];
        let age = anchor.as_second() - item.at.as_second();
        let day = item.at.to_zoned(zone.clone()).date();
        verdicts[*i] = if item.condition == Condition::Suspect {
            (true, Why::Suspect)
        } else if age < policy.hourly_hours * 3600 {
            (true, Why::Hourly)
        } else if age < policy.daily_days * 86_400 {
            (days.insert(day), Why::Daily)
        } else if item.at >= cut {
            (months.insert(day.first_of_month()), Why::Monthly)
        } else {
            (false, Why::Expired)
        };
        if !verdicts[*i].0 && item.condition == Condition::Pinned {
            verdicts[*i] = (true, Why::Pinned);
        }
    }
    if let Some(good) = live.iter().rev().find(|i| items[**i].condition != Condition::Suspect) {
        verdicts[*good] = (true, Why::LastGood);
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: i64, from: Timestamp) -> Vec<Item> {
        (0..count)
            .map(|h| {
                let at = from + Span::new().hours(h);
                Item { id: at.to_string(), at, condition: Condition::Complete }
            })
            .collect()
    }

    #[test]
    fn agrees_with_the_reference_on_every_boundary() {
        #[derive(serde::Deserialize)]
        struct Vectors {
            now: Timestamp,
            tz: String,
            tiered: Vec<Vector>,
        }
        #[derive(serde::Deserialize)]
        struct Vector {
            id: String,
            age_h: i64,
            keep: bool,
            reason: String,
        }
        let text = include_str!("../../../tests/fixtures/retention_vectors.json");
        let vectors: Vectors = serde_json::from_str(text).unwrap();
        let items: Vec<Item> = vectors
            .tiered
            .iter()
            .map(|v| Item {
                id: v.id.clone(),
                at: vectors.now - Span::new().hours(v.age_h),
                condition: Condition::Complete,
            })
            .collect();
        let verdicts = judge(&items, vectors.now, &TimeZone::get(&vectors.tz).unwrap(), &Policy::default());
        for (vector, (keep, why)) in vectors.tiered.iter().zip(verdicts) {
            let why = serde_json::to_value(why).unwrap();
            assert_eq!((vector.keep, vector.reason.as_str()), (keep, why.as_str().unwrap()), "{}", vector.id);
        }
    }

    #[test]
    fn two_years_of_hours_shrink_to_what_fits_and_a_second_pass_deletes_nothing() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let mut kept: Vec<Item> = Vec::new();
        let all = hours(24 * 800, start);
        for (h, item) in all.iter().enumerate() {
            kept.push(item.clone());
            if h % 24 == 0 || h + 1 == all.len() {
                let verdicts = judge(&kept, item.at, &zone, &Policy::default());
                let mut verdict = verdicts.into_iter();
                kept.retain(|_| verdict.next().is_some_and(|v| v.0));
            }
        }
        assert_eq!(kept.len(), 888);
        let last = all.last().unwrap().at;
        assert!(judge(&kept, last, &zone, &Policy::default()).iter().all(|v| v.0));
        let later = last + Span::new().hours(24 * 400);
        assert!(
            judge(&kept, later, &zone, &Policy::default()).iter().all(|v| v.0),
            "a machine that was away is not thinned"
        );
    }
}
