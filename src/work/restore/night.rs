//! A saved night goes back to the camera, all of it or nothing, and that can be undone.
//!
//! Every file is compared with the list of the night while it is read from the drive, and nothing of
//! the camera's changes before the last one was right. The camera need not rest for pictures.
use super::apply::close;
use super::exchange::exchange;
use super::images_folder;
use super::log::Log;
use super::night_plan::NightPlan;
use super::owners::Owners;
use super::roots::Target;
use super::story::{self, Restored};
use super::unpack::Folders;
use super::{Error, stories, swaps, undo};
use crate::base::dir::Dir;
use crate::destination::drive::Ready;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::monitor::{Monitor, Progress, Stage};
use crate::domain::nights::request::NightRequest;
use crate::domain::restore::attributes::Shape;
use crate::domain::restore::check::{self, Verdict};
use crate::domain::restore::preview::{Change, Preview};
use crate::site::restoring::Ownership;
use crate::swap::{self, Staging};
use crate::work::{Tools, nights};

/// What [`apply`] would do, with the checks; writes nothing.
pub fn preview(tools: &Tools, request: &NightRequest, monitor: &dyn Monitor) -> Result<Preview, Error> {
    let request = request.clone();
    nights::watched(tools, monitor, move |tools, monitor| {
        let ready = tools.nights.drive()?.ready_to_read().map_err(nights::Error::from)?;
        Ok(NightPlan::draw(tools, &ready, &request, monitor)?.into_preview())
    })
}

/// Restores what `ask` wants. Refused when a check fails, or when `ask.seen` is not what would be
/// shown now.
pub fn apply(tools: &Tools, request: &NightRequest, monitor: &dyn Monitor) -> Result<Restored, Error> {
    let request = request.clone();
    nights::watched(tools, monitor, move |tools, monitor| apply_here(tools, &request, monitor))
}

fn apply_here(tools: &Tools, request: &NightRequest, monitor: &dyn Monitor) -> Result<Restored, Error> {
    let log = Log::new(monitor, tools.now.clone(), &format!("restore of the night {}", request.night.date()));
    let outcome = attempt(tools, request, &log);
    close(tools, &log, outcome)
}

fn attempt(tools: &Tools, request: &NightRequest, log: &Log<'_>) -> Result<Restored, Error> {
    log.stages(&[Stage::Survey, Stage::FetchNight, Stage::Swap]);
    log.stage(Stage::Survey);
    undo::forget_old(tools, log);
    let ready = tools.nights.drive()?.ready_to_read().map_err(nights::Error::from)?;
    let ours = ready.lock().map_err(|source| Error::Live { path: ready.dir().path().to_owned(), source })?;
    if !ours {
        return Err(nights::Error::Busy.into());
    }
    let plan = NightPlan::draw(tools, &ready, request, log)?;
    judge(&plan, request, log)?;
    let mut restored = told(&plan, tools, request);
    if restored.files == 0 {
        log.line("there is nothing to write");
        return Ok(restored);
    }
    log.stage(Stage::FetchNight);
    let saved = fetch(&plan, &ready, tools, request, log)?.plan(log)?.save(log)?;
    let id = saved.id().to_string();
    restored.restore_id = Some(id.clone());
    // Before the exchange, so that a crash right after it leaves a restore with a name.
    story::remember(&stories(tools), &id, &restored).map_err(|source| Error::Write { path: stories(tools), source })?;
    log.stage(Stage::Swap);
    if let Err(error) = exchange(tools, saved, log) {
        // Nothing was restored, so there is nothing to tell.
        let _ = story::forget(&stories(tools), &id);
        return Err(error);
    }
    Ok(restored)
}

fn judge(plan: &NightPlan, request: &NightRequest, log: &Log<'_>) -> Result<(), Error> {
    log.checks(&plan.checks);
    if !check::all_clear(&plan.checks)
        && let Some(failed) = plan.checks.iter().find(|c| c.result == Verdict::Fail)
    {
        let (name, detail, advice) =
            (failed.name, failed.detail.trim_end_matches('.').to_owned(), failed.advice.clone());
        return Err(Error::Blocked { name, detail, advice });
    }
    if request.seen.as_ref().is_some_and(|seen| *seen != plan.digest) {
        return Err(Error::Stale);
    }
    for check in plan.checks.iter().filter(|c| c.result == Verdict::Warning) {
        log.warn(format!("{} {}", check.detail, check.advice));
    }
    Ok(())
}

/// Every file beside the camera's, proved against the list of the night.
fn fetch(
    plan: &NightPlan,
    ready: &Ready,
    tools: &Tools,
    request: &NightRequest,
    monitor: &dyn Monitor,
) -> Result<Staging, Error> {
    let (root, now) = (&plan.root, (tools.now)().timestamp());
    if request.to.is_some() && !root.exists() {
        std::fs::create_dir(root).map_err(|source| Error::Target { path: root.clone(), source })?;
    }
    if request.to.is_none() {
        images_folder::make(root, tools.site.home())?;
    }
    let seen = Dir::open(root).and_then(|dir| dir.seen_itself());
    let seen = seen.map_err(|source| Error::Target { path: root.clone(), source })?;
    // Pictures belong to whom the folder of all pictures belongs.
    let ownership = Ownership { uid: seen.attributes.uid, gid: seen.attributes.gid, web_gid: None };
    let owners = Owners::new(ownership, now.as_second());
    let mut folders = Folders::new(&owners);
    let mut staging = swaps(tools).begin(std::slice::from_ref(root), swap::Ownership::Accept, now)?;
    let (total_files, total_bytes) = plan.to_write().fold((0, 0), |(n, sum), item| (n + 1, sum + item.filed.bytes));
    let (mut done_files, mut done_bytes) = (0, 0);
    for item in plan.to_write() {
        let now = item.to.to_string();
        monitor.progress(Progress { done_bytes, total_bytes, done_files, total_files, now });
        folders.above(&Target { root: 0, path: item.to.clone() }, &mut staging)?;
        let attributes = swap::Attributes { mtime: item.mtime, ..owners.of(&item.to, Shape::File, item.mtime.seconds) };
        let what = || format!("{} could not be read", item.from);
        let saved = ready.dir().read(&item.from).map_err(|source| nights::Error::Io { what: what(), source })?;
        let put = staging.put(0, &item.to, attributes, saved, monitor)?;
        if (put.bytes, blake3::Hash::from(put.digest)) != (item.filed.bytes, item.filed.hash) {
            return Err(Error::NightDamaged { night: request.night, path: item.from.clone() });
        }
        (done_files, done_bytes) = (done_files + 1, done_bytes + item.filed.bytes);
    }
    Ok(staging)
}

fn told(plan: &NightPlan, tools: &Tools, request: &NightRequest) -> Restored {
    let count = |change: Change| plan.items.iter().filter(|item| item.change == change).count() as u64;
    Restored {
        restore_id: None,
        name: format!("night {}", request.night.date()),
        kind: ArchiveKind::Images,
        merged: false,
        created: (tools.now)().timestamp(),
        files: plan.to_write().count() as u64,
        bytes: plan.to_write().map(|item| item.filed.bytes).sum(),
        new: count(Change::New),
        changed: count(Change::Changed),
        same: count(Change::Same) + count(Change::Kept),
        obstructed: plan.obstructed.len() as u64,
        pause_ms: 0,
        from_version: String::new(),
        to_version: String::new(),
        from_camera: None,
        to_camera: None,
        sections: Vec::new(),
        folders: vec![request.night.to_string()],
        to: request.to.clone(),
        warnings: Vec::new(),
        log: None,
        is_of_things: false,
    }
}
