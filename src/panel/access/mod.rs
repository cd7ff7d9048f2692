//! Who may come in, who may ask for what, and that a change is meant.
//!
//! Invariant: every request passes `guard` before a handler sees it.
pub(crate) mod api_token;
pub(crate) mod guard;
pub(crate) mod login;
pub(crate) mod program;
pub(crate) mod proof;
pub(crate) mod slow_body;
pub(crate) mod welcome;
