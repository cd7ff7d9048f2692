//! One night from the camera to the drive.
//!
//! Files come one by one under a temporary name; all are read back from the drive; the manifest is
//! written last. Whatever happens in between, the night does not count, and the next try goes on.
use std::collections::HashSet;
use std::time::Instant;

use jiff::Zoned;
use serde::Serialize;

use super::Error;
use super::habits::set_apart;
use super::list::Judged;
use super::survey::{Parts, some};
use crate::base::counted::counted;
use crate::base::rel_path::RelPath;
use crate::catalog::KnownNight;
use crate::destination::drive::Ready;
use crate::destination::half_written;
use crate::destination::night_store::{NightStore, SUPERSEDED, is_of_a_camera};
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::file_list::Filed;
use crate::domain::nights::frame::flaw;
use crate::domain::nights::manifest::Manifest;
use crate::domain::nights::state::NightState;
use crate::domain::order::Damaged;
use crate::domain::retention::nights::{Pinned, Verified};
use crate::domain::software::Software;
use crate::transfer::copy_files::{Came, Copied, FileCopier, TOO_LARGE};
use crate::transfer::wanted::{Wanted, compare_with_list};
use crate::work::{Tools, iso};

/// A night that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct SavedNight {
    pub night: String,
    pub class: Class,
    pub verified: bool,
    pub images: u64,
    pub avg_stars: Option<f64>,
    /// Size of the night's folder on the drive.
    pub bytes: u64,
    pub timelapse_bytes: u64,
    /// What had to be written.
    pub copied_files: u64,
    pub copied_bytes: u64,
    pub missing_at_source: u64,
    /// How long the drive took to give everything back.
    pub read_back_ms: u64,
    /// Why it is not verified.
    pub troubles: Vec<String>,
    /// Files that this drive cannot hold; the night is saved without them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub too_large: Vec<String>,
}

/// What one night needs from the run that it is part of.
pub(super) struct Job<'a> {
    pub tools: &'a Tools,
    pub ready: &'a Ready,
    pub judged: &'a Judged,
    pub parts: Parts,
    pub camera_dir: &'a str,
    pub damaged: Damaged,
}

pub(super) fn save(job: Job<'_>, copier: &mut FileCopier<'_>) -> Result<SavedNight, Error> {
    let Job { tools, ready, judged, mut parts, camera_dir, damaged } = job;
    if let Some(habits) = ready.habits() {
        set_apart(&mut parts, habits);
    }
    let (store, night) = (NightStore::new(ready.dir()), judged.measure.night);
    let now = (tools.now)();
    let source = tools.nights.source.software();
    let before = tools.catalog.night(source, night)?;
    let old = store.manifest(night).map_err(Error::io("a manifest could not be read"))?;
    let mut manifest = manifest(tools, judged, old.as_ref(), camera_dir, &parts);
    // Pinned before there was a copy.
    if before.as_ref().is_some_and(|before| before.pinned == Pinned::Yes) {
        manifest.pinned = Pinned::Yes;
    }
    if let Some(old) = old.filter(|old| old.verified == Verified::Yes) {
        let unproved = Manifest { verified: Verified::No, ..old };
        store.put_manifest(&unproved).map_err(Error::io("a manifest could not be written"))?;
    }
    tools.catalog.put_night(
        source,
        &row(&manifest, before.as_ref(), judged, ready, NightState::Copying),
        (tools.now)().timestamp(),
    )?;
    let (files, films) = (store.file_list(night), store.film_list(night));
    let fault = "a list of files could not be read";
    let (files, films) = (files.map_err(Error::io(fault))?, films.map_err(Error::io(fault))?);
    compare_with_list(&mut parts.files, &NightStore::folder(night), &files.unwrap_or_default());
    compare_with_list(&mut parts.timelapses, &NightStore::film_folder(night), &films.unwrap_or_default());
    ready.dir().make_folders(&NightStore::folder(night)).map_err(Error::io("the night's folder could not be made"))?;
    put_aside(&store, ready, &parts, night)?;

    let mut saved = SavedNight {
        night: night.date().to_string(),
        class: manifest.class,
        verified: false,
        images: 0,
        avg_stars: judged.measure.avg_stars,
        bytes: 0,
        timelapse_bytes: parts.timelapses.iter().map(|film| film.bytes).sum(),
        copied_files: 0,
        copied_bytes: 0,
        missing_at_source: parts.missing,
        read_back_ms: 0,
        too_large: Vec::new(),
        troubles: std::mem::take(&mut parts.troubles),
    };
    let (files, films) = copy_all(&parts, copier, &mut saved)?;
    ready.dir().sync_file_system().map_err(Error::io("the drive did not take what was written"))?;
    let begin = Instant::now();
    let files = read_back(files, &parts.files, ready, copier, &mut saved)?;
    let films = read_back(films, &parts.timelapses, ready, copier, &mut saved)?;
    saved.read_back_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    ready.recheck()?;

    saved.images = files.iter().filter(|(at, _)| (*at as u64) < parts.frames).count() as u64;
    saved.bytes = files.iter().map(|(_, file)| file.bytes).sum();
    if damaged == Damaged::Refuse && saved.images + parts.missing < judged.measure.images && saved.troubles.is_empty() {
        let (have, want) = (saved.images, judged.measure.images);
        let pictures = counted(want, "picture");
        saved.troubles.push(format!("the camera's database has {pictures}, and {have} could be copied"));
    }
    saved.verified = saved.images > 0 && (saved.troubles.is_empty() || damaged == Damaged::Take);
    let filed = below(&NightStore::folder(night), files);
    store.put_file_list(night, &filed).map_err(Error::io("the list of files could not be written"))?;
    list_films(ready, night, below(&NightStore::film_folder(night), films))?;
    (manifest.images_backup, manifest.bytes) = (Some(saved.images), Some(saved.bytes));
    if saved.verified {
        (manifest.verified, manifest.verified_at) = (Verified::Yes, iso(&now));
    }
    store.put_manifest(&manifest).map_err(Error::io("the manifest could not be written"))?;
    let state = if saved.verified { NightState::Verified } else { NightState::Failed };
    let mut done = row(&manifest, before.as_ref(), judged, ready, state);
    (done.files, done.bytes) = (filed.len() as u64, saved.bytes);
    remember(tools, source, done, &saved, &now)?;
    Ok(saved)
}

