//! Nights: which are there, what they are worth, and what becomes of them.
//!
//! The manifest on the drive is the truth of a saved night; the catalog remembers it for the time
//! when the drive is not there, and remembers what was deleted.
mod adopt;
mod alert;
pub mod calibrate;
pub mod chosen;
mod error;
pub mod glance;
mod gone;
mod habits;
mod keep_settings;
mod late;
pub mod list;
pub mod mark;
pub(in crate::work) mod places;
pub mod portrait;
pub mod prune;
mod run;
mod save;
mod summary;
mod survey;
mod verify;

use std::sync::Arc;

use crate::destination::drive::{Drive, Ready};
use crate::destination::named_drive::NamedDrive;
use crate::domain::failure::{Code, Failure};
use crate::domain::monitor::{Monitor, Stage, Unwatched};
use crate::domain::nights::settings::NightSettings;
use crate::domain::nights::state::NightState;
use crate::domain::order::{Damaged, NightsOrder};
use crate::domain::retention::nights::Policy;
use crate::site::nights::NightSource;
use crate::transfer;
use crate::transfer::watchdog::{MayHang, watch};
use crate::work::Tools;

pub use error::Error;
pub use run::Report;

/// What the verbs of this room work with, besides the tools of all.
#[derive(Clone)]
pub struct NightTools {
    pub source: Arc<dyn NightSource>,
    pub settings: NightSettings,
    pub policy: Policy,
    /// `None` until the owner has configured one.
    pub drive: Option<NamedDrive>,
    /// Name of this machine.
    pub host: String,
}

impl NightTools {
    /// `source` with everything else as it is without a configuration.
    pub fn new(source: Arc<dyn NightSource>) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        NightTools {
            source,
            settings: NightSettings::default(),
            policy: Policy::default(),
            drive: None,
            host: host.trim().to_owned(),
        }
    }

    /// The drive that was configured.
    pub fn drive(&self) -> Result<&Drive, Error> {
        self.named_drive().map(|named| &named.drive)
    }

    /// The drive for work that writes; see [`NamedDrive::fetch`].
    pub fn fetched_drive(&self) -> Result<Ready, Error> {
        Ok(self.named_drive()?.fetch()?)
    }

    fn named_drive(&self) -> Result<&NamedDrive, Error> {
        self.drive.as_ref().ok_or(Error::NoDrive)
    }
}

/// Carries out what was asked for, on the drive that is there.
pub fn carry_out(tools: &Tools, order: &NightsOrder, monitor: &dyn Monitor) -> Result<Report, Error> {
    let order = order.clone();
    watched(tools, monitor, move |tools, monitor| attempt(tools, &order, monitor))
}

