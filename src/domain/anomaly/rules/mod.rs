//! What is out of the ordinary, how bad it is, and why, in words for the owner.
//!
//! Rules with limits of their own hold from the second snapshot on; those that compare with the past of the host wait
//! until there is one.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::measure::Measure;

/// Too few samples tell nothing.
const FEWEST_SAMPLES: u64 = 20;
/// Too few files tell nothing.
const FEWEST_CHANGED: u64 = 50;
const FEWEST_DELETED: u64 = 100;
/// Deviations above what is usual.
const FAR: f64 = 6.0;
const VERY_FAR: f64 = 10.0;
/// A false alarm raises a limit by so much, and never above the highest.
const STEP: f64 = 0.05;
const HIGHEST: f64 = 0.9;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Files turned into noise, and their names or beginnings say that this is no accident.
    Encryption,
    /// Files no longer begin as their names say.
    Signature,
    MassChange,
    MassDeletion,
    /// More than this host usually does.
    Unusual,
}

impl Rule {
    pub fn word(self) -> &'static str {
        match self {
            Rule::Encryption => "encryption",
            Rule::Signature => "signature",
            Rule::MassChange => "mass_change",
            Rule::MassDeletion => "mass_deletion",
            Rule::Unusual => "unusual",
        }
    }

    /// The share from which on it speaks.
    fn usual_limit(self) -> f64 {
        match self {
            Rule::Encryption | Rule::MassDeletion => 0.5,
            Rule::Signature | Rule::MassChange => 0.3,
            Rule::Unusual => 0.1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is told, and everything goes on.
    Warning,
    /// The snapshot is not trusted, and nothing of the host goes.
    Critical,
}

/// One thing that is out of the ordinary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub rule: Rule,
    pub severity: Severity,
    /// The end of a sentence that begins with "because".
    pub why: String,
}

/// Limits that false alarms have raised, in steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raised(BTreeMap<Rule, u32>);

impl Raised {
    /// The owner says that this rule was wrong.
    pub fn raise(&mut self, rule: Rule) {
        *self.0.entry(rule).or_insert(0) += 1;
    }

    pub fn limit(&self, rule: Rule) -> f64 {
        let steps = f64::from(self.0.get(&rule).copied().unwrap_or(0));
        (rule.usual_limit() + steps * STEP).min(HIGHEST).max(rule.usual_limit())
    }
}

/// Everything that is out of the ordinary, the worst first. `None` for the past: it is too short to tell what is usual.
pub fn judge(now: &Measure, past: Option<&Baseline>, raised: &Raised) -> Vec<Finding> {
    let mut found: Vec<Finding> = [
        encryption(now, raised),
        signature(now, raised),
        mass_change(now, past, raised),
        mass_deletion(now, raised),
        unusual(now, past, raised),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.rule));
    found
}

fn encryption(now: &Measure, raised: &Raised) -> Option<Finding> {
    let samples = &now.samples;
    let is_noise = samples.read >= FEWEST_SAMPLES && samples.random_share() >= raised.limit(Rule::Encryption);
    let is_meant = samples.wrong_share() >= 0.2
        || (now.renamed_share() >= 0.3 && now.renamed >= FEWEST_SAMPLES)
        || samples.transitions >= FEWEST_SAMPLES;
    let why = format!(
        "{} of {} new or changed files that were looked into hold nothing but noise",
        samples.random, samples.read
    );
    (is_noise && is_meant).then_some(Finding { rule: Rule::Encryption, severity: Severity::Critical, why })
}

fn signature(now: &Measure, raised: &Raised) -> Option<Finding> {
    let samples = &now.samples;
    let is_so = samples.with_signature >= FEWEST_SAMPLES && samples.wrong_share() >= raised.limit(Rule::Signature);
    let why = format!(
        "{} of {} new or changed files do not begin as their names say",
        samples.wrong_signature, samples.with_signature
    );
    is_so.then_some(Finding { rule: Rule::Signature, severity: Severity::Critical, why })
}

fn mass_change(now: &Measure, past: Option<&Baseline>, raised: &Raised) -> Option<Finding> {
    let share = now.changed_share();
    let limit = raised.limit(Rule::MassChange);
    let is_usual = past.is_some_and(|past| !past.changed.is_exceeded(share, FAR));
    if share < limit || now.changed < FEWEST_CHANGED || is_usual {
        return None;
    }
    // A host without a past may be one that rewrites everything each day: it is told, and nothing stops.
    let severity =
        if past.is_some() && share >= (2.0 * limit).min(HIGHEST) { Severity::Critical } else { Severity::Warning };
    let why = format!("{} of {} files changed", now.changed, now.before);
    Some(Finding { rule: Rule::MassChange, severity, why })
}

fn mass_deletion(now: &Measure, raised: &Raised) -> Option<Finding> {
    let is_so = now.deleted >= FEWEST_DELETED && now.deleted_share() >= raised.limit(Rule::MassDeletion);
    let why = format!("{} of {} files are gone", now.deleted, now.before);
    is_so.then_some(Finding { rule: Rule::MassDeletion, severity: Severity::Critical, why })
}

fn unusual(now: &Measure, past: Option<&Baseline>, raised: &Raised) -> Option<Finding> {
    let share = now.touched_share();
    let is_so = share >= raised.limit(Rule::Unusual)
        && now.changed + now.deleted >= FEWEST_CHANGED
        && past.is_some_and(|past| past.touched.is_exceeded(share, VERY_FAR));
    let why = format!(
        "{} of {} files changed or are gone, which is far more than usual for this host",
        now.changed + now.deleted,
        now.before
    );
    is_so.then_some(Finding { rule: Rule::Unusual, severity: Severity::Warning, why })
}

#[cfg(test)]
mod tests;
