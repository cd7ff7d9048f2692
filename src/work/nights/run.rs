//! The nights of a run: which are saved, in which order, and what came of it.
use serde::Serialize;

use super::keep_settings::KeptSettings;
use super::late::{self, LateFilm};
use super::list::{Judged, Nights, look};
use super::prune::Pruned;
use super::save::{Job, SavedNight, save};
use super::survey::{Parts, parts};
use super::{Error, adopt, alert};
use crate::base::dir::Dir;
use crate::destination::drive::Ready;
use crate::destination::night_store::NightStore;
use crate::domain::believable::TOLD;
use crate::domain::failure::{Code, Failure};
use crate::domain::mail::Message;
use crate::domain::monitor::Monitor;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::nights::expiry::expires_soon;
use crate::domain::nights::stars;
use crate::domain::nights::state::NightState;
use crate::domain::order::Damaged;
use crate::domain::restore::check::few;
use crate::domain::retention::nights::Verified;
use crate::site::nights::Rating;
use crate::transfer::copy_files::FileCopier;
use crate::transfer::wanted::Wanted;
use crate::work::Tools;

/// Room that stays free for others, at most; a fiftieth of a small drive.
const RESERVE: u64 = 1 << 30;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Nights that were tried, oldest first; also those that failed.
    pub nights: Vec<SavedNight>,
    /// Nights whose verified copy was there before.
    pub kept: Vec<String>,
    /// Timelapses that came, or came anew, after their night was saved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<LateFilm>,
    /// The camera's own settings on the drive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<KeptSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruned: Option<Pruned>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checked: Vec<super::verify::CheckedNight>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What the owner is told by mail.
    #[serde(skip)]
    pub told: Option<Message>,
    /// Why this is no success, although the order was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Saves `named` nights, or all that are worth it when empty.
pub(super) fn save_all(
    tools: &Tools,
    ready: &Ready,
    named: &[Night],
    damaged: Damaged,
    monitor: &dyn Monitor,
) -> Result<Report, Error> {
    adopt::adopt(tools, ready, monitor)?;
    let nights = look(tools)?;
    let mut report = Report::default();
    let chosen = choose(tools, &nights, named, &mut report)?;
    if named.is_empty() {
        tell_of_stars(tools, &nights, monitor)?;
        tell_of_growth(tools, &nights, &chosen, monitor)?;
        tell_of_future(tools, &nights, monitor)?;
    }
    let folder = tools.nights.source.images_dir();
    let images = Dir::open(folder)
        .map_err(|source| Error::Source(crate::site::nights::Error::Folder { path: folder.to_owned(), source }))?;
    let mut work: Vec<(&Judged, Parts)> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    let mut gone: Vec<Night> = Vec::new();
    let mut unreadable: Vec<String> = Vec::new();
    for judged in chosen {
        monitor.checkpoint()?;
        if is_of_another_camera(tools, ready, judged.measure.night)? {
            others.push(judged.measure.night.date().to_string());
            continue;
        }
        let found = match parts(tools, &images, judged.measure.night) {
            Err(Error::Source(why)) => {
                monitor.warn(format!("the night {} is not saved: {}", judged.measure.night.date(), why.with_source()));
                unreadable.push(judged.measure.night.date().to_string());
                continue;
            }
            found => found?,
        };
        // The camera deleted its pictures and left its rows: there is nothing to begin.
        if named.is_empty() && found.files.is_empty() && found.timelapses.is_empty() && found.missing > 0 {
            gone.push(judged.measure.night);
            continue;
        }
        work.push((judged, found));
    }
    tell_of_gone(tools, &gone, monitor)?;
    let late = if named.is_empty() { late_films(tools, ready, &images, &nights, &work, monitor)? } else { Vec::new() };
    monitor.stage(crate::domain::monitor::Stage::CopyNights);
    let films = late.iter().flat_map(|(_, films)| films).map(|film| film.bytes).sum::<u64>();
    let total = 2 * (films + work.iter().map(|(_, parts)| parts.bytes()).sum::<u64>());
    let mut copier = FileCopier::new(&images, ready.dir(), total, monitor);
    copier.progress.total_files = work.len() as u64;
    let camera_dir = nights.survey.camera_dir.clone().unwrap_or_default();
    for (judged, parts) in work {
        let expected = copier.progress.done_bytes + 2 * parts.bytes();
        if damaged == Damaged::Refuse && has_more(ready, &parts, judged.measure.night)? {
            let night = judged.measure.night.date().to_string();
            monitor.warn(format!("the camera has fewer pictures of the night {night} than its copy; the copy stays"));
            report.kept.push(night);
            continue;
        }
        let job = Job { tools, ready, judged, parts, camera_dir: &camera_dir, damaged };
        let files = job.parts.files.iter().chain(&job.parts.timelapses);
        match room_for(ready, files).and_then(|()| save(job, &mut copier)) {
            Ok(saved) => {
                for why in &saved.too_large {
                    monitor.warn(format!("the night {}: {why}", saved.night));
                }
                if !saved.troubles.is_empty() {
                    monitor.warn(format!("the night {}: {}", saved.night, saved.troubles.join("; ")));
                }
                report.nights.push(saved);
            }
            Err(error @ (Error::Full { .. } | Error::FullOfFiles { .. })) => {
                report.failure = Some(Failure::of(&error));
                break;
            }
            Err(error) => return Err(error),
        }
        copier.progress.done_bytes = expected;
        copier.progress.done_files += 1;
    }
    for (night, films) in late {
        if report.failure.is_none() && room_for(ready, films.iter()).is_ok() {
            report.late.extend(late::bring(ready, night, &films, &mut copier)?);
        }
    }
    for film in &report.late {
        if let Some(why) = film.trouble {
            monitor.warn(format!("the timelapse {} of the night {}: {why}", film.name, film.night));
        }
    }
    report.nights.sort_by(|a, b| a.night.cmp(&b.night));
    let failed: Vec<&str> = report.nights.iter().filter(|n| !n.verified).map(|n| n.night.as_str()).collect();
    if !failed.is_empty() && report.failure.is_none() {
        report.failure = Some(Failure {
            code: Code::Failed,
            message: format!("not saved as it should be: {}", failed.join(", ")),
            advice: "What could be copied is on the drive. To take a night as it is: `allsky-backups nights save NIGHT --take-damaged`.".into(),
        });
    }
    if !unreadable.is_empty() && report.failure.is_none() {
        report.failure = Some(Failure {
            code: Code::Failed,
            message: format!("the camera's folders of these nights cannot be read: {}", unreadable.join(", ")),
            advice: "Check that the disk is sound and that this user may read them; all other nights are cared for."
                .into(),
        });
    }
    if !others.is_empty() && report.failure.is_none() {
        report.failure = Some(Failure {
            code: Code::Protected,
            message: format!("the drive has these nights of another camera: {}", others.join(", ")),
            advice: "Give each camera a folder of its own on the drive, with path in [[destination]].".into(),
        });
    }
    Ok(report)
}

