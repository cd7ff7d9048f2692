//! The name of a swap.
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::rel_path::RelPath;

/// When a swap began (UTC), and six hex digits that make it the only one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SwapId(String);

impl SwapId {
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 22
            && bytes.iter().enumerate().all(|(at, b)| match at {
                8 | 15 => *b == b'-',
                16.. => b.is_ascii_digit() || (b'a'..=b'f').contains(b),
                _ => b.is_ascii_digit(),
            });
        shaped.then(|| SwapId(text.to_owned()))
    }

    pub(super) fn new(now: Timestamp) -> Self {
        let time = now.strftime("%Y%m%d-%H%M%S");
        let unique = uuid::Uuid::now_v7().simple().to_string();
        SwapId(format!("{time}-{}", &unique[26..]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn folder(&self) -> RelPath {
        RelPath::of_our_own(&self.0)
    }
}

impl fmt::Display for SwapId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SwapId> for String {
    fn from(id: SwapId) -> String {
        id.0
    }
}

impl TryFrom<String> for SwapId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        SwapId::parse(&text).ok_or(format!("{text:?} is no name of a restore"))
    }
}
