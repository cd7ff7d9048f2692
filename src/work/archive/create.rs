//! Create: survey, copy databases, write, read back, store, remember.
//!
//! Nothing appears in the backups folder before every byte of it was read back; whatever stops this
//! on the way leaves nothing.
use std::collections::HashSet;
use std::io::{self, BufWriter};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::archive::index_build::IndexBuilder;
use crate::archive::{estimate, write};
use crate::base::rel_path::RelPath;
use crate::base::size::Bytes;
use crate::catalog::{Knowledge, Known};
use crate::destination::folder::Note;
use crate::destination::store::{Naming, Reservation, StoreAs};
use crate::destination::workspace::Workspace;
use crate::domain::archive::left_out;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::{Metadata, Ours};
use crate::domain::archive::metadata_text::write_json;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::failure::Failure;
use crate::domain::limits::Limits;
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::order::{NightChoice, PauseChoice, SectionChoice};
use crate::domain::restore::program::Origin;
use crate::site::held::held_folders;
use crate::site::service::Pause;
use crate::site::{DatabaseCopy, Taken};
use crate::transfer::read_back;
use crate::work::archive::copy_databases::{copy_databases, length};
use crate::work::archive::settle::settle;
use crate::work::noted::{IN_PLACE, Noted};
use crate::work::{Error, Tools, iso, lease};

/// The longest that the camera may rest; then it is started from outside.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Archive, sidecar, index, workspace, mark, and copies of databases.
const INODES: u64 = 16;
/// Under this it is remembered what was told of the backups folder.
const FOLDER_HABITS: &str = "folder_habits";

/// An archive is written again when files turned out to be unreadable, so often at most.
const MOST_ATTEMPTS: u32 = 3;
/// Images archives up to this size are written again; larger ones tell it in a member at their end.
const WRITTEN_AGAIN: u64 = 1 << 30;

/// A new archive, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Created {
    pub name: String,
    pub path: String,
    pub bytes: u64,
    pub files: u64,
    pub pause_ms: u64,
    pub warnings: Vec<String>,
    /// Good to know; nothing is wrong.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// How databases are taken.
#[derive(Debug, Clone, Copy)]
pub struct Databases {
    pub pause: PauseChoice,
    /// In bytes. A larger database is left out, and the archive says so. `None` takes all databases.
    pub largest: Option<u64>,
}

pub fn config(
    tools: &Tools,
    sections: &SectionChoice,
    pause: PauseChoice,
    monitor: &dyn Monitor,
) -> Result<Created, Error> {
    config_with(tools, sections, Databases { pause, largest: None }, monitor)
}

pub fn config_with(
    tools: &Tools,
    sections: &SectionChoice,
    how: Databases,
    monitor: &dyn Monitor,
) -> Result<Created, Error> {
    let noted = Noted::new(monitor);
    let Databases { pause, largest } = how;
    let is_large = |db: &RelPath| largest.is_some_and(|most| length(&tools.site.place(db)) > most);
    let (large, databases): (Vec<RelPath>, Vec<RelPath>) =
        tools.site.databases(sections)?.into_iter().partition(is_large);
    // All that a camera has are SQLite, which is copied while it writes.
    let pause = pause == PauseChoice::Always && !databases.is_empty();
    let stages = [
        (Stage::Survey, true),
        (Stage::Pause, pause),
        (Stage::CopyDatabases, !databases.is_empty()),
        (Stage::Resume, pause),
        (Stage::Write, true),
        (Stage::ReadBack, true),
        (Stage::Store, true),
    ];
    noted.stages(&stages.into_iter().filter_map(|(stage, comes)| comes.then_some(stage)).collect::<Vec<_>>());

    noted.stage(Stage::Survey);
    prepare(tools, &noted)?;
    let live: u64 = databases.iter().map(|db| length(&tools.site.place(db))).sum();
    // The copies, and what they take in the archive at most.
    tools.folder.preflight(live * 2, INODES + databases.len() as u64)?;
    let workspace = tools.folder.workspace()?;

    let mut resting = None;
    if pause {
        noted.stage(Stage::Pause);
        resting = Some(Pause::begin(&[tools.site.unit()], &lease(tools), LONGEST_PAUSE)?);
    }
    let copies = copy_databases(tools, &databases, &workspace, &noted)?;
    let mut pause_ms = 0;
    if let Some(resting) = resting {
        noted.stage(Stage::Resume);
        pause_ms = resting.resume()?.as_millis() as u64;
    }

    let mut listing = list(tools, sections, copies, &large, &noted)?;
    settle(&mut listing, &workspace, &noted)?;
    let metadata = tools.site.config_metadata(sections, &listing)?;
    let bounds = Bounds { written_again: u64::MAX, import: Limits::default() };
    let draft = Draft { workspace, listing, metadata, pause_ms, bounds };
    finish(tools, ArchiveKind::Config, draft, noted)
}

