//! Apply: check, unpack beside, compare with what the owner saw, pause, exchange, resume, watch.
//!
//! Until the exchange an error, a cancel or a kill leaves the camera's files as they were; after it
//! they are all new, or all old again.
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use super::exchange::{exchange, runs_again};
use super::images_folder;
use super::live::{self, Closeness};
use super::log::Log;
use super::merging::{self, Merges};
use super::owners::Owners;
use super::plan::Plan;
use super::roots::Target;
use super::story::{self, Restored};
use super::unpack::unpack;
use super::watch::{Seen, watch};
use super::{Error, facts, stories, swaps, undo};
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::restore::check::{self, Verdict, few};
use crate::domain::restore::database::is_database;
use crate::domain::restore::request::{RestoreRequest, SettingsMode};
use crate::domain::settings::IfDown;
use crate::site::service::{self, Pause};
use crate::swap::{Ownership, Saved, Staging};
use crate::work::noted::PartMonitor;
use crate::work::{self, Tools};

/// How long the camera may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Restores what `ask` wants. Refused when a check fails, or when `ask.seen` is not what would be
/// shown now. The log is written in any case, and its path is part of the result.
pub fn apply(tools: &Tools, request: &RestoreRequest, monitor: &dyn Monitor) -> Result<Restored, Error> {
    let log = Log::new(monitor, tools.now.clone(), &format!("restore of {}", request.name));
    let mut outcome = attempt(tools, request, &log);
    if let Err(Error::Unpack(sweep::Error::Read { .. } | sweep::Error::Different { .. })) = outcome {
        // The archive rotted since it was verified. A full check finds the damaged files; the others can be restored.
        log.line("the archive is not as it was when it was verified; it is read in full");
        let unstaged = PartMonitor { inner: &log, before: 0, share: 1, total: 1 };
        outcome = work::archive::verify::verify(tools, &request.name, &unstaged)
            .map_err(Error::from)
            .and_then(|_| attempt(tools, request, &log));
    }
    close(tools, &log, outcome)
}

/// Writes the log, and what was restored beside its kept files.
pub(super) fn close(tools: &Tools, log: &Log<'_>, outcome: Result<Restored, Error>) -> Result<Restored, Error> {
    let failure = outcome.as_ref().err().map(Failure::of);
    let path = log.write(&tools.state_dir, failure.as_ref());
    let mut restored = outcome?;
    restored.log = path;
    restored.warnings = log.warnings();
    if let Some(id) = &restored.restore_id
        && let Err(why) = story::remember(&stories(tools), id, &restored)
    {
        restored.warnings.push(format!("what was restored could not be remembered for the list: {why}"));
    }
    Ok(restored)
}

fn attempt(tools: &Tools, request: &RestoreRequest, log: &Log<'_>) -> Result<Restored, Error> {
    log.stages(stages(request));
    log.stage(Stage::Check);
    undo::forget_old(tools, log);
    let plan = Plan::draw(tools, request, log)?;
    judge(&plan, tools, request, log)?;
    let also = twins(&plan, request)?;
    let (files, bytes) = plan.work();
    let mut restored = told(&plan, tools, request, files, bytes);
    if files == 0 && also.is_empty() && plan.folders.is_empty() {
        log.line("everything is as in the backup already");
        return Ok(restored);
    }
    log.stage(Stage::Unpack);
    let (mut staging, left) = stage(&plan, tools, request, &also, log)?;
    for row in &left {
        restored.files = restored.files.saturating_sub(1);
        restored.bytes = restored.bytes.saturating_sub(row.size);
    }
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|row| row.path.to_string()).collect();
        log.warn(format!(
            "Left in the backup, because their content is not what their names say: {}. \
             Restore programs as well (--programs) if you trust who made this backup.",
            few(&names)
        ));
    }
    let merges = Merges::prepare(&plan, tools, log)?;
    let pauses = request.to.is_none() && plan.source.metadata.backup_type == ArchiveKind::Config;
    let mut pause = if pauses {
        log.stage(Stage::Pause);
        Some(Pause::begin(&tools.site.units(), &work::lease(tools), STOP_LIMIT)?)
    } else {
        None
    };
    merging::nothing_newer(&plan, tools, log)?;
    merges.stage(tools, &mut staging, log)?;
    let saved = ready(&plan, request, staging, log)?;
    let id = saved.id().to_string();
    restored.restore_id = Some(id.clone());
    // Before the exchange, so that a crash right after it leaves a restore with a name.
    story::remember(&stories(tools), &id, &restored).map_err(|source| Error::Write { path: stories(tools), source })?;
    log.stage(Stage::Swap);
    if let Err(error) = exchange(tools, saved, log) {
        undo::forget_untold(tools, log);
        return Err(error);
    }
    if let Some(pause) = &mut pause {
        let was_running = pause.has_stopped();
        restored.pause_ms = come_back(tools, pause, &id, log)?;
        if was_running {
            stay_up(tools, &id, log)?;
        }
    }
    Ok(restored)
}

