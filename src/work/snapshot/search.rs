//! Files, folders and links of a snapshot by a part of their name, as the manifest tells them.
use serde::Serialize;

use super::ls::{Listed, listed};
use super::{Error, places};
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotPath;
use crate::work::Tools;

/// More are not told.
pub const MOST: usize = 500;

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// Paths below the host's folder stand in place of names.
    pub items: Vec<Listed>,
    /// There are more than [`MOST`].
    pub more: bool,
}

/// Everything below `folder` (without one everywhere) whose name has `text` in it, in small or capital letters.
pub fn search(
    tools: &Tools,
    host: &HostName,
    name: SnapshotName,
    folder: Option<&SnapshotPath>,
    text: &str,
) -> Result<Found, Error> {
    let store = places::look(tools, places::host(tools, host)?)?;
    let snapshot = places::snapshot(&store, host, Some(name))?;
    let damaged = |source| Error::Manifest { name, source };
    let mut manifest = store.manifest(&snapshot).map_err(damaged)?;
    let wanted = text.to_lowercase();
    let mut found = Found { items: Vec::new(), more: false };
    while let Some(entry) = manifest.take().map_err(damaged)? {
        let is_within = folder.is_none_or(|folder| {
            entry.path.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'/'))
        });
        let own = entry.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if !is_within || !String::from_utf8_lossy(own).to_lowercase().contains(&wanted) {
            continue;
        }
        if found.items.len() == MOST {
            found.more = true;
            break;
        }
        found.items.push(listed(&entry, &entry.path));
    }
    Ok(found)
}
