//! What an owner asks for when a saved night is to go back to the camera. Data, so that it can wait
//! in the queue.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::night::Night;
use crate::domain::restore::program::Programs;

/// What becomes of files of the camera that are not as they were when the night was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Differing {
    /// Files that differ stay as they are.
    #[default]
    Keep,
    /// The saved files replace those that differ; an undo brings them back.
    Replace,
}

/// One night that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightRequest {
    pub night: Night,
    /// Another folder instead of the camera's pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PathBuf>,
    #[serde(default)]
    pub differing: Differing,
    /// Files that may be run. A drive is carried about, so they stay on it unless they are asked for.
    #[serde(default = "stay_away")]
    pub programs: Programs,
    /// Digest of the preview that the owner saw; when given, anything else is not applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

fn stay_away() -> Programs {
    Programs::Leave
}
