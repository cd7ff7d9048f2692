//! Take a snapshot of a host.
//!
//! Everything is written beside the snapshots that there are, and counts only after it is on the disk, its marker with
//! it. A run that fails or is stopped leaves nothing, and a run that is killed leaves what the next one removes.
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alarm::{self, Alarm};
use super::base::{Base, Times};
use super::places::{self, Held};
use super::source::{Before, Source};
use super::{Error, pointed, told};
use crate::base::attributes::Moment;
use crate::destination::capability;
use crate::destination::drive::Ready;
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::domain::host::settings::{HostName, HostSettings, Sharing};
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::marker::{FORMAT, Marker};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::shrink::why_suspect;
use crate::work::noted::Noted;
use crate::work::{Clock, Tools};

/// From so many shared files on it is odd when none is.
const MANY: u64 = 20;

/// What became of it, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Taken {
    pub host: HostName,
    pub destination: DestinationName,
    pub snapshot: SnapshotName,
    /// There was one of this hour already, and nothing was done.
    pub skipped: bool,
    /// The snapshot that unchanged files are shared with.
    pub base: Option<SnapshotName>,
    pub counts: Counts,
    /// Why it is not trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect: Option<String>,
    pub warnings: Vec<String>,
}

pub fn take(tools: &Tools, host: &HostName, monitor: &dyn Monitor) -> Result<Taken, Error> {
    places::watched(tools, host, monitor, take_here)
}

/// Only looks: what a snapshot that is taken now would have.
pub fn would_take(tools: &Tools, host: &HostName, monitor: &dyn Monitor) -> Result<Taken, Error> {
    places::watched(tools, host, monitor, look_here)
}

/// What a run works with.
struct Run<'a> {
    tools: &'a Tools,
    host: &'a HostSettings,
    destination: DestinationName,
    now: Zoned,
    clock: Clock,
    name: SnapshotName,
    slot: Timestamp,
}

impl<'a> Run<'a> {
    fn of(tools: &'a Tools, host: &'a HostSettings) -> Result<Run<'a>, Error> {
        let now = (tools.now)();
        let (name, slot) = SnapshotName::of(&now);
        Ok(Run {
            tools,
            host,
            destination: places::drive(tools, host)?.name.clone(),
            now,
            clock: tools.now.clone(),
            name,
            slot,
        })
    }

    fn taken(&self, base: Option<SnapshotName>, counts: Counts) -> Taken {
        Taken {
            host: self.host.name.clone(),
            destination: self.destination.clone(),
            snapshot: self.name,
            skipped: false,
            base,
            counts,
            suspect: None,
            warnings: Vec::new(),
        }
    }

    fn skipped(&self, there: Snapshot) -> Taken {
        let suspect = there.suspect().map(str::to_owned);
        Taken { skipped: true, suspect, ..self.taken(there.marker.base, there.marker.counts) }
    }
}

fn look_here(tools: &Tools, host: &HostSettings, monitor: &dyn Monitor) -> Result<Taken, Error> {
    let run = Run::of(tools, host)?;
    let ready = places::drive(tools, host)?.drive.ready()?;
    let store = SnapshotStore::find(ready.dir(), &host.name).map_err(Error::io("the snapshots could not be read"))?;
    let all = match &store {
        Some(store) => store.snapshots().map_err(Error::io("the snapshots could not be read"))?,
        None => Vec::new(),
    };
    if let Some(there) = all.iter().find(|snapshot| snapshot.name == run.name) {
        return Ok(run.skipped(there.clone()));
    }
    let source = Source::open(tools, host, &ready)?;
    let before = pointed::newest_good(&all, run.now.timestamp()).filter(|_| host.sharing == Sharing::Links);
    let base_name = before.map(|snapshot| snapshot.name);
    let found = match before.zip(store.as_ref()) {
        Some((snapshot, store)) => {
            // One that cannot be used is told here, and not passed over.
            Base::open(store, snapshot.clone(), Times::Kept)?;
            let open = || Base::open(store, snapshot.clone(), Times::Kept).ok();
            source.survey(Some(&Before { store, snapshot, open: &open }), monitor)?
        }
        None => source.survey(None, monitor)?,
    };
    source.refuse_nothing(&found.counts)?;
    found.fits(&ready.room().map_err(Error::io("the room on the drive could not be asked for"))?)?;
    Ok(run.taken(base_name, found.counts))
}

fn take_here(tools: &Tools, host: &HostSettings, monitor: &dyn Monitor) -> Result<Taken, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Survey, Stage::CopyFiles, Stage::Store]);
    noted.stage(Stage::Survey);
    let run = Run::of(tools, host)?;
    let held = places::hold(tools, host)?;
    held.store.sweep(&mut || Ok::<_, Error>(noted.checkpoint()?)).map_err(|error| match error {
        Error::Io { source, .. } => Error::io("what an earlier run left could not be removed from the drive")(source),
        other => other,
    })?;
    let all = held.store.snapshots().map_err(Error::io("the snapshots could not be read"))?;
    if let Some(there) = all.iter().find(|snapshot| snapshot.name == run.name) {
        return Ok(run.skipped(there.clone()));
    }
    if held.store.is_taken(run.name).map_err(Error::io("the snapshots could not be read"))? {
        let place = held.ready.dir().path().join(format!("hosts/{}/hourly/{}", host.name, run.name));
        return Err(Error::InTheWay(place));
    }
    let source = Source::open(tools, host, &held.ready)?;
    refuse_without_links(&held.ready, host)?;
    let mut taken = fill_and_publish(&run, &held, &all, &source, &noted)?;
    taken.warnings = noted.warnings();
    Ok(taken)
}

