//! The configuration that counts, and how a changed one comes to count: what is saved here at once, what another
//! hand writes into the file within seconds.
//!
//! Invariant: a configuration with mistakes changes nothing, and what is under way ends as it began.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web;

use crate::domain::failure::Failure;
use crate::domain::settings::keys::{self, Hand};
use crate::domain::settings::values::value_of;
use crate::domain::settings::{Reading, Settings};
use crate::panel::desk::{Desk, off_loop};
use crate::work::Tools;
use crate::work::settings::save::{self, OnDisk};

/// How often the file is looked at for changes by other hands.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Makes tools by the configuration as it is now, for the camera, folder and history that are open.
pub type Anew = Box<dyn Fn() -> Result<Arc<Tools>, Failure> + Send + Sync>;

pub struct InUse {
    anew: Anew,
    file: Option<PathBuf>,
    /// As it was when the program started: the way in and the folders stay so until the next start.
    begun: Settings,
    last: Mutex<Last>,
}

/// The file that was looked at last, and what kept it from being used.
struct Last {
    digest: String,
    trouble: Option<Failure>,
}

impl InUse {
    /// The configuration of a program that has just started with it.
    pub fn new(file: Option<PathBuf>, anew: Anew) -> InUse {
        let now = file.as_deref().and_then(|file| save::look(file).ok());
        let (text, digest) = now.map(|now| (now.text, now.digest)).unwrap_or_default();
        let last = Mutex::new(Last { digest, trouble: None });
        InUse { anew, file, begun: Reading::of(&text).settings, last }
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

    fn is_news(&self, now: &OnDisk) -> bool {
        self.last().digest != now.digest
    }
}

/// Whatever begins from now on goes by the file as it is now.
pub fn adopt(desk: &Desk) {
    let used = &desk.in_use;
    let Some(now) = used.file.as_deref().and_then(|file| save::look(file).ok()) else { return };
    let trouble = match (used.anew)() {
        Ok(tools) => {
            desk.jobs.equip(tools);
            desk.measured.send_modify(|count| *count += 1);
            tracing::info!("the settings were changed, and count from now on");
            None
        }
        Err(failure) => {
            tracing::warn!("the changed settings are not used: {}", failure.message);
            Some(failure)
        }
    };
    *used.last() = Last { digest: now.digest, trouble };
}

/// Until the program ends.
pub async fn keep(desk: web::Data<Desk>) {
    let mut turn = tokio::time::interval(LOOK_EVERY);
    loop {
        turn.tick().await;
        let looked = off_loop(&desk, |desk| {
            let now = desk.in_use.file.as_deref().and_then(|file| save::look(file).ok());
            if now.is_some_and(|now| desk.in_use.is_news(&now)) {
                adopt(desk);
            }
            Ok(())
        });
        if looked.await.is_err() {
            return;
        }
    }
}
