//! Floor 4: the verbs an owner would say, one path for each.
pub mod alerts;
pub mod archive;
mod aside;
pub mod copy_plan;
pub mod destinations;
pub mod doctor;
mod error;
pub mod hooks;
pub mod hosts;
pub mod mail;
pub mod nights;
mod noted;
pub mod notify;
pub mod one_disk;
pub mod outcome;
pub mod plan;
pub mod prune;
pub mod prune_plan;
pub mod restore;
pub mod retention_gate;
mod retention_told;
pub mod settings;
pub mod snapshot;
pub mod sync;
pub mod tokens;
pub mod verdict;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;

use crate::catalog::{ArchiveRecords, Catalog};
use crate::destination::folder::Folder;
use crate::destination::named_drive::NamedDrive;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostSettings;
use crate::domain::monitor::Monitor;
use crate::domain::notify::{NotifySettings, WayOut};
use crate::domain::plan::Plan;
use crate::domain::settings::RestoreSettings;
use crate::site::Site;
use crate::transfer::watchdog::{MayHang, watch};

pub use error::Error;

/// The folder at the top of a drive that archives lie in.
const ARCHIVES: &str = "archives";

/// What every verb works with. Made once by `app`.
#[derive(Clone)]
pub struct Tools {
    pub site: Arc<dyn Site>,
    pub nights: nights::NightTools,
    /// The drives of the configuration, in its order.
    pub drives: Vec<NamedDrive>,
    pub folder: Folder,
    /// What snapshots are taken of.
    pub hosts: Vec<HostSettings>,
    /// How many of them are taken at once.
    pub parallel_hosts: usize,
    /// What the owner wants to be backed up by itself, besides nights.
    pub plans: Vec<Plan>,
    pub catalog: Arc<Catalog>,
    /// Where leases lie.
    pub state_dir: PathBuf,
    pub restore: RestoreSettings,
    /// Who is told, and how.
    pub notify: NotifySettings,
    /// Whether mails can leave from here.
    pub way_out: WayOut,
    /// The configuration file, also when it is still to be made.
    pub config: Option<PathBuf>,
    /// The time, as the shells know it.
    pub now: Clock,
}

impl Tools {
    /// What is known of the archives in the folder that these tools work on.
    pub fn records(&self) -> ArchiveRecords<'_> {
        self.catalog.archives_on(self.folder.destination())
    }

    /// Tools for the archives on `destination`. A drive that is not there is mounted first, where its owner said how.
    pub fn on(&self, destination: &DestinationName) -> Result<Tools, Error> {
        if destination == self.folder.destination() {
            return Ok(self.clone());
        }
        let folder = Folder::on_drive(self.drive(destination)?.fetch()?, ARCHIVES, destination.clone());
        Ok(Tools { folder, ..self.clone() })
    }

    /// Tools for verbs that take archives from `destination` and change nothing there: a drive that takes no writes
    /// still gives back what is on it.
    pub fn taking_from(&self, destination: &DestinationName) -> Result<Tools, Error> {
        self.on(destination).or_else(|why| self.to_read_on(destination).map_err(|_| why))
    }

    /// Tools that only read what is on `destination`. A drive that is not there is not mounted.
    pub fn to_read_on(&self, destination: &DestinationName) -> Result<Tools, Error> {
        if destination == self.folder.destination() {
            return Ok(self.clone());
        }
        let ready = self.drive(destination)?.drive.ready_to_read()?;
        let folder = Folder::to_read(ready.dir().path().join(ARCHIVES), destination.clone());
        Ok(Tools { folder, ..self.clone() })
    }

    /// Does `work` in a thread of its own, and gives it up in words when one of `destinations` no longer answers.
    pub fn watched<T: Send + 'static>(
        &self,
        destinations: &[&DestinationName],
        monitor: &dyn Monitor,
        work: impl FnOnce(&Tools, &dyn Monitor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let may_hang = |destination: &&DestinationName| {
            if *destination == self.folder.destination() {
                return Ok(MayHang::Folder(self.folder.path().to_owned()));
            }
            Ok(MayHang::Drive(self.drive(destination)?.drive.clone()))
        };
        let places = destinations.iter().map(may_hang).collect::<Result<Vec<_>, Error>>()?;
        let tools = self.clone();
        watch(&places, monitor, move |monitor| work(&tools, monitor))
    }

    fn drive(&self, destination: &DestinationName) -> Result<&NamedDrive, Error> {
        let drive = self.drives.iter().find(|drive| drive.name == *destination);
        drive.ok_or_else(|| Error::NoDestination(destination.clone()))
    }
}

/// Tells the time; another one than the machine's in previews and tests.
pub type Clock = Arc<dyn Fn() -> Zoned + Send + Sync>;

/// Where it is written down that the camera rests: beside the camera, where every program finds it. In our own
/// state where we may not write there.
pub fn lease(tools: &Tools) -> PathBuf {
    let [beside, own] = leases(tools.site.as_ref(), &tools.state_dir);
    let folder = beside.parent().unwrap_or(&beside);
    if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok() { beside } else { own }
}

/// Both places of [`lease`].
pub fn leases(site: &dyn Site, state: &Path) -> [PathBuf; 2] {
    [site.own_folder().join(".allsky-backups-pause.json"), state.join("lease.json")]
}

/// ISO 8601 with offset, in the time zone of `at`: `2026-11-21T00:03:09+01:00`.
fn iso(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
