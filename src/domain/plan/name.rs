//! What a plan is called: in the file, in addresses, and in the catalog.
//!
//! Invariant: a name is safe in an address and on a command line, and never the word of another verb.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::slug::{MOST, is_slug};

const NIGHTS: &str = "nights";
const WEEKLY_CONFIG: &str = "weekly-config";

/// Small letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlanName(String);

impl PlanName {
    pub fn nights() -> PlanName {
        PlanName(NIGHTS.to_owned())
    }

    pub fn weekly_config() -> PlanName {
        PlanName(WEEKLY_CONFIG.to_owned())
    }

    pub fn is_nights(&self) -> bool {
        self.0 == NIGHTS
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PlanName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if is_slug(&text) {
            Ok(PlanName(text))
        } else {
            Err(format!("{text:?} is no name of a plan: use small letters, digits and -, at most {MOST}"))
        }
    }
}

impl From<PlanName> for String {
    fn from(name: PlanName) -> String {
        name.0
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for PlanName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        PlanName::try_from(text.to_owned())
    }
}
