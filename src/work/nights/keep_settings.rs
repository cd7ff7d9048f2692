//! The camera's own settings and databases go to the drive along with its nights: without them a new
//! card knows nothing of the pictures that it gets back.
//!
//! One archive a day, made on the drive itself and through its open folder, so that a drive that is
//! taken away meanwhile leaves not a byte on the system disk. The newest archive always stays.
use std::io::{self, ErrorKind, Read};

use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use super::alert::note_once;
use super::{Error, Tools};
use crate::archive::glance::{Glance, glance};
use crate::base::rel_path::RelPath;
use crate::destination::drive::Ready;
use crate::destination::folder::{Folder, Found};
use crate::destination::half_written;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::believable::{TOLD, is_day_ahead};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage};
use crate::domain::order::{PauseChoice, SectionChoice};
use crate::domain::restore::check::few;
use crate::domain::retention::decision::RetentionGate;
use crate::work;
use crate::work::archive::create;
use crate::work::retention_gate::{JUMP, retention_gate};

/// Below the drive.
const FOLDER: &str = "settings";
/// How many of the newest archives stay: a week of them.
const KEPT: usize = 7;
/// Which archives of the folder were made here, with size and time: no others are ever taken away.
const MADE: &str = "made-here.tsv";
/// More than a week of lines.
const MOST_BYTES: u64 = 64 << 10;

/// The archive of this day.
#[derive(Debug, Clone, Serialize)]
pub struct KeptSettings {
    /// `None` when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub bytes: u64,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Removes what was to become the list of the folder. The caller holds the lock of the drive.
pub fn sweep(ready: &Ready) -> io::Result<()> {
    match ready.dir().dir(&RelPath::of_our_own(FOLDER)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        folder => half_written::sweep(&folder?, MADE),
    }
}

/// Passes on what concerns the run that this is a part of.
struct PartMonitor<'a>(&'a dyn Monitor);

impl Monitor for PartMonitor<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        self.0.warn(format!("the camera's settings: {warning}"));
    }
    fn progress(&self, progress: Progress) {
        self.0.progress(progress);
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        self.0.checkpoint()
    }
    fn log(&self, line: &str) {
        self.0.log(line);
    }
    fn protected(&self, change: Protection) {
        self.0.protected(change);
    }
}

/// By its owner; and the camera has settings of its own.
pub(super) fn is_wanted(tools: &Tools) -> bool {
    tools.nights.settings.camera_settings && tools.site.sections().is_ok_and(|sections| !sections.is_empty())
}

