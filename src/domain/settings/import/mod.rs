//! Configurations of other backup programs, read and written as the `[[destination]]`, `[[host]]` and `[[plan]]` that
//! they mean. Nothing is stored: the text is shown to its owner.
//!
//! * `yaml` — the part of YAML that such files have; `assignments` — lines like `NAME = "value"`
//! * `tasks` — a list of tasks in YAML; `several_hosts` — an `.env` with several hosts; `machine` — one machine by its
//!   prefix; `parts` — what all of them write
//!
//! Invariant: what is not understood is refused with its line, and what is handed out is read again without a mistake.
mod assignments;
mod machine;

mod parts;
mod several_hosts;
mod tasks;
mod yaml;

use std::path::Path;

use super::Reading;
use crate::domain::failure::{Advice, Code};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("line {line}: {why}")]
    Line { line: usize, why: String },
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("this is none of the configurations that are known")]
    Unknown,
    #[error("what it says cannot be written as a configuration: {0}")]
    NotOurs(String),
}

impl Advice for ImportError {
    fn code(&self) -> Code {
        Code::Usage
    }

    fn advice(&self) -> String {
        match self {
            ImportError::Line { .. } => "Write this line in a plainer way in a copy of the file, and try that.",
            ImportError::Missing(_) => "Add it in a copy of the file, and try that.",
            ImportError::Unknown => {
                "Known are: YAML with dir_backup_local and tasks; an .env with HOSTS; lines with PREFIX, BACKUP_DIR and SOURCE."
            }
            ImportError::NotOurs(_) => "Write it by hand: `allsky-backups config example` shows every key.",
        }
        .to_owned()
    }
}

/// What a file means here: text for the configuration, with remarks as comments. `home` is that of this user, for hosts
/// that are this machine.
pub fn import(text: &str, home: Option<&Path>) -> Result<String, ImportError> {
    let has = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    let written = if has("dir_backup_local") || has("tasks:") {
        tasks::read(text)?
    } else if has("HOSTS") {
        several_hosts::read(text, home)?
    } else if has("PREFIX") || has("BACKUP_DIR") {
        machine::read(text)?
    } else {
        return Err(ImportError::Unknown);
    };
    match Reading::of(&written).mistakes.first() {
        None => Ok(written),
        Some(mistake) => Err(ImportError::NotOurs(format!("{}: {}", mistake.path, mistake.message))),
    }
}

#[cfg(test)]
mod tests;
