//! `schedule`: what runs by itself, and when.
use serde_json::json;

use super::Session;
use super::night_args::Change;
use super::plans;
use crate::domain::failure::Failure;
use crate::domain::plan::name::PlanName;
use crate::jobs::{Switch, scheduled, switch};

impl Session {
    pub(super) fn schedule(&self, change: Option<Change>) -> Result<(), Failure> {
        match change {
            None => {}
            Some(Change::Pause) => switch(&self.tools, &PlanName::nights(), Switch::Pause)?,
            Some(Change::Resume) => switch(&self.tools, &PlanName::nights(), Switch::Resume)?,
        }
        let plans = scheduled(&self.tools)?;
        self.screen.show(&json!({ "items": plans }), |out| plans::lines(&plans, &(self.tools.now)(), out))
    }
}
