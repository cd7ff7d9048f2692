//! Which archives of a plan may go.
//!
//! Invariant: what is not verified, pinned, made by hand, uploaded, made by another plan, or the newest
//! verified of its kind stays, whatever the rules say. Its owner can say that archives made by hand or
//! uploaded count like those of the plan; nothing opens the other protections.
use jiff::{Timestamp, Zoned};

use super::dated::{Condition, Dated};
use super::decision::{Decision, Reason, RetentionGate};
use super::nights::{Pinned, Verified};
use super::rules::{Rule, judge};
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::believable;

/// Who made an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// Somebody at the page or at a terminal.
    Hand,
    /// Uploaded, imported, or found in the folder.
    Elsewhere,
    /// The plan of this name.
    Plan(String),
}

/// Whether an archive has all that an owner needs from one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wholeness {
    Whole,
    /// Without the settings of its camera, or with files that are not whole.
    Lacking,
}

/// An archive in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    pub name: ArchiveName,
    pub kind: Option<ArchiveKind>,
    pub at: Timestamp,
    pub maker: Maker,
    pub verified: Verified,
    pub wholeness: Wholeness,
    pub pinned: Pinned,
    pub bytes: u64,
}

impl Dated for Archive {
    fn id(&self) -> &str {
        self.name.as_str()
    }
    fn at(&self) -> Timestamp {
        self.at
    }
    fn nth(&self) -> u32 {
        self.name.nth()
    }
    fn condition(&self) -> Condition {
        if self.pinned == Pinned::Yes { Condition::Pinned } else { Condition::Complete }
    }
}

/// Whose archives a plan may delete besides its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Also {
    ByHand,
    Uploaded,
}

/// What one plan may delete.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub plan: &'a str,
    pub kind: ArchiveKind,
    pub rules: &'a [Rule],
    pub also: &'a [Also],
}

/// For each archive of the kind, the newest first: whether it stays, and why.
pub fn decide(
    archives: Vec<Archive>,
    scope: &Scope<'_>,
    now: &Zoned,
    retention_gate: RetentionGate,
) -> Vec<Decision<Archive>> {
    let of_kind = |archive: &Archive| archive.kind == Some(scope.kind);
    let archives: Vec<Archive> = archives.into_iter().filter(of_kind).collect();
    let age =
        |archive: &Archive| (believable::age(archive.at, now.timestamp()), archive.name.nth(), archive.name.clone());
    let verified = archives.iter().filter(|archive| archive.verified == Verified::Yes);
    let newest_verified = verified.max_by_key(|archive| (archive.wholeness == Wholeness::Whole, age(archive)));
    let newest_verified = newest_verified.map(|archive| archive.name.clone());
    let (candidates, others): (Vec<Archive>, Vec<Archive>) =
        archives.into_iter().partition(|archive| foreign(archive, scope).is_none());
    let (whole, lacking): (Vec<Archive>, Vec<Archive>) =
        candidates.into_iter().partition(|archive| archive.wholeness == Wholeness::Whole);
    // Those that lack something are a row of their own, so that none of them takes the place of a whole one.
    let is_last_good = if whole.is_empty() { Reason::LastGood } else { Reason::Incomplete };
    let by_rules = |row| judge(row, scope.rules, now.timestamp(), now.time_zone(), retention_gate);
    let mut decisions = by_rules(whole);
    decisions.extend(by_rules(lacking).into_iter().map(|decision| match decision.reason {
        Reason::LastGood => Decision::keep(decision.item, is_last_good),
        _ => decision,
    }));
    for decision in &mut decisions {
        if decision.drops() && Some(&decision.item.name) == newest_verified.as_ref() {
            *decision = Decision::keep(decision.item.clone(), Reason::NewestVerified);
        }
    }
    decisions.extend(others.into_iter().filter_map(|archive| {
        let reason = foreign(&archive, scope)?;
        Some(Decision::keep(archive, reason))
    }));
    decisions.sort_by_key(|decision| std::cmp::Reverse(age(&decision.item)));
    decisions
}

