//! Random drives with random nights: what retention must never do, it never plans.
use allsky_backups::domain::night::Night;
use allsky_backups::domain::nights::decision::Class;
use allsky_backups::domain::retention::decision::RetentionGate;
use allsky_backups::domain::retention::nights::{
    Disk, Moment, Outcome as Ended, Pinned, Policy, Saved, Unrated, Verified, plan,
};
use jiff::civil::Date;

use crate::dice::Dice;
use crate::{Outcome, Scale};

const MIB: u64 = 1 << 20;

pub fn invariants(scale: Scale, dice: &mut Dice) -> Outcome {
    let count = scale.of(1_000_000);
    let (mut deleted, mut exhausted) = (0, 0);
    for case in 0..count {
        let (disk, nights, policy, retention_gate) = (disk(dice), nights(dice), policy(dice), retention_gate(dice));
        let running = dice.roll().is_multiple_of(4).then(|| nights.last().map(|saved| saved.night)).flatten();
        // Nights of every date may go here; those of the future stay, which unit tests show.
        let at = Moment { today: nights.last().map_or(Date::MAX, |saved| saved.night.date()), running };
        let plan = plan(disk, nights.clone(), at, &policy, retention_gate);
        let newest = nights.iter().map(|saved| saved.night).max();
        let newest_verified =
            nights.iter().filter(|saved| saved.verified == Verified::Yes).map(|saved| saved.night).max();
        assert_eq!(plan.decisions.len(), nights.len(), "case {case}: every night has its verdict");
        let mut left = disk;
        for decision in &plan.decisions {
            let saved = nights.iter().find(|saved| saved.night == decision.item.night).unwrap();
            if !decision.drops() {
                continue;
            }
            let what = format!("case {case}: {saved:?} of {disk:?} with {policy:?}");
            assert_ne!(saved.class, Class::Forever, "{what}");
            assert_eq!((saved.verified, saved.pinned), (Verified::Yes, Pinned::No), "{what}");
            assert!(saved.class == Class::Rolling || policy.unrated == Unrated::MayGo, "{what}");
            assert!(Some(saved.night) != newest && Some(saved.night) != newest_verified, "{what}");
            assert!(Some(saved.night) != running, "{what}");
            assert_eq!(retention_gate, RetentionGate::Sound, "{what}");
            assert!(policy.is_over(&left), "{what}: there was room enough before");
            left.used = left.used.saturating_sub(saved.bytes);
            left.avail += saved.bytes;
            deleted += 1;
        }
        match plan.outcome {
            Ended::NotNeeded => assert!(!policy.is_over(&disk), "case {case}"),
            Ended::Ok => assert!(!policy.is_over(&left), "case {case}: the drive is full and nothing is said"),
            Ended::Exhausted => {
                assert!(policy.is_over(&left), "case {case}");
                exhausted += 1;
            }
            Ended::Frozen | Ended::ClockDoubtful => assert_ne!(retention_gate, RetentionGate::Sound, "case {case}"),
        }
    }
    assert!(deleted > count / 10 && exhausted > count / 100, "{deleted} and {exhausted}: the dice are loaded");
    Outcome { count, remark: format!("{deleted} nights would go, {exhausted} times nothing was left that may") }
}

fn disk(dice: &mut Dice) -> Disk {
    let total = (dice.roll() % 4000 + 1) * 64 * MIB;
    let used = (total as f64 * dice.part()) as u64;
    let reserve = if dice.roll().is_multiple_of(2) { total / 20 } else { 0 };
    Disk { total, used, avail: (total - used).saturating_sub(reserve) }
}

/// Up to twelve, oldest first.
fn nights(dice: &mut Dice) -> Vec<Saved> {
    let first = jiff::civil::date(2025, 12, 1);
    let mut nights = Vec::new();
    for day in 0..dice.roll() % 13 {
        let date = first.checked_add(jiff::Span::new().days(day as i64)).unwrap();
        let odds = dice.roll();
        nights.push(Saved {
            night: Night::new(date),
            class: [Class::Rolling, Class::Rolling, Class::Forever, Class::Unrated][(odds % 4) as usize],
            verified: if (odds / 4).is_multiple_of(4) { Verified::No } else { Verified::Yes },
            pinned: if (odds / 16).is_multiple_of(8) { Pinned::Yes } else { Pinned::No },
            bytes: odds / 128 % 4096 * 4 * MIB,
        });
    }
    nights
}

fn policy(dice: &mut Dice) -> Policy {
    Policy {
        max_used_pct: dice.roll() % 99 + 1,
        min_free: dice.roll() % 64 * 1024 * MIB,
        min_free_cap_pct: dice.roll() % 99 + 1,
        keep_min: (dice.roll() % 4) as usize,
        unrated: if dice.roll().is_multiple_of(2) { Unrated::Keep } else { Unrated::MayGo },
    }
}

fn retention_gate(dice: &mut Dice) -> RetentionGate {
    match dice.roll() % 8 {
        0 => RetentionGate::ClockDoubtful,
        1 => RetentionGate::Frozen,
        _ => RetentionGate::Sound,
    }
}
