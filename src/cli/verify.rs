//! `verify NAME`, `verify --all`: damage is named, and is exit code 1.
use std::process::ExitCode;

use super::reading::ReadingSession;
use super::watch::Watch;
use super::{Session, archive_name, show};
use crate::domain::failure::Failure;
use crate::domain::order::{ArchiveOrder, Order};
use crate::work::archive::verify;
use crate::work::outcome::Outcome;

impl ReadingSession {
    /// As [`Session::verify`], without the history and the lane, neither of which can be had.
    pub(super) fn verify(&self, name: Option<&str>) -> Result<ExitCode, Failure> {
        let watch = Watch::new();
        let outcome = match name {
            Some(name) => verify::verify(&self.tools, &archive_name(&self.tools, name)?, &watch).map(Outcome::Checked),
            None => verify::verify_all(&self.tools, &watch).map(Outcome::AllChecked),
        };
        watch.finish(&[]);
        show(self.screen, &outcome?)
    }
}

impl Session {
    /// `None` is every archive.
    pub(super) fn verify(&self, name: Option<&str>) -> Result<ExitCode, Failure> {
        let order = match name {
            Some(name) => Order::Archive(ArchiveOrder::Verify { name: archive_name(&self.tools, name)? }),
            None => Order::Archive(ArchiveOrder::VerifyAll),
        };
        self.carry_out(order)
    }
}
