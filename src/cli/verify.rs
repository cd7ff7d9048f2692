//! `verify NAME`, `verify --all`: damage is named, and is exit code 1.
use std::process::ExitCode;

use super::{Session, archive_name};
use crate::domain::failure::Failure;
use crate::domain::order::Order;

impl Session {
    /// `None` is every archive.
    pub(super) fn verify(&self, name: Option<&str>) -> Result<ExitCode, Failure> {
        let order = match name {
            Some(name) => Order::Verify { name: archive_name(name)? },
            None => Order::VerifyAll,
        };
        self.carry_out(order)
    }
}
