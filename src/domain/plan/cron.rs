//! Five fields of cron: minute, hour, day of the month, month, day of the week.
//!
//! Invariant: a pattern that never comes is refused when it is read, not searched for ever after.
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// A pattern that comes at least once in four years.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cron(Box<croner::Cron>);

/// A leap day comes once in eight years around 2100.
const WITHIN_YEARS: i64 = 8;

impl Cron {
    /// The newest moment at or before `at`.
    pub(super) fn previous(&self, at: DateTime) -> Option<DateTime> {
        self.0.find_previous_occurrence(&at, true).ok()
    }

    /// The first moment at or after `at`.
    pub(super) fn next(&self, at: DateTime) -> Option<DateTime> {
        self.0.find_next_occurrence(&at, true).ok()
    }
}

impl std::fmt::Debug for Cron {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cron({:?})", self.0.as_str())
    }
}

impl TryFrom<String> for Cron {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let said = |why: String| format!("{text:?} is no schedule of cron, like 30 3 * * 1 for Mondays at 3:30: {why}");
        if text.split_whitespace().count() != 5 {
            return Err(said("it has five fields".into()));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = Cron(Box::new(parser.parse(&text).map_err(|error| said(error.to_string()))?));
        let from = jiff::civil::datetime(2096, 1, 1, 0, 0, 0, 0);
        let until = from.saturating_add(jiff::Span::new().years(WITHIN_YEARS + 1));
        match cron.next(from) {
            Some(comes) if comes <= until => Ok(cron),
            _ => Err(said("it never comes".into())),
        }
    }
}

impl From<Cron> for String {
    fn from(cron: Cron) -> String {
        cron.0.as_str().to_owned()
    }
}
