//! Orders that save, check and delete nights on their drive.
use serde::{Deserialize, Serialize};

use crate::domain::night::Night;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum NightsOrder {
    /// The daily run: save what is worth it, then make room.
    #[serde(rename = "run_nights")]
    Run,
    /// These nights, whatever their stars; all that are worth it when empty.
    #[serde(rename = "save_nights")]
    Save {
        nights: Vec<Night>,
        #[serde(default)]
        damaged: Damaged,
    },
    /// Read these again; all when empty.
    #[serde(rename = "verify_nights")]
    Verify { nights: Vec<Night> },
    /// Make room on the drive.
    #[serde(rename = "prune_nights")]
    Prune,
}

/// What becomes of a night some of whose pictures are missing or cut off at the camera.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damaged {
    /// The night does not count as saved, and its owner is told.
    #[default]
    Refuse,
    /// Its owner knows; the rest counts.
    Take,
}

impl NightsOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            NightsOrder::Run => "run_nights",
            NightsOrder::Save { .. } => "save_nights",
            NightsOrder::Verify { .. } => "verify_nights",
            NightsOrder::Prune => "prune_nights",
        }
    }

    pub(super) fn title(&self) -> String {
        let title = match self {
            NightsOrder::Run => "Save good nights and make room",
            NightsOrder::Save { .. } => "Save nights",
            NightsOrder::Verify { .. } => "Verify saved nights",
            NightsOrder::Prune => "Make room on the drive",
        };
        title.to_owned()
    }
}
