//! `delete NAME --yes`: without the last word it only says what would be lost.
use std::process::ExitCode;

use super::list::{camera, minute};
use super::{Session, archive_name};
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{ArchiveOrder, Order};
use crate::work::archive::info;

impl Session {
    pub(super) fn delete(&self, name: &str, yes: Yes) -> Result<ExitCode, Failure> {
        let name = archive_name(&self.tools, name)?;
        let item = info::info(&self.tools, &name)?.item;
        if yes == Yes::Unsaid {
            let kind = item.kind.map(|kind| format!("the {kind} backup")).unwrap_or_else(|| "a file".into());
            let of = camera(&item).map(|camera| format!(" of {camera}")).unwrap_or_default();
            return Err(Failure {
                code: Code::Usage,
                message: format!(
                    "nothing was deleted; {name} is {kind}{of} from {}, {}, and cannot be brought back",
                    minute(&item.created),
                    Bytes(item.bytes)
                ),
                advice: format!("To delete it for good: allsky-backups delete {name}{} --yes", self.on()),
            });
        }
        self.carry_out(Order::Archive(ArchiveOrder::Delete { name }))
    }
}

impl Session {
    /// What a line for the terminal needs to mean the destination of this session: nothing for the backups folder.
    fn on(&self) -> String {
        let destination = self.tools.folder.destination();
        if destination.is_backups() { String::new() } else { format!(" --on {destination}") }
    }
}

/// Whether the owner said `--yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Yes {
    Said,
    Unsaid,
}
