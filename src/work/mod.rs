//! Floor 3: the verbs an owner would say, one path for each.
pub mod create;
pub mod delete;
pub mod estimate;
pub mod extract;
pub mod import;
pub mod info;
pub mod inspect;
pub mod list;
pub mod upload;
pub mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Zoned;

use crate::archive;
use crate::catalog::{self, Catalog};
use crate::destination::folder::{self, Folder};
use crate::domain::archive_name::ArchiveName;
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::Cancelled;
use crate::site::{self, Site};

/// What every verb works with. Made once by `app`.
pub struct Tools {
    pub site: Arc<dyn Site>,
    pub folder: Folder,
    pub catalog: Arc<Catalog>,
    /// Where leases lie.
    pub state_dir: PathBuf,
    /// The time, as the shells know it.
    pub now: fn() -> Zoned,
}

/// Where it is written down that the camera rests.
pub fn lease(tools: &Tools) -> PathBuf {
    tools.state_dir.join("lease.json")
}

/// Whatever stops a verb.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Site(#[from] site::Error),
    #[error(transparent)]
    Database(#[from] site::database::Error),
    #[error(transparent)]
    Service(#[from] site::service::Error),
    #[error(transparent)]
    Folder(#[from] folder::Error),
    #[error(transparent)]
    Write(#[from] archive::write::Error),
    #[error(transparent)]
    ReadBack(#[from] archive::read_back::Error),
    #[error(transparent)]
    Refused(#[from] archive::inspect::Refusal),
    #[error(transparent)]
    Index(#[from] archive::index::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error("{name} has no member {member}")]
    NoMember { name: ArchiveName, member: String },
    #[error("{}: cannot be read", .path.display())]
    Source { path: PathBuf, source: std::io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        Code::Failed
    }
    fn advice(&self) -> String {
        String::new()
    }
}
