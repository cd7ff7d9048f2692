//! What an owner wants to keep of a row of copies. An item stays when one of the rules wants it.
//!
//! Invariant: the newest good item stays whatever the rules say, and so does everything incomplete,
//! suspicious, pinned or dated in the future.
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::dated::{Condition, Dated};
use super::decision::{Decision, Fate, Reason, RetentionGate};
use super::tiered::{self, Tiers};
use crate::domain::believable::is_ahead;

/// One of them. Days and months are those of the camera's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The newest so many.
    KeepLast(u32),
    /// Everything of the last so many days, today counted.
    Days(u32),
    /// Everything of this month and of so many before it.
    Months(u32),
    /// The older, the fewer.
    Tiers(Tiers),
}

/// For each item, in the order given: whether it stays, and why.
pub fn judge<T: Dated>(
    items: Vec<T>,
    rules: &[Rule],
    now: Timestamp,
    zone: &TimeZone,
    retention_gate: RetentionGate,
) -> Vec<Decision<T>> {
    let mut live: Vec<&T> =
        items.iter().filter(|item| item.condition() != Condition::Partial && !is_ahead(item.at(), now)).collect();
    live.sort_by(|a, b| order(*a, *b));
    let good: Vec<&T> = live.iter().copied().filter(|item| item.condition() != Condition::Suspect).collect();
    let anchor = live.last().map(|newest| newest.at());
    let wanted: Vec<Vec<(Fate, Reason)>> = rules.iter().map(|rule| by(*rule, &good, anchor, now, zone)).collect();
    let at_rest = match retention_gate {
        RetentionGate::Sound if rules.is_empty() => Some(Reason::NoRule),
        RetentionGate::Sound => None,
        RetentionGate::Frozen => Some(Reason::Frozen),
        RetentionGate::ClockDoubtful => Some(Reason::ClockDoubtful),
    };
    let place = |item: &T| good.binary_search_by(|other| order(*other, item)).ok();
    let verdicts: Vec<(Fate, Reason)> = items
        .iter()
        .map(|item| {
            let kept = |reason| (Fate::Keep, reason);
            let Some(n) = place(item) else {
                return kept(match item.condition() {
                    Condition::Partial => Reason::Incomplete,
                    _ if is_ahead(item.at(), now) => Reason::Future,
                    _ => at_rest.unwrap_or(Reason::Suspect),
                });
            };
            if let Some(reason) = at_rest {
                return kept(reason);
            }
            if n + 1 == good.len() {
                return kept(Reason::LastGood);
            }
            let said = wanted.iter().map(|rule| rule[n]);
            let by_rule = said.clone().find(|(fate, _)| *fate == Fate::Keep).or_else(|| said.clone().next_back());
            match by_rule {
                Some((Fate::Drop, _)) if item.condition() == Condition::Pinned => kept(Reason::Pinned),
                Some(verdict) => verdict,
                None => kept(Reason::NoRule),
            }
        })
        .collect();
    items.into_iter().zip(verdicts).map(|(item, (fate, reason))| Decision { item, fate, reason }).collect()
}

/// From old to new.
fn order<T: Dated>(one: &T, other: &T) -> std::cmp::Ordering {
    (one.at(), one.nth(), one.id()).cmp(&(other.at(), other.nth(), other.id()))
}

/// What one rule says of each of `good`, which are sorted by age, the oldest first.
fn by<T: Dated>(
    rule: Rule,
    good: &[&T],
    anchor: Option<Timestamp>,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<(Fate, Reason)> {
    let today = now.to_zoned(zone.clone()).date();
    let each = |wants: &dyn Fn(usize, jiff::civil::Date) -> bool, reason: Reason| {
        let says = |n: usize, item: &&T| match wants(n, item.at().to_zoned(zone.clone()).date()) {
            true => (Fate::Keep, reason),
            false => (Fate::Drop, Reason::Expired),
        };
        good.iter().enumerate().map(|(n, item)| says(n, item)).collect()
    };
    match rule {
        Rule::KeepLast(count) => each(&|n, _| good.len() - n <= count as usize, Reason::KeepLast),
        Rule::Days(days) => {
            // A span that reaches before all time keeps everything.
            let first = today.checked_sub(Span::new().days(i64::from(days))).ok();
            each(&|_, day| first.is_none_or(|first| day > first), Reason::Days)
        }
        Rule::Months(months) => {
            let first = today.first_of_month().checked_sub(Span::new().months(i64::from(months))).ok();
            each(&|_, day| first.is_none_or(|first| day >= first), Reason::Months)
        }
        Rule::Tiers(tiers) => anchor.map(|anchor| tiered::judge(good, anchor, zone, &tiers)).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Made, made, zone};
    use super::*;

    fn kept(items: Vec<Made>, rules: &[Rule], now: &str) -> Vec<String> {
        let decisions = judge(items, rules, now.parse().unwrap(), &zone(), RetentionGate::Sound);
        decisions.into_iter().filter(|d| d.fate == Fate::Keep).map(|d| d.item.id).collect()
    }

    #[test]
    fn days_and_the_newest_stay_and_an_item_stays_when_one_rule_wants_it() {
        let row = || ["2013-07-01", "2013-08-02", "2013-08-03", "2013-08-12"].map(made).to_vec();
        let now = "2013-08-12T20:00:00Z";
        assert_eq!(kept(row(), &[Rule::Days(10)], now), ["2013-08-03", "2013-08-12"]);
        assert_eq!(kept(row(), &[Rule::KeepLast(3)], now), ["2013-08-02", "2013-08-03", "2013-08-12"]);
        assert_eq!(kept(row(), &[Rule::Days(1), Rule::KeepLast(2)], now), ["2013-08-03", "2013-08-12"]);
        assert_eq!(kept(row(), &[Rule::KeepLast(0)], now), ["2013-08-12"], "the newest never goes");
        assert_eq!(kept(row(), &[], now).len(), 4, "no rule deletes nothing");
    }

    #[test]
    fn months_keep_this_one_and_as_many_before_it_as_they_say() {
        let row = ["2024-02-29", "2024-03-01", "2025-01-07", "2026-03-09"].map(made).to_vec();
        let kept = kept(row, &[Rule::Months(24)], "2026-03-09T12:00:00Z");
        assert_eq!(kept, ["2024-03-01", "2025-01-07", "2026-03-09"]);
    }

    #[test]
    fn pinned_suspicious_half_made_and_future_items_stay_and_say_so() {
        let mut row = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-09-01"].map(made).to_vec();
        row[0].condition = Condition::Pinned;
        row[1].condition = Condition::Suspect;
        row[2].condition = Condition::Partial;
        let now = "2026-01-05T00:00:00Z".parse().unwrap();
        let said = judge(row.clone(), &[Rule::KeepLast(0)], now, &zone(), RetentionGate::Sound);
        let reasons: Vec<Reason> = said.iter().map(|d| d.reason).collect();
        let wanted = [Reason::Pinned, Reason::Suspect, Reason::Incomplete, Reason::LastGood, Reason::Future];
        assert_eq!(reasons, wanted);
        let frozen = judge(row, &[Rule::KeepLast(0)], now, &zone(), RetentionGate::ClockDoubtful);
        assert!(frozen.iter().all(|d| d.fate == Fate::Keep));
        assert_eq!(frozen[0].reason, Reason::ClockDoubtful);
    }
}
