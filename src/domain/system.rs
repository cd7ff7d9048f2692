//! Which camera software an installation is, as an owner says it in `[site]` or on the command line.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `auto` looks at what lies in the camera's home; the other two are taken at their word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum System {
    #[default]
    Auto,
    Allsky,
    IndiAllsky,
}

impl System {
    pub fn as_str(self) -> &'static str {
        match self {
            System::Auto => "auto",
            System::Allsky => "allsky",
            System::IndiAllsky => "indi-allsky",
        }
    }
}

impl FromStr for System {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = [System::Auto, System::Allsky, System::IndiAllsky].into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| format!("\"{text}\" is no camera software that is known here: auto, allsky or indi-allsky"))
    }
}

impl TryFrom<String> for System {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<System> for String {
    fn from(system: System) -> String {
        system.as_str().to_owned()
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
