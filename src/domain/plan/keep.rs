//! What an owner wants to keep of a plan's archives, as it stands in the file.
use serde::{Deserialize, Serialize};

use crate::domain::retention::archives::Also;
use crate::domain::retention::rules::Rule;
use crate::domain::retention::tiered::Tiers;

/// Everything is kept when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keep {
    /// The newest so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_last: Option<u32>,
    /// All of the last so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// All of this month and of so many before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// All within so many hours of the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<u32>,
    /// After that the first of each day, for so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily: Option<u32>,
    /// After that the first of each month, for so many months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<u32>,
    /// Whose archives count like those of the plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

impl Keep {
    /// Empty when nothing is ever deleted.
    pub fn rules(&self) -> Vec<Rule> {
        let tiers = [self.hourly, self.daily, self.monthly];
        let of = |part: Option<u32>| i64::from(part.unwrap_or(0));
        let tiers = tiers.iter().any(Option::is_some).then(|| {
            let (hourly_hours, daily_days, months) = (of(self.hourly), of(self.daily), of(self.monthly));
            Rule::Tiers(Tiers { hourly_hours, daily_days, months })
        });
        let last = self.keep_last.map(Rule::KeepLast);
        let (days, months) = (self.days.map(Rule::Days), self.months.map(Rule::Months));
        [last, days, months, tiers].into_iter().flatten().collect()
    }
}
