//! Orders that change the camera: what comes back to it from a backup, and what is undone.
use serde::{Deserialize, Serialize};

use crate::domain::nights::request::NightRequest;
use crate::domain::restore::request::RestoreRequest;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum CameraOrder {
    /// Parts of an archive go back.
    Restore { request: Box<RestoreRequest> },
    /// A saved night goes back.
    RestoreNight { request: NightRequest },
    /// Puts back what a restore replaced.
    Undo {
        /// `None` = the newest that can be undone.
        id: Option<String>,
    },
}

impl CameraOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            CameraOrder::Restore { .. } => "restore",
            CameraOrder::RestoreNight { .. } => "restore_night",
            CameraOrder::Undo { .. } => "undo",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            CameraOrder::Restore { request } => format!("Restore {}", request.name),
            CameraOrder::RestoreNight { request } => format!("Restore the night {}", request.night.date()),
            CameraOrder::Undo { id: Some(id) } => format!("Undo restore {id}"),
            CameraOrder::Undo { id: None } => "Undo the last restore".to_owned(),
        }
    }
}
