//! A place for copies that are only looked at, such as two databases whose rows are counted.
//!
//! They need not lie in the backups folder, so one that is read-only or nearly full keeps nobody from looking.
use std::env::temp_dir;

use super::Tools;
use crate::destination::folder::{Error, Folder};
use crate::destination::workspace::Workspace;

/// Files that a look makes at most.
const INODES: u64 = 8;

/// A workspace with room for `bytes`: in the backups folder, else below the folder for temporary files, else below
/// the state folder. Where all of them refuse, the reason is that of the backups folder.
pub(super) fn workspace(tools: &Tools, bytes: u64) -> Result<Workspace, Error> {
    let make = |folder: &Folder| folder.preflight(bytes, INODES).and_then(|()| folder.workspace());
    make(&tools.folder).or_else(|why| {
        let others = [temp_dir(), tools.state_dir.clone()].map(Folder::new);
        let made = others.iter().find_map(|folder| {
            // What a killed process left there is swept by the next one; it is in nobody's way until then.
            let _ = folder.sweep();
            make(folder).ok()
        });
        made.ok_or(why)
    })
}
