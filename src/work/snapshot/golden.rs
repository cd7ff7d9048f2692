//! Golden: a full copy of the newest good snapshot of a host for each month. It shares no file with anything, so that
//! neither rot nor a slip of the hand in a snapshot reaches it; and it is read again from time to time.
use std::io;

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fetch::{Manner, Rights, fetch};
use super::give_back::everything;
use super::kept_links::Links;
use super::places::{self, Held};
use super::verify::{Found, read_again};
use super::{Error, frozen, pointed};
use crate::base::counted::counted;
use crate::base::rel_path::RelPath;
use crate::base::tree::copy::Bytes;
use crate::destination::snapshots::golden::{Golden, Scrub};
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::Snapshot;
use crate::domain::host::settings::{HostName, HostSettings, Sharing};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::When;
use crate::domain::snapshot::marker::{MANIFEST_FILE, Marker};
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::Tools;
use crate::work::noted::Noted;

/// What a folder or a small file takes on file systems of Linux.
const BLOCK: u64 = 4096;

/// What became of it, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GoldenMade {
    pub host: HostName,
    pub month: Option<Month>,
    /// The snapshot that it is a copy of.
    pub snapshot: Option<SnapshotName>,
    /// Why none was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    pub files: u64,
    pub bytes: u64,
    /// A golden month that was read again because its time had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrubbed: Option<GoldenVerified>,
    pub warnings: Vec<String>,
}

/// What reading a golden month again has shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GoldenVerified {
    pub host: HostName,
    pub month: Month,
    pub ok: bool,
    pub files: u64,
    pub bytes: u64,
    pub wrong: u64,
    pub findings: Vec<String>,
}

/// Makes the golden month of now, or only when it is owed; then one that was not read for long is read again.
pub fn make(tools: &Tools, host: &HostName, when: When, monitor: &dyn Monitor) -> Result<GoldenMade, Error> {
    places::watched(tools, host, monitor, move |tools, host, monitor| make_here(tools, host, when, monitor))
}

/// Reads a golden month again, and remembers what that has shown.
pub fn verify(tools: &Tools, host: &HostName, month: Month, monitor: &dyn Monitor) -> Result<GoldenVerified, Error> {
    places::watched(tools, host, monitor, move |tools, host, monitor| {
        monitor.stages(&[Stage::Verify]);
        monitor.stage(Stage::Verify);
        let held = places::hold(tools, host)?;
        let goldens = held.store.goldens().map_err(Error::io("the golden months could not be read"))?;
        let golden = goldens.into_iter().find(|golden| golden.month == month);
        let golden = golden.ok_or_else(|| Error::NoGolden { host: host.name.clone(), month })?;
        scrub(tools, &held, host, &golden, monitor)
    })
}

fn make_here(tools: &Tools, host: &HostSettings, when: When, monitor: &dyn Monitor) -> Result<GoldenMade, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::CopyFiles, Stage::ReadBack, Stage::Store]);
    noted.stage(Stage::Survey);
    let held = places::hold(tools, host)?;
    held.store.sweep(&mut || Ok::<_, Error>(noted.checkpoint()?))?;
    let mut made = GoldenMade {
        host: host.name.clone(),
        month: None,
        snapshot: None,
        skipped: None,
        files: 0,
        bytes: 0,
        scrubbed: None,
        warnings: Vec::new(),
    };
    let goldens = held.store.goldens().map_err(Error::io("the golden months could not be read"))?;
    match chosen(tools, host, &held, &goldens, when)? {
        Ok((snapshot, month)) => {
            copy(tools, &held, (&snapshot, month), &noted)?;
            (made.month, made.snapshot) = (Some(month), Some(snapshot.name));
            (made.files, made.bytes) = (snapshot.marker.counts.files, snapshot.marker.counts.bytes);
        }
        Err(why) => made.skipped = Some(why),
    }
    if when == When::Due
        && let Some(golden) = unread_for_long(&goldens, host.golden.scrub_days, &(tools.now)())
    {
        noted.stage(Stage::ReadBack);
        made.scrubbed = Some(scrub(tools, &held, host, golden, &noted)?);
    }
    made.warnings = noted.warnings();
    Ok(made)
}

/// The snapshot and the month, or why none is made.
fn chosen(
    tools: &Tools,
    host: &HostSettings,
    held: &Held,
    goldens: &[Golden],
    when: When,
) -> Result<Result<(Snapshot, Month), String>, Error> {
    let now = (tools.now)();
    let all = held.store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    if let Some(why) = frozen::why_not(tools, &all)? {
        return Ok(Err(why.to_owned()));
    }
    let months: Vec<Month> = goldens.iter().map(|golden| golden.month).collect();
    let month = match when {
        When::Now => Some(Month::of(&now)).filter(|month| !months.contains(month)),
        When::Due => Month::due(&months, &now, host.golden.day),
    };
    let Some(month) = month else {
        return Ok(Err("none is owed: this month has one, or its day is still to come".into()));
    };
    if held.store.is_golden_taken(month).map_err(Error::io("the golden months could not be read"))? {
        let place = held.ready.dir().path().join(format!("hosts/{}/golden/{month}", host.name));
        return Err(Error::InTheWay(place));
    }
    let snapshot = pointed::newest_good(&all, now.timestamp()).ok_or_else(|| Error::NoSnapshots(host.name.clone()))?;
    Ok(Ok((snapshot.clone(), month)))
}

