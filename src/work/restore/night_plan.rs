//! What the restore of a saved night would write: every file on its list, with where it belongs and
//! what lies there today. A plan only reads.
use std::io::{self, Read as _};
use std::path::PathBuf;

use super::images_folder;
use super::live::{self, MOST_TEXT};
use super::obstacles::{self, Obstacles};
use super::shown::as_text;
use super::{Error, facts, to};
use crate::base::attributes::{Kind, Moment};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::drive::Ready;
use crate::destination::night_store::NightStore;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::night::Night;
use crate::domain::nights::file_list::{self, Filed};
use crate::domain::nights::request::{Differing, NightRequest};
use crate::domain::restore::check::Check;
use crate::domain::restore::content::HEAD_BYTES;
use crate::domain::restore::night_check::{Keeper, NightFacts, Rows, night_checks};
use crate::domain::restore::preview::{Change, FileChange, Obstructed, Preview, Seal, TextChange};
use crate::domain::restore::program::{self, Programs};
use crate::domain::retention::nights::Verified;
use crate::transfer;
use crate::transfer::copy_files::content_of;
use crate::transfer::wanted::GRANULARITY_S;
use crate::work::Tools;
use crate::work::nights::{self, places};

/// A file of the night.
pub(super) struct Item {
    pub filed: Filed,
    /// Below the drive.
    pub from: RelPath,
    /// Below the root.
    pub to: RelPath,
    /// The file's time at the camera; the drive may keep whole or even seconds only.
    pub mtime: Moment,
    pub change: Change,
}

impl Item {
    pub fn is_work(&self) -> bool {
        matches!(self.change, Change::New | Change::Changed)
    }
}

/// Everything that a restore needs, read from drive and camera at one moment.
pub(super) struct NightPlan {
    /// The camera's pictures, or another folder.
    pub root: PathBuf,
    pub items: Vec<Item>,
    /// Files that stay on the drive because of what lies in their place at the camera.
    pub obstructed: Vec<Obstructed>,
    pub checks: Vec<Check>,
    /// Programs that are wanted, as text.
    pub texts: Vec<TextChange>,
    pub digest: String,
}

impl NightPlan {
    pub fn draw(tools: &Tools, ready: &Ready, request: &NightRequest, monitor: &dyn Monitor) -> Result<Self, Error> {
        if let Some(to) = &request.to {
            to::judge(tools, to)?;
        }
        let images = tools.nights.source.images_dir();
        let root = request.to.clone().unwrap_or_else(|| images.to_owned());
        let target = match Dir::open(&root) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                if request.to.is_none() {
                    images_folder::check(&root, tools.site.home())?;
                }
                None
            }
            other => Some(other.map_err(|source| Error::Target { path: root.clone(), source })?),
        };
        let listed = listed(tools, ready, request.night)?;
        let origin: Vec<Filed> = listed.iter().map(|item| item.filed.clone()).collect();
        let changed = NightRequest { seen: None, ..request.clone() };
        let seal = Seal::on(&changed, &blake3::hash(&file_list::write(&origin)).to_hex());
        let mut drawn = Drawn::new(seal);
        let total_files = listed.len() as u64;
        let mut items = Vec::with_capacity(listed.len());
        for (done, item) in listed.into_iter().enumerate() {
            monitor.checkpoint()?;
            let now = item.to.to_string();
            monitor.progress(Progress { done_files: done as u64, total_files, now, ..Progress::default() });
            let mut item = drawn.compare(item, ready, target.as_ref(), request.differing, monitor)?;
            drawn.judge(&mut item, target.as_ref());
            if item.is_work() && is_program(&item, ready)? {
                drawn.program(&mut item, ready, target.as_ref(), request.programs)?;
            }
            items.push(item);
        }
        let checks = night_checks(&facts(tools, request, &root, &items, &mut drawn)?);
        let obstructed = drawn.obstructed;
        Ok(NightPlan { root, items, obstructed, checks, texts: drawn.texts, digest: drawn.seal.close() })
    }

    pub fn to_write(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_work())
    }

    pub fn into_preview(self) -> Preview {
        let bytes = self.to_write().map(|item| item.filed.bytes).sum();
        let mut files: Vec<FileChange> =
            self.items.into_iter().map(|item| FileChange { path: item.to, change: item.change }).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let Self { obstructed, checks, texts, digest, .. } = self;
        Preview {
            files,
            obstructed,
            settings: Vec::new(),
            decisions: Vec::new(),
            texts,
            databases: Vec::new(),
            checks,
            bytes,
            digest,
        }
    }
}

