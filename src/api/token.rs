//! Tokens of programs.
use serde::Serialize;

use crate::domain::api_token::TokenName;

/// A token opens nothing any more.
#[derive(Debug, Serialize)]
pub struct TokenRemoved<'a> {
    token: &'a TokenName,
    removed: bool,
}

impl<'a> TokenRemoved<'a> {
    pub fn now(token: &'a TokenName) -> Self {
        TokenRemoved { token, removed: true }
    }
}
