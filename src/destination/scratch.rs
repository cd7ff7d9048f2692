//! A place outside the backups folder for verbs that only read it: their half-made files and the indexes that they
//! make go there, and go with them.
use std::env::temp_dir;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::base::handover::make_folder;

/// A folder below the one for temporary files; made on first use, and removed when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    made: Mutex<Option<PathBuf>>,
}

impl Scratch {
    /// The folder (0700), which is made when it is not there.
    pub fn folder(&self) -> Result<PathBuf, (PathBuf, io::Error)> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &*made {
            return Ok(path.clone());
        }
        let path = temp_dir().join(format!("allsky-backups-{}", Uuid::now_v7()));
        make_folder(&path, 0o700).map_err(|why| (path.clone(), why))?;
        Ok(made.insert(path).clone())
    }

    /// A file in the folder, when it was made and has it.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.as_deref().map(|folder: &Path| folder.join(name)).filter(|file| file.is_file())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(path) = self.made.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It is below the folder for temporary files, which the system empties.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}
