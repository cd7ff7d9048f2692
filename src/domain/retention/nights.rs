//! Nights on a drive that must not fill up: the oldest verified rolling nights go, each at most
//! once in a plan, until the drive has room again. What is not verified is never touched.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decision::{Decision, Reason, RetentionGate};
use crate::domain::believable::is_day_ahead;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;

/// The drive, in bytes, as `df` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Disk {
    pub total: u64,
    pub used: u64,
    /// For ordinary users; `used + avail` may be less than `total`.
    pub avail: u64,
}

impl Disk {
    /// Percent in use, rounded up as `df` prints it.
    pub fn used_pct(&self) -> u64 {
        (100 * u128::from(self.used)).div_ceil(u128::from(self.used + self.avail).max(1)) as u64
    }
}

/// When the drive counts as full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub max_used_pct: u64,
    /// Bytes.
    pub min_free: u64,
    /// On small drives the floor is at most this share of them.
    pub min_free_cap_pct: u64,
    /// This many of the newest candidates stay in any case.
    pub keep_min: usize,
    pub unrated: Unrated,
}

/// Whether nights without a rating may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unrated {
    Keep,
    MayGo,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { max_used_pct: 80, min_free: 20 << 30, min_free_cap_pct: 10, keep_min: 0, unrated: Unrated::Keep }
    }
}

impl Policy {
    pub fn floor(&self, disk: &Disk) -> u64 {
        self.min_free.min((u128::from(disk.total) * u128::from(self.min_free_cap_pct) / 100) as u64)
    }

    pub fn is_over(&self, disk: &Disk) -> bool {
        disk.used_pct() >= self.max_used_pct || disk.avail < self.floor(disk)
    }
}

/// A night on the drive.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub night: Night,
    pub class: Class,
    pub verified: Verified,
    pub pinned: Pinned,
    pub bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    Yes,
    No,
}

/// What comes of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    NotNeeded,
    Ok,
    /// All candidates would go and the drive would still be too full.
    Exhausted,
    Frozen,
    ClockDoubtful,
}

impl Outcome {
    /// The word in JSON and in the terminal.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::NotNeeded => "not_needed",
            Outcome::Ok => "ok",
            Outcome::Exhausted => "exhausted",
            Outcome::Frozen => "frozen",
            Outcome::ClockDoubtful => "clock_doubtful",
        }
    }
}

/// Oldest night first; what `run` and `dry run` both show.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub before: Disk,
    /// If every deletion frees its bytes.
    pub after: Disk,
    pub decisions: Vec<Decision<Saved>>,
    pub outcome: Outcome,
}

/// When it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The camera's local day.
    pub today: Date,
    /// The night that is not over.
    pub running: Option<Night>,
}

