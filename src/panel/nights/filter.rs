//! Which nights the owner wants to see: the fields above the gallery, and the address that keeps them.
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::state::NightState;
use crate::panel::parts::{query, words};
use crate::work::nights::list::{Decision, Item};

use super::labels;

/// Kinds of nights, with the word in the address and the one on the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    Kept,
    Skipped,
    Unrated,
    AtRisk,
    Saved,
    Pinned,
}

impl Show {
    pub const ALL: [(Show, &'static str, &'static str); 7] = [
        (Show::All, "all", "All nights"),
        (Show::Kept, "kept", "Worth keeping"),
        (Show::Skipped, "skipped", "Not kept"),
        (Show::Unrated, "unrated", "Not rated"),
        (Show::AtRisk, "at-risk", "At risk"),
        (Show::Saved, "saved", "Saved"),
        (Show::Pinned, "pinned", "Pinned"),
    ];

    fn takes(self, item: &Item) -> bool {
        match self {
            Show::All => true,
            Show::Kept => item.decision == Decision::Save,
            Show::Skipped => item.class == Some(Class::Skipped),
            Show::Unrated => item.class == Some(Class::Unrated),
            Show::AtRisk => item.at_risk,
            Show::Saved => item.state == NightState::Verified,
            Show::Pinned => item.pinned,
        }
    }
}

/// What is shown; the default is everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub show: Show,
    /// Average stars, at least.
    pub stars: Option<f64>,
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: Option<i8>,
    pub text: String,
    /// Counted from 1.
    pub page: usize,
}

impl Filter {
    /// Fields that make no sense are as if they were not there.
    pub fn parse(address: &str) -> Self {
        let text = |name: &str| {
            let value = query::field(address, name).unwrap_or_default();
            String::from_utf8_lossy(&value).trim().to_owned()
        };
        let show = text("show");
        Filter {
            show: Show::ALL.iter().find(|(_, word, _)| *word == show).map(|(show, ..)| *show).unwrap_or_default(),
            stars: text("stars").parse().ok().filter(|stars: &f64| stars.is_finite() && *stars > 0.0),
            year: text("year").parse().ok().filter(|year| (1970..=9999).contains(year)),
            month: text("month").parse().ok().filter(|month| (1..=12).contains(month)),
            text: text("q"),
            page: text("page").parse().ok().filter(|page| *page > 0).unwrap_or(1),
        }
    }

    /// The filter as the query of an address; empty when nothing is chosen.
    pub fn query(&self) -> String {
        let mut pairs = Vec::new();
        if let Some((_, word, _)) = Show::ALL.iter().find(|(show, ..)| *show == self.show && *show != Show::All) {
            pairs.push(format!("show={word}"));
        }
        pairs.extend(self.stars.map(|stars| format!("stars={stars}")));
        pairs.extend(self.year.map(|year| format!("year={year}")));
        pairs.extend(self.month.map(|month| format!("month={month}")));
        if !self.text.is_empty() {
            pairs.push(format!("q={}", query::encode(self.text.as_bytes())));
        }
        if self.page > 1 {
            pairs.push(format!("page={}", self.page));
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    pub fn is_narrow(&self) -> bool {
        *self != Filter { page: self.page, ..Filter::default() }
    }

    pub fn takes(&self, item: &Item) -> bool {
        let date = item.key.date();
        self.show.takes(item)
            && self.stars.is_none_or(|least| item.avg_stars.is_some_and(|stars| stars >= least))
            && self.year.is_none_or(|year| date.year() == year)
            && self.month.is_none_or(|month| date.month() == month)
            && (self.text.is_empty() || self.reads_like(item))
    }

    /// Every word must be somewhere in what the page says of the night; numbers mean its date, so that
    /// "24 dec" finds no night with 24 stars.
    fn reads_like(&self, item: &Item) -> bool {
        let date = words::night(item.key).to_lowercase();
        let numbers = [item.night.clone(), item.key.to_string()];
        let said = [item.reason.as_str(), labels::class_word(item.class), labels::copy_word(item.state)];
        let said = format!("{date} {}", said.join(" ").to_lowercase());
        self.text.to_lowercase().split_whitespace().all(|word| {
            let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            match is_number {
                true if word.len() <= 2 => date.split(' ').any(|part| part == word.trim_start_matches('0')),
                true => numbers.iter().any(|number| number.contains(word)),
                false => said.contains(word),
            }
        })
    }
}

/// Years that have nights, newest first.
pub fn years(nights: impl Iterator<Item = Night>) -> Vec<i16> {
    let mut years: Vec<i16> = nights.map(|night| night.date().year()).collect();
    years.sort_unstable();
    years.dedup();
    years.reverse();
    years
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_survives_in_the_address_and_nonsense_does_not() {
        let chosen = Filter {
            show: Show::AtRisk,
            stars: Some(700.5),
            year: Some(2025),
            month: Some(12),
            text: "Großer Mond & 24".into(),
            page: 3,
        };
        assert_eq!(Filter::parse(chosen.query().trim_start_matches('?')), chosen);
        assert_eq!(
            Filter::parse("show=x&stars=-1&year=12&month=13&page=0&q="),
            Filter { page: 1, ..Filter::default() }
        );
        assert_eq!(Filter::parse("").query(), "");
        assert!(!Filter::parse("page=4").is_narrow() && chosen.is_narrow());
    }
}
