//! What a place is called that backups are kept in: in the file, in addresses, and in the catalog.
//!
//! Invariant: the backups folder has the one name that no drive can have.
use std::fmt;

use serde::{Deserialize, Serialize};

use super::slug::{MOST, is_slug};

const BACKUPS: &str = "backups";

/// The backups folder of this camera, or a drive of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DestinationName(String);

impl DestinationName {
    /// The backups folder, `dir` in `[backups]`.
    pub fn backups() -> DestinationName {
        DestinationName(BACKUPS.to_owned())
    }

    pub fn is_backups(&self) -> bool {
        self.0 == BACKUPS
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DestinationName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if is_slug(&text) {
            Ok(DestinationName(text))
        } else {
            Err(format!("{text:?} is no name of a destination: use small letters, digits and -, at most {MOST}"))
        }
    }
}

impl From<DestinationName> for String {
    fn from(name: DestinationName) -> String {
        name.0
    }
}

impl fmt::Display for DestinationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for DestinationName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        DestinationName::try_from(text.to_owned())
    }
}
