//! `create config`, `create images`: prints the name of the new archive.
use std::process::ExitCode;

use super::Session;
use super::args::Create;
use crate::domain::failure::Failure;
use crate::domain::order::{ArchiveOrder, NightChoice, Order};

impl Session {
    pub(super) fn create(&self, what: Create) -> Result<ExitCode, Failure> {
        let order = match what {
            Create::Config { sections, pause } => {
                Order::Archive(ArchiveOrder::CreateConfig { sections, pause: pause.into() })
            }
            Create::Images { nights } if nights.is_empty() => {
                Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::All })
            }
            Create::Images { nights } => {
                Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::Folders(nights) })
            }
        };
        self.carry_out(order)
    }
}
