//! Undo: the files that a restore replaced come back, all or none, and that can be undone as well.
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::exchange::{exchange, runs_again};
use super::log::Log;
use super::story::{self, Restored};
use super::{Error, choices, stories, stories_in, swaps};
use crate::base::counted::counted;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::believable::LONGEST_STEP;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::retention::decision::RetentionGate;
use crate::site::Site;
use crate::site::service::Pause;
use crate::swap::{self, Swap, SwapId, Swaps};
use crate::work::retention_gate::retention_gate;
use crate::work::{self, Tools};

const STOP_LIMIT: Duration = Duration::from_secs(60);

/// A restore, or the undo of one, that can be undone.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    pub restore_id: String,
    pub created: Timestamp,
    /// After this it is forgotten and its room is free.
    pub until: Timestamp,
    /// The restore that this one was the undo of.
    pub undoes: Option<String>,
    /// What was restored; `None` when that was lost.
    pub restored: Option<Restored>,
    pub files: u64,
    /// Room that the kept files take; `None` when their disk is not there.
    pub held_bytes: Option<u64>,
}

/// The result of an undo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Undone {
    /// Undo this to have the restore again.
    pub restore_id: String,
    pub undone: String,
    /// The name of the archive.
    pub name: Option<String>,
    pub files: u64,
    pub pause_ms: u64,
    pub warnings: Vec<String>,
    pub log: Option<std::path::PathBuf>,
}

/// What can be undone, newest first.
pub fn restores(tools: &Tools) -> Result<Vec<Kept>, Error> {
    let (all, now) = (swaps(tools), (tools.now)().timestamp());
    let told = |swap: Swap| Kept {
        restored: story::recall(&stories(tools), swap.id.as_str()),
        until: now + (keeping(tools) - all.age(&swap, now)),
        restore_id: swap.id.to_string(),
        created: swap.created,
        undoes: swap.undoes.map(|id| id.to_string()),
        files: u64::from(swap.replaced) + u64::from(swap.added) + u64::from(swap.removed),
        held_bytes: swap.held_bytes,
    };
    Ok(all.list()?.into_iter().map(told).collect())
}

/// Puts back what the restore `id`, or the newest, replaced. Files that changed since are kept for
/// the undo of this undo, and named.
pub fn undo(tools: &Tools, id: Option<&str>, monitor: &dyn Monitor) -> Result<Undone, Error> {
    let id = find(tools, id)?;
    let story = story::recall(&stories(tools), id.as_str());
    let log = Log::new(monitor, tools.now.clone(), &format!("undo of restore {id}"));
    let outcome = attempt(tools, &id, story.as_ref(), &log);
    let failure = outcome.as_ref().err().map(Failure::of);
    let path = log.write(&tools.state_dir, failure.as_ref());
    let (restore_id, files, pause_ms) = outcome?;
    // A folder of a snapshot is one thing with many files.
    let files = story.as_ref().filter(|story| story.is_of_things).map_or(files, |story| story.files);
    let name = story.map(|story| story.name);
    Ok(Undone { restore_id, undone: id.to_string(), name, files, pause_ms, warnings: log.warnings(), log: path })
}

fn attempt(tools: &Tools, id: &SwapId, story: Option<&Restored>, log: &Log<'_>) -> Result<(String, u64, u64), Error> {
    // A restore without a record may have brought settings, so the camera is paused.
    let pauses = story.is_none_or(|story| story.to.is_none() && story.kind == ArchiveKind::Config);
    let stages: &[Stage] = if pauses {
        &[Stage::Check, Stage::Pause, Stage::PutBack, Stage::Resume]
    } else {
        &[Stage::Check, Stage::PutBack]
    };
    log.stages(stages);
    log.stage(Stage::Check);
    warn_of_changes(tools, id, log)?;
    let mut pause = None;
    if pauses {
        log.stage(Stage::Pause);
        pause = Some(Pause::begin(&tools.site.units(), &work::lease(tools), STOP_LIMIT)?);
    }
    log.stage(Stage::PutBack);
    let (new_id, files) = replace(tools, id, story, log)?;
    let mut rested = Duration::ZERO;
    if let Some(pause) = pause {
        log.stage(Stage::Resume);
        rested = runs_again(pause.resume(), log)?;
    }
    Ok((new_id, files, u64::try_from(rested.as_millis()).unwrap_or(u64::MAX)))
}

/// Brings the old files back; the camera rests already.
fn replace(tools: &Tools, id: &SwapId, story: Option<&Restored>, log: &Log<'_>) -> Result<(String, u64), Error> {
    let now = (tools.now)().timestamp();
    let planned = swaps(tools).undo(id, now, log)?;
    let files = u64::from(planned.files());
    let saved = planned.save(log)?;
    let new_id = saved.id().to_string();
    if let Some(story) = story {
        let again = Restored { restore_id: Some(new_id.clone()), created: now, ..story.clone() };
        story::remember(&stories(tools), &new_id, &again)
            .map_err(|source| Error::Write { path: stories(tools), source })?;
    }
    if let Err(error) = exchange(tools, saved, log) {
        forget_untold(tools, log);
        return Err(error);
    }
    forget_story(tools, id.as_str(), log);
    Ok((new_id, files))
}