/// Does `work` in a thread of its own, and gives it up in words when the drive no longer answers.
pub(in crate::work) fn watched<T, E>(
    tools: &Tools,
    monitor: &dyn Monitor,
    work: impl FnOnce(&Tools, &dyn Monitor) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + From<transfer::Error> + 'static,
{
    let places: Vec<MayHang> = tools.nights.drive().ok().cloned().map(MayHang::Drive).into_iter().collect();
    let tools = tools.clone();
    watch(&places, monitor, move |monitor| work(&tools, monitor))
}

fn attempt(tools: &Tools, order: &NightsOrder, monitor: &dyn Monitor) -> Result<Report, Error> {
    let stages: &[Stage] = match order {
        NightsOrder::Run if keep_settings::is_wanted(tools) => {
            &[Stage::Survey, Stage::CopySettings, Stage::CopyNights, Stage::Delete]
        }
        NightsOrder::Run => &[Stage::Survey, Stage::CopyNights, Stage::Delete],
        NightsOrder::Save { .. } => &[Stage::Survey, Stage::CopyNights],
        NightsOrder::Verify { .. } => &[Stage::Survey, Stage::Verify],
        NightsOrder::Prune => &[Stage::Survey, Stage::Delete],
    };
    monitor.stages(stages);
    monitor.stage(Stage::Survey);
    let ready = tools.nights.fetched_drive()?;
    if !ready.lock().map_err(Error::io("the lock could not be used"))? {
        return Err(Error::Busy);
    }
    // What cannot be removed now is tried again by the next run.
    if let Err(error) = ready.sweep_marks().and_then(|()| keep_settings::sweep(&ready)) {
        tracing::warn!(%error, "left-over files of the drive were not removed");
    }
    habits::tell(tools, &ready, monitor)?;
    match order {
        NightsOrder::Run => {
            let settings = keep_settings::keep(tools, &ready, monitor)?;
            let mut report = run::save_all(tools, &ready, &[], Damaged::Refuse, monitor)?;
            report.settings = settings;
            report.pruned = Some(prune::prune(tools, &ready, monitor)?);
            let told = summary::told(tools, &ready, &report);
            summary::tell(tools, &told.text, monitor);
            report.summary = Some(told.text.clone());
            report.told = Some(told);
            Ok(report)
        }
        NightsOrder::Save { nights, damaged } => run::save_all(tools, &ready, nights, *damaged, monitor),
        NightsOrder::Verify { nights } => {
            let checked = verify::verify(tools, &ready, nights, monitor)?;
            let bad: Vec<&str> = checked.iter().filter(|n| !n.ok).map(|n| n.night.as_str()).collect();
            let failure = (!bad.is_empty()).then(|| Failure {
                code: Code::Damaged,
                message: format!("not as they were saved: {}", bad.join(", ")),
                advice: "Save them again while the camera still has them, and replace the drive if this happens again."
                    .into(),
            });
            Ok(Report { checked, failure, ..Report::default() })
        }
        NightsOrder::Prune => Ok(Report { pruned: Some(prune::prune(tools, &ready, monitor)?), ..Report::default() }),
    }
}

/// Lets the catalog learn from the drive when it is there, and changes nothing on it; a drive that is not there is no
/// error.
pub fn learn_from_drive(tools: &Tools) {
    let Some(ready) = tools.nights.drive().ok().and_then(|drive| drive.ready().ok()) else { return };
    if ready.lock().is_ok_and(|ours| ours)
        && let Err(error) = adopt::learn(tools, &ready, &Unwatched)
    {
        tracing::warn!("the drive could not be read: {}", Failure::of(&error).message);
    }
}

/// Reads the drive again at the owner's request. Returns the number of nights on it, and of those that are
/// verified.
pub fn rescan(tools: &Tools) -> Result<(usize, usize), Error> {
    let ready = ready(tools)?;
    if !ready.lock().map_err(Error::io("the lock could not be used"))? {
        return Err(Error::Busy);
    }
    adopt::adopt(tools, &ready, &Unwatched)?;
    let id = ready.id().to_string();
    let known = tools.catalog.nights(tools.nights.source.software())?;
    let on_drive = || known.iter().filter(|night| night.drive.as_ref() == Some(&id));
    let has_copy = |state| matches!(state, NightState::Verified | NightState::Copying | NightState::Failed);
    let copies = on_drive().filter(|night| has_copy(night.state)).count();
    Ok((copies, on_drive().filter(|night| night.state == NightState::Verified).count()))
}

/// What a run would do now, without doing any of it.
pub fn would_save(tools: &Tools) -> Result<Vec<list::Item>, Error> {
    would_save_of(tools, &list::look(tools)?)
}

/// Which of `nights`, looked at a moment ago, a run would save.
pub fn would_save_of(tools: &Tools, nights: &list::Nights) -> Result<Vec<list::Item>, Error> {
    let wanted = |item: &list::Item| {
        use NightState::{Copying, Failed, Measured};
        item.decision == list::Decision::Save && matches!(item.state, Measured | Copying | Failed)
    };
    Ok(list::list_of(tools, nights)?.into_iter().filter(wanted).collect())
}

/// What retention would do now; the drive must be there.
pub fn would_prune(tools: &Tools) -> Result<prune::Preview, Error> {
    prune::preview(tools, &ready(tools)?)
}

fn ready(tools: &Tools) -> Result<Ready, Error> {
    Ok(tools.nights.drive()?.ready()?)
}
