//! A systemd unit of the camera: one of the system, or one that runs for its owner alone.
use std::fmt;

use serde::{Deserialize, Serialize};

/// Which systemd has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    #[default]
    System,
    /// The manager of the owner's own services (`systemctl --user`).
    User,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub name: String,
    #[serde(default)]
    pub manager: Manager,
}

impl Unit {
    pub fn of_system(name: impl Into<String>) -> Unit {
        Unit { name: name.into(), manager: Manager::System }
    }

    pub fn of_owner(name: impl Into<String>) -> Unit {
        Unit { name: name.into(), manager: Manager::User }
    }

    /// What an owner would type: `sudo systemctl start allsky.service`.
    pub fn command(&self, verb: &str) -> String {
        match self.manager {
            Manager::System => format!("sudo systemctl {verb} {}", self.name),
            Manager::User => format!("systemctl --user {verb} {}", self.name),
        }
    }

    /// Where its messages are.
    pub fn journal(&self) -> String {
        match self.manager {
            Manager::System => format!("journalctl -u {}", self.name),
            Manager::User => format!("journalctl --user -u {}", self.name),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
