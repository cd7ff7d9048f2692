//! What a look at everything that backups need has found: a line for each thing, with what to do where something is
//! to be done.
use serde::Serialize;

use super::failure::Failure;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Good,
    /// Backups are made; something is worth a look.
    Warning,
    /// Backups are not made, or would not be.
    Failed,
}

impl Health {
    /// One word, as wide as the others.
    pub fn word(self) -> &'static str {
        match self {
            Health::Good => "good   ",
            Health::Warning => "warning",
            Health::Failed => "FAILED ",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `camera`, `configuration`, `destination usb`.
    pub subject: String,
    pub health: Health,
    /// Without a full stop.
    pub said: String,
    /// What its owner can do; only where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    pub fn good(subject: impl Into<String>, said: impl Into<String>) -> Check {
        Check { subject: subject.into(), health: Health::Good, said: said.into(), advice: None }
    }

    pub fn warning(subject: impl Into<String>, said: impl Into<String>, advice: impl Into<String>) -> Check {
        let advice = Some(advice.into()).filter(|advice| !advice.is_empty());
        Check { subject: subject.into(), health: Health::Warning, said: said.into(), advice }
    }

    pub fn failed(subject: impl Into<String>, failure: &Failure) -> Check {
        let advice = Some(failure.advice.clone()).filter(|advice| !advice.is_empty());
        Check { subject: subject.into(), health: Health::Failed, said: failure.message.clone(), advice }
    }
}

/// The worst of all.
pub fn worst(checks: &[Check]) -> Health {
    checks.iter().map(|check| check.health).max().unwrap_or(Health::Good)
}