/// Says which nights lost their pictures before the camera's own time for it. Older ones are as expected.
fn tell_of_gone(tools: &Tools, gone: &[Night], monitor: &dyn Monitor) -> Result<(), Error> {
    let now = (tools.now)().datetime();
    let days = tools.nights.source.days_kept().map_err(Error::Source)?;
    let kept: Vec<String> =
        gone.iter().filter(|night| !expires_soon(**night, days, now)).map(|night| night.date().to_string()).collect();
    if !kept.is_empty() {
        monitor.warn(format!(
            "the camera's database has pictures of these nights, and there are none: {}; nothing is saved of them",
            few(&kept)
        ));
    }
    Ok(())
}

fn is_of_another_camera(tools: &Tools, ready: &Ready, night: Night) -> Result<bool, Error> {
    let store = NightStore::new(ready.dir());
    match store.manifest(night).map_err(Error::io("a manifest could not be read"))? {
        Some(manifest) => adopt::is_of_another_camera(tools, &store, &manifest),
        None => Ok(false),
    }
}

/// Timelapses that came late, of nights whose verified copy is on the drive.
fn late_films(
    tools: &Tools,
    ready: &Ready,
    images: &Dir,
    nights: &Nights,
    work: &[(&Judged, Parts)],
    monitor: &dyn Monitor,
) -> Result<Vec<(Night, Vec<Wanted>)>, Error> {
    let is_kept = |night: &Night| {
        nights.known.get(night).is_some_and(|known| known.state == NightState::Verified)
            && work.iter().all(|(judged, _)| judged.measure.night != *night)
    };
    let mut late = Vec::new();
    for night in nights.judged.iter().map(|judged| judged.measure.night).filter(is_kept) {
        let films = match late::missing(tools, images, ready, night) {
            Err(Error::Source(why)) => {
                monitor.warn(format!("the timelapse of the night {}: {}", night.date(), why.with_source()));
                continue;
            }
            films => films?,
        };
        if !films.is_empty() {
            late.push((night, films));
        }
    }
    Ok(late)
}

