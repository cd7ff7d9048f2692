//! Hosts that live for a year, and hosts that are attacked.
use super::super::measure::Samples;
use super::*;

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }
}

/// What the rules say of each snapshot; those that are critical are no part of the past.
fn lived(days: impl Iterator<Item = Measure>) -> Vec<Vec<Finding>> {
    let (mut past, mut said) = (Vec::new(), Vec::new());
    for day in days {
        let found = judge(&day, Baseline::of(&past).as_ref(), &Raised::default());
        if found.iter().all(|finding| finding.severity < Severity::Critical) {
            past.push(day);
        }
        said.push(found);
    }
    said
}

/// A camera with ten nights of 1,900 pictures: one night comes, one goes by its age, and settings change.
fn camera(day: u64, chance: &mut Chance) -> Measure {
    let before = if day < 10 { day * 1900 + 400 } else { 19_400 };
    // Pictures are told by their signatures, and compressed ones are no noise.
    let read = 90 + chance.below(6);
    let samples = Samples { read, with_signature: read, ..Samples::default() };
    let expired = if day > 10 { 1900 } else { 0 };
    Measure {
        before,
        new: 1900,
        changed: 3 + chance.below(8),
        deleted: chance.below(3),
        expired,
        samples,
        ..Measure::default()
    }
}

/// A home with sources: builds, a branch that is changed now and then, a package folder that is made anew.
fn developer(day: u64, chance: &mut Chance) -> Measure {
    let is_branch = day % 17 == 16;
    let is_clean = day % 45 == 44;
    let changed = if is_branch { 1500 + chance.below(900) } else { 20 + chance.below(400) };
    let deleted = if is_clean { 4000 } else { chance.below(120) };
    let read = 60 + chance.below(36);
    let samples = Samples { read, random: chance.below(4), with_signature: 12, ..Samples::default() };
    Measure { before: 30_000, new: 40 + chance.below(500), changed, deleted, samples, ..Measure::default() }
}

/// A mail server: folders of single mails, a few large indexes that change each hour.
fn mail_server(_: u64, chance: &mut Chance) -> Measure {
    let read = 90;
    let samples = Samples { read, random: chance.below(3), with_signature: 4, ..Samples::default() };
    Measure {
        before: 80_000,
        new: 300 + chance.below(900),
        changed: 40 + chance.below(60),
        deleted: 200 + chance.below(700),
        renamed: chance.below(30),
        samples,
        ..Measure::default()
    }
}

#[test]
fn a_year_of_a_camera_of_a_developer_and_of_a_mail_server_gives_no_alarm() {
    type Host = fn(u64, &mut Chance) -> Measure;
    let hosts: [(&str, Host); 3] = [("camera", camera), ("developer", developer), ("mail", mail_server)];
    for (name, host) in hosts {
        for seed in 0..5 {
            let mut chance = Chance(seed);
            let said = lived((0..365).map(|day| host(day, &mut chance)));
            let critical = said.iter().flatten().filter(|finding| finding.severity == Severity::Critical).count();
            assert_eq!(critical, 0, "{name} {seed}");
            let warned = said.iter().filter(|found| !found.is_empty()).count();
            assert!(warned <= 12, "{name} {seed}: {warned} warnings in a year");
        }
    }
}

/// Every file is encrypted in its place.
fn in_place(host: &Measure) -> Measure {
    let samples = Samples {
        read: 96,
        random: 96,
        transitions: 70,
        with_signature: 60,
        wrong_signature: 60,
        ..Samples::default()
    };
    Measure { before: host.before, changed: host.before, samples, ..Measure::default() }
}

/// Every file is encrypted and gets a further ending.
fn renamed(host: &Measure) -> Measure {
    let samples = Samples { read: 96, random: 96, ..Samples::default() };
    Measure {
        before: host.before,
        new: host.before,
        deleted: host.before,
        renamed: host.before,
        samples,
        ..Measure::default()
    }
}

