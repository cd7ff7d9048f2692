//! Restore: all old or all new, shown before it is done, and undone when the owner wants it back.
//!
//! ```text
//! preview(ask)  -> files, settings, checks, digest        nothing is written
//! apply(ask)    -> check -> unpack beside -> compare with the preview -> pause -> swap -> resume -> watch
//! undo(id)      -> the same exchange with the files that were kept
//! night::{preview, apply}                                 the same for a saved night on the drive
//! restores()    -> what can be undone, and the room it takes
//! recover()     -> what a kill or a power cut left: all old or all new, before the camera starts
//! ```
//! The invariant: a live file changes only in [`crate::swap`], after every byte that replaces it was
//! proved against the archive, and after every check passed on this very archive and camera.
mod apply;
mod databases;
mod drawn;
mod error;
mod exchange;
mod facts;
mod flows;
mod images_folder;
mod item;
mod key;
mod live;
mod log;
mod logins;
mod merging;
pub mod night;
mod night_plan;
mod obstacles;
mod obstructed;
mod overlays;
mod owners;
mod plan;
mod preview;
mod roots;
mod select;
mod shown;
mod shut;
mod source;
mod story;
mod stream;
mod texts;
mod to;
mod undo;
mod unpack;
mod watch;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::handover;
use crate::base::rel_path::RelPath;
use crate::domain::restore::request::Choice;
use crate::work::Tools;

pub use apply::apply;
pub use error::Error;
pub(super) use exchange::exchange;
pub use preview::preview;
pub use story::Restored;
pub(super) use undo::forget_untold;
pub use undo::{Kept, Undone, forget_old, is_interrupted, recover, restores, undo};

/// The names of the moment, second names of the active camera's own files.
const SETTINGS_NAME: &str = "config/settings.json";
const CC_NAME: &str = "config/cc.json";

/// Keeps a long list of chosen files beside the state, so that the order that names it stays small.
pub fn keep_list(tools: &Tools, names: &[RelPath]) -> Result<Choice, Error> {
    let folder = choices(tools);
    let path = folder.join(format!("{}.list", uuid::Uuid::now_v7()));
    let write = || {
        handover::make_folders(&folder, 0o700)?;
        let mut out = std::io::BufWriter::new(handover::open_or_make(&path)?);
        for name in names {
            out.write_all(name.as_bytes())?;
            out.write_all(&[0])?;
        }
        out.flush()
    };
    write().map_err(|source| Error::Write { path: path.clone(), source })?;
    Ok(Choice::Listed(path))
}

/// Refuses folders in which files of a backup could do harm.
pub fn judge_folder(tools: &Tools, to: &Path) -> Result<(), Error> {
    to::judge(tools, to)
}

/// Remembers what the swap `id` is, for the list of what can be undone.
pub(super) fn remember(tools: &Tools, id: &str, told: &Restored) -> std::io::Result<()> {
    story::remember(&stories(tools), id, told)
}

/// Where swaps keep their records.
pub(super) fn swaps(tools: &Tools) -> crate::swap::Swaps {
    crate::swap::Swaps::below(&tools.state_dir)
}

/// The folder of the records that say what each swap was.
fn stories(tools: &Tools) -> PathBuf {
    stories_in(&tools.state_dir)
}

fn stories_in(state: &Path) -> PathBuf {
    state.join("restored")
}

/// Where long choices wait for their order.
fn choices(tools: &Tools) -> PathBuf {
    tools.state_dir.join("choices")
}