fn fill_and_publish(
    run: &Run<'_>,
    held: &Held,
    all: &[Snapshot],
    source: &Source,
    monitor: &dyn Monitor,
) -> Result<Taken, Error> {
    let Held { ready, store } = held;
    let before = pointed::newest_good(all, run.now.timestamp());
    warn_of_the_clock(run, all, monitor);
    let wanted = before.filter(|_| run.host.sharing == Sharing::Links);
    let times = if ready.habits().is_some_and(|habits| habits.keeps_times) { Times::Kept } else { Times::NotKept };
    let open = || match Base::open(store, wanted?.clone(), times) {
        Ok(base) => Some(base),
        Err(error) => {
            monitor.warn(format!("all files are copied anew: {}", Failure::of(&error).message));
            None
        }
    };
    let base = wanted.map(|snapshot| Before { store, snapshot, open: &open });
    let room = ready.room().map_err(Error::io("the room on the drive could not be asked for"))?;
    let total = match source.survey_if_tight(base.as_ref(), &room, monitor)? {
        Some(found) => {
            source.refuse_nothing(&found.counts)?;
            found.fits(&room)?;
            found.counts
        }
        // About as many as before.
        None => Counts { files: wanted.map_or(0, |before| before.marker.counts.files), ..Counts::default() },
    };

    monitor.stage(Stage::CopyFiles);
    let started = run.now.timestamp();
    let id = Uuid::now_v7();
    let partial = store.begin(id).map_err(Error::io("the folder of the new snapshot could not be made"))?;
    let drive_clock = partial.begun().map_err(Error::io("the clock of the drive could not be read"))?;
    let filled = source.fill(&partial, base.as_ref(), &total, monitor)?;
    source.refuse_nothing(&filled.counts)?;

    monitor.stage(Stage::Store);
    ready.recheck()?;
    let alarm = match before {
        Some(before) if before.marker.manifest != filled.manifest => {
            alarm::look(run.tools, run.host, (store, all, before), &partial, monitor)?
        }
        _ => Alarm::default(),
    };
    let shrunk = before.and_then(|before| why_suspect(&before.marker.counts, &filled.counts));
    let suspect = shrunk.or_else(|| alarm.critical());
    if filled.base.is_some() && filled.counts.linked == 0 && filled.counts.changed > MANY {
        monitor.warn("nothing could be shared with the snapshot before, so all files were copied".to_owned());
    }
    if let Some(why) = &suspect {
        monitor.warn(format!(
            "this snapshot is not trusted, because {why}: older ones stay until you say that it is good, with \
             `allsky-backups snapshots trust {} {}`",
            run.host.name, run.name
        ));
    }
    let marker = Marker {
        format: FORMAT,
        run: id,
        host: run.host.name.clone(),
        name: run.name,
        slot: run.slot,
        started,
        finished: (run.clock)().timestamp(),
        drive_clock: at(drive_clock),
        source: run.host.source.shown(),
        sharing: run.host.sharing,
        base: filled.base,
        counts: filled.counts.clone(),
        measure: alarm.measure,
        findings: alarm.findings,
        suspect: suspect.clone(),
        golden: None,
        adopted: None,
        manifest: filled.manifest.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    // A snapshot that has its name and no pointers would not be the base of the next one.
    let placing = protect(monitor, "the snapshot lies in its place")?;
    if let Some(before) = wanted.filter(|before| before.marker.manifest == filled.manifest) {
        share_manifest(store, before, &partial)?;
    }
    partial.publish(&marker, &filled.top).map_err(Error::io("the snapshot could not be put in its place"))?;
    ready.recheck()?;
    pointed::point(store, run.now.timestamp(), &placing)?;
    told::tell(run.tools, &run.host.name, run.name, if suspect.is_some() { told::SUSPECT } else { told::TAKEN });
    Ok(Taken { suspect, ..run.taken(filled.base, filled.counts) })
}

/// A list that says the same is kept once.
fn share_manifest(store: &SnapshotStore, before: &Snapshot, partial: &Partial<'_>) -> Result<(), Error> {
    let failed = || Error::io("the manifest could not be shared with the snapshot before");
    let tree = store.tree(before.name).map_err(failed())?;
    partial.share_manifest(&tree).map_err(failed())
}

fn refuse_without_links(ready: &Ready, host: &HostSettings) -> Result<(), Error> {
    if host.sharing == Sharing::Copies {
        return Ok(());
    }
    let can = capability::probe(ready.dir()).map_err(Error::io("a file could not be made on the drive for a trial"))?;
    if can.hard_links { Ok(()) } else { Err(Error::NoHardLinks(ready.dir().path().to_owned())) }
}

/// Snapshots from a later hour were made by another clock, or the clock of this machine went back.
fn warn_of_the_clock(run: &Run<'_>, all: &[Snapshot], monitor: &dyn Monitor) {
    let later = all.iter().filter(|snapshot| snapshot.marker.slot > run.slot).count();
    if later > 0 {
        monitor.warn(format!(
            "{later} of the snapshots are from a later time than now: the clock of this machine was ahead, or is behind"
        ));
    }
}

fn at(moment: Moment) -> Timestamp {
    Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::new(moment.seconds, i32::try_from(moment.nanos).unwrap_or(0)))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
