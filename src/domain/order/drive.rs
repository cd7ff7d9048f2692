//! Orders that concern a drive itself, whatever lies on it.
use serde::{Deserialize, Serialize};

use crate::domain::destination::DestinationName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum DriveOrder {
    /// A drive gets its mark, and becomes the chosen one.
    #[serde(rename = "set_up_drive")]
    SetUp { destination: DestinationName },
    /// A drive is tried: is it there, writable, the chosen one, and what can it do.
    #[serde(rename = "check_drive")]
    Check { destination: DestinationName },
}

impl DriveOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            DriveOrder::SetUp { .. } => "set_up_drive",
            DriveOrder::Check { .. } => "check_drive",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            DriveOrder::SetUp { destination } => format!("Set up the drive {destination}"),
            DriveOrder::Check { destination } => format!("Check the drive {destination}"),
        }
    }
}
