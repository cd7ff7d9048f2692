//! One shape for everything that retention decides: the item, whether it stays, and why.
//!
//! Invariant: a decision only tells. Nothing below `work` deletes, and the executor deletes exactly
//! what a decision told it.
use serde::{Deserialize, Serialize};

/// What happens to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Keep,
    Drop,
}

/// Whether an item may be deleted, with the reason that its owner is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision<T> {
    pub item: T,
    pub fate: Fate,
    pub reason: Reason,
}

impl<T> Decision<T> {
    pub fn keep(item: T, reason: Reason) -> Self {
        Decision { item, fate: Fate::Keep, reason }
    }

    pub fn drop(item: T, reason: Reason) -> Self {
        Decision { item, fate: Fate::Drop, reason }
    }

    pub fn drops(&self) -> bool {
        self.fate == Fate::Drop
    }

    /// For pages and terminals: the end of "kept: …" or "deleted: …".
    pub fn words(&self) -> &'static str {
        match (self.fate, self.reason) {
            (Fate::Drop, Reason::Daily) => "another one of its day stays",
            (Fate::Drop, Reason::Monthly) => "another one of its month stays",
            (_, reason) => reason.words(),
        }
    }
}

/// Whether the past can be judged at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionGate {
    Sound,
    /// An alarm is open for this source.
    Frozen,
    /// The clock is not to be trusted.
    ClockDoubtful,
}

/// Why an item stays or goes, for all kinds of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    OldestRolling,
    Forever,
    NotVerified,
    Pinned,
    RunningNight,
    NewestNight,
    NewestVerified,
    Unrated,
    /// A candidate that did not have to go.
    RoomEnough,
    /// Among the newest that the owner wants to keep.
    KeepMin,
    Incomplete,
    Future,
    Suspect,
    Frozen,
    ClockDoubtful,
    Hourly,
    Daily,
    Monthly,
    KeepLast,
    Days,
    Months,
    Expired,
    LastGood,
    /// The plan has no rule by which anything goes.
    NoRule,
    ByHand,
    Uploaded,
    OtherPlan,
    /// Its owner named it.
    ByOwner,
}

impl Reason {
    /// What it means for an item that stays; for one that goes ask [`Decision::words`].
    pub fn words(self) -> &'static str {
        match self {
            Reason::OldestRolling => "the oldest rolling night on a full drive",
            Reason::Forever => "a great night, kept for ever",
            Reason::NotVerified => "not verified, so never deleted by itself",
            Reason::Pinned => "pinned",
            Reason::RunningNight => "still running",
            Reason::NewestNight => "the newest night",
            Reason::NewestVerified => "the newest verified one",
            Reason::Unrated => "never rated",
            Reason::RoomEnough => "there is room",
            Reason::KeepMin => "among the newest that always stay",
            Reason::Incomplete => "not complete",
            Reason::Future => "dated in the future",
            Reason::Suspect => "suspicious, so it is kept",
            Reason::Frozen => "nothing goes while an alarm is open",
            Reason::ClockDoubtful => "nothing goes while the clock is in doubt",
            Reason::Hourly => "young enough that all stay",
            Reason::Daily => "the first of its day",
            Reason::Monthly => "the first of its month",
            Reason::KeepLast => "among the newest that always stay",
            Reason::Days => "young enough",
            Reason::Months => "of a month that is kept",
            Reason::Expired => "older than what the rule keeps",
            Reason::LastGood => "the newest good one",
            Reason::NoRule => "this plan deletes nothing",
            Reason::ByHand => "made by hand",
            Reason::Uploaded => "not made here",
            Reason::OtherPlan => "made by another plan",
            Reason::ByOwner => "its owner wanted it gone",
        }
    }
}
