//! What a snapshot is taken of: a folder of this machine, which is walked, or one of another machine, which rsync brings.
//! Everything before and behind that is one way for both.
use super::Error;
use super::base::{Base, Times};
use super::fill::{HardLinks, Recorded, fill};
use super::findings::Findings;
use super::remote::{Brings, RemoteFolder};
use super::step_record::writing;
use super::survey::{Survey, survey};
use super::walk_brought::WalkBrought;
use super::walk_here::WalkHere;
use crate::base::attributes::Seen;
use crate::base::space::Room;
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::walk::walk;
use crate::destination::drive::Ready;
use crate::destination::snapshots::partial::Partial;
use crate::destination::snapshots::store::{Snapshot, SnapshotStore};
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::settings::{self, HostSettings};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::name::SnapshotName;
use crate::host::local::LocalFolder;
use crate::host::selection::Selection;
use crate::work::Tools;

/// With so much room, or a tenth of what the host had, a host is not asked first how much is new.
const ENOUGH_BYTES: u64 = 4 << 30;

pub(super) enum Source {
    Here { folder: LocalFolder, selection: Selection, hard_links: HardLinks },
    Ssh(Box<RemoteFolder>),
}

/// What is in the folder of the new snapshot.
pub(super) struct Filled {
    pub counts: Counts,
    pub base: Option<SnapshotName>,
    pub manifest: String,
    /// The folder of the host itself.
    pub top: Seen,
}

/// The snapshot before, and a way to open it; that gives `None` when its manifest cannot be used.
pub(super) struct Before<'a> {
    pub store: &'a SnapshotStore,
    pub snapshot: &'a Snapshot,
    pub open: &'a dyn Fn() -> Option<Base>,
}

impl Source {
    /// The folder of the host, and what of it is taken.
    pub fn open(tools: &Tools, host: &HostSettings, ready: &Ready) -> Result<Source, Error> {
        let path = match &host.source {
            settings::Source::Here(path) => path,
            settings::Source::Ssh(remote) => {
                return Ok(Source::Ssh(Box::new(RemoteFolder::new(tools, host, remote)?)));
            }
        };
        let folder = LocalFolder::open(path)?;
        let drive = ready.dir().seen_itself().map_err(Error::io("the drive could not be looked at"))?;
        folder.refuse_below(&drive)?;
        let device = host.one_file_system.then_some(folder.seen().device);
        let selection = Selection { excludes: host.left_out(), device, drive: (drive.device, drive.inode) };
        let hard_links = if host.hard_links { HardLinks::Kept } else { HardLinks::NotKept };
        Ok(Source::Here { folder, selection, hard_links })
    }

    /// How much is new.
    pub fn survey(&self, before: Option<&Before<'_>>, monitor: &dyn Monitor) -> Result<Survey, Error> {
        match self {
            Source::Here { folder, selection, .. } => {
                survey(folder, selection, before.and_then(|before| (before.open)()), monitor)
            }
            Source::Ssh(remote) => {
                let tree = match before {
                    Some(before) => {
                        let tree = before.store.tree(before.snapshot.name);
                        Some(tree.map_err(Error::io("the snapshot before could not be read"))?)
                    }
                    None => None,
                };
                let base = tree.as_ref().map(crate::base::dir::Dir::as_fd);
                remote.survey(base.zip(before.map(|before| &before.snapshot.marker.counts)), monitor)
            }
        }
    }

    /// As [`Source::survey`], where that costs little: to go through a host takes as long as a whole run when little is
    /// new. `None` when there is room enough in any case.
    pub fn survey_if_tight(
        &self,
        before: Option<&Before<'_>>,
        room: &Room,
        monitor: &dyn Monitor,
    ) -> Result<Option<Survey>, Error> {
        let had = before.map(|before| &before.snapshot.marker.counts);
        let is_enough = |had: &Counts| {
            let files = had.folders + had.symlinks + had.files / 10;
            room.free_bytes >= ENOUGH_BYTES.min(had.bytes / 10).max(64 << 20)
                && room.free_inodes.is_none_or(|free| free >= files)
        };
        if had.is_some_and(is_enough) { Ok(None) } else { self.survey(before, monitor).map(Some) }
    }

    pub fn fill(
        &self,
        partial: &Partial<'_>,
        before: Option<&Before<'_>>,
        total: &Counts,
        monitor: &dyn Monitor,
    ) -> Result<Filled, Error> {
        match self {
            Source::Here { folder, selection, hard_links } => {
                fill_here(partial, before, total, (folder, selection, *hard_links), monitor)
            }
            Source::Ssh(remote) => fill_by_rsync(partial, before, total, remote, monitor),
        }
    }

    /// A folder of which nothing is taken makes no snapshot.
    pub fn refuse_nothing(&self, counts: &Counts) -> Result<(), Error> {
        match self {
            _ if counts.files + counts.symlinks + counts.folders > 0 => Ok(()),
            Source::Here { folder, .. } => Err(folder.is_empty().into()),
            Source::Ssh(_) => Err(RemoteError::Empty.into()),
        }
    }
}

