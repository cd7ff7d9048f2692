//! Where a key stands in the text of a configuration, and with which value.
use std::ops::Range;

use serde_json::Value;

/// A key that is written in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Counted from 1.
    pub line: usize,
    /// The place of the value in the text, in bytes.
    pub span: Range<usize>,
    /// `None` when it breaks a rule.
    pub value: Option<Value>,
}
