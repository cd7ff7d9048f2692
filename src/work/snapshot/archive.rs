//! Archive: the newest good snapshot of a host as one `.tar.gz`, in the format of all archives of this program: with an
//! index and digests, packed on all cores, and read back before it counts.
//!
//! The snapshot is chosen once; the lock of the host keeps it from going meanwhile.
use std::io::{BufWriter, Write as _};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::members::members;
use super::places::{self, Held};
use super::{Error, frozen, pointed};
use crate::archive::index_build::IndexBuilder;
use crate::archive::write;
use crate::base::rel_path::RelPath;
use crate::destination::snapshots::store::Snapshot;
use crate::destination::store::{Naming, StoreAs};
use crate::destination::workspace::Workspace;
use crate::domain::archive::listing::Listing;
use crate::domain::archive::metadata::{Metadata, Ours, SectionSize};
use crate::domain::archive::metadata_text::write_json;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::When;
use crate::domain::restore::program::Origin;
use crate::domain::snapshot::archived::{archive_name, is_due, snapshot_of};
use crate::domain::snapshot::name::SnapshotName;
use crate::transfer::read_back;
use crate::work::archive::{create, verify};
use crate::work::noted::Noted;
use crate::work::{Tools, iso};

/// Archive, sidecar, index and workspace.
const INODES: u64 = 8;

/// What became of it, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostArchived {
    pub host: HostName,
    /// The snapshot that is in it.
    pub snapshot: Option<SnapshotName>,
    pub name: Option<ArchiveName>,
    /// Why none was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    pub files: u64,
    pub bytes: u64,
    pub warnings: Vec<String>,
}

pub fn archive(tools: &Tools, host: &HostName, when: When, monitor: &dyn Monitor) -> Result<HostArchived, Error> {
    places::watched(tools, host, monitor, move |tools, host, monitor| here(tools, host, when, monitor))
}

/// Reads every byte of an archive again.
pub fn verify_archive(
    tools: &Tools,
    host: &HostName,
    name: &ArchiveName,
    monitor: &dyn Monitor,
) -> Result<verify::Checked, Error> {
    let name = name.clone();
    places::watched(tools, host, monitor, move |tools, host, monitor| {
        let there = places::archives_to_read(tools, &host.name)?;
        verify::verify(&there, &name, monitor).map_err(archives)
    })
}

/// What is wrong with archives is told as elsewhere.
fn archives(error: crate::work::Error) -> Error {
    Error::Archives(Box::new(error))
}

fn here(tools: &Tools, host: &HostSettings, when: When, monitor: &dyn Monitor) -> Result<HostArchived, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::Write, Stage::ReadBack, Stage::Store]);
    noted.stage(Stage::Survey);
    let held = places::hold(tools, host)?;
    let there = places::archives(tools, host, &held.ready)?;
    let mut done = HostArchived {
        host: host.name.clone(),
        snapshot: None,
        name: None,
        skipped: None,
        files: 0,
        bytes: 0,
        warnings: Vec::new(),
    };
    match chosen(tools, host, &held, &there, when)? {
        Ok((snapshot, name)) => {
            done.snapshot = Some(snapshot.name);
            done.name = Some(name.clone());
            (done.files, done.bytes) = make(&there, host, (&held, &snapshot, &name), &noted)?;
        }
        Err(why) => done.skipped = Some(why),
    }
    done.warnings = noted.warnings();
    Ok(done)
}

/// The snapshot and the name of its archive, or why none is made.
fn chosen(
    tools: &Tools,
    host: &HostSettings,
    held: &Held,
    there: &Tools,
    when: When,
) -> Result<Result<(Snapshot, ArchiveName), String>, Error> {
    let all = held.store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    let now = (tools.now)();
    if let Some(why) = frozen::why_not(tools, &all)? {
        return Ok(Err(why.to_owned()));
    }
    let snapshot = pointed::newest_good(&all, now.timestamp()).ok_or_else(|| Error::NoSnapshots(host.name.clone()))?;
    let name = archive_name(&host.name, snapshot.name).ok_or_else(|| Error::NoSnapshots(host.name.clone()))?;
    let found = there.folder.archives().map_err(|error| archives(error.into()))?;
    if found.iter().any(|one| one.name == name) {
        return Ok(Err("there is an archive of the newest snapshot already".to_owned()));
    }
    let newest = found.iter().filter_map(|one| snapshot_of(&host.name, &one.name)).max();
    if when == When::Due && !is_due(snapshot.name, newest, host.archives.every.length(), now.time_zone()) {
        return Ok(Err(format!("the newest archive is younger than {}", String::from(host.archives.every))));
    }
    Ok(Ok((snapshot.clone(), name)))
}