/// Lists the members. Databases that are too large are listed first, so that they are not read as plain files, and
/// then taken out.
fn list(
    tools: &Tools,
    sections: &SectionChoice,
    copies: Vec<DatabaseCopy>,
    large: &[RelPath],
    noted: &Noted,
) -> Result<Listing, Error> {
    let in_place = |path: &RelPath| DatabaseCopy { path: path.clone(), taken: Taken::Whole(tools.site.place(path)) };
    let all: Vec<DatabaseCopy> = copies.into_iter().chain(large.iter().map(in_place)).collect();
    let mut listing = tools.site.list_config(sections, &all, &mut |text| noted.warn(text))?;
    listing.entries.retain(|entry| !large.contains(&entry.name));
    listing.left_out.extend(large.iter().map(|path| {
        let bytes = Bytes(length(&tools.site.place(path)));
        LeftOut::missing(path, format!("is a database of {bytes}, left out because the backups are on the same disk"))
    }));
    Ok(listing)
}

pub fn images(tools: &Tools, nights: &NightChoice, monitor: &dyn Monitor) -> Result<Created, Error> {
    images_within(tools, nights, Bounds { written_again: WRITTEN_AGAIN, import: Limits::default() }, monitor)
}

/// From where on an archive is treated as a large one.
pub struct Bounds {
    /// An archive of more bytes is not written again when files turn out to be unreadable.
    pub written_again: u64,
    /// What an import takes; beyond it the archive says so.
    pub import: Limits,
}

pub fn images_within(
    tools: &Tools,
    nights: &NightChoice,
    bounds: Bounds,
    monitor: &dyn Monitor,
) -> Result<Created, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::Write, Stage::ReadBack, Stage::Store]);
    noted.stage(Stage::Survey);
    noted.checkpoint()?;
    prepare(tools, &noted)?;
    let listing = tools.site.list_images(nights, &mut |text| noted.warn(text))?;
    if listing.files() == 0 {
        return Err(Error::NoPictures);
    }
    let metadata = tools.site.images_metadata(nights, &listing)?;
    let workspace = tools.folder.workspace()?;
    finish(tools, ArchiveKind::Images, Draft { workspace, listing, metadata, pause_ms: 0, bounds }, noted)
}

/// The folder is there and writable; the owner is told when it had to be tightened, and once when it
/// cannot be.
pub(crate) fn prepare(tools: &Tools, monitor: &dyn Monitor) -> Result<(), Error> {
    tools.folder.check_place(tools.site.home(), &held_folders(tools.site.as_ref()))?;
    for note in tools.folder.prepare()? {
        match note {
            Note::Changed(told) => monitor.warn(told),
            Note::Lasting(told) if tools.catalog.was_told(FOLDER_HABITS, &told)? => {}
            Note::Lasting(told) => {
                tools.catalog.notice(FOLDER_HABITS, &told, None, (tools.now)().timestamp())?;
                monitor.warn(told);
            }
        }
    }
    Ok(())
}

