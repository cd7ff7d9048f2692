//! The configuration.
use std::path::Path;

use serde::Serialize;

use crate::domain::failure::Failure;

/// Whether a file is fine.
#[derive(Debug, Serialize)]
pub struct Checked<'a, M> {
    pub file: Option<&'a Path>,
    pub ok: bool,
    pub mistakes: M,
}

/// The file with its text, and everything that is wrong with it.
#[derive(Debug, Serialize)]
pub struct SettingsText<'a, M> {
    pub file: &'a Path,
    /// What a change must name, so that it is a change of this text.
    pub digest: &'a str,
    pub text: &'a str,
    pub ok: bool,
    pub mistakes: M,
}

/// Every key with the value that counts.
#[derive(Debug, Serialize)]
pub struct AllSettings<'a, S> {
    pub file: Option<&'a Path>,
    pub settings: S,
}

/// A file with every key and its default.
#[derive(Debug, Serialize)]
pub struct Example<'a> {
    pub example: &'a str,
}

/// The file was written; `trouble` says why it does not count yet.
#[derive(Debug, Serialize)]
pub struct Saved<T> {
    saved: bool,
    trouble: T,
}

impl<T: Serialize> Saved<T> {
    pub fn with(trouble: T) -> Self {
        Saved { saved: true, trouble }
    }
}

/// The file was left as it is, because of all these mistakes.
#[derive(Debug, Serialize)]
pub struct Mistaken<'a, M> {
    pub error: &'a Failure,
    pub mistakes: M,
}