/// By the archive's name, because nothing has been read yet; the camera rests only for settings.
fn stages(request: &RestoreRequest) -> &'static [Stage] {
    use Stage::{Check, Pause, Resume, Swap, Unpack, Watch};
    if request.to.is_none() && request.name.kind() != Some(ArchiveKind::Images) {
        &[Check, Unpack, Pause, Swap, Resume, Watch]
    } else {
        &[Check, Unpack, Swap]
    }
}

/// Refuses what a check forbids and what the owner has not seen.
fn judge(plan: &Plan, tools: &Tools, request: &RestoreRequest, log: &Log<'_>) -> Result<(), Error> {
    let checks = facts::checks(plan, tools, request);
    log.checks(&checks);
    if !check::all_clear(&checks)
        && let Some(failed) = checks.iter().find(|c| c.result == Verdict::Fail)
    {
        let (name, detail, advice) =
            (failed.name, failed.detail.trim_end_matches('.').to_owned(), failed.advice.clone());
        return Err(Error::Blocked { name, detail, advice });
    }
    if request.seen.as_ref().is_some_and(|seen| *seen != plan.digest) {
        return Err(Error::Stale);
    }
    plan.obstructed().iter().for_each(|one| log.line(&format!("not restored: {one}")));
    plan.warnings.iter().for_each(|warning| log.warn(warning.clone()));
    for check in checks.into_iter().filter(|c| c.result == Verdict::Warning) {
        log.warn(format!("{} {}", check.detail, check.advice));
    }
    Ok(())
}

/// Targets that get a second name, the camera's settings and capabilities: when they are written, or
/// when the second name is not theirs any more.
fn twins(plan: &Plan, request: &RestoreRequest) -> Result<HashSet<RelPath>, Error> {
    let mut also = HashSet::new();
    if request.to.is_some() || plan.source.metadata.backup_type != ArchiveKind::Config {
        return Ok(also);
    }
    if plan.twins.is_empty() {
        return Ok(also);
    }
    let home = &plan.restoring.home;
    let root = Dir::open(home).map_err(|source| Error::Live { path: home.clone(), source })?;
    for (name, of) in &plan.twins {
        let written = plan.own_to_write().any(|own| own.path == *of) || plan.to_write().any(|row| row.path == *of);
        let seen =
            |path: &RelPath| root.seen(path).map_err(|source| Error::Live { path: home.join(path.as_path()), source });
        let linked = match (seen(name)?, seen(of)?) {
            (Some(name), Some(of)) => name.inode == of.inode && name.device == of.device,
            _ => false,
        };
        if written || !linked {
            also.insert(of.clone());
        }
    }
    Ok(also)
}

fn stage(
    plan: &Plan,
    tools: &Tools,
    request: &RestoreRequest,
    also: &HashSet<RelPath>,
    log: &Log<'_>,
) -> Result<(Staging, Vec<Row>), Error> {
    let now = (tools.now)().timestamp();
    if let Some(to) = request.to.as_ref().filter(|to| !to.exists()) {
        std::fs::create_dir(to).map_err(|source| Error::Target { path: to.clone(), source })?;
    }
    if request.to.is_none() && plan.source.metadata.backup_type == ArchiveKind::Images {
        images_folder::make(&plan.restoring.images, &plan.restoring.home)?;
    }
    let owners = Owners::new(plan.restoring.ownership, now.as_second());
    if plan.source.metadata.backup_type == ArchiveKind::Config {
        owners.remarks().iter().for_each(|remark| log.line(remark));
    }
    let mut staging = swaps(tools).begin(&plan.restore_roots.roots, Ownership::Accept, now)?;
    let left = unpack(plan, &mut staging, &owners, also, log)?;
    for (name, of) in plan.twins.iter().filter(|(_, of)| also.contains(of)) {
        // The names of the moment are those of a camera whose folders are one.
        staging.link(0, name, of)?;
    }
    // The long wait for the disk comes while the camera still runs.
    for root in &plan.restore_roots.roots {
        let durable = Dir::open(root).and_then(|dir| Ok(rustix::fs::syncfs(dir.as_fd())?));
        durable.map_err(|source| Error::Write { path: root.clone(), source })?;
    }
    Ok((staging, left))
}

