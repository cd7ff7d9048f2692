//! What the choice takes, and what of it has no free place on the camera.
use super::{Check, Facts, Verdict, card, few, pass};
use crate::base::counted::counted;
use crate::base::size::Bytes;

pub(super) fn selection(facts: &Facts) -> Check {
    let what = format!("The choice has {} with {}.", counted(facts.chosen_files, "file"), Bytes(facts.chosen_bytes));
    if facts.chosen_files == 0 && !(facts.left_programs.is_empty() && facts.left_by_content.is_empty()) {
        return card(
            "selection",
            Verdict::Fail,
            "The choice holds programs alone, and these are left as they are.",
            "Restore programs as well (--programs) if you trust who made this backup.",
        );
    }
    if facts.chosen_files == 0 && !facts.obstructed.is_empty() {
        return card(
            "selection",
            Verdict::Fail,
            "Nothing of the choice can be restored, because of what lies in its place.",
            "Move away what *obstacles* names if you do not need it, or choose other files.",
        );
    }
    if facts.chosen_files == 0 {
        return card(
            "selection",
            Verdict::Fail,
            "The choice holds no file of this archive.",
            "Choose at least one section, night or file.",
        );
    }
    match facts.unanswered.as_slice() {
        [] => pass("selection", what),
        missing => card(
            "selection",
            Verdict::Fail,
            format!("Not in this archive: {}.", few(missing)),
            "Take these names out of the choice.",
        ),
    }
}

/// What stays in the backup because of what lies in its place on the camera.
pub(in crate::domain::restore) fn obstacles(obstructed: &[String]) -> Option<Check> {
    (!obstructed.is_empty()).then(|| {
        card(
            "obstacles",
            Verdict::Warning,
            format!("Not restored, because of what lies in their place: {}.", few(obstructed)),
            "They stay in the backup, and what is there stays as it is. Move it away if you do not need it, then restore again.",
        )
    })
}