fn remember(
    tools: &Tools,
    source: Software,
    mut row: KnownNight,
    saved: &SavedNight,
    now: &Zoned,
) -> Result<(), Error> {
    if saved.verified {
        row.verified_at = Some(now.timestamp());
    } else {
        row.reason = saved.troubles.first().cloned().unwrap_or_else(|| "there is nothing to copy".to_owned());
    }
    Ok(tools.catalog.put_night(source, &row, (tools.now)().timestamp())?)
}

/// The manifest keeps a class that was frozen or chosen before; a great night stays a great night.
fn manifest(tools: &Tools, judged: &Judged, old: Option<&Manifest>, camera: &str, parts: &Parts) -> Manifest {
    let measure = &judged.measure;
    let class = match (&judged.verdict, old) {
        (_, Some(old)) if old.class == Class::Forever => Class::Forever,
        // An owner who names a night wants it.
        (Some((Class::Skipped, _)) | None, _) => Class::Rolling,
        (Some((class, _)), _) => *class,
    };
    Manifest {
        avg_stars: measure.avg_stars,
        moon_pct: measure.moon_pct,
        images_db: Some(measure.images),
        images_backup: Some(parts.frames),
        camera: camera.to_owned(),
        source: tools.nights.source.software().as_str().to_owned(),
        host: tools.nights.host.clone(),
        tool: format!("allsky-backups {}", env!("CARGO_PKG_VERSION")),
        pinned: old.map_or(Pinned::No, |old| old.pinned),
        others: old.map(|old| old.others.clone()).unwrap_or_default(),
        ..Manifest::new(measure.night, class)
    }
}

fn row(
    manifest: &Manifest,
    before: Option<&KnownNight>,
    judged: &Judged,
    ready: &Ready,
    state: NightState,
) -> KnownNight {
    let fresh = KnownNight::new(manifest.night, state);
    let before = before.cloned().unwrap_or(fresh);
    KnownNight {
        camera_dir: manifest.camera.clone(),
        images: manifest.images_db,
        rated: Some(judged.measure.rated),
        avg_stars: manifest.avg_stars,
        moon_pct: manifest.moon_pct,
        class: Some(manifest.class),
        reason: judged.verdict.as_ref().map_or_else(String::new, |(_, why)| why.clone()),
        state,
        drive: Some(ready.id().to_string()),
        deleted_at: None,
        ..before
    }
}

/// Files that the night no longer has, and what an interrupted copy left.
fn put_aside(store: &NightStore<'_>, ready: &Ready, parts: &Parts, night: Night) -> Result<(), Error> {
    let folder = NightStore::folder(night);
    let wanted: HashSet<&RelPath> = parts.files.iter().map(|file| &file.to).collect();
    let odd = |why| Error::io("a name on the drive is odd")(std::io::Error::other(why));
    for (path, _) in store.files(night).map_err(Error::io("the night's folder could not be read"))? {
        let whole = folder.join(path.as_bytes()).map_err(odd)?;
        if wanted.contains(&whole) {
            continue;
        }
        let is_half_written = || store.is_half_written(night, &path).unwrap_or(false);
        let moved = if half_written::is_half_written(&path) || is_half_written() {
            ready.dir().remove_file(&whole)
        } else if !is_of_a_camera(&path) {
            // The owner's own file, notes for example: it stays, and nothing of ours needs its place.
            continue;
        } else {
            let aside = folder.join(SUPERSEDED).and_then(|f| f.join(path.as_bytes())).map_err(odd)?;
            aside
                .parent()
                .map_or(Ok(()), |above| ready.dir().make_folders(&above))
                .and_then(|()| ready.dir().rename(&whole, &aside))
        };
        moved.map_err(Error::io(format!("{whole} could not be put aside")))?;
    }
    Ok(())
}