/// Every file on the lists of the night, with its home.
fn listed(tools: &Tools, ready: &Ready, night: Night) -> Result<Vec<Item>, Error> {
    let source = tools.nights.source.as_ref();
    let store = NightStore::new(ready.dir());
    let fault = |source| nights::Error::Io { what: "what is known of the night could not be read".to_owned(), source };
    let manifest = store.manifest(night).map_err(fault)?.ok_or(nights::Error::NoCopy(night))?;
    if manifest.verified == Verified::No {
        return Err(nights::Error::NotVerified(night).into());
    }
    if !manifest.source.is_empty() && manifest.source != source.software().as_str() {
        return Err(nights::Error::OtherSystem { night, source_name: manifest.source }.into());
    }
    let files = store.file_list(night).map_err(fault)?.ok_or(nights::Error::NoCopy(night))?;
    let films = store.film_list(night).map_err(fault)?.unwrap_or_default();
    let known = source.files(night).map_err(nights::Error::from)?.timelapses;
    let film_home = |film: &RelPath| {
        let known = known.iter().find(|known| known.path.name() == film.name()).map(|known| known.path.clone());
        known.or_else(|| source.film_folder(night, &manifest.camera)?.join(film.as_bytes()).ok())
    };
    let item = |filed: Filed, folder: RelPath, to: Option<RelPath>| {
        let from = folder.join(filed.path.as_bytes()).ok()?;
        let mtime = Moment { seconds: filed.mtime, nanos: 0 };
        Some(Item { from, to: to?, mtime, change: Change::New, filed })
    };
    let frames = files.into_iter().map(|filed| {
        let home = places::home_of(source, night, &filed.path);
        item(filed, NightStore::folder(night), home)
    });
    let films = films.into_iter().map(|filed| {
        let home = film_home(&filed.path);
        item(filed, NightStore::film_folder(night), home)
    });
    Ok(frames.chain(films).flatten().collect())
}

/// By its name, or because it is not what its name says.
fn is_program(item: &Item, ready: &Ready) -> Result<bool, Error> {
    let head = match read(ready, item, HEAD_BYTES as u64) {
        // A check tells that the file is missing.
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        other => other.map_err(|source| Error::Live { path: ready.dir().path().join(item.from.as_path()), source })?,
    };
    Ok(program::runs(&item.to, &head))
}

