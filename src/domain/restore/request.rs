//! What an owner asks for when a backup is to be restored. Data, so that it can wait in the queue.
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveName;
use crate::domain::restore::database::DatabaseWays;
use crate::domain::restore::program::Programs;

/// The part of an archive that is restored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    #[default]
    All,
    /// Keys of sections; only these, so that core can be left out.
    Sections(Vec<String>),
    /// Folders directly below images; nights by their date, others by name.
    Folders(Vec<String>),
    /// Files, and folders with all they hold.
    Files(Vec<RelPath>),
    /// A file that lists them, one a line or with NUL between them: for many thousands of names.
    Listed(PathBuf),
}

/// Which login of the panel counts after `env.json` was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Today's user name and password of the panel stay.
    #[default]
    Keep,
    /// The user name and password of the backup are taken.
    Take,
}

/// What becomes of settings that decide who may come in (see [`super::access`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// These settings stay as they are today.
    #[default]
    Keep,
    /// These settings become those of the backup, which the owner has seen.
    Take,
}

/// How settings of the backup and of the camera are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsMode {
    /// The backup's settings as they are; needs the same camera.
    #[default]
    Replace,
    /// What belongs to the camera and to this computer stays, all else is taken.
    Merge,
}

/// Files that are not whole in the backup: cut, filled with zeros, or caught while they were rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotWhole {
    /// Incomplete files are restored only where no file is today.
    #[default]
    Leave,
    /// Incomplete files replace those that are there.
    Take,
}

/// Which of two values a setting gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Backup,
    Camera,
}

/// One restore, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRequest {
    pub name: ArchiveName,
    #[serde(default)]
    pub choice: Choice,
    /// Another folder instead of the camera: nothing of the camera is touched or paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PathBuf>,
    #[serde(default)]
    pub login: Login,
    #[serde(default)]
    pub access: Access,
    #[serde(default)]
    pub way: SettingsMode,
    /// Files that would be run; `None` = as [`Programs::by_default`] has it for this archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<Programs>,
    #[serde(default)]
    pub not_whole: NotWhole,
    /// Databases that are there already.
    #[serde(default, skip_serializing_if = "DatabaseWays::is_empty")]
    pub databases: DatabaseWays,
    /// Merge only: the owner's word for single settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub picks: BTreeMap<String, Side>,
    /// Digest of the preview that the owner saw; when given, anything else is not applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

impl RestoreRequest {
    /// Everything in `name`, in the usual way.
    pub fn all(name: ArchiveName) -> Self {
        RestoreRequest {
            name,
            choice: Choice::All,
            to: None,
            login: Login::Keep,
            access: Access::Keep,
            way: SettingsMode::Replace,
            programs: None,
            not_whole: NotWhole::Leave,
            databases: DatabaseWays::default(),
            picks: BTreeMap::new(),
            seen: None,
        }
    }
}
