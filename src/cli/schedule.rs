//! `schedule`: what runs by itself, and when.
use super::Session;
use super::night_args::Change;
use crate::domain::failure::Failure;
use crate::domain::plan::name::PlanName;
use crate::jobs::{Switch, switch};

impl Session {
    pub(super) fn schedule(&self, change: Change) -> Result<(), Failure> {
        match change {
            Change::Pause => switch(&self.tools, &PlanName::nights(), Switch::Pause)?,
            Change::Resume => switch(&self.tools, &PlanName::nights(), Switch::Resume)?,
        }
        self.reading().list_plans()
    }
}
