//! `delete NAME --yes`: without the last word it only says what would be lost.
use serde_json::json;

use super::list::{camera, minute};
use super::{Session, archive_name};
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::Order;
use crate::work::info;

impl Session {
    pub(super) fn delete(&self, name: &str, yes: Yes) -> Result<(), Failure> {
        let name = archive_name(name)?;
        let item = info::info(&self.tools, &name).map_err(|e| Failure::from(&e))?.item;
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
                advice: format!("To delete it for good: allsky-backups delete {name} --yes"),
            });
        }
        self.run(Order::Delete { name: name.clone() })?;
        self.screen.show(&json!({ "name": name, "deleted": true }), |out| writeln!(out, "deleted {name}"))
    }
}

/// Whether the owner said `--yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Yes {
    Said,
    Unsaid,
}
