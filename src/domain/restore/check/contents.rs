//! Files that are not what their names say: a picture by its name may be a program within.
use super::{Check, Facts, Verdict, card, few};

pub(super) fn contents(facts: &Facts) -> Option<Check> {
    (!facts.left_by_content.is_empty()).then(|| {
        card(
            "contents",
            Verdict::Warning,
            format!(
                "Left in the backup, because their content is not what their names say: {}.",
                few(&facts.left_by_content)
            ),
            "Restore programs as well (--programs) if you trust who made this backup.",
        )
    })
}
