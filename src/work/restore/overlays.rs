//! Overlays after a restore: which of the settings will name one that is nowhere, and which of the
//! backup's cannot be read. A picture without its text is no reason to refuse a restore; it is told.
use std::collections::BTreeMap;

use serde_json::Value;

use super::item::{Item, Own};
use crate::base::rel_path::RelPath;
use crate::site::{Camera, Restoring};

/// The settings that name an overlay.
const SETTINGS: [&str; 2] = ["daytimeoverlay", "nighttimeoverlay"];

/// What is wrong with overlays once this is restored, in words.
pub(super) fn look(
    restoring: &Restoring,
    camera: &Camera,
    read: &BTreeMap<RelPath, Vec<u8>>,
    own: &[Own],
    items: &[Item],
) -> Vec<String> {
    let is_overlay =
        |path: &RelPath| path.as_bytes().starts_with(b"config/overlay/") && path.name().ends_with(b".json");
    let mut told = Vec::new();
    for (path, text) in read.iter().filter(|(path, _)| is_overlay(path)) {
        if let Err(why) = serde_json::from_slice::<Value>(text) {
            told.push(format!("{path} is no JSON ({why})"));
        }
    }
    let settings = own.iter().find(|own| Some(&own.path) == camera.settings_file.as_ref()).map(|own| &own.bytes);
    let settings = settings.or_else(|| read.get(camera.settings_file.as_ref()?));
    let settings: Value = settings.and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default();
    let brought = |name: &str| {
        items.iter().any(|item| is_overlay(&item.row.path) && item.row.path.name() == name.as_bytes())
            || own.iter().any(|own| is_overlay(&own.path) && own.path.name() == name.as_bytes())
    };
    for key in SETTINGS {
        let named = settings[key].as_str().filter(|name| !name.is_empty());
        if let Some(name) = named.filter(|name| !restoring.overlays.contains(*name) && !brought(name)) {
            told.push(format!("{name}, which the setting {key} names, is missing"));
        }
    }
    told
}
