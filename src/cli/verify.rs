//! `verify NAME`, `verify --all`: damage is named, and is exit code 1.
use std::io::{self, Write};
use std::process::ExitCode;

use super::{Session, archive_name};
use crate::base::size::Bytes;
use crate::domain::failure::Failure;
use crate::domain::order::Order;
use crate::work::verify::{Checked, Finding};

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

pub(super) fn line(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let (name, why) = (&checked.name, checked.error.as_deref().unwrap_or("-"));
    match checked.finding {
        Finding::Whole => writeln!(out, "{name}: whole, {} members, {}", checked.members, Bytes(checked.bytes)),
        Finding::Foreign => writeln!(out, "{name}: skipped, no backup: {why}"),
        Finding::Unread => writeln!(out, "{name}: NOT READ: {why}"),
        Finding::Damaged => writeln!(out, "{name}: DAMAGED: {why}"),
    }
}
