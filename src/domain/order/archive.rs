//! Orders that make, check, bring in, move and delete archives.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::night::Night;

/// Which optional sections a config archive takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionChoice {
    All,
    /// The required ones only.
    None,
    /// Keys of optional sections; the required ones come on top.
    Keys(Vec<String>),
}

/// Which folders an images archive takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NightChoice {
    /// Every folder below images, nights or not.
    All,
    /// Folder names directly below images; nights by their date, others by name.
    Folders(Vec<String>),
}

impl NightChoice {
    pub fn nights(nights: &[Night]) -> Self {
        NightChoice::Folders(nights.iter().map(Night::to_string).collect())
    }
}

/// Whether the camera rests while databases are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PauseChoice {
    /// Only for databases that cannot be copied live.
    #[default]
    WhenNeeded,
    Always,
    Never,
}

/// What becomes of an archive that was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Original {
    Stays,
    /// It is deleted when its copy was verified.
    Goes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum ArchiveOrder {
    CreateConfig {
        sections: SectionChoice,
        #[serde(default)]
        pause: PauseChoice,
    },
    CreateImages {
        nights: NightChoice,
    },
    Verify {
        name: ArchiveName,
    },
    /// Every archive in the folder.
    VerifyAll,
    /// A file on this machine.
    Import {
        file: PathBuf,
    },
    /// Bytes that come through the browser under this name; cannot be run again after a restart.
    Upload {
        file_name: String,
    },
    /// Read an archive that we did not make once, to know what is in it.
    Inspect {
        name: ArchiveName,
    },
    Delete {
        name: ArchiveName,
    },
    /// An archive goes to another destination.
    #[serde(rename = "copy_archive")]
    Copy {
        name: ArchiveName,
        from: DestinationName,
        to: DestinationName,
        original: Original,
    },
}

impl ArchiveOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            ArchiveOrder::CreateConfig { .. } => "create_config",
            ArchiveOrder::CreateImages { .. } => "create_images",
            ArchiveOrder::Verify { .. } => "verify",
            ArchiveOrder::VerifyAll => "verify_all",
            ArchiveOrder::Import { .. } => "import",
            ArchiveOrder::Upload { .. } => "upload",
            ArchiveOrder::Inspect { .. } => "inspect",
            ArchiveOrder::Delete { .. } => "delete",
            ArchiveOrder::Copy { original: Original::Stays, .. } => "copy",
            ArchiveOrder::Copy { original: Original::Goes, .. } => "move",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            ArchiveOrder::CreateConfig { .. } => "Create Config Backup".to_owned(),
            ArchiveOrder::CreateImages { .. } => "Create Images Backup".to_owned(),
            ArchiveOrder::Verify { name } => format!("Verify {name}"),
            ArchiveOrder::VerifyAll => "Verify all backups".to_owned(),
            ArchiveOrder::Import { file } => format!("Import {}", file.display()),
            ArchiveOrder::Upload { file_name } => format!("Upload {file_name}"),
            ArchiveOrder::Inspect { name } => format!("Read {name}"),
            ArchiveOrder::Delete { name } => format!("Delete {name}"),
            ArchiveOrder::Copy { name, to, original: Original::Stays, .. } => format!("Copy {name} to {to}"),
            ArchiveOrder::Copy { name, to, original: Original::Goes, .. } => format!("Move {name} to {to}"),
        }
    }
}