/// Why the rules do not speak of this one at all.
fn foreign(archive: &Archive, scope: &Scope<'_>) -> Option<Reason> {
    match &archive.maker {
        Maker::Plan(plan) if plan != scope.plan => Some(Reason::OtherPlan),
        Maker::Hand if !scope.also.contains(&Also::ByHand) => Some(Reason::ByHand),
        Maker::Elsewhere if !scope.also.contains(&Also::Uploaded) => Some(Reason::Uploaded),
        // A damaged one must not take the place of a good one.
        _ if archive.verified == Verified::No => Some(Reason::NotVerified),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(n: i64, maker: Maker) -> Archive {
        let at: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        Archive {
            name: ArchiveName::parse(&format!("a{n:03}.tar.gz")).unwrap(),
            kind: Some(ArchiveKind::Config),
            at: at + jiff::Span::new().hours(24 * 7 * n),
            maker,
            verified: Verified::Yes,
            wholeness: Wholeness::Whole,
            pinned: Pinned::No,
            bytes: 1,
        }
    }

    fn ours() -> Maker {
        Maker::Plan("config".into())
    }

    fn reasons(archives: Vec<Archive>, also: &[Also]) -> Vec<(bool, Reason)> {
        let now = "2027-01-01T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let scope = Scope { plan: "config", kind: ArchiveKind::Config, rules: &[Rule::KeepLast(1)], also };
        decide(archives, &scope, &now, RetentionGate::Sound).iter().map(|d| (d.drops(), d.reason)).collect()
    }

    #[test]
    fn only_verified_archives_of_the_plan_itself_go() {
        let mut row = vec![
            archive(0, ours()),
            archive(1, Maker::Hand),
            archive(2, Maker::Elsewhere),
            archive(3, Maker::Plan("other".into())),
            archive(4, ours()),
            archive(5, ours()),
            archive(6, ours()),
        ];
        row[4].verified = Verified::No;
        row[5].pinned = Pinned::Yes;
        let wanted = [
            (false, Reason::LastGood),
            (false, Reason::Pinned),
            (false, Reason::NotVerified),
            (false, Reason::OtherPlan),
            (false, Reason::Uploaded),
            (false, Reason::ByHand),
            (true, Reason::Expired),
        ];
        assert_eq!(reasons(row.clone(), &[]), wanted);
        let all = reasons(row, &[Also::ByHand, Also::Uploaded]);
        assert_eq!((all[4].0, all[5].0, all[3].0), (true, true, false), "its owner said so");
    }

    #[test]
    fn an_archive_of_a_clock_that_was_ahead_stays_and_takes_nobodys_place() {
        let mut row = vec![archive(0, ours()), archive(1, ours()), archive(2, ours())];
        row[2].at = "2031-05-01T12:00:00Z".parse().unwrap();
        let wanted = [(false, Reason::LastGood), (true, Reason::Expired), (false, Reason::Future)];
        assert_eq!(reasons(row.clone(), &[]), wanted);
        // The newest verified one is of another plan than the newest of this plan.
        row[2].maker = Maker::Hand;
        row[1].pinned = Pinned::Yes;
        assert_eq!(reasons(row, &[])[2], (false, Reason::ByHand));
    }

    #[test]
    fn a_damaged_archive_takes_nobodys_place_and_other_kinds_are_not_spoken_of() {
        let mut row = vec![archive(0, ours()), archive(1, ours())];
        row[1].verified = Verified::No;
        assert_eq!(reasons(row.clone(), &[]), [(false, Reason::NotVerified), (false, Reason::LastGood)]);
        row[1].kind = Some(ArchiveKind::Images);
        assert_eq!(reasons(row, &[]), [(false, Reason::LastGood)]);
    }

    #[test]
    fn an_archive_that_lacks_something_takes_no_place_of_a_whole_one_and_goes_among_its_like() {
        let mut row: Vec<Archive> = (0..6).map(|n| archive(n, ours())).collect();
        row[2..].iter_mut().for_each(|archive| archive.wholeness = Wholeness::Lacking);
        let mut wanted = vec![(true, Reason::Expired); 6];
        (wanted[0], wanted[4]) = ((false, Reason::Incomplete), (false, Reason::LastGood));
        assert_eq!(reasons(row.clone(), &[]), wanted);
        row.iter_mut().for_each(|archive| archive.wholeness = Wholeness::Lacking);
        (wanted[0], wanted[4]) = ((false, Reason::LastGood), (true, Reason::Expired));
        assert_eq!(reasons(row.clone(), &[]), wanted, "where none is whole the newest stays");
        // The newest whole one stays also where it is of another maker's row.
        row[0].wholeness = Wholeness::Whole;
        row[0].maker = Maker::Hand;
        assert_eq!(reasons(row, &[])[5], (false, Reason::ByHand));
    }
}
