//! What an owner can ask for that concerns nights and takes time.
use serde::{Deserialize, Serialize};

use crate::domain::night::Night;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum NightsWish {
    /// The daily run: save what is worth it, then make room.
    Run,
    /// These nights, whatever their stars; all that are worth it when empty.
    Save {
        nights: Vec<Night>,
        #[serde(default)]
        damaged: Damaged,
    },
    /// Read these again; all when empty.
    Verify { nights: Vec<Night> },
    /// Make room on the drive.
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

impl NightsWish {
    pub fn verb(&self) -> &'static str {
        match self {
            NightsWish::Run => "run_nights",
            NightsWish::Save { .. } => "save_nights",
            NightsWish::Verify { .. } => "verify_nights",
            NightsWish::Prune => "prune_nights",
        }
    }
}