/// Writes the new files and keeps the old ones while the camera is paused: from here on only we change files.
fn ready(plan: &Plan, request: &RestoreRequest, mut staging: Staging, log: &Log<'_>) -> Result<Saved, Error> {
    let restore_roots = &plan.restore_roots;
    let open = |root: &PathBuf| Dir::open(root).map_err(|source| Error::Live { path: root.clone(), source });
    let roots: Vec<Dir> = restore_roots.roots.iter().map(open).collect::<Result<_, _>>()?;
    if request.to.is_none() {
        for target in
            plan.to_write().filter(|row| is_database(&row.path)).filter_map(|row| restore_roots.target(&row.path))
        {
            for end in ["-wal", "-shm", "-journal"] {
                // Left beside a restored database it would be replayed onto it.
                let mut name = target.path.as_bytes().to_vec();
                name.extend_from_slice(end.as_bytes());
                if let Ok(side) = RelPath::parse(&name) {
                    staging.remove(target.root, &side)?;
                }
            }
        }
    }
    if request.seen.is_some() && plan.source.metadata.backup_type == ArchiveKind::Config {
        for item in plan.items.iter().filter(|item| item.is_work() && !is_database(&item.row.path)) {
            let Some(Target { root, path }) = restore_roots.target(&item.row.path) else { continue };
            let today = live::against_row(&roots[root], &path, &item.row, Closeness::Content, log)?;
            if today.seal != item.seal {
                return Err(Error::Stale);
            }
        }
        for own in plan.own_to_write() {
            let Some(Target { root, path }) = restore_roots.target(&own.path) else { continue };
            if live::against_bytes(&roots[root], &path, &own.bytes, log)?.seal != own.seal {
                return Err(Error::Stale);
            }
        }
    }
    Ok(staging.plan(log)?.save(log)?)
}

/// Starts the camera again; milliseconds that it rested. One that does not start gets its old files
/// back, when its owner wants that.
fn come_back(tools: &Tools, pause: &mut Pause, id: &str, log: &Log<'_>) -> Result<u64, Error> {
    log.stage(Stage::Resume);
    let millis = |rested: Duration| u64::try_from(rested.as_millis()).unwrap_or(u64::MAX);
    match runs_again(pause.try_resume(), log) {
        Ok(rested) => {
            log.line(&format!("the camera rested for {} ms", millis(rested)));
            Ok(millis(rested))
        }
        Err(why) if tools.restore.if_camera_stays_down == IfDown::Undo => {
            log.line(&format!("the camera does not start: {why}"));
            undo::put_back(tools, id, log)?;
            runs_again(pause.try_resume(), log)?;
            Err(Error::PutBack(why.to_string()))
        }
        Err(why) => {
            log.warn(format!(
                "The camera does not start with the restored files: {why}. To go back: allsky-backups undo {id}"
            ));
            Ok(0)
        }
    }
}

/// Watches the camera; one that fails gets its old files back, when its owner wants that.
fn stay_up(tools: &Tools, id: &str, log: &Log<'_>) -> Result<(), Error> {
    log.stage(Stage::Watch);
    let unit = &tools.site.unit();
    if watch(unit, tools.restore.watch_seconds, log)? == Seen::Up {
        return Ok(());
    }
    let why = format!("{unit} failed within {} s", tools.restore.watch_seconds);
    if tools.restore.if_camera_stays_down == IfDown::Offer {
        log.warn(format!(
            "The camera does not stay up with the restored files: {why}. To go back: allsky-backups undo {id}"
        ));
        return Ok(());
    }
    log.line(&why);
    let pause = Pause::begin(&tools.site.units(), &work::lease(tools), STOP_LIMIT)?;
    undo::put_back(tools, id, log)?;
    runs_again(pause.resume(), log)?;
    service::start_failed(unit)?;
    Err(Error::PutBack(why))
}

fn told(plan: &Plan, tools: &Tools, request: &RestoreRequest, files: u64, bytes: u64) -> Restored {
    let (new, changed, same) = plan.counts();
    let metadata = &plan.source.metadata;
    let camera = |kind: &Option<String>, model: &Option<String>| {
        let text = [kind.as_deref(), model.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    };
    Restored {
        restore_id: None,
        name: request.name.to_string(),
        kind: metadata.backup_type,
        merged: request.way == SettingsMode::Merge,
        created: (tools.now)().timestamp(),
        files,
        bytes,
        new,
        changed,
        same,
        obstructed: plan.obstructed().len() as u64,
        pause_ms: 0,
        from_version: metadata.version.clone(),
        to_version: plan.camera.version.clone(),
        from_camera: camera(&metadata.camera_type, &metadata.camera_model),
        to_camera: camera(&plan.camera.camera_type, &plan.camera.camera_model),
        sections: plan.chosen.sections.clone(),
        folders: plan.chosen.folders.clone(),
        to: request.to.clone(),
        warnings: Vec::new(),
        log: None,
        is_of_things: false,
    }
}