/// Decides over a drive that is only imagined to change, so that a dry run ends, too.
pub fn plan(disk: Disk, mut saved: Vec<Saved>, at: Moment, policy: &Policy, retention_gate: RetentionGate) -> Plan {
    saved.sort_by_key(|s| s.night);
    let is_ahead = |s: &Saved| is_day_ahead(s.night.date(), at.today);
    let believable = || saved.iter().rev().filter(|s| !is_ahead(s));
    let newest = believable().next().map(|s| s.night);
    let newest_verified = believable().find(|s| s.verified == Verified::Yes).map(|s| s.night);
    let protection = |s: &Saved| {
        if Some(s.night) == at.running {
            Some(Reason::RunningNight)
        } else if is_ahead(s) {
            Some(Reason::Future)
        } else if s.class == Class::Forever {
            Some(Reason::Forever)
        } else if s.pinned == Pinned::Yes {
            Some(Reason::Pinned)
        } else if s.verified == Verified::No {
            Some(Reason::NotVerified)
        } else if Some(s.night) == newest {
            Some(Reason::NewestNight)
        } else if Some(s.night) == newest_verified {
            Some(Reason::NewestVerified)
        } else if s.class != Class::Rolling && policy.unrated == Unrated::Keep {
            Some(Reason::Unrated)
        } else {
            None
        }
    };
    let candidates = saved.iter().filter(|s| protection(s).is_none()).count();
    let mut may_go = candidates.saturating_sub(policy.keep_min);
    let stopped = match retention_gate {
        _ if !policy.is_over(&disk) => Some(Outcome::NotNeeded),
        RetentionGate::Frozen => Some(Outcome::Frozen),
        RetentionGate::ClockDoubtful => Some(Outcome::ClockDoubtful),
        RetentionGate::Sound => None,
    };
    let mut after = disk;
    let mut decisions = Vec::with_capacity(saved.len());
    for s in saved {
        decisions.push(match protection(&s) {
            Some(reason) => Decision::keep(s, reason),
            None if stopped.is_some() || !policy.is_over(&after) => Decision::keep(s, Reason::RoomEnough),
            None if may_go == 0 => Decision::keep(s, Reason::KeepMin),
            None => {
                may_go -= 1;
                after.used = after.used.saturating_sub(s.bytes);
                after.avail += s.bytes;
                Decision::drop(s, Reason::OldestRolling)
            }
        });
    }
    let ended = if policy.is_over(&after) { Outcome::Exhausted } else { Outcome::Ok };
    Plan { before: disk, after, decisions, outcome: stopped.unwrap_or(ended) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const G: u64 = 1 << 30;
    const LATER: Moment = Moment { today: jiff::civil::date(2026, 1, 1), running: None };

    fn saved(night: &str, class: Class, verified: Verified) -> Saved {
        Saved { night: Night::parse(night).unwrap(), class, verified, pinned: Pinned::No, bytes: 3 * G }
    }

    fn gone(plan: &Plan) -> Vec<String> {
        plan.decisions.iter().filter(|d| d.drops()).map(|d| d.item.night.to_string()).collect()
    }

    fn nights() -> Vec<Saved> {
        vec![
            saved("20251201", Class::Rolling, Verified::Yes),
            saved("20251202", Class::Forever, Verified::Yes),
            saved("20251203", Class::Rolling, Verified::No),
            saved("20251204", Class::Rolling, Verified::Yes),
            saved("20251205", Class::Rolling, Verified::Yes),
        ]
    }

    const FULL: Disk = Disk { total: 232 * G, used: 188 * G, avail: 44 * G };

    #[test]
    fn the_oldest_verified_rolling_nights_go_until_there_is_room() {
        let plan = plan(FULL, nights(), LATER, &Policy::default(), RetentionGate::Sound);
        assert_eq!(gone(&plan), ["20251201", "20251204"]);
        assert_eq!(plan.outcome, Outcome::Ok);
    }

    #[test]
    fn when_only_protected_nights_are_left_nothing_goes_and_it_is_said() {
        let left =
            vec![saved("20251202", Class::Forever, Verified::Yes), saved("20251209", Class::Rolling, Verified::Yes)];
        let plan = plan(FULL, left, LATER, &Policy::default(), RetentionGate::Sound);
        assert_eq!((gone(&plan), plan.outcome), (vec![], Outcome::Exhausted));
    }

    #[test]
    fn a_small_drive_is_not_full_for_ever() {
        let stick = Disk { total: 29 * G, used: 10 * G, avail: 19 * G };
        assert_eq!(plan(stick, nights(), LATER, &Policy::default(), RetentionGate::Sound).outcome, Outcome::NotNeeded);
    }

    #[test]
    fn a_night_of_a_clock_that_was_ahead_stays_and_is_not_the_newest() {
        let mut all = nights();
        all.push(saved("20310101", Class::Rolling, Verified::Yes));
        let tiny = Disk { total: 232 * G, used: 231 * G, avail: G };
        let plan = plan(tiny, all, LATER, &Policy::default(), RetentionGate::Sound);
        assert_eq!(gone(&plan), ["20251201", "20251204"]);
        let reason = |night: &str| {
            let decision = plan.decisions.iter().find(|d| d.item.night.to_string() == night).unwrap();
            decision.reason
        };
        assert_eq!((reason("20251205"), reason("20310101")), (Reason::NewestNight, Reason::Future));
    }

    #[test]
    fn a_doubtful_clock_deletes_nothing() {
        let plan = plan(FULL, nights(), LATER, &Policy::default(), RetentionGate::ClockDoubtful);
        assert_eq!((gone(&plan), plan.outcome), (vec![], Outcome::ClockDoubtful));
    }

    /// Every combination of class, proof and pin over four nights, on drives of every fullness.
    #[test]
    fn what_is_protected_never_goes() {
        let kinds: Vec<(Class, Verified, Pinned)> = [Class::Forever, Class::Rolling, Class::Unrated]
            .into_iter()
            .flat_map(|c| [Verified::Yes, Verified::No].map(|v| (c, v)))
            .flat_map(|(c, v)| [Pinned::Yes, Pinned::No].map(|p| (c, v, p)))
            .collect();
        for case in 0..kinds.len().pow(3) {
            let items: Vec<Saved> = (0..4u32)
                .map(|i| {
                    let (class, verified, pinned) = kinds[case / kinds.len().pow(i.min(2)) % kinds.len()];
                    let night = Night::parse(&format!("2025120{}", i + 1)).unwrap();
                    Saved { night, class, verified, pinned, bytes: 3 * G }
                })
                .collect();
            for used in [100, 180, 186, 190, 231] {
                let disk = Disk { total: 232 * G, used: used * G, avail: (232 - used) * G };
                let plan = plan(
                    disk,
                    items.clone(),
                    Moment { running: Night::parse("20251202").ok(), ..LATER },
                    &Policy::default(),
                    RetentionGate::Sound,
                );
                for (decision, item) in plan.decisions.iter().zip(&items) {
                    if decision.drops() {
                        assert_eq!(
                            (item.class, item.verified, item.pinned),
                            (Class::Rolling, Verified::Yes, Pinned::No)
                        );
                        assert!(!["20251202", "20251204"].contains(&item.night.to_string().as_str()));
                    }
                }
                assert!(plan.outcome != Outcome::Ok || !Policy::default().is_over(&plan.after));
            }
        }
    }
}