type Numbered = Vec<(usize, Filed)>;

/// The files with their paths below `folder`.
fn below(folder: &RelPath, files: Numbered) -> Vec<Filed> {
    let start = folder.as_bytes().len() + 1;
    let short = |path: &RelPath| RelPath::parse(path.as_bytes().get(start..)?).ok();
    files.into_iter().filter_map(|(_, file)| Some(Filed { path: short(&file.path)?, ..file })).collect()
}

/// A timelapse that the camera no longer has stays on the drive, and in the list.
pub(super) fn list_films(ready: &Ready, night: Night, films: Vec<Filed>) -> Result<(), Error> {
    let store = NightStore::new(ready.dir());
    let fault = "the list of timelapses could not be written";
    let known = store.film_list(night).map_err(Error::io(fault))?;
    if films.is_empty() && known.is_none() {
        return Ok(());
    }
    let mut all = known.unwrap_or_default();
    let is_there = |old: &Filed| {
        let path = NightStore::film_folder(night).join(old.path.as_bytes()).ok();
        path.is_some_and(|path| ready.dir().seen(&path).is_ok_and(|seen| seen.is_some()))
    };
    all.retain(|old| films.iter().all(|new| new.path != old.path) && is_there(old));
    all.extend(films);
    store.put_film_list(night, &all).map_err(Error::io(fault))
}

fn copy_all(parts: &Parts, copier: &mut FileCopier<'_>, saved: &mut SavedNight) -> Result<(Numbered, Numbered), Error> {
    let (mut changed, mut flawed, mut large) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = |wanted: &[Wanted]| -> Result<Numbered, Error> {
        let mut filed = Vec::with_capacity(wanted.len());
        let mut at = 0..;
        copier.copy(wanted, &mut |file, copied| {
            let Some(at) = at.next() else { return };
            let copied = match copied {
                Came::Copied(copied) => copied,
                Came::Changed => return changed.push(file.from.to_string()),
                Came::TooLarge => return large.push(file.from.to_string()),
            };
            saved.copied_files += u64::from(copied.written > 0);
            saved.copied_bytes += copied.written;
            if let Some(flaw) = flaw(file.from.name(), file.bytes, &copied.tail) {
                flawed.push(format!("{} {flaw}", file.from));
            }
            let (bytes, mtime) = (file.bytes, file.mtime.seconds);
            filed.push((at, Filed { path: file.to.clone(), bytes, mtime, hash: copied.hash }));
        })?;
        Ok(filed)
    };
    let done = (all(&parts.files)?, all(&parts.timelapses)?);
    if !changed.is_empty() {
        saved.troubles.push(some("pictures changed or vanished while they were copied", &changed));
    }
    saved.too_large = large.into_iter().map(|name| format!("{name} is {TOO_LARGE}")).collect();
    if !flawed.is_empty() {
        saved.troubles.push(some("pictures are not whole at the camera", &flawed));
    }
    Ok(done)
}

/// Returns the files that the drive gives back as they were. A file from an earlier run may have rotted on
/// the drive since. The camera still has such a file, so it is copied once more.
fn read_back(
    files: Numbered,
    wanted: &[Wanted],
    ready: &Ready,
    copier: &mut FileCopier<'_>,
    saved: &mut SavedNight,
) -> Result<Numbered, Error> {
    let (mut whole, rotten) = told_apart(files, copier)?;
    if rotten.is_empty() {
        return Ok(whole);
    }
    let again: Vec<Wanted> = rotten.iter().filter_map(|(at, _)| wanted.get(*at).cloned()).collect();
    for file in &again {
        match ready.dir().remove_file(&file.to) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io(format!("{} could not be replaced", file.to))(e));
            }
            _ => {}
        }
    }
    copier.copy(&again, &mut |_, copied| {
        let Came::Copied(Copied { written, .. }) = copied else { return };
        saved.copied_files += u64::from(written > 0);
        saved.copied_bytes += written;
    })?;
    ready.dir().sync_file_system().map_err(Error::io("the drive did not take what was written"))?;
    let (healed, wrong) = told_apart(rotten, copier)?;
    whole.extend(healed);
    whole.sort_by_key(|(at, _)| *at);
    if !wrong.is_empty() {
        let names: Vec<String> = wrong.iter().map(|(_, file)| file.path.to_string()).collect();
        saved.troubles.push(some("files came back from the drive changed", &names));
    }
    Ok(whole)
}

/// Files that came back as they were, and those that did not.
fn told_apart(files: Numbered, copier: &mut FileCopier<'_>) -> Result<(Numbered, Numbered), Error> {
    let (mut whole, mut rotten) = (Vec::with_capacity(files.len()), Vec::new());
    for (at, file) in files {
        let is_whole = copier.read_back(&file.path)? == Some((file.bytes, file.hash));
        if is_whole { &mut whole } else { &mut rotten }.push((at, file));
    }
    Ok((whole, rotten))
}
