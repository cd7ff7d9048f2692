//! Modules of the owner that lie outside the camera's home: both versions of the panel look for them in
//! `/opt/allsky/modules`, and its installer makes that folder.
use std::path::{Path, PathBuf};

use super::camera::json;
use super::scripts;
use crate::base::rel_path::RelPath;
use crate::site::walk::names;

/// The setting of the camera's scripts, and what it is by itself.
const SETTING: &str = "ALLSKY_MODULE_LOCATION";
const USUAL: &str = "/opt/allsky";
/// The folder in it, and its name in an archive, wherever it lies.
const FOLDER: &str = "modules";
const MEMBER: &str = "opt/allsky/modules";

/// A folder with modules beside the home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModulesElsewhere {
    /// The existing folder that holds the folder with the modules.
    pub location: PathBuf,
    pub member: RelPath,
}

impl ModulesElsewhere {
    /// `None` where this camera has no such place, or where it is part of the home.
    pub fn find(home: &Path) -> Option<Self> {
        let variables = json(&home.join("variables.json")).unwrap_or_default();
        let named = variables[SETTING].as_str().map(PathBuf::from).filter(|path| path.is_absolute());
        let location = named.or_else(|| scripts::place(home, SETTING)).unwrap_or_else(|| USUAL.into());
        let is_apart = !location.starts_with(home) && !home.starts_with(&location);
        (is_apart && location.is_dir()).then(|| ModulesElsewhere { location, member: RelPath::of_our_own(MEMBER) })
    }

    pub fn folder(&self) -> PathBuf {
        self.location.join(FOLDER)
    }

    /// Its name below the location.
    pub fn below(&self) -> RelPath {
        RelPath::of_our_own(FOLDER)
    }

    pub fn has_any(&self) -> bool {
        names(&self.folder()).is_ok_and(|names| !names.is_empty())
    }

    /// Where `member` lies; `None` for what is in the home.
    pub fn place(&self, member: &RelPath) -> Option<PathBuf> {
        let below = member.as_path().strip_prefix(self.member.as_path()).ok()?;
        Some(self.folder().join(below))
    }
}
