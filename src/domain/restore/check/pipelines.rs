//! Modules and overlays that pipelines and settings name, and folders that the panel writes to. Pictures are
//! taken without them as well, so what is missing or broken is told and forbids nothing.
use super::{Check, Facts, Verdict, card, few, pass};

pub(super) fn modules(facts: &Facts) -> Option<Check> {
    facts.camera.as_ref()?;
    Some(match facts.missing_modules.as_slice() {
        [] if facts.needed_modules == 0 => pass("modules", "The restored pipelines need no modules."),
        [] => pass("modules", format!("All {} modules that the pipelines need are there.", facts.needed_modules)),
        // Allsky passes over a step whose module is not there, so this breaks nothing.
        missing => card(
            "modules",
            Verdict::Warning,
            format!("The pipelines name modules that are neither chosen nor installed: {}.", few(missing)),
            if facts.left_programs.is_empty() {
                "Choose the modules section as well, or install them; until then their steps do nothing."
            } else {
                "Restore programs as well (--programs) if you trust who made this backup, or install the modules; until then their steps do nothing."
            },
        ),
    })
}

pub(super) fn overlays(facts: &Facts) -> Option<Check> {
    (!facts.overlays.is_empty()).then(|| {
        card(
            "overlays",
            Verdict::Warning,
            format!("Overlays that the camera will not be able to draw: {}.", few(&facts.overlays)),
            "Choose or mend an overlay in the panel's overlay editor after the restore.",
        )
    })
}

/// A restore gives folders that it makes what the installer gives them, and leaves those that are there alone.
pub(super) fn folders(facts: &Facts) -> Option<Check> {
    let is_below = |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
    let tops = facts.shut.iter().filter(|one| !facts.shut.iter().any(|other| is_below(one, other)));
    let tops: Vec<String> = tops.cloned().collect();
    (!tops.is_empty()).then(|| {
        card(
            "folders",
            Verdict::Warning,
            format!("The panel cannot save files in {}: the group of the web server may not write there.", few(&tops)),
            format!(
                "A restore leaves folders as they are. This mends them: sudo find {} -type d -exec chmod g+rwx {{}} +",
                tops.join(" ")
            ),
        )
    })
}
