//! Whether the backup has all that its camera had, each file of it whole, and none older than today's.
use super::super::request::NotWhole;
use super::{Check, Facts, Verdict, card, few};

pub(super) fn whole(facts: &Facts) -> Vec<Check> {
    let mut cards = Vec::new();
    if !facts.left_out.is_empty() {
        cards.push(card(
            "completeness",
            Verdict::Warning,
            format!("Not in this backup, or not whole: {}.", few(&facts.left_out).trim_end_matches('.')),
            "Info on this backup names all of it. What is missing cannot come back from here.",
        ));
    }
    if !facts.not_whole.is_empty() {
        let names = few(&facts.not_whole);
        cards.push(match facts.takes_not_whole {
            NotWhole::Leave => card(
                "incomplete files",
                Verdict::Warning,
                format!("Not whole in this backup, so today's files stay: {names}."),
                "Restore incomplete files as well (--incomplete) if half of one is worth more than what is there now.",
            ),
            NotWhole::Take => card(
                "incomplete files",
                Verdict::Warning,
                format!("Today's files are replaced by ones that are not whole: {names}."),
                "An undo brings today's back.",
            ),
        });
    }
    cards
}

/// Existing files that are newer than those that would replace them.
pub(super) fn newer(facts: &Facts) -> Option<Check> {
    if facts.newer.is_empty() {
        return None;
    }
    Some(card(
        "newer files",
        Verdict::Warning,
        match facts.newer.len() {
            1 => format!("1 existing file is newer than that of the backup: {}.", few(&facts.newer)),
            many => format!("{many} existing files are newer than those of the backup: {}.", few(&facts.newer)),
        },
        "What is newer is replaced; an undo brings it back. Choose single files to leave some as they are.",
    ))
}