#[test]
fn the_first_snapshot_of_an_encrypted_host_is_caught_with_and_without_a_past() {
    let mut chance = Chance(7);
    for age in [1, 60] {
        let past: Vec<Measure> = (0..age).map(|day| developer(day, &mut chance)).collect();
        for attacked in [in_place(&past[0]), renamed(&past[0])] {
            let found = judge(&attacked, Baseline::of(&past).as_ref(), &Raised::default());
            assert_eq!(found[0].rule, Rule::Encryption, "{age}: {found:?}");
            assert_eq!(found[0].severity, Severity::Critical);
        }
    }
    // A tenth of all files is enough to be told, and sixty pictures of a hundred.
    let past: Vec<Measure> = (0..60).map(|day| mail_server(day, &mut chance)).collect();
    let part = Measure { before: 80_000, changed: 9000, samples: in_place(&past[0]).samples, ..Measure::default() };
    assert_eq!(judge(&part, Baseline::of(&past).as_ref(), &Raised::default())[0].severity, Severity::Critical);
    let samples = Samples {
        read: 60,
        random: 60,
        transitions: 60,
        with_signature: 60,
        wrong_signature: 60,
        ..Samples::default()
    };
    let few = Measure { before: 100, changed: 60, samples, ..Measure::default() };
    assert_eq!(judge(&few, None, &Raised::default())[0].rule, Rule::Encryption);
}

#[test]
fn new_archives_and_new_photos_are_no_attack() {
    // Packed files are noise by their nature, which the samples leave out; noise alone is not enough either.
    for samples in [
        Samples { read: 90, random: 2, with_signature: 90, ..Samples::default() },
        Samples { read: 90, random: 90, ..Samples::default() },
    ] {
        let now = Measure { before: 500, new: 400, samples, ..Measure::default() };
        assert_eq!(judge(&now, None, &Raised::default()), []);
    }
}

#[test]
fn masses_that_go_are_an_alarm_and_those_that_the_host_lets_go_by_itself_are_none() {
    let gone = |deleted, expired| Measure { before: 1000, deleted, expired, ..Measure::default() };
    assert_eq!(judge(&gone(500, 0), None, &Raised::default())[0].rule, Rule::MassDeletion);
    assert_eq!(judge(&gone(499, 0), None, &Raised::default()), []);
    assert_eq!(judge(&gone(0, 900), None, &Raised::default()), []);
    let small = Measure { before: 120, deleted: 99, ..Measure::default() };
    assert_eq!(judge(&small, None, &Raised::default()), []);
}

#[test]
fn a_false_alarm_raises_the_limit_of_its_rule_alone_and_never_above_nine_tenths() {
    let mut raised = Raised::default();
    raised.raise(Rule::MassDeletion);
    assert_eq!((raised.limit(Rule::MassDeletion), raised.limit(Rule::Encryption)), (0.55, 0.5));
    let now = Measure { before: 1000, deleted: 520, ..Measure::default() };
    assert_eq!(judge(&now, None, &raised), []);
    (0..50).for_each(|_| raised.raise(Rule::MassDeletion));
    assert_eq!(raised.limit(Rule::MassDeletion), 0.9);
    let all = Measure { before: 1000, deleted: 1000, ..Measure::default() };
    assert_eq!(judge(&all, None, &raised)[0].rule, Rule::MassDeletion);
    let text = serde_json::to_string(&raised).unwrap();
    assert_eq!(serde_json::from_str::<Raised>(&text).unwrap(), raised);
}

#[test]
fn a_host_that_rewrites_everything_each_day_is_told_until_that_is_usual() {
    let day = || Measure { before: 1000, changed: 900, ..Measure::default() };
    let said = lived((0..30).map(|_| day()));
    assert!(
        said[..8].iter().all(|found| found.iter().all(|one| one.severity == Severity::Warning) && !found.is_empty())
    );
    assert!(said[8..].iter().all(Vec::is_empty), "{:?}", said.last());
}
