//! The camera's software, what a config backup would take, and where its pictures are.
use crate::domain::checkup::Check;
use crate::domain::failure::Failure;
use crate::work::Tools;

pub(super) fn checks(tools: &Tools) -> Vec<Check> {
    if let Some(absence) = tools.site.absence() {
        return vec![Check::failed("camera", &Failure::of(&absence))];
    }
    vec![camera(tools), settings(tools), pictures(tools)]
}

fn camera(tools: &Tools) -> Check {
    let (software, home) = (tools.site.software().title(), tools.site.home().display());
    match tools.site.camera() {
        Ok(camera) => {
            let model = camera.camera_model.map(|model| format!(", {model}")).unwrap_or_default();
            Check::good("camera", format!("{software} {} at {home}{model}", camera.version))
        }
        Err(error) => Check::failed("camera", &Failure::of(&error)),
    }
}

/// What a config backup would take.
fn settings(tools: &Tools) -> Check {
    match tools.site.sections() {
        Ok(_)
            if tools.site.software().has_settings_file()
                && tools.site.camera().is_ok_and(|camera| camera.settings_file.is_none()) =>
        {
            Check::warning(
                "settings",
                "the file by which the camera finds its settings is not there or cannot be read, so a config backup would be without the \
             camera's settings",
                "Let the camera's owner look at config/settings.json; connect its disk, or restore an older config backup.",
            )
        }
        Ok(sections) => {
            let keys: Vec<&str> = sections.iter().map(|section| section.key.as_str()).collect();
            Check::good("settings", format!("a config backup takes {}", keys.join(", ")))
        }
        Err(error) => Check::failed("settings", &Failure::of(&error)),
    }
}

fn pictures(tools: &Tools) -> Check {
    let place = tools.site.images_place();
    match tools.site.picture_folders() {
        Ok(folders) if folders.is_empty() => Check::good("pictures", format!("{} has no nights yet", place.display())),
        Ok(folders) => Check::good("pictures", format!("{} folders in {}", folders.len(), place.display())),
        Err(error) => {
            let failure = Failure::of(&error);
            Check::warning("pictures", failure.message, failure.advice)
        }
    }
}