fn fill_here(
    partial: &Partial<'_>,
    before: Option<&Before<'_>>,
    total: &Counts,
    (folder, selection, hard_links): (&LocalFolder, &Selection, HardLinks),
    monitor: &dyn Monitor,
) -> Result<Filled, Error> {
    let base = before.and_then(|before| (before.open)());
    let times = base.as_ref().map_or(Times::Kept, Base::times);
    let (to, from) = (partial.tree().as_fd().try_clone_to_owned()?, folder.fd().try_clone_to_owned()?);
    let known = (Counts::default(), Findings::default());
    let (recorded, (base, left)) = fill(partial, known, (times, total), monitor, |plan| {
        let mut walker = WalkHere {
            selection,
            base,
            to: OpenPath::new(to)?,
            hard_links,
            counts: Counts::default(),
            carried: Vec::new(),
            folder: None,
            plan,
            monitor,
        };
        walk(from, &mut walker)?;
        Ok((walker.base, walker.counts))
    })?;
    let Recorded { counts, findings, manifest } = recorded;
    let (left_out, special, other_file_systems) = (left.left_out, left.special, left.other_file_systems);
    let counts = Counts { left_out, special, other_file_systems, ..counts };
    finish(base, Recorded { counts, findings, manifest }, *folder.seen(), monitor)
}

fn fill_by_rsync(
    partial: &Partial<'_>,
    before: Option<&Before<'_>>,
    total: &Counts,
    remote: &RemoteFolder,
    monitor: &dyn Monitor,
) -> Result<Filled, Error> {
    for brings in [Brings::WhatIsNew, Brings::WithLinks] {
        let base = before.and_then(|before| (before.open)());
        if let Some(filled) = brought(partial, (base, brings), total, remote, monitor)? {
            return Ok(filled);
        }
        // Then rsync alone knows what is the same.
        monitor.warn("the snapshot before holds files that its manifest does not name, so everything was compared again; `allsky-backups snapshots verify` names them".to_owned());
        partial.clear(&mut || Ok::<_, Error>(monitor.checkpoint()?))?;
    }
    Err(RemoteError::Empty.into())
}

/// `None` when rsync left out what the snapshot before has not.
fn brought(
    partial: &Partial<'_>,
    (base, brings): (Option<Base>, Brings),
    total: &Counts,
    remote: &RemoteFolder,
    monitor: &dyn Monitor,
) -> Result<Option<Filled>, Error> {
    let had = base.as_ref().map(|base| (base.snapshot.name, &base.snapshot.marker.counts));
    let filling = remote.fill(partial, (had, brings), total, monitor)?;
    let mut findings = Findings::default();
    findings.tell_of(&filling.left);
    for name in partial.refuse_our_names(&mut || Ok::<_, Error>(monitor.checkpoint()?))? {
        findings.our_names.add(&name);
    }
    let top = partial.tree().seen_itself()?;
    let base = base.filter(|_| filling.base.is_some());
    let times = base.as_ref().map_or(Times::Kept, Base::times);
    let counts = Counts { special: filling.special, vanished: filling.left.vanished, ..Counts::default() };
    let folder = || partial.tree().as_fd().try_clone_to_owned();
    let (to, from, unchanged) = (folder()?, folder()?, filling.unchanged);
    let (recorded, found) = fill(partial, (counts, findings), (times, total), monitor, |plan| {
        let mut walker = WalkBrought {
            base,
            unchanged,
            matched: 0,
            to: OpenPath::new(to)?,
            path: Vec::new(),
            folder: None,
            special: 0,
            plan,
            monitor,
        };
        walk(from, &mut walker)?;
        walker.pass_rest()?;
        let WalkBrought { base, unchanged, matched, special, .. } = walker;
        Ok((base, unchanged.is_none_or(|unchanged| unchanged.count() == matched), special))
    })?;
    let (base, is_all, special) = found;
    if !is_all {
        return Ok(None);
    }
    let Recorded { mut counts, findings, manifest } = recorded;
    counts.special += special;
    finish(base, Recorded { counts, findings, manifest }, top, monitor).map(Some)
}

fn finish(base: Option<Base>, recorded: Recorded, top: Seen, monitor: &dyn Monitor) -> Result<Filled, Error> {
    let Recorded { mut counts, findings, manifest } = recorded;
    counts.unreadable = findings.unreadable.count;
    counts.changed_meanwhile = findings.changed.count;
    counts.many_names = findings.many_names.count;
    counts.not_held = findings.not_held.count;
    let base_name = base.as_ref().map(|base| base.snapshot.name);
    if let Some(mut base) = base {
        counts.deleted = base.files_gone()?;
    }
    findings.tell(monitor);
    Ok(Filled { counts, base: base_name, manifest: manifest.finish().map_err(writing())?, top })
}
