//! Which work is shown: of a plan, of a host, with a result. The address has it, so that it can be kept and sent.
use crate::catalog::JobFilter;
use crate::panel::parts::query;

/// A history has no more jobs, unless it was made elsewhere.
const LOOKED_THROUGH: u32 = 2000;

/// Results that can be asked for, with their words.
pub const RESULTS: [(&str, &str); 6] = [
    ("failed", "Failed"),
    ("warning", "Success with warnings"),
    ("success", "Success"),
    ("interrupted", "Interrupted"),
    ("cancelled", "Cancelled"),
    ("skipped", "Nothing to do"),
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub plan: Option<String>,
    pub host: Option<String>,
    pub result: Option<String>,
}

impl Filter {
    /// What cannot be read counts as not asked for.
    pub fn parse(text: &str) -> Filter {
        let field = |name: &str| {
            let value = String::from_utf8(query::field(text, name)?).ok()?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let result = field("result").filter(|word| RESULTS.iter().any(|(result, _)| result == word));
        Filter { plan: field("plan"), host: field("host"), result }
    }

    pub fn is_narrow(&self) -> bool {
        *self != Filter::default()
    }

    pub fn of_jobs(&self) -> JobFilter {
        let Filter { plan, host, result } = self.clone();
        JobFilter { state: result, plan, host, newest: Some(LOOKED_THROUGH), ..JobFilter::default() }
    }

    /// `?plan=weekly&result=failed`, or nothing.
    pub fn query(&self) -> String {
        let fields = [("plan", &self.plan), ("host", &self.host), ("result", &self.result)];
        let told = fields
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", query::encode(value.as_deref()?.as_bytes()))));
        let told: Vec<String> = told.collect();
        if told.is_empty() { String::new() } else { format!("?{}", told.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_reads_back_from_its_address_and_odd_words_ask_for_nothing() {
        for text in ["", "plan=weekly-config", "host=h7&result=failed", "plan=a%26b&host=%C3%A4"] {
            let filter = Filter::parse(text);
            assert_eq!(Filter::parse(filter.query().trim_start_matches('?')), filter, "{text}");
        }
        for odd in ["result=good", "plan=&host=+", "plan=%ff", "x=y"] {
            assert!(!Filter::parse(odd).is_narrow(), "{odd}");
        }
    }
}