fn copy(tools: &Tools, held: &Held, (snapshot, month): (&Snapshot, Month), noted: &Noted<'_>) -> Result<(), Error> {
    refuse_without_room(held, snapshot)?;
    noted.stage(Stage::CopyFiles);
    let store = &held.store;
    let started = (tools.now)().timestamp();
    let id = Uuid::now_v7();
    let partial = store.begin(id).map_err(Error::io("the folder of the golden month could not be made"))?;
    let manner = Manner { since: None, bytes: Bytes::Own, rights: Rights::Kept, links: Links::AsSaved };
    let paths = everything(store, snapshot)?;
    let fetched = fetch(store, snapshot, &paths, partial.tree().as_fd(), manner, noted)?;
    for (name, mode) in &fetched.closed {
        let folder = crate::base::tree::open_path::open_folder(partial.tree().as_fd(), name)?;
        crate::base::attributes::put_mode(folder, *mode)?;
    }
    if let Some(first) = fetched.damaged.first() {
        // A golden month of a snapshot that has rotted would be no better than the snapshot.
        return Err(Error::Rotten { name: snapshot.name, count: fetched.damaged.len() as u64, first: first.clone() });
    }
    copy_manifest(held, snapshot, &partial)?;
    partial.tree().sync_file_system().map_err(Error::io("the golden month could not be written to the drive"))?;

    noted.stage(Stage::ReadBack);
    let manifest = store.manifest(snapshot).map_err(|source| Error::Manifest { name: snapshot.name, source })?;
    let found = read_again(partial.tree(), manifest, &snapshot.marker, noted)?;
    if let Some(first) = found.findings.first() {
        return Err(Error::NotAsWritten { count: found.wrong, first: first.clone() });
    }

    noted.stage(Stage::Store);
    held.ready.recheck()?;
    let marker = Marker {
        run: id,
        started,
        finished: (tools.now)().timestamp(),
        sharing: Sharing::Copies,
        base: None,
        golden: Some(month),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        ..snapshot.marker.clone()
    };
    let top = store.tree(snapshot.name).and_then(|tree| tree.seen_itself());
    let top = top.map_err(Error::io("the snapshot could not be read"))?;
    partial
        .publish_golden(&marker, &top, month)
        .map_err(Error::io("the golden month could not be put in its place"))?;
    held.ready.recheck()?;
    Ok(())
}

fn copy_manifest(held: &Held, snapshot: &Snapshot, partial: &Partial<'_>) -> Result<(), Error> {
    let copy = || -> io::Result<()> {
        let mut from = held.store.tree(snapshot.name)?.read(&RelPath::of_our_own(MANIFEST_FILE))?;
        let mut to = partial.manifest()?;
        io::copy(&mut from, &mut to)?;
        to.sync_all()
    };
    copy().map_err(Error::io("the manifest could not be copied"))
}

fn refuse_without_room(held: &Held, snapshot: &Snapshot) -> Result<(), Error> {
    let room = held.ready.room().map_err(Error::io("the room on the drive could not be asked for"))?;
    let counts = &snapshot.marker.counts;
    let files = counts.files + counts.folders + counts.symlinks + 8;
    let need = counts.bytes + files * BLOCK;
    if room.is_told() && need > room.free_bytes {
        return Err(Error::Full { need, have: room.free_bytes });
    }
    match room.free_inodes {
        Some(have) if files > have => Err(Error::FullOfFiles { need: files, have }),
        _ => Ok(()),
    }
}

/// The one that was not read for the longest time, when that is longer than so many days.
fn unread_for_long<'a>(goldens: &'a [Golden], days: u32, now: &Zoned) -> Option<&'a Golden> {
    let read = |golden: &&Golden| golden.scrub.as_ref().map_or(golden.marker.finished, |scrub| scrub.at);
    let oldest = goldens.iter().min_by_key(read)?;
    let age = now.timestamp().duration_since(read(&oldest));
    (age.as_hours() >= i64::from(days) * 24).then_some(oldest)
}

fn scrub(
    tools: &Tools,
    held: &Held,
    host: &HostSettings,
    golden: &Golden,
    monitor: &dyn Monitor,
) -> Result<GoldenVerified, Error> {
    let reading = || Error::io("the golden month could not be read");
    let tree = held.store.golden_tree(golden.month).map_err(reading())?;
    let found = match held.store.golden_manifest(golden) {
        Ok(manifest) => read_again(&tree, manifest, &golden.marker, monitor)?,
        Err(why) => Found { wrong: 1, findings: vec![why.to_string()], ..Found::default() },
    };
    let Found { files, bytes, wrong, findings } = found;
    let scrub = Scrub { at: (tools.now)().timestamp(), wrong, findings: findings.clone() };
    if let Err(why) = held.store.remember_scrub(golden.month, &scrub) {
        monitor.warn(format!("that {} was read could not be written down: {why}", golden.month));
    }
    if wrong > 0 {
        monitor.warn(format!(
            "{} of the golden month {} {} not as saved",
            counted(wrong, "thing"),
            golden.month,
            if wrong == 1 { "is" } else { "are" }
        ));
    }
    let (host, month, ok) = (host.name.clone(), golden.month, wrong == 0);
    Ok(GoldenVerified { host, month, ok, files, bytes, wrong, findings })
}