/// The undo that apply makes itself when the camera does not come back. It needs no undo of its own.
pub(super) fn put_back(tools: &Tools, id: &str, log: &Log<'_>) -> Result<(), Error> {
    log.stage(Stage::PutBack);
    let id = find(tools, Some(id))?;
    let (new_id, _) = replace(tools, &id, None, log)?;
    if let Some(new_id) = SwapId::parse(&new_id) {
        swaps(tools).forget(&new_id)?;
    }
    Ok(())
}

fn find(tools: &Tools, id: Option<&str>) -> Result<SwapId, Error> {
    match id {
        Some(text) => SwapId::parse(text).ok_or_else(|| Error::NoRestore(text.to_owned())),
        None => swaps(tools).list()?.into_iter().next().map(|swap| swap.id).ok_or(Error::NothingToUndo),
    }
}

fn warn_of_changes(tools: &Tools, id: &SwapId, log: &Log<'_>) -> Result<(), Error> {
    const MOST: usize = 5;
    let changed: Vec<String> = swaps(tools).differences(id)?.iter().map(|d| d.path.display().to_string()).collect();
    if !changed.is_empty() {
        let some = changed.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        let more = if changed.len() > MOST { " and others" } else { "" };
        log.warn(format!(
            "{} changed since the restore: {some}{more}. The undo takes these changes back too; undo it to have them again",
            counted(changed.len() as u64, "file")
        ));
    }
    Ok(())
}

fn keeping(tools: &Tools) -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(24 * i64::from(tools.restore.undo_days))
}

/// Frees the room of restores that are older than an undo reaches. What fails is tried again next time.
pub fn forget_old(tools: &Tools, monitor: &dyn Monitor) {
    match swaps(tools).prune((tools.now)().timestamp(), keeping(tools)) {
        Ok(gone) => gone.iter().for_each(|id| forget_story(tools, id.as_str(), monitor)),
        Err(swap::Error::Busy) => {}
        Err(why) => {
            let Failure { message, advice, .. } = Failure::of(&why);
            monitor.warn(format!("Old restores could not be removed: {message}. {advice}"));
        }
    }
    forget_choices(tools);
}

/// Lists of chosen files that no order waits for any more. What stays is tried again next time.
fn forget_choices(tools: &Tools) {
    if !retention_gate(tools, LONGEST_STEP).is_ok_and(|retention_gate| retention_gate == RetentionGate::Sound) {
        return;
    }
    let before = (tools.now)().timestamp() - keeping(tools);
    let Ok(lists) = std::fs::read_dir(choices(tools)) else { return };
    for list in lists.filter_map(Result::ok) {
        let changed = list.metadata().and_then(|looks| looks.modified()).ok();
        let is_old = changed.and_then(|at| Timestamp::try_from(at).ok()).is_some_and(|at| at < before);
        if is_old {
            let _ = std::fs::remove_file(list.path());
        }
    }
}

/// Where nothing was restored there is nothing to tell; what a recovery has yet to finish keeps its story.
pub(in crate::work) fn forget_untold(tools: &Tools, monitor: &dyn Monitor) {
    forget_untold_in(&tools.state_dir, monitor);
}

fn forget_untold_in(state: &Path, monitor: &dyn Monitor) {
    let Ok(known) = Swaps::below(state).known() else { return };
    if let Err(why) = story::sweep(&stories_in(state), &known) {
        monitor.warn(format!("Stories of restores that did not happen could not be removed: {why}"));
    }
}

fn forget_story(tools: &Tools, id: &str, monitor: &dyn Monitor) {
    if let Err(why) = story::forget(&stories(tools), id) {
        monitor.warn(format!("The story of restore {id} could not be removed: {why}"));
    }
}

/// What a kill or a power cut left of a restore becomes all old or all new, also when a program with another
/// state folder had begun it; says what was done, in words. To be called before the camera starts. Needs no more
/// than the camera's folders and `state`.
pub fn recover(site: &dyn Site, state: &Path, monitor: &dyn Monitor) -> Result<Vec<String>, Error> {
    let swaps = Swaps::below(state);
    let own = finish(&swaps, monitor);
    if own.is_ok() {
        forget_untold_in(state, monitor);
    }
    let elsewhere = swaps.elsewhere(&site.roots());
    let mut lines = Vec::new();
    for other in &elsewhere.swaps {
        match finish(other, monitor) {
            Ok(done) => lines.extend(done),
            Err(error) => {
                lines.push(format!("A restore that another program had begun could not be finished: {error}"))
            }
        }
    }
    for path in elsewhere.out_of_reach {
        lines.push(format!(
            "The record of a restore is in {}, which is another user's: let that user run `allsky-backups recover`.",
            path.display()
        ));
    }
    lines.splice(0..0, own?);
    Ok(lines)
}

/// True when [`recover`] would find a restore to finish or to put back. Changes nothing.
pub fn is_interrupted(site: &dyn Site, state: &Path) -> bool {
    let swaps = Swaps::below(state);
    let elsewhere = swaps.elsewhere(&site.roots()).swaps;
    std::iter::once(swaps).chain(elsewhere).any(|swaps| swaps.are_interrupted().unwrap_or(false))
}

fn finish(swaps: &Swaps, monitor: &dyn Monitor) -> Result<Vec<String>, Error> {
    match swaps.recover(monitor) {
        Ok(done) => Ok(done.iter().map(ToString::to_string).collect()),
        // A living process is at work.
        Err(swap::Error::Busy) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
