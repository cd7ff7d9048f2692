//! When a drive was tried last, and what came out of it: remembered beside the history, because a page may not try a
//! drive each time it is drawn.
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::dir::Dir;
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::destination::capability::Capabilities;
use crate::work::Tools;

const FILE: &str = "checks.json";
/// As many drives as anybody has had.
const MOST: usize = 100;

/// What came out of trying a drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheck {
    pub at: Timestamp,
    /// `None` when it could not be tried.
    pub capabilities: Option<Capabilities>,
    /// Why it could not be tried.
    pub failure: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    #[serde(flatten)]
    check: LastCheck,
}

/// A file that is missing or odd remembers nothing.
pub(super) fn of(state_dir: &Path, path: &Path) -> Option<LastCheck> {
    entries(state_dir).into_iter().find(|entry| entry.path == path).map(|entry| entry.check)
}

/// What cannot be remembered is told in the log alone: the check itself was done.
pub(super) fn remember(tools: &Tools, path: &Path, outcome: Result<Capabilities, String>) {
    let (capabilities, failure) = match outcome {
        Ok(capabilities) => (Some(capabilities), None),
        Err(failure) => (None, Some(failure)),
    };
    let check = LastCheck { at: (tools.now)().timestamp(), capabilities, failure };
    let mut all = entries(&tools.state_dir);
    all.retain(|entry| entry.path != path);
    all.insert(0, Entry { path: path.to_owned(), check });
    all.truncate(MOST);
    if let Err(error) = write(&tools.state_dir, &all) {
        tracing::warn!(%error, "a check of the drive {} is not remembered", path.display());
    }
}

fn write(state_dir: &Path, all: &[Entry]) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(all)?;
    Dir::open(state_dir)?.write_atomic(&RelPath::of_our_own(FILE), &text)
}

fn entries(state_dir: &Path) -> Vec<Entry> {
    let text = read_plain(&state_dir.join(FILE), plain::TEXT).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
