//! Copies databases beside the archive that is being made, while the camera writes to them.
//!
//! A database that cannot be copied costs itself alone.
use std::path::{Path, PathBuf};

use crate::base::rel_path::RelPath;
use crate::destination::workspace::Workspace;
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::site::{DatabaseCopy, Taken, database};
use crate::work::{Error, Tools};

/// Bytes of a database with its journal, which becomes part of the copy; 0 when there is no database.
pub(crate) fn length(path: &Path) -> u64 {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    [path, Path::new(&wal)].iter().filter_map(|p| p.metadata().ok()).map(|meta| meta.len()).sum()
}

pub(crate) fn copy_databases(
    tools: &Tools,
    databases: &[RelPath],
    workspace: &Workspace,
    monitor: &dyn Monitor,
) -> Result<Vec<DatabaseCopy>, Error> {
    if databases.is_empty() {
        return Ok(Vec::new());
    }
    monitor.stage(Stage::CopyDatabases);
    let mut copies = Vec::new();
    for (n, path) in databases.iter().enumerate() {
        monitor.checkpoint()?;
        monitor.progress(Progress {
            done_files: n as u64,
            total_files: databases.len() as u64,
            now: path.to_string(),
            ..Progress::default()
        });
        let copy = workspace.path().join(format!("database-{n}"));
        let taken = take_database(tools.site.home(), &tools.site.place(path), copy, monitor)?;
        copies.push(DatabaseCopy { path: path.clone(), taken });
    }
    Ok(copies)
}

/// A database that cannot be copied costs itself and not the backup: that is when settings are needed.
fn take_database(home: &Path, from: &Path, copy: PathBuf, monitor: &dyn Monitor) -> Result<Taken, Error> {
    let error = match database::copy_live(home, from, &copy, monitor) {
        Ok(database::Content::Tables) => return Ok(Taken::Whole(copy)),
        Ok(database::Content::None) => return Ok(Taken::Empty(copy)),
        Err(error) => error,
    };
    let Some(why) = database::reason(&error) else { return Err(error.into()) };
    match database::copy_as_it_lies(home, from, &copy, monitor) {
        Ok(0) => Ok(Taken::AsItLies { copy, why }),
        Ok(lost) => {
            let why = format!("{why}, and {lost} of its bytes that the disk does not give back are zeros");
            Ok(Taken::AsItLies { copy, why })
        }
        Err(database::AsItLies::Cancelled(cancelled)) => Err(cancelled.into()),
        Err(database::AsItLies::Write(source)) => Err(Error::Scratch { path: copy, source }),
        Err(database::AsItLies::Read(source)) => {
            Ok(Taken::Nothing { why: format!("{why}, and cannot be read either: {source}") })
        }
    }
}
