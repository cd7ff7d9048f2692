//! Whether the archive is whole, and if not, what that costs.
use super::{Check, Facts, Verdict, card, pass};

pub(super) fn integrity(facts: &Facts) -> Check {
    match &facts.integrity {
        Ok(_) if let Some(why) = &facts.damage => card(
            "integrity",
            Verdict::Warning,
            format!("The archive is damaged: {why}."),
            "What is whole is restored; look for the rest in another backup, and check the disk that this one is on.",
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
