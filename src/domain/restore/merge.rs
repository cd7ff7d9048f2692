//! Another camera's settings without its camera: what goes with the owner is taken, what goes with the
//! camera or this computer stays, key by key, and the owner may say otherwise for each.
//!
//! The camera's own names stay whatever anybody says: the capture program starts by them.
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::kind::{Kind, is_identity};
use super::machine::{Move, Moved};
use super::options::Options;
use super::request::Side;

/// How one setting was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub key: String,
    pub label: String,
    pub kind: Kind,
    pub side: Side,
    /// In words for the page.
    pub because: &'static str,
    /// True when the owner may choose the other side.
    pub free: bool,
}

/// What is needed to decide.
#[derive(Debug, Clone, Copy)]
pub struct MergeInputs<'a> {
    pub options: &'a Options,
    pub moved: &'a Move,
    pub picks: &'a BTreeMap<String, Side>,
}

/// The merged settings, in the order in which the camera has them, and one decision for each key
/// whose values differ.
pub fn merge(
    backup: &Map<String, Value>,
    camera: &Map<String, Value>,
    inputs: MergeInputs<'_>,
) -> (Map<String, Value>, Vec<Decision>) {
    let mut merged = camera.clone();
    let mut decisions = Vec::new();
    for (key, theirs) in backup {
        let mut theirs = theirs.clone();
        let moved = inputs.moved.value(&mut theirs);
        let ours = camera.get(key);
        if ours == Some(&theirs) {
            continue;
        }
        let decision = decide(key, &theirs, ours, moved, inputs);
        if decision.side == Side::Backup {
            put(&mut merged, key, theirs);
        }
        decisions.push(decision);
    }
    (merged, decisions)
}

fn decide(key: &str, theirs: &Value, ours: Option<&Value>, moved: Moved, inputs: MergeInputs<'_>) -> Decision {
    let known = ours.is_some();
    let kind = Kind::of(key, theirs, inputs.options);
    let (side, because) = match kind {
        Kind::General | Kind::Secret if !is_housekeeping(key) => (Side::Backup, "goes with you to any camera"),
        Kind::Device if moved == Moved::Yes => (Side::Backup, "a path of the old computer, rewritten for this one"),
        Kind::Device if known => (Side::Camera, "belongs to this computer"),
        Kind::Device => (Side::Camera, "belongs to the old computer"),
        Kind::Camera if known => (Side::Camera, "belongs to this camera"),
        Kind::Camera => (Side::Camera, "belongs to the other camera"),
        Kind::General | Kind::Secret => (Side::Camera, "kept by the panel itself"),
    };
    let free = !is_identity(key) && !is_housekeeping(key);
    let (side, because) = match inputs.picks.get(key) {
        Some(pick) if free && *pick != side => (*pick, "you chose it"),
        _ => (side, because),
    };
    Decision { key: key.to_owned(), label: inputs.options.label(key), kind, side, because, free }
}

/// What the panel writes for itself.
fn is_housekeeping(key: &str) -> bool {
    matches!(key, "lastchanged" | "XX_END_XX")
}

/// New keys come before the panel's end mark, which must be last.
fn put(settings: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some(slot) = settings.get_mut(key) {
        *slot = value;
        return;
    }
    let end = settings.keys().position(|k| k == "XX_END_XX").unwrap_or(settings.len());
    settings.shift_insert(end, key.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::machine::Machine;
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn merged(picks: &[(&str, Side)]) -> (Value, Vec<Decision>) {
        let backup = object(json!({
            "latitude": "10N", "daygain": 9, "extratext": "/home/pi/allsky/t.txt", "computer": "old Pi",
            "webuidatafiles": "/mnt/x", "newone": 1, "cameramodel": "ZWO", "lastchanged": "then", "same": 1
        }));
        let camera = object(json!({
            "latitude": "20N", "daygain": 1, "extratext": "", "computer": "new Pi", "cameramodel": "HQ",
            "same": 1, "only": 7, "XX_END_XX": true, "lastchanged": "now"
        }));
        let to = Machine { home: "/home/ann/allsky".into(), owner: "ann".into() };
        let moved = Move::between(Some("/home/pi/allsky"), Some("pi"), &to);
        let picks = picks.iter().map(|(k, s)| ((*k).to_owned(), *s)).collect();
        let options = Options::default();
        let inputs = MergeInputs { options: &options, moved: &moved, picks: &picks };
        let (settings, decisions) = merge(&backup, &camera, inputs);
        (Value::from(settings), decisions)
    }

    #[test]
    fn the_sky_is_taken_and_the_camera_stays() {
        let (settings, decisions) = merged(&[]);
        let text = settings.to_string();
        assert_eq!(
            text,
            json!({
                "latitude": "10N", "daygain": 1, "extratext": "/home/ann/allsky/t.txt", "computer": "new Pi",
                "cameramodel": "HQ", "same": 1, "only": 7, "newone": 1, "XX_END_XX": true, "lastchanged": "now"
            })
            .to_string()
        );
        assert!(decisions.iter().all(|d| d.key != "same" && !d.because.is_empty()));
    }

    #[test]
    fn the_owner_may_choose_the_other_side_but_never_another_camera() {
        let all = ["latitude", "daygain", "cameramodel", "lastchanged"];
        let picks = [(all[0], Side::Camera), (all[1], Side::Backup), (all[2], Side::Backup), (all[3], Side::Backup)];
        let (settings, decisions) = merged(&picks);
        assert_eq!(settings["latitude"], "20N");
        assert_eq!(settings["daygain"], 9);
        assert_eq!(settings["cameramodel"], "HQ");
        assert_eq!(settings["lastchanged"], "now");
        let gain = decisions.iter().find(|d| d.key == "daygain").unwrap();
        assert_eq!((gain.side, gain.because), (Side::Backup, "you chose it"));
    }
}
