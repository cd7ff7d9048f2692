//! Random histories of archives under random rules: what is protected stays, whatever the rules say, and every
//! decision gives a reason that holds for its archive.
use allsky_backups::domain::archive::name::{ArchiveKind, ArchiveName};
use allsky_backups::domain::retention::archives::{Also, Archive, Maker, Scope, Wholeness, decide};
use allsky_backups::domain::retention::decision::RetentionGate;
use allsky_backups::domain::retention::nights::{Pinned, Verified};
use allsky_backups::domain::retention::rules::Rule;
use allsky_backups::domain::retention::tiered::Tiers;
use jiff::{Span, Zoned};

use crate::dice::Dice;
use crate::{Outcome, Scale};

const PLAN: &str = "config";

pub fn of_archives(scale: Scale, dice: &mut Dice) -> Outcome {
    let count = scale.of(1_000_000);
    let names: Vec<ArchiveName> = (0..16).map(|n| ArchiveName::parse(&format!("a{n:02}.tar.gz")).unwrap()).collect();
    let (mut dropped, mut kept) = (0, 0);
    for case in 0..count {
        let now: Zoned = "2026-11-21T00:03:09+01:00[Europe/Berlin]".parse().unwrap();
        let (archives, rules, also) = (history(dice, &names, &now), rules(dice), also(dice));
        let retention_gate =
            if dice.roll().is_multiple_of(8) { RetentionGate::ClockDoubtful } else { RetentionGate::Sound };
        let scope = Scope { plan: PLAN, kind: ArchiveKind::Config, rules: &rules, also: &also };
        let decisions = decide(archives.clone(), &scope, &now, retention_gate);
        let of_kind: Vec<&Archive> = archives.iter().filter(|a| a.kind == Some(ArchiveKind::Config)).collect();
        assert_eq!(decisions.len(), of_kind.len(), "case {case}: every archive of the kind has its decision");
        let newest = |keep: &dyn Fn(&Archive) -> bool| {
            of_kind.iter().filter(|a| keep(a)).max_by_key(|a| (a.at, &a.name)).map(|a| a.name.clone())
        };
        let is_verified = |a: &Archive| a.verified == Verified::Yes;
        let newest_verified = newest(&|a| is_verified(a) && a.wholeness == Wholeness::Whole).or(newest(&is_verified));
        for decision in &decisions {
            let archive = &decision.item;
            let what = format!("case {case}: {archive:?} under {rules:?}");
            if !decision.drops() {
                kept += 1;
                continue;
            }
            dropped += 1;
            assert_eq!((archive.verified, archive.pinned), (Verified::Yes, Pinned::No), "{what}");
            assert_ne!(Some(&archive.name), newest_verified.as_ref(), "{what}: the newest verified one");
            assert!(retention_gate == RetentionGate::Sound && !rules.is_empty(), "{what}");
            assert!(archive.at <= now.timestamp() + Span::new().hours(1), "{what}: it is dated in the future");
            match &archive.maker {
                Maker::Plan(plan) => assert_eq!(plan, PLAN, "{what}"),
                Maker::Hand => assert!(also.contains(&Also::ByHand), "{what}"),
                Maker::Elsewhere => assert!(also.contains(&Also::Uploaded), "{what}"),
            }
            let younger =
                decisions.iter().filter(|other| (other.item.at, &other.item.name) > (archive.at, &archive.name));
            let of_its_like = younger.filter(|other| other.item.wholeness == archive.wholeness);
            let good = of_its_like.filter(|other| other.item.verified == Verified::Yes).count();
            for rule in &rules {
                if let Rule::KeepLast(least) = rule {
                    assert!(good >= *least as usize, "{what}: only {good} younger ones stay");
                }
            }
        }
        let left: Vec<Archive> = decisions.into_iter().filter(|d| !d.drops()).map(|d| d.item).collect();
        // Of two archives of one month that a later tier meets, the first was kept by another rule.
        if rules.iter().all(|rule| !matches!(rule, Rule::Tiers(_))) {
            let again = decide(left, &scope, &now, retention_gate);
            assert!(again.iter().all(|d| !d.drops()), "case {case}: a second run deletes more");
        }
    }
    assert!(dropped > count / 4 && kept > count, "{dropped} and {kept}: the dice are loaded");
    Outcome { count, remark: format!("{dropped} archives would go, {kept} stay") }
}

fn history(dice: &mut Dice, names: &[ArchiveName], now: &Zoned) -> Vec<Archive> {
    let many = dice.roll() as usize % (names.len() + 1);
    names[..many]
        .iter()
        .map(|name| {
            let odds = dice.roll();
            // From two days ahead to about two years ago.
            let minutes = (dice.roll() % (730 * 24 * 60)) as i64 - 2 * 24 * 60;
            Archive {
                name: name.clone(),
                kind: [Some(ArchiveKind::Config), Some(ArchiveKind::Config), Some(ArchiveKind::Images), None]
                    [(odds % 4) as usize],
                at: now.timestamp() - Span::new().minutes(minutes),
                maker: match odds / 4 % 8 {
                    0 => Maker::Hand,
                    1 => Maker::Elsewhere,
                    2 => Maker::Plan("other".into()),
                    _ => Maker::Plan(PLAN.into()),
                },
                verified: if (odds / 32).is_multiple_of(6) { Verified::No } else { Verified::Yes },
                wholeness: if (odds / 2048).is_multiple_of(3) { Wholeness::Lacking } else { Wholeness::Whole },
                pinned: if (odds / 256).is_multiple_of(8) { Pinned::Yes } else { Pinned::No },
                bytes: odds / 4096 % 4096,
            }
        })
        .collect()
}

fn rules(dice: &mut Dice) -> Vec<Rule> {
    let odds = dice.roll();
    let number = |n: u64, most: u64| (odds >> n) % most;
    let all = [
        Rule::KeepLast(number(4, 12) as u32),
        Rule::Days(number(8, 90) as u32),
        Rule::Months(number(16, 12) as u32),
        Rule::Tiers(Tiers {
            hourly_hours: number(24, 200) as i64,
            daily_days: number(32, 60) as i64,
            months: number(40, 13) as i64,
        }),
    ];
    all.into_iter().enumerate().filter(|(n, _)| odds >> n & 1 == 1).map(|(_, rule)| rule).collect()
}

fn also(dice: &mut Dice) -> Vec<Also> {
    let odds = dice.roll() % 8;
    [Also::ByHand, Also::Uploaded].into_iter().enumerate().filter(|(n, _)| odds >> n & 3 == 3).map(|(_, a)| a).collect()
}