/// All that is needed to write an archive.
struct Draft {
    workspace: Workspace,
    listing: Listing,
    metadata: Metadata,
    pause_ms: u64,
    bounds: Bounds,
}

fn finish(tools: &Tools, kind: ArchiveKind, draft: Draft, noted: Noted) -> Result<Created, Error> {
    let Draft { workspace, mut listing, mut metadata, pause_ms, bounds } = draft;
    noted.checkpoint()?;
    preflight(tools, &listing, INODES)?;
    noted.checkpoint()?;

    let remarks: Vec<String> = bounds.import.passed_by(&listing).into_iter().collect();
    remarks.iter().for_each(|remark| noted.warn(remark.clone()));
    if let Some(ours) = &mut metadata.ours {
        ours.remarks = remarks;
    }
    let now = (tools.now)();
    let reserved = tools.folder.reserve(&Naming::Made { kind, at: now.datetime() })?;
    noted.stage(Stage::Write);
    let mut attempt = 1;
    let (report, members, names) = loop {
        sign(&mut metadata, tools, &reserved, listing.left_out.clone(), &now);
        let mut names = Names::of(attempt);
        write_metadata(tools, &metadata, &listing, &workspace, &names.sidecar)?;
        let described = workspace.path().join(names.sidecar.as_path());
        let mut members = IndexBuilder::create(&workspace.path().join(names.index.as_path()))?;
        let report = write::write(&listing, &described, workspace.dir(), &names.archive, &mut members, &noted)?;
        if !learn(&mut listing, &report.left_out) {
            break (report, members, names);
        }
        // The description comes first and is the better place; else the findings stand at the end of the archive.
        if attempt == MOST_ATTEMPTS || report.written.bytes() > bounds.written_again {
            sign(&mut metadata, tools, &reserved, listing.left_out.clone(), &now);
            names.sidecar = Names::of(attempt + 1).sidecar;
            write_metadata(tools, &metadata, &listing, &workspace, &names.sidecar)?;
            break (report, members, names);
        }
        let gone = workspace.dir().remove_file(&names.archive);
        gone.map_err(|source| scratch(&workspace, source))?;
        attempt += 1;
    };
    let Names { archive, sidecar, index } = names;
    let notes = listing.notes;
    noted.stage(Stage::ReadBack);
    let (files, bytes) = (report.files, report.written.bytes());
    let proved = read_back::read_back(report.written, &noted)?;
    noted.stage(Stage::Store);
    let placing = protect(&noted, IN_PLACE)?;
    let file = workspace.dir().read(&archive).map_err(|source| scratch(&workspace, source))?;
    members.finish(&metadata, &file)?;
    let place = StoreAs { name: reserved, sidecar: Some(sidecar), index: Some(index) };
    let name = tools.folder.store(&workspace, proved, place)?;
    remember_verified(tools, &name, "read back when it was made", metadata, Origin::Here, None, &noted);
    drop(placing);
    let path = tools.folder.path().join(name.as_str()).display().to_string();
    Ok(Created { name: name.to_string(), path, bytes, files, pause_ms, warnings: noted.warnings(), notes })
}

/// What one attempt at an archive is called in the workspace.
struct Names {
    archive: RelPath,
    sidecar: RelPath,
    index: RelPath,
}

impl Names {
    fn of(attempt: u32) -> Self {
        let name = |what: &str| RelPath::of_our_own(&format!("{what}-{attempt}"));
        Names { archive: name("archive"), sidecar: name("metadata.json"), index: name("index") }
    }
}

/// Takes in what could not be read; true when the listing did not know of it. What gave nothing is not
/// tried again.
fn learn(listing: &mut Listing, found: &[LeftOut]) -> bool {
    let known = |one: &&LeftOut| listing.left_out.iter().any(|told| told.path == one.path && told.kind == one.kind);
    let fresh: Vec<LeftOut> = found.iter().filter(|one| !known(one)).cloned().collect();
    let gone: HashSet<&str> = fresh.iter().filter(|one| !one.is_doubtful()).map(|one| one.path.as_str()).collect();
    if !gone.is_empty() {
        listing.entries.retain(|entry| !gone.contains(entry.name.to_string().as_str()));
    }
    drop(gone);
    listing.left_out.extend(fresh.iter().cloned());
    !fresh.is_empty()
}

