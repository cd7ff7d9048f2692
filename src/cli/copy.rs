//! `copy NAME --to DESTINATION` and `move NAME --to DESTINATION`.
use std::process::ExitCode;

use super::{Session, archive_name};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{ArchiveOrder, Order, Original};

impl Session {
    /// `from` nothing is the backups folder.
    pub(super) fn copy(
        &self,
        name: &str,
        from: Option<DestinationName>,
        to: DestinationName,
        original: Original,
    ) -> Result<ExitCode, Failure> {
        if !self.tools.folder.destination().is_backups() {
            return Err(Failure {
                code: Code::Usage,
                message: "`--on` does not say where an archive is copied from".into(),
                advice: "Name both destinations with `--from` and `--to`.".into(),
            });
        }
        let from = from.unwrap_or_else(DestinationName::backups);
        let name = match ArchiveName::parse(name) {
            Ok(name) => name,
            // Only then the destination is asked what lies there.
            Err(_) => archive_name(&self.tools.taking_from(&from)?, name)?,
        };
        self.carry_out(Order::Archive(ArchiveOrder::Copy { name, from, to, original }))
    }
}