/// The nights to save. Those that the camera deletes soonest come first.
fn choose<'a>(
    tools: &Tools,
    nights: &'a Nights,
    named: &[Night],
    report: &mut Report,
) -> Result<Vec<&'a Judged>, Error> {
    if !named.is_empty() {
        let find = |night: &Night| {
            let judged = nights.judged.iter().find(|j| j.measure.night == *night).ok_or(Error::NoNight(*night))?;
            if judged.verdict.is_none() { Err(Error::Running(*night)) } else { Ok(judged) }
        };
        return named.iter().map(find).collect();
    }
    let mut chosen = Vec::new();
    for judged in &nights.judged {
        let known = nights.known.get(&judged.measure.night);
        match (&judged.verdict, known) {
            (None | Some((Class::Skipped, _)), _) => {}
            // Deleted nights do not come back by themselves.
            (_, Some(known)) if known.state == NightState::Deleted => {}
            (_, Some(known))
                if known.state == NightState::Verified && judged.measure.images <= known.images.unwrap_or(0) =>
            {
                report.kept.push(judged.measure.night.date().to_string());
            }
            _ => chosen.push(judged),
        }
    }
    let days = tools.nights.source.days_kept()?;
    let now = (tools.now)().datetime();
    chosen.sort_by_key(|judged| !expires_soon(judged.measure.night, days, now));
    Ok(chosen)
}

/// The camera deletes its pictures one by one; a verified copy does not follow it.
fn has_more(ready: &Ready, parts: &Parts, night: Night) -> Result<bool, Error> {
    let manifest = NightStore::new(ready.dir()).manifest(night).map_err(Error::io("a manifest could not be read"))?;
    let verified = manifest.filter(|manifest| manifest.verified == Verified::Yes);
    Ok(verified.is_some_and(|manifest| manifest.images_backup > Some(parts.frames)))
}

/// Stars that nobody counts: told once in words.
fn tell_of_stars(tools: &Tools, nights: &Nights, monitor: &dyn Monitor) -> Result<(), Error> {
    let closed: Vec<_> = nights.judged.iter().filter(|j| j.verdict.is_some()).map(|j| &j.measure).collect();
    let message = match &nights.survey.rating {
        Rating::Folders(why) => Some(format!("nights are kept without a rating: {why}")),
        Rating::Database => stars::trouble(&closed).map(str::to_owned),
    };
    if let Some(message) = message
        && alert::tell_once(tools, "stars_disabled", &message)?
    {
        monitor.warn(message);
    }
    Ok(())
}

/// Nights that were over and saved, and got more pictures afterwards.
fn tell_of_growth(tools: &Tools, nights: &Nights, chosen: &[&Judged], monitor: &dyn Monitor) -> Result<(), Error> {
    let was_saved = |judged: &&&Judged| {
        nights.known.get(&judged.measure.night).is_some_and(|known| known.state == NightState::Verified)
    };
    let grown: Vec<String> =
        chosen.iter().filter(was_saved).map(|judged| judged.measure.night.date().to_string()).collect();
    if grown.is_empty() {
        return Ok(());
    }
    let message = format!("more pictures came after the night was saved, so it is saved again: {}", grown.join(", "));
    monitor.warn(message.clone());
    alert::tell(tools, "night_reopened", &message)
}

/// Nights that the camera took while the clock was ahead: saved like others, and told once.
fn tell_of_future(tools: &Tools, nights: &Nights, monitor: &dyn Monitor) -> Result<(), Error> {
    let ahead = nights.survey.ahead((tools.now)().datetime());
    if ahead.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = ahead.iter().map(|night| night.date().to_string()).collect();
    let message = format!("these nights are dated in the future, because {TOLD}: {}", few(&names));
    if alert::note_once(tools, "nights_ahead", &message)? {
        monitor.warn(message);
    }
    Ok(())
}

/// What does not fit with what must stay free is not begun.
fn room_for<'a>(ready: &Ready, files: impl Iterator<Item = &'a Wanted>) -> Result<(), Error> {
    let room = ready.room().map_err(Error::io("the room could not be read"))?;
    if !room.is_told() {
        return Ok(());
    }
    let (mut bytes, mut count, mut there) = (0, 16, 0);
    for file in files {
        let seen = ready.dir().seen(&file.to).ok().flatten();
        there += seen.filter(|seen| seen.bytes == file.bytes).map_or(0, |seen| seen.bytes);
        (bytes, count) = (bytes + file.bytes, count + 1);
    }
    let need = bytes.saturating_sub(there) + RESERVE.min(room.total_bytes / 50);
    if need > room.free_bytes {
        return Err(Error::Full { need, have: room.free_bytes });
    }
    match room.free_inodes {
        Some(have) if have < count && there == 0 => Err(Error::FullOfFiles { need: count, have }),
        _ => Ok(()),
    }
}