fn read(ready: &Ready, item: &Item, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ready.dir().read(&item.from)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is gathered while the files are compared with the camera's.
struct Drawn {
    seal: Seal,
    texts: Vec<TextChange>,
    programs: Vec<String>,
    missing: Vec<String>,
    differing: Vec<String>,
    newer: Vec<String>,
    pub obstructed: Vec<Obstructed>,
    obstacles: Obstacles,
}

impl Drawn {
    fn new(seal: Seal) -> Self {
        let (texts, programs, missing, differing, newer, obstructed, obstacles) = Default::default();
        Drawn { seal, texts, programs, missing, differing, newer, obstructed, obstacles }
    }

    /// Leaves what could not be put in its place on the drive.
    fn judge(&mut self, item: &mut Item, target: Option<&Dir>) {
        let Some(target) = target.filter(|_| item.is_work()) else { return };
        if let Some(why) = self.obstacles.obstacle(0, target, &item.to) {
            self.obstruct(item, why);
        }
    }

    fn obstruct(&mut self, item: &mut Item, why: String) {
        item.change = Change::Obstructed;
        self.seal.file(&item.to, item.change, &why);
        self.obstructed.push(Obstructed { path: item.to.clone(), why });
    }

    /// Leaves it on the drive, or shows what it says.
    fn program(
        &mut self,
        item: &mut Item,
        ready: &Ready,
        target: Option<&Dir>,
        programs: Programs,
    ) -> Result<(), Error> {
        self.programs.push(item.to.to_string());
        if programs == Programs::Leave {
            item.change = Change::LeftProgram;
            self.seal.file(&item.to, item.change, "");
            return Ok(());
        }
        let path = || ready.dir().path().join(item.from.as_path());
        let new = read(ready, item, MOST_TEXT).map_err(|source| Error::Live { path: path(), source })?;
        let today = target.map(|target| live::text(target, &item.to)).transpose()?.flatten();
        self.texts.extend(as_text(item.to.clone(), &today.unwrap_or_default(), &new));
        Ok(())
    }

    fn compare(
        &mut self,
        mut item: Item,
        ready: &Ready,
        target: Option<&Dir>,
        differing: Differing,
        monitor: &dyn Monitor,
    ) -> Result<Item, Error> {
        let saved = ready.dir().seen(&item.from);
        let saved =
            saved.map_err(|source| Error::Live { path: ready.dir().path().join(item.from.as_path()), source })?;
        match saved.filter(|saved| saved.kind == Kind::File && saved.bytes == item.filed.bytes) {
            Some(saved) if saved.attributes.mtime.seconds == item.mtime.seconds => item.mtime = saved.attributes.mtime,
            Some(_) => {}
            None => self.missing.push(item.to.to_string()),
        }
        let today = match target.map(|target| (target, target.seen(&item.to))) {
            Some((target, Ok(seen))) => seen.map(|seen| (target, seen)),
            Some((target, Err(source))) => {
                let why = obstacles::in_words(target, &item.to, &source);
                self.obstruct(&mut item, why);
                return Ok(item);
            }
            None => None,
        };
        let Some((target, today)) = today else {
            self.seal.file(&item.to, Change::New, "");
            return Ok(item);
        };
        let mtime = today.attributes.mtime;
        let is_like_it = today.kind == Kind::File && today.bytes == item.filed.bytes;
        let is_timely = mtime.seconds.abs_diff(item.filed.mtime) <= GRANULARITY_S;
        let must_read = is_like_it && !is_timely;
        let content = match must_read.then(|| content_of(target, &item.to, monitor)).transpose() {
            Err(transfer::Error::Io { source, .. }) => {
                let why = obstacles::in_words(target, &item.to, &source);
                self.obstruct(&mut item, why);
                return Ok(item);
            }
            other => other?,
        };
        let same = is_like_it && (is_timely || content == Some(Some((item.filed.bytes, item.filed.hash))));
        item.change = match (same, differing) {
            (true, _) => Change::Same,
            (false, Differing::Keep) => Change::Kept,
            (false, Differing::Replace) => Change::Changed,
        };
        if !same {
            self.differing.push(item.to.to_string());
            if mtime.seconds > item.filed.mtime {
                self.newer.push(item.to.to_string());
            }
        }
        self.seal.file(&item.to, item.change, &format!("{}:{}.{}", today.bytes, mtime.seconds, mtime.nanos));
        Ok(item)
    }
}

fn facts(
    tools: &Tools,
    request: &NightRequest,
    root: &std::path::Path,
    items: &[Item],
    drawn: &mut Drawn,
) -> Result<NightFacts, Error> {
    let source = tools.nights.source.as_ref();
    let camera = match ((tools.now)().date().tomorrow(), &request.to) {
        (Ok(next_morning), None) => Some(Keeper {
            software: source.software(),
            days: source.days_kept().map_err(nights::Error::from)?.unwrap_or(0),
            next_morning,
            rows: rows(tools, request.night)?,
        }),
        _ => None,
    };
    let to_write = items.iter().filter(|item| item.is_work()).map(|item| item.filed.bytes);
    Ok(NightFacts {
        night: request.night,
        files: items.len() as u64,
        bytes: items.iter().map(|item| item.filed.bytes).sum(),
        missing: std::mem::take(&mut drawn.missing),
        differing: std::mem::take(&mut drawn.differing),
        newer: std::mem::take(&mut drawn.newer),
        obstructed: drawn.obstructed.iter().map(ToString::to_string).collect(),
        wanted: request.differing,
        programs: std::mem::take(&mut drawn.programs),
        with_programs: request.programs,
        disk: facts::room_below(root, to_write),
        camera,
    })
}

/// A night that the database knows has the time of its first picture; one of folders alone has not.
fn rows(tools: &Tools, night: Night) -> Result<Rows, Error> {
    let survey = tools.nights.source.survey().map_err(nights::Error::from)?;
    let known = survey.nights.iter().any(|measure| measure.night == night && measure.first_at.is_some());
    Ok(if known { Rows::There } else { Rows::Gone })
}
