//! Which drive the owner chose, remembered beside the history: another drive in its place is refused
//! although it carries a mark.
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Error;
use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::destination::capability::Capabilities;
use crate::destination::drive::{Drive, Mark, Mounting};
use crate::work::{Tools, iso};

const FILE: &str = "drives.json";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Choice {
    path: PathBuf,
    id: Uuid,
    mounting: Mounting,
}

/// The drive at `path`, with what was chosen for this path.
pub fn drive(state_dir: &Path, path: PathBuf, mounting: Mounting) -> Drive {
    match choices(state_dir).into_iter().find(|choice| choice.path == path) {
        Some(choice) => Drive { path, mounting: choice.mounting, expected: Some(choice.id) },
        None => Drive { path, mounting, expected: None },
    }
}

/// Sets a configured drive up and remembers it for its path.
pub fn choose(tools: &Tools, configured: &Drive, mounting: Mounting) -> Result<(Mark, Capabilities), Error> {
    let drive = Drive { path: configured.path.clone(), mounting, expected: None };
    let (mark, capabilities) = drive.init(iso(&(tools.now)()), tools.nights.host.clone())?;
    let mut all = choices(&tools.state_dir);
    all.retain(|choice| choice.path != drive.path);
    all.push(Choice { path: drive.path, id: mark.id, mounting });
    let fault = |source| Error::Choice { path: tools.state_dir.join(FILE), source };
    let text = serde_json::to_vec_pretty(&all).map_err(|e| fault(e.into()))?;
    let state = Dir::open(&tools.state_dir).map_err(fault)?;
    state.write_atomic(&RelPath::of_our_own(FILE), &text).map_err(fault)?;
    Ok((mark, capabilities))
}

/// Differs after a drive was chosen, here or by another program.
pub fn digest(state_dir: &Path) -> String {
    Sha256::of(read_plain(&state_dir.join(FILE), plain::TEXT).unwrap_or_default().as_ref()).to_string()
}

/// A file that is missing or odd chooses nothing; the mark on the drive is still asked for.
fn choices(state_dir: &Path) -> Vec<Choice> {
    let text = read_plain(&state_dir.join(FILE), plain::TEXT).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}
