//! Whether the archive is whole, and if not, what that costs.
use super::{Check, Facts, Verdict, card, few, pass};

pub(super) fn integrity(facts: &Facts) -> Check {
    match &facts.integrity {
        Ok(members) if !facts.damaged.is_empty() => card(
            "integrity",
            Verdict::Warning,
            format!(
                "The archive is damaged. {} of its files are not whole and stay in it: {}. The other {members} are whole.",
                facts.damaged.len(),
                few(&facts.damaged)
            ),
            "What is whole is restored; look for the others in another backup, and check the disk that it is on.",
        ),
        Ok(members) => pass("integrity", format!("All {members} members were read and every byte is right.")),
        Err(why) => card(
            "integrity",
            Verdict::Fail,
            format!("The archive is damaged: {why}."),
            "Use another backup; single files before the damage can still be extracted.",
        ),
    }
}
