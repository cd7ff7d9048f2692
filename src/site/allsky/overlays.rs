//! Overlays: what is drawn on each picture. A broken or missing one ends in pictures without text, and
//! nobody knows why; so a backup says it.
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::camera::json;
use crate::base::rel_path::printable;
use crate::site::walk::names;

/// Where overlays lie: those that come with the software, and the owner's.
const FOLDERS: [&str; 3] = ["config/overlay/config", "config/overlay/myTemplates", "config/overlay/mytemplates"];

/// The settings that name one.
pub const SETTINGS: [&str; 2] = ["daytimeoverlay", "nighttimeoverlay"];

/// Names of all that are there.
pub fn names_of(home: &Path) -> BTreeSet<String> {
    let found = FOLDERS.iter().flat_map(|folder| names(&home.join(folder)).unwrap_or_default());
    found.filter_map(|name| String::from_utf8(name).ok()).filter(|name| name.ends_with(".json")).collect()
}

/// What is wrong with them, in words.
pub fn remarks(home: &Path) -> Vec<String> {
    let mut remarks = Vec::new();
    for folder in FOLDERS {
        let mut found = names(&home.join(folder)).unwrap_or_default();
        found.retain(|name| name.ends_with(b".json"));
        found.sort();
        for name in found {
            let name = printable(&name);
            let path = home.join(folder).join(&name);
            let is_file = std::fs::symlink_metadata(&path).is_ok_and(|looks| looks.is_file());
            let Some(text) = is_file.then(|| std::fs::read(&path).ok()).flatten() else { continue };
            if let Err(why) = serde_json::from_slice::<Value>(&text) {
                remarks.push(format!(
                    "{folder}/{name} is no JSON ({why}); it is saved as it is, and the camera cannot draw it"
                ));
            }
        }
    }
    let there = names_of(home);
    let settings = json(&home.join("config/settings.json")).unwrap_or_default();
    for key in SETTINGS {
        if let Some(name) = settings[key].as_str().filter(|name| !name.is_empty() && !there.contains(*name)) {
            remarks.push(format!("the setting {key} names the overlay {name}, which is missing"));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_overlay_and_one_that_is_only_named_are_told() {
        let top = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = top.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("config/overlay/config/overlay.json", "{}");
        write("config/settings.json", r#"{"daytimeoverlay":"overlay.json","nighttimeoverlay":""}"#);
        assert_eq!(remarks(top.path()), [""; 0]);
        write("config/overlay/myTemplates/mine.json", "{\"fields\": [ {\"x\": 1 \"y\": 2} ]\n");
        write("config/settings.json", r#"{"daytimeoverlay":"overlay.json","nighttimeoverlay":"gone.json"}"#);
        let told = remarks(top.path());
        assert!(told[0].contains("myTemplates/mine.json is no JSON") && told[0].contains("line 1"), "{told:?}");
        assert!(told[1].contains("nighttimeoverlay names the overlay gone.json"), "{told:?}");
        assert_eq!(told.len(), 2);
    }
}
