//! What the installation says of itself: version, camera, owner, images folder, modules.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::scripts;
use crate::base::plain::{self, read_plain, read_plain_text};
use crate::base::rel_path::RelPath;
use crate::site::Camera;
use crate::site::accounts::Accounts;

/// Reads a JSON file of the camera; `None` when it is missing or not JSON.
pub fn json(path: &Path) -> Option<Value> {
    for _ in 0..READINGS {
        // The panel rewrites its files in place: a moment later it is whole again.
        if let Ok(value) = serde_json::from_slice(&read_plain(path, plain::TEXT).ok()?) {
            return Some(value);
        }
        std::thread::sleep(NAP);
    }
    None
}

/// How often a file that is no JSON is looked at again, and what lies between.
const READINGS: u32 = 5;
const NAP: Duration = Duration::from_millis(10);

fn text(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// `config/settings_RPi_HQ.json`, as the panel makes the name: blanks of the model become `_`, and all
/// else, brackets and umlauts included, stays as it is.
fn own_file(stem: &str, kind: &str, model: &str) -> Option<RelPath> {
    RelPath::parse(format!("config/{stem}_{kind}_{}.json", model.replace(' ', "_"))).ok()
}

pub fn read(home: &Path) -> Camera {
    let settings = json(&home.join("config/settings.json")).unwrap_or_default();
    let (camera_type, camera_model) = (text(&settings, "cameratype"), text(&settings, "cameramodel"));
    let own = |stem: &str| own_file(stem, camera_type.as_deref()?, camera_model.as_deref()?);
    let (settings_file, cc_file) = (own("settings"), own("cc"));
    Camera {
        version: version(home),
        settings_file,
        cc_file,
        owner: owner(home),
        required_modules: required_modules(home),
        camera_type,
        camera_model,
    }
}

fn version(home: &Path) -> String {
    let text = read_plain_text(&home.join("version"), plain::LINE).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default().trim();
    if first.is_empty() { "unknown".to_owned() } else { first.to_owned() }
}

/// The owner whom the camera names, else the one of its files.
pub fn owner(home: &Path) -> String {
    if let Some(named) = json(&home.join("variables.json")).and_then(|v| text(&v, "ALLSKY_OWNER")) {
        return named;
    }
    let uid = fs::metadata(home).map(|home| std::os::unix::fs::MetadataExt::uid(&home)).unwrap_or_default();
    Accounts::read().user(uid).cloned().unwrap_or_else(|| uid.to_string())
}

/// Module files that the day, night and periodic flows name, sorted without regard to case.
fn required_modules(home: &Path) -> Vec<String> {
    let mut modules = Vec::new();
    for event in ["day", "night", "periodic"] {
        let flow = json(&home.join(format!("config/modules/postprocessing_{event}.json"))).unwrap_or_default();
        let steps: Vec<&Value> = match &flow {
            Value::Object(steps) => steps.values().collect(),
            Value::Array(steps) => steps.iter().collect(),
            _ => Vec::new(),
        };
        for name in steps.into_iter().filter_map(|step| text(step, "module")) {
            modules.push(name.rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    modules.retain(|name| !name.is_empty());
    sort_names(&mut modules);
    modules
}

/// Sorts as the panel shows names, and leaves each once.
pub fn sort_names(names: &mut Vec<String>) {
    names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
    names.dedup();
}

/// Where pictures lie. The folder itself may be a link to another disk; nothing below it is followed.
/// The environment of the camera's unit does not count: `variables.sh` sets `ALLSKY_IMAGES` anew at each start,
/// and the panel reads `variables.json` alone.
pub fn images_place(home: &Path) -> PathBuf {
    let variables = json(&home.join("variables.json")).unwrap_or_default();
    let named = text(&variables, "ALLSKY_IMAGES").map(PathBuf::from).filter(|path| path.is_absolute());
    match (named, text(&variables, "ALLSKY_HOME")) {
        // A home that was moved still names its old place; what lay in it moved along.
        (Some(named), Some(old)) => match named.strip_prefix(&old) {
            Ok(below) => home.join(below),
            Err(_) => named,
        },
        (Some(named), None) => named,
        (None, _) => scripts::images_place(home).unwrap_or_else(|| home.join("images")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_of_a_model_are_replaced_in_file_names() {
        for (kind, model, name) in [
            ("RPi", "HQ", "config/settings_RPi_HQ.json"),
            ("ZWO", "ASI178MC (1)", "config/settings_ZWO_ASI178MC_(1).json"),
            ("RPi", "Größe 2+", "config/settings_RPi_Größe_2+.json"),
        ] {
            assert_eq!(own_file("settings", kind, model).unwrap().as_str(), Some(name));
        }
        assert_eq!(own_file("settings", "RPi", "../../x"), None);
    }
}
