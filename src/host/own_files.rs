//! What this program keeps for a host over ssh, in `STATE/hosts/NAME`: a key of its own, and the host key that the owner
//! has confirmed. Both are readable by our user alone.
use std::io;
use std::path::{Path, PathBuf};

use crate::base::handover::make_folders;
use crate::domain::host::settings::HostName;
use crate::domain::plan::name::PlanName;

#[derive(Debug, Clone)]
pub struct OwnFiles {
    folder: PathBuf,
    /// Under this name the host key is confirmed, whatever the address of the host is.
    alias: String,
}

impl OwnFiles {
    pub fn of(state: &Path, host: &HostName) -> OwnFiles {
        OwnFiles { folder: state.join("hosts").join(host.as_str()), alias: format!("allsky-backups-{host}") }
    }

    /// For the machine that a plan sends to and that is no `[[host]]`.
    pub fn of_plan(state: &Path, plan: &PlanName) -> OwnFiles {
        OwnFiles { folder: state.join("sync").join(plan.as_str()), alias: format!("allsky-backups-sync-{plan}") }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn alias(&self) -> &str {
        &self.alias
    }

    pub fn key(&self) -> PathBuf {
        self.folder.join("id_ed25519")
    }

    pub fn public_key(&self) -> PathBuf {
        self.folder.join("id_ed25519.pub")
    }

    pub fn known_hosts(&self) -> PathBuf {
        self.folder.join("known_hosts")
    }

    /// Where ssh writes a host key that is still to be shown.
    pub fn learned(&self) -> PathBuf {
        self.folder.join("learned")
    }

    /// Makes the folder, closed to others.
    pub fn make(&self) -> io::Result<()> {
        make_folders(&self.folder, 0o700)
    }

    /// Whether the owner has confirmed a host key with us.
    pub fn has_host_key(&self) -> bool {
        self.known_hosts().is_file()
    }

    pub fn has_key(&self) -> bool {
        self.key().is_file()
    }
}
