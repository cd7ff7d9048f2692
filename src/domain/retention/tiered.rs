//! Hourly, then daily, then monthly: the older, the fewer. The first of each day and month stays.
//! Ages count from the newest, not from the clock, so that a machine that was away is not thinned.
use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::dated::Dated;
use super::decision::{Fate, Reason};

/// All within so many hours, then the first of each day, then the first of each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiers {
    pub hourly_hours: i64,
    pub daily_days: i64,
    pub months: i64,
}

impl Default for Tiers {
    fn default() -> Self {
        Tiers { hourly_hours: 720, daily_days: 180, months: 24 }
    }
}

/// For each of `good`, the oldest first: what the tier in which it lies says of it.
pub(super) fn judge<T: Dated>(good: &[&T], anchor: Timestamp, zone: &TimeZone, tiers: &Tiers) -> Vec<(Fate, Reason)> {
    let cut = anchor
        .to_zoned(zone.clone())
        .checked_sub(Span::new().months(tiers.months))
        .map_or(Timestamp::MIN, |t| t.timestamp());
    let (mut days, mut months): (HashSet<Date>, HashSet<Date>) = Default::default();
    let mut of = |item: &T| {
        let age = anchor.as_second() - item.at().as_second();
        let day = item.at().to_zoned(zone.clone()).date();
        if age < tiers.hourly_hours * 3600 {
            (true, Reason::Hourly)
        } else if age < tiers.daily_days * 86_400 {
            (days.insert(day), Reason::Daily)
        } else if item.at() >= cut {
            (months.insert(day.first_of_month()), Reason::Monthly)
        } else {
            (false, Reason::Expired)
        }
    };
    good.iter()
        .map(|item| {
            let (stays, reason) = of(item);
            (if stays { Fate::Keep } else { Fate::Drop }, reason)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::dated::Condition;
    use super::super::decision::{Decision, RetentionGate};
    use super::super::rules::{Rule, judge};
    use super::super::tests::Made;
    use super::*;

    fn tiered(items: &[Made], now: Timestamp, zone: &TimeZone) -> Vec<Decision<Made>> {
        judge(items.to_vec(), &[Rule::Tiers(Tiers::default())], now, zone, RetentionGate::Sound)
    }

    fn hours(count: i64, from: Timestamp) -> Vec<Made> {
        (0..count)
            .map(|h| {
                let at = from + Span::new().hours(h);
                Made { id: at.to_string(), at, condition: Condition::Complete }
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
        let items: Vec<Made> = vectors
            .tiered
            .iter()
            .map(|v| Made {
                id: v.id.clone(),
                at: vectors.now - Span::new().hours(v.age_h),
                condition: Condition::Complete,
            })
            .collect();
        let decisions = tiered(&items, vectors.now, &TimeZone::get(&vectors.tz).unwrap());
        for (vector, decision) in vectors.tiered.iter().zip(decisions) {
            let reason = serde_json::to_value(decision.reason).unwrap();
            let said = (decision.fate == Fate::Keep, reason.as_str().unwrap());
            assert_eq!((vector.keep, vector.reason.as_str()), said, "{}", vector.id);
        }
    }

    #[test]
    fn two_years_of_hours_shrink_to_what_fits_and_a_second_pass_deletes_nothing() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let mut kept: Vec<Made> = Vec::new();
        let all = hours(24 * 800, start);
        for (h, item) in all.iter().enumerate() {
            kept.push(item.clone());
            if h % 24 == 0 || h + 1 == all.len() {
                let decisions = tiered(&kept, item.at, &zone);
                kept = decisions.into_iter().filter(|d| !d.drops()).map(|d| d.item).collect();
            }
        }
        assert_eq!(kept.len(), 888);
        let last = all.last().unwrap().at;
        assert!(tiered(&kept, last, &zone).iter().all(|d| !d.drops()));
        let later = last + Span::new().hours(24 * 400);
        assert!(tiered(&kept, later, &zone).iter().all(|d| !d.drops()), "a machine that was away is not thinned");
    }
}
