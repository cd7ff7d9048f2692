//! What lies in a folder of a snapshot, as the manifest tells it.
use serde::Serialize;

use super::{Error, places};
use crate::base::rel_path::printable;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::entry::{Entry, Sort};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::SnapshotPath;
use crate::work::Tools;

/// A file, folder or link.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// For people: what cannot be printed is escaped.
    pub name: String,
    /// The name itself, where it cannot be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_bytes: Option<Vec<u8>>,
    /// `file`, `folder` or `link`.
    pub kind: &'static str,
    pub bytes: u64,
    /// Octal.
    pub mode: String,
    pub uid: u32,
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Listed {
    /// The name as the host has it, byte for byte.
    pub fn raw_name(&self) -> &[u8] {
        self.name_bytes.as_deref().unwrap_or(self.name.as_bytes())
    }

    /// Whether nothing tells that it differs: a folder only has a name, all else has size, time, mode and target.
    pub fn looks_like(&self, other: &Listed) -> bool {
        let looks = |item: &Listed| (item.bytes, item.mtime, item.mode.clone(), item.target.clone());
        self.kind == other.kind && (self.kind == "folder" || looks(self) == looks(other))
    }
}

/// What lies directly in `folder`, or a file itself; without a path what lies at the top.
pub fn ls(
    tools: &Tools,
    host: &HostName,
    name: SnapshotName,
    folder: Option<&SnapshotPath>,
) -> Result<Vec<Listed>, Error> {
    let store = places::look(tools, places::host(tools, host)?)?;
    let snapshot = places::snapshot(&store, host, Some(name))?;
    let damaged = |source| Error::Manifest { name, source };
    let mut manifest = store.manifest(&snapshot).map_err(damaged)?;
    let (mut found, mut is_there) = (Vec::new(), folder.is_none());
    while let Some(entry) = manifest.take().map_err(damaged)? {
        let Some(folder) = folder else {
            if !entry.path.contains(&b'/') {
                found.push(listed(&entry, &entry.path));
            }
            continue;
        };
        if entry.path == folder.as_bytes() {
            is_there = true;
            if entry.sort != Sort::Folder {
                found.push(listed(&entry, folder.name()));
            }
        }
        let inside = entry.path.strip_prefix(folder.as_bytes()).and_then(|rest| rest.strip_prefix(b"/"));
        if let Some(child) = inside.filter(|rest| !rest.contains(&b'/')) {
            found.push(listed(&entry, child));
        }
    }
    match folder {
        Some(folder) if !is_there => Err(Error::NotInSnapshot { name, path: printable(folder.as_bytes()) }),
        _ => Ok(found),
    }
}

pub(super) fn listed(entry: &Entry, name: &[u8]) -> Listed {
    let shown = printable(name);
    let looks = entry.looks;
    Listed {
        name_bytes: (shown.as_bytes() != name).then(|| name.to_vec()),
        name: shown,
        kind: match entry.sort {
            Sort::File => "file",
            Sort::Folder => "folder",
            Sort::Symlink => "link",
        },
        bytes: looks.bytes,
        mode: format!("{:04o}", looks.mode),
        uid: looks.uid,
        gid: looks.gid,
        mtime: looks.seconds,
        target: (entry.sort == Sort::Symlink).then(|| printable(&entry.target)),
    }
}