/// Files and bytes of the archive.
fn make(
    there: &Tools,
    host: &HostSettings,
    (held, snapshot, name): (&Held, &Snapshot, &ArchiveName),
    noted: &Noted<'_>,
) -> Result<(u64, u64), Error> {
    let now = (there.now)();
    let told = |error: crate::work::Error| archives(error);
    let folder = &there.folder;
    folder.prepare().map_err(|error| told(error.into()))?;
    folder.sweep().map_err(|error| told(error.into()))?;
    let mut listing = members(&held.store, snapshot, noted)?;
    listing.level = Some(host.archives.level);
    create::preflight(there, &listing, INODES).map_err(told)?;
    let workspace = folder.workspace().map_err(|error| told(error.into()))?;
    let reserved = folder.reserve(&Naming::Given(name.clone())).map_err(|error| told(error.into()))?;
    let metadata = metadata(host, snapshot, reserved.name(), &listing, &now);
    let [archive, sidecar, index] = ["archive", "metadata.json", "index"].map(RelPath::of_our_own);
    write_metadata(&metadata, &listing, &workspace, &sidecar)?;
    noted.stage(Stage::Write);
    let described = workspace.path().join(sidecar.as_path());
    let mut index_of = IndexBuilder::create(&workspace.path().join(index.as_path())).map_err(|e| told(e.into()))?;
    let report = write::write(&listing, &described, workspace.dir(), &archive, &mut index_of, noted)
        .map_err(|error| told(error.into()))?;
    noted.stage(Stage::ReadBack);
    let (files, bytes) = (report.files, report.written.bytes());
    let proved = read_back::read_back(report.written, noted).map_err(|error| told(error.into()))?;
    noted.stage(Stage::Store);
    let file = workspace.dir().read(&archive).map_err(Error::io("the archive could not be read"))?;
    index_of.finish(&metadata, &file).map_err(|error| told(error.into()))?;
    held.ready.recheck()?;
    let place = StoreAs { name: reserved, sidecar: Some(sidecar), index: Some(index) };
    let name = folder.store(&workspace, proved, place).map_err(|error| told(error.into()))?;
    create::remember_verified(there, &name, "read back when it was made", metadata, Origin::Here, None, noted);
    Ok((files, bytes))
}

fn metadata(host: &HostSettings, snapshot: &Snapshot, name: &ArchiveName, listing: &Listing, now: &Zoned) -> Metadata {
    let section = SectionSize { key: host.name.to_string(), files: listing.files(), bytes: listing.bytes() };
    let (left_out, left_out_more) = crate::domain::archive::left_out::bounded(listing.left_out.clone());
    Metadata {
        backup_file: Some(name.to_string()),
        backup_type: ArchiveKind::Images,
        created: now.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        version: format!("snapshot {}", snapshot.name),
        camera_type: None,
        camera_model: None,
        settings_file: None,
        cc_file: None,
        included_optional_targets: Vec::new(),
        included_sections: Vec::new(),
        required_modules: None,
        backup_modules: None,
        backup_has_modules: None,
        image_backup_all: None,
        image_folders: None,
        image_targets: None,
        format: Some(1),
        ours: Some(Ours {
            format: 1,
            tool: concat!("allsky-backups ", env!("CARGO_PKG_VERSION")).to_owned(),
            created: iso(now),
            site: "host".to_owned(),
            home: snapshot.marker.source.to_str().map(str::to_owned),
            owner: None,
            sections: vec![section],
            left_out,
            left_out_more,
            remarks: Vec::new(),
        }),
        left_out_here: Vec::new(),
        left_out_here_more: 0,
    }
}

/// The text of `metadata.json`; it is the sidecar too.
fn write_metadata(metadata: &Metadata, listing: &Listing, workspace: &Workspace, name: &RelPath) -> Result<(), Error> {
    let write = || -> std::io::Result<()> {
        let mut out = BufWriter::new(workspace.dir().create_new(name)?);
        write_json(metadata, listing, "", &mut out)?;
        out.flush()?;
        out.into_inner().map_err(|error| error.into_error())?.sync_all()
    };
    write().map_err(Error::io("the description of the archive could not be written"))
}