/// Saves the camera's settings on the drive; `None` where that is not wanted. When it fails, nights are saved
/// nevertheless.
pub(super) fn keep(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<Option<KeptSettings>, Error> {
    if !is_wanted(tools) {
        return Ok(None);
    }
    monitor.stage(Stage::CopySettings);
    let on_drive =
        Tools { folder: Folder::on_drive(ready.clone(), FOLDER, DestinationName::backups()), ..tools.clone() };
    match archive_of_today(&on_drive, ready, &PartMonitor(monitor)) {
        Ok(found) => {
            ready.recheck()?;
            Ok(Some(KeptSettings { name: Some(found.name.to_string()), bytes: found.bytes, trouble: None }))
        }
        Err(work::Error::Cancelled(cancelled)) => Err(cancelled.into()),
        Err(error) => {
            let trouble = Failure::of(&error).message;
            monitor.warn(format!("the camera's settings are not on the drive: {trouble}"));
            Ok(Some(KeptSettings { name: None, bytes: 0, trouble: Some(trouble) }))
        }
    }
}

fn archive_of_today(tools: &Tools, ready: &Ready, monitor: &dyn Monitor) -> Result<Found, work::Error> {
    let today = (tools.now)().date();
    tools.folder.sweep()?;
    let all = settings_in(&tools.folder)?;
    tell_of_future(tools, &all, today, monitor)?;
    let is_of_today = |found: &Found| found.name.made().is_some_and(|at| at.date() == today);
    if let Some(found) = all.into_iter().rfind(is_of_today) {
        return Ok(found);
    }
    let created = create::config(tools, &SectionChoice::All, PauseChoice::Never, monitor)?;
    let mut all = settings_in(&tools.folder)?;
    let gone = || work::Error::Source { path: tools.folder.path().to_owned(), source: ErrorKind::NotFound.into() };
    let newest = all.iter().position(|found| found.name.as_str() == created.name).ok_or_else(gone)?;
    let newest = all.remove(newest);
    // The archive is on the drive, so the catalog of the backups folder must not know it.
    tools.records().forget(&newest.name)?;
    let fault = |source| work::Error::Source { path: tools.folder.path().join(MADE), source };
    let mut made = made(ready).map_err(fault)?;
    // The list keeps the order in which the archives were made, whatever the clock said then.
    let all: Vec<Found> =
        made.iter().filter_map(|made| Some(all.remove(all.iter().position(|found| *made == line(found))?))).collect();
    made = all.iter().chain([&newest]).map(line).collect();
    let record = RelPath::of_our_own(&format!("{FOLDER}/{MADE}"));
    let ending = format!(".{}.part", Uuid::now_v7());
    ready.dir().write_atomic_with(&record, &ending, made.concat().as_bytes()).map_err(fault)?;
    if retention_gate(tools, JUMP).is_ok_and(|retention_gate| retention_gate == RetentionGate::Sound) {
        let old = all.len().saturating_sub(KEPT - 1);
        // A camera that lost its settings has archives without them; these must not push out the last whole one.
        let whole = all.iter().chain([&newest]).rfind(|found| is_whole(&tools.folder, found));
        let whole = whole.map(|found| found.name.clone());
        for found in all.into_iter().take(old).filter(|found| Some(&found.name) != whole.as_ref()) {
            tools.folder.remove(&found.name)?;
        }
    }
    Ok(newest)
}

/// As the archive itself says; one that cannot be asked is none that others may be deleted for.
fn is_whole(folder: &Folder, found: &Found) -> bool {
    let Ok(file) = folder.open(&found.name) else { return false };
    matches!(glance(&file), Ok(Glance::Ours(metadata)) if metadata.is_whole())
}

/// What of the folder is ours to take away again: the owner may keep archives of his own here.
fn line(found: &Found) -> String {
    format!("{}\t{}\n", found.name, found.fingerprint)
}

/// Lines of the archives that were made here.
fn made(ready: &Ready) -> io::Result<Vec<String>> {
    let mut text = String::new();
    match ready.dir().read(&RelPath::of_our_own(&format!("{FOLDER}/{MADE}"))) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        other => {
            other?.take(MOST_BYTES).read_to_string(&mut text)?;
        }
    }
    Ok(text.split_inclusive('\n').map(str::to_owned).collect())
}

/// Tells the owner once of archives whose dates the clock of this machine cannot have had.
fn tell_of_future(tools: &Tools, all: &[Found], today: Date, monitor: &dyn Monitor) -> Result<(), work::Error> {
    let is_ahead = |found: &&Found| found.name.made().is_some_and(|at| is_day_ahead(at.date(), today));
    let names: Vec<String> = all.iter().filter(is_ahead).map(|found| found.name.to_string()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("these are dated in the future, because {TOLD}: {}", few(&names));
    if note_once(tools, "settings_ahead", &message).map_err(|error| work::Error::Nights(Box::new(error)))? {
        monitor.warn(message);
    }
    Ok(())
}

/// Archives of settings, by the date in their names.
fn settings_in(folder: &Folder) -> Result<Vec<Found>, work::Error> {
    let mut all = folder.archives()?;
    all.retain(|found| found.name.kind() == Some(ArchiveKind::Config) && found.name.made().is_some());
    all.sort_by_key(|found| (found.name.made(), found.name.to_string()));
    Ok(all)
}
