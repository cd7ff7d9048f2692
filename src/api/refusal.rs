//! What went wrong.
use serde::Serialize;

use crate::domain::failure::Failure;

/// `{"error": …}`, whatever was asked for.
#[derive(Debug, Serialize)]
pub struct Refusal<'a> {
    pub error: &'a Failure,
}
