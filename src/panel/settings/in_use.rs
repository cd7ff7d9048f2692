//! The configuration that counts, and how a changed one comes to count: what is saved here at once, what another
//! hand writes into the file within seconds.
//!
//! Invariant: a configuration with mistakes changes nothing, and what is under way ends as it began.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catalog::EventKind;
use crate::domain::failure::Failure;
use crate::domain::settings::keys::{self, Hand};
use crate::domain::settings::values::value_of;
use crate::domain::settings::{Reading, Settings};
use crate::jobs::Jobs;
use crate::work::Tools;
use crate::work::nights::chosen;
use crate::work::settings::save::{self, OnDisk};

/// Makes tools by the configuration as it is now, for the camera, folder and history that are open.
pub type Anew = Box<dyn Fn() -> Result<Arc<Tools>, Failure> + Send + Sync>;

pub struct InUse {
    anew: Anew,
    file: Option<PathBuf>,
    /// Which drives were chosen is remembered in it.
    state_dir: PathBuf,
    /// The settings at the start of the program. Address, login and folders stay so until the next start.
    begun: Settings,
    last: Mutex<Last>,
}

/// What was looked at last, and what kept it from being used.
struct Last {
    /// Of the file.
    digest: String,
    /// Of the choice of drives.
    chosen: String,
    trouble: Option<Failure>,
}

impl InUse {
    /// The configuration of a program that has just started with it.
    pub fn new(file: Option<PathBuf>, state_dir: PathBuf, anew: Anew) -> InUse {
        let now = file.as_deref().and_then(|file| save::look(file).ok());
        let (text, digest) = now.map(|now| (now.text, now.digest)).unwrap_or_default();
        let last = Mutex::new(Last { digest, chosen: chosen::digest(&state_dir), trouble: None });
        InUse { anew, file, state_dir, begun: Reading::of(&text).settings, last }
    }

    /// Why what is in the file is not used.
    pub fn trouble(&self) -> Option<Failure> {
        self.last().trouble.clone()
    }

    /// Keys that count from the next start on only.
    pub fn waiting(&self, settings: &Settings) -> Vec<String> {
        let at_start = keys::all().filter(|found| found.subject.hand == Hand::File);
        let changed = at_start.filter(|found| value_of(&self.begun, *found) != value_of(settings, *found));
        changed.map(|found| found.path()).collect()
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another hand has written into the file, or a drive was chosen, since that was last looked at.
    pub fn is_changed(&self) -> bool {
        let chosen = chosen::digest(&self.state_dir);
        self.look().is_some_and(|now| self.last().digest != now.digest) || self.last().chosen != chosen
    }

    /// Gives `jobs` the configuration as the file has it now; what is under way ends as it began.
    pub fn adopt(&self, jobs: &Jobs) {
        let (chosen, now) = (chosen::digest(&self.state_dir), self.look());
        let trouble = match (self.anew)() {
            Ok(tools) => {
                jobs.equip(tools);
                jobs.tell(&EventKind::Settings);
                tracing::info!("the settings were changed, and count from now on");
                None
            }
            Err(failure) => {
                tracing::warn!("the changed settings are not used: {}", failure.message);
                Some(failure)
            }
        };
        let mut last = self.last();
        // A file that cannot be read now is looked at again.
        let digest = now.map_or_else(|| std::mem::take(&mut last.digest), |now| now.digest);
        *last = Last { digest, chosen, trouble };
    }

    fn look(&self) -> Option<OnDisk> {
        self.file.as_deref().and_then(|file| save::look(file).ok())
    }
}