/// Pictures hardly shrink, so no samples are read where they fit uncompressed. Only where room is short the
/// packed size is estimated.
pub(crate) fn preflight(tools: &Tools, listing: &Listing, inodes: u64) -> Result<(), Error> {
    // A member takes about 200 bytes in the index, and its header and padding in the archive take less.
    let around = listing.entries.len() as u64 * 512;
    if tools.folder.preflight(listing.bytes() + around, inodes).is_ok() {
        return Ok(());
    }
    let expected = estimate::estimate(listing).packed_bytes;
    // An estimate may be off by a few percent.
    Ok(tools.folder.preflight(expected + expected / 32 + around, inodes)?)
}

/// Fills in what only this moment knows.
fn sign(metadata: &mut Metadata, tools: &Tools, reserved: &Reservation, left_out: Vec<LeftOut>, now: &jiff::Zoned) {
    metadata.backup_file = Some(reserved.name().to_string());
    metadata.created = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    metadata.format = Some(1);
    let (sections, remarks) = metadata.ours.take().map(|ours| (ours.sections, ours.remarks)).unwrap_or_default();
    let (left_out, left_out_more) = left_out::bounded(left_out);
    metadata.ours = Some(Ours {
        format: 1,
        tool: concat!("allsky-backups ", env!("CARGO_PKG_VERSION")).to_owned(),
        created: iso(now),
        site: tools.site.software().as_str().to_owned(),
        home: tools.site.home().to_str().map(str::to_owned),
        owner: tools.site.camera().ok().map(|camera| camera.owner),
        sections,
        left_out,
        left_out_more,
        remarks,
    });
}

pub(crate) fn inside(workspace: &Workspace, name: &str) -> Result<RelPath, Error> {
    RelPath::parse(name).map_err(|why| scratch(workspace, io::Error::new(io::ErrorKind::InvalidInput, why)))
}

pub(crate) fn scratch(workspace: &Workspace, source: io::Error) -> Error {
    Error::Scratch { path: workspace.path().to_owned(), source }
}

/// The archive at its final name is proved: the catalog knows it from now on. The archive is good
/// also when the catalog is not.
pub(crate) fn remember_verified(
    tools: &Tools,
    name: &ArchiveName,
    reason: &str,
    metadata: Metadata,
    origin: Origin,
    sha256: Option<String>,
    monitor: &dyn Monitor,
) {
    let remember = || -> Result<(), Error> {
        let known = Known {
            fingerprint: tools.folder.found(name)?.fingerprint,
            state: Knowledge::Verified,
            reason: reason.to_owned(),
            metadata: Some(metadata),
            verified_at: Some((tools.now)().timestamp()),
            sha256,
            origin,
        };
        Ok(tools.records().remember(name, &known)?)
    };
    if let Err(error) = remember() {
        let why = Failure::of(&error).message;
        monitor.warn(format!("{name} is stored and verified, but that could not be remembered: {why}"));
    }
}

/// The text of `metadata.json`; it is the sidecar too.
fn write_metadata(
    tools: &Tools,
    metadata: &Metadata,
    listing: &Listing,
    workspace: &Workspace,
    name: &RelPath,
) -> Result<(), Error> {
    let owner = tools.site.camera()?.owner;
    let write = || -> io::Result<()> {
        let mut out = BufWriter::new(workspace.dir().create_new(name)?);
        write_json(metadata, listing, &owner, &mut out)?;
        out.into_inner().map_err(|e| e.into_error())?.sync_all()
    };
    write().map_err(|source| scratch(workspace, source))
}
