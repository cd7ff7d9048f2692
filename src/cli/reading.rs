//! A session for verbs that only show something: it repairs, sweeps, queues and starts nothing, and writes nothing into
//! the folders of state and backups. It has no jobs, so the compiler keeps such a verb from adding one.
use std::sync::Arc;

use super::interrupt;
use super::screen::{Screen, say};
use crate::app::{self, Opened, Options};
use crate::domain::failure::Failure;
use crate::jobs;
use crate::work::Tools;

/// An opened camera to look at, and somebody at the terminal.
pub(super) struct ReadingSession {
    pub(super) screen: Screen,
    pub(super) tools: Arc<Tools>,
    /// Why nothing is known of what was done before.
    unknown: Option<Failure>,
}

impl ReadingSession {
    /// Says once what is wrong with the state folder.
    pub(super) fn open(screen: Screen, options: &Options) -> Result<Self, Failure> {
        interrupt::listen()?;
        let Opened { tools, unknown, shut } = app::open_to_read(options)?;
        if let Some(why) = unknown.as_ref().or(shut.as_ref()) {
            say(&format!("warning: {}. {}", why.message, why.advice));
        }
        if let Some(absence) = tools.site.absence() {
            say(&format!("warning: {}", Failure::of(&absence).message));
        }
        Ok(ReadingSession { screen, tools, unknown })
    }

    /// For a session that has just changed what is to be shown.
    pub(super) fn of(screen: Screen, tools: Arc<Tools>) -> Self {
        ReadingSession { screen, tools, unknown: None }
    }

    /// Fails when nothing is known of what was done: an empty list would be a lie.
    pub(super) fn needs_history(&self) -> Result<(), Failure> {
        self.unknown.clone().map_or(Ok(()), Err)
    }

    /// True when a process was killed at its work, and nobody has put that right yet.
    pub(super) fn is_interrupted(&self) -> bool {
        jobs::is_interrupted(&self.tools)
    }
}
