//! Collecting: new files are written beside the live ones, complete with owner, mode and time, while
//! no live file is touched. Dropping a [`Staging`] leaves nothing behind.
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::age::Elapsed;
use super::commit::Planned;
use super::error::{Error, Obstacle};
use super::id::SwapId;
use super::place::{Active, Root};
use super::plan::{self, Change, DRAFT, Keeping, New, NewFile, PlanHeader, PlanWriter, Step, Waits, Was};
use super::record::{Intent, RootRecord, State, Swaps};
use super::staged_file::{Filled, Put, StagedFile};
use super::step;
use crate::base::attributes::{Attributes, Denied, Kind, Seen};
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::monitor::Monitor;

/// What to do when an owner, group or mode cannot be set by this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// End the swap; nothing was changed.
    Insist,
    /// Warn with the name and go on.
    Accept,
}

/// A root by its place, and a name below it.
type Name = (usize, RelPath);

#[derive(Debug, Clone, Copy)]
pub(super) struct Intended {
    n: u32,
    digest: Option<[u8; 32]>,
}

/// New files on their way. Roots are named by their place in the list given to [`Swaps::begin`].
#[derive(Debug)]
pub struct Staging {
    pub(super) active: Active,
    ownership: Ownership,
    told_of_times: Cell<bool>,
    pub(super) next: u32,
    pub(super) planned: HashMap<Name, Intended>,
    /// Folders that were looked at, and those among them that are missing, with what they shall be.
    parents: HashSet<Name>,
    missing: BTreeMap<Name, Option<Attributes>>,
    gone: Vec<Name>,
    mounts: Vec<(u64, u64)>,
    draft: std::fs::File,
}

impl Swaps {
    /// Begins a swap below `roots`, which must exist. Refused while another swap is at work or one
    /// waits for recovery. `now` names the swap.
    pub fn begin(&self, roots: &[PathBuf], ownership: Ownership, now: Timestamp) -> Result<Staging, Error> {
        Staging::begin(self, roots, ownership, now, None)
    }
}

impl Staging {
    pub(super) fn begin(
        swaps: &Swaps,
        roots: &[PathBuf],
        ownership: Ownership,
        now: Timestamp,
        undoes: Option<SwapId>,
    ) -> Result<Self, Error> {
        let alone = swaps.alone()?;
        let mut newest = 0;
        for record in swaps.records()? {
            if matches!(record.state()?, State::Commit | State::Back) {
                return Err(Error::Unfinished(record.id));
            }
            newest = record.intent()?.map_or(newest, |intent| intent.nth.max(newest));
        }
        let elapsed = Elapsed::at(alone.path(), now);
        elapsed.remember(alone.dir())?;
        let elapsed_ms = elapsed.millis;
        let mut intent = Intent { created: now, undoes, roots: Vec::new(), nth: newest + 1, elapsed_ms };
        let mut mounts = Vec::new();
        for path in roots {
            let path = std::path::absolute(path).map_err(Error::io("find", path))?;
            let seen = Dir::open(&path).and_then(|dir| Ok((dir.seen_itself()?, dir.mount()?)));
            let (seen, mount) = seen.map_err(Error::io("open", &path))?;
            intent.roots.push(RootRecord { path, inode: seen.inode });
            mounts.push(mount);
        }
        let active = Active::begin(alone, SwapId::new(now), intent)?;
        let made = active.record.dir.create_new(&RelPath::of_our_own(DRAFT));
        let draft = made.map_err(Error::io("write", active.record.dir.path()))?;
        Ok(Staging {
            active,
            ownership,
            told_of_times: Cell::new(false),
            next: 0,
            planned: HashMap::new(),
            parents: HashSet::new(),
            missing: BTreeMap::new(),
            gone: Vec::new(),
            mounts,
            draft,
        })
    }

    pub fn id(&self) -> &SwapId {
        &self.active.record.id
    }

    /// The content for `path`, read to its end. `attributes.mode` is at most `0o777`. A file that is
    /// there will be kept and replaced; a link, folder or special file in the way is refused.
    pub fn put(
        &mut self,
        root: usize,
        path: &RelPath,
        attributes: Attributes,
        content: impl Read,
        monitor: &dyn Monitor,
    ) -> Result<Put, Error> {
        let filled = self.staged(root, path, attributes)?.fill(content, monitor)?;
        self.keep(filled, monitor)
    }

    /// The first third of [`Staging::put`]: a place for the content of `path`. Any thread may fill it,
    /// and many at once; what is filled counts when it was given to [`Staging::keep`].
    pub fn staged(&mut self, root: usize, path: &RelPath, attributes: Attributes) -> Result<StagedFile, Error> {
        if attributes.mode > 0o777 {
            return Err(Error::Mode { path: self.root(root)?.full(path), mode: attributes.mode });
        }
        let n = self.admit(root, path)?;
        let place = self.root(root)?;
        let full = place.full(path);
        let file = place.dir.create_new(&place.new_at(n)).map_err(Error::io("stage", &full))?;
        Ok(StagedFile { n, root, path: path.clone(), full, attributes, file })
    }

    /// The last third: the new file belongs to the swap.
    pub fn keep(&mut self, filled: Filled, monitor: &dyn Monitor) -> Result<Put, Error> {
        let Filled { n, root, path, full, denied, seen, put } = filled;
        if self.planned.contains_key(&(root, path.clone())) {
            return Err(Error::Twice(full));
        }
        self.judge(&full, &denied, monitor)?;
        self.change(n, root, &path, New::File(new_file(&seen, Waits::Staged)), Some(put.digest))?;
        Ok(put)
    }

    /// `path` becomes a second name of the new file `to`, which must have been put before.
    pub fn link(&mut self, root: usize, path: &RelPath, to: &RelPath) -> Result<(), Error> {
        let n = self.admit(root, path)?;
        let place = self.root(root)?;
        let unknown = || Error::NoSuchNewFile { path: place.full(path), to: place.full(to) };
        let Intended { n: to_n, digest } = *self.planned.get(&(root, to.clone())).ok_or_else(unknown)?;
        let from = place.new_at(to_n);
        let target = place.seen(&from)?.ok_or_else(unknown)?;
        let staged = place.new_at(n);
        let seen = match place.keeping {
            Keeping::Link => {
                place.dir.link(&from, &staged).map_err(Error::io("stage", place.full(path)))?;
                target
            }
            Keeping::Copy => step::copy(place, &from, &staged, &target.attributes)?,
        };
        self.change(n, root, path, New::File(new_file(&seen, Waits::Staged)), digest)
    }

    /// The file at `path` will be gone; it is moved aside and comes back with an undo. A file that
    /// is not there already is as good.
    pub fn remove(&mut self, root: usize, path: &RelPath) -> Result<(), Error> {
        if self.root(root)?.seen(path)?.is_none() {
            return Ok(());
        }
        let n = self.admit(root, path)?;
        self.change(n, root, path, New::NoFile, None)
    }

    /// If this folder is missing it is made like this (mode at most `0o2777`); one that is there
    /// stays as it is. Missing folders that nobody speaks of are made like the one above them.
    pub fn folder(&mut self, root: usize, path: &RelPath, attributes: Attributes) -> Result<(), Error> {
        let full = self.root(root)?.full(path);
        if attributes.mode & !0o2777 != 0 {
            return Err(Error::Mode { path: full, mode: attributes.mode });
        }
        self.way(root, path)?;
        if let Some(declared) = self.missing.get_mut(&(root, path.clone())) {
            *declared = Some(attributes);
        }
        Ok(())
    }

    /// A file that waits among the kept files of the swap that is being undone. It is linked, so that
    /// it stays there too, or borrowed where it may not be linked.
    pub(super) fn bring_back(&mut self, root: usize, path: &RelPath, kept: u32) -> Result<(), Error> {
        let n = self.admit(root, path)?;
        let place = self.root(root)?;
        let (from, staged) = (place.kept_at(kept), place.new_at(n));
        let gone = || Error::Io { doing: "read", path: place.full(&from), source: std::io::ErrorKind::NotFound.into() };
        let seen = place.seen(&from)?.ok_or_else(gone)?;
        let (seen, waits) = match place.keeping {
            Keeping::Copy => (step::copy(place, &from, &staged, &seen.attributes)?, Waits::Staged),
            Keeping::Link => match place.dir.link(&from, &staged) {
                Ok(()) => (seen, Waits::Staged),
                Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => (seen, Waits::Kept(kept)),
                Err(e) => return Err(Error::io("stage", place.full(path))(e)),
            },
        };
        self.change(n, root, path, New::File(new_file(&seen, waits)), None)
    }

    /// The folder will be gone if it is empty by then.
    pub(super) fn remove_folder(&mut self, root: usize, path: &RelPath) {
        self.gone.push((root, path.clone()));
    }

    /// Makes all that was collected durable and writes the plan. From now on only the names change.
    pub fn plan(mut self, monitor: &dyn Monitor) -> Result<Planned, Error> {
        monitor.checkpoint()?;
        if let Some(((root, path), _)) = self.missing.iter().find(|(key, _)| self.planned.contains_key(key)) {
            let path = self.root(*root)?.full(path);
            return Err(Error::InTheWay { path, obstacle: Obstacle::NoFolder });
        }
        let folders = self.make_folders(monitor)?;
        // One wait for the whole disk instead of one for each of ten thousand pictures.
        for root in &self.active.roots {
            root.dir.sync_file_system().map_err(Error::io("save the new files in", root.dir.path()))?;
        }
        let record = &self.active.record;
        let keeping = self.active.roots.iter().map(|root| root.keeping).collect();
        let head = PlanHeader { keeping, files: self.planned.len() as u32 };
        let mut writer = PlanWriter::plan(record, &head)?;
        for change in folders {
            writer.line(&Step { change, old: None })?;
        }
        for (count, change) in plan::draft(record)?.enumerate() {
            if count % 256 == 0 {
                monitor.checkpoint()?;
            }
            let change = change?;
            let old = self.root(change.root)?.seen(&change.path)?;
            writer.line(&Step { old: old.as_ref().map(Was::from), change })?;
        }
        self.gone.sort();
        for ((root, path), n) in std::mem::take(&mut self.gone).into_iter().rev().zip(self.next..) {
            if let Some(old) = self.root(root)?.seen(&path)? {
                writer
                    .line(&Step { change: Change { n, root, path, new: New::NoFolder }, old: Some(Was::from(&old)) })?;
            }
        }
        writer.name_it()?;
        record.set_state(State::Planned)?;
        Ok(Planned::new(self.active, head.files))
    }

    fn make_folders(&mut self, monitor: &dyn Monitor) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for ((root, path), declared) in std::mem::take(&mut self.missing) {
            let n = self.next;
            self.next += 1;
            let place = self.root(root)?;
            let attributes = match declared {
                Some(attributes) => attributes,
                None => like_the_one_above(place, &path)?,
            };
            let full = place.full(&path);
            let staged = place.new_at(n);
            let made = place.dir.make_dir(&staged).and_then(|()| place.dir.dir(&staged)?.put_attributes(&attributes));
            let denied = made.map_err(Error::io("make", &full))?;
            if declared.is_some() {
                self.judge(&full, &denied, monitor)?;
            }
            changes.push(Change { n, root, path, new: New::Folder(attributes) });
        }
        Ok(changes)
    }

    pub(super) fn root(&self, root: usize) -> Result<&Root, Error> {
        self.active.roots.get(root).ok_or(Error::NoRoot(root))
    }

    /// Refuses early what could not be swapped, and gives the change its number.
    fn admit(&mut self, root: usize, path: &RelPath) -> Result<u32, Error> {
        let full = self.root(root)?.full(path);
        if self.planned.contains_key(&(root, path.clone())) {
            return Err(Error::Twice(full));
        }
        if let Some(parent) = path.parent() {
            self.way(root, &parent)?;
        }
        let obstacle = match self.root(root)?.seen(path)?.map(|seen| seen.kind) {
            None | Some(Kind::File) => {
                self.next += 1;
                return Ok(self.next - 1);
            }
            Some(Kind::Link) => Obstacle::Link,
            Some(Kind::Folder) => Obstacle::Folder,
            Some(Kind::Special) => Obstacle::Special,
        };
        Err(Error::InTheWay { path: full, obstacle })
    }

    /// Looks at every folder down to `folder`: real folders on the disk of the root, or missing.
    pub(super) fn way(&mut self, root: usize, folder: &RelPath) -> Result<(), Error> {
        if self.parents.contains(&(root, folder.clone())) {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.way(root, &above)?;
        }
        let place = self.root(root)?;
        let full = place.full(folder);
        match place.seen(folder)?.map(|seen| seen.kind) {
            Some(Kind::Folder) => {
                let mount = place.dir.dir(folder).and_then(|dir| dir.mount()).map_err(Error::io("open", &full))?;
                if Some(&mount) != self.mounts.get(root) {
                    return Err(Error::OtherDisk { path: full, root: place.dir.path().to_owned() });
                }
            }
            None => {
                self.missing.insert((root, folder.clone()), None);
            }
            Some(Kind::Link) => return Err(Error::InTheWay { path: full, obstacle: Obstacle::Link }),
            Some(_) => return Err(Error::InTheWay { path: full, obstacle: Obstacle::NoFolder }),
        }
        self.parents.insert((root, folder.clone()));
        Ok(())
    }

    fn judge(&self, full: &Path, denied: &[Denied], monitor: &dyn Monitor) -> Result<(), Error> {
        let (times, denied): (Vec<&Denied>, Vec<&Denied>) = denied.iter().partition(|denied| **denied == Denied::Time);
        // The content is right; one warning says that the disk takes no times, not one for each file.
        if !times.is_empty() && !self.told_of_times.replace(true) {
            monitor.warn(format!(
                "{}: the disk takes no times, so this file and others have the present one",
                full.display()
            ));
        }
        if denied.is_empty() {
            return Ok(());
        }
        let what = denied.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let refused = Error::Denied { path: full.to_owned(), what };
        if self.ownership == Ownership::Insist {
            return Err(refused);
        }
        monitor.warn(refused.to_string());
        Ok(())
    }

    pub(super) fn change(
        &mut self,
        n: u32,
        root: usize,
        path: &RelPath,
        mut new: New,
        digest: Option<[u8; 32]>,
    ) -> Result<(), Error> {
        if let New::File(file) = &mut new {
            file.digest = digest.map(|digest| blake3::Hash::from(digest).to_hex().to_string());
        }
        let record = self.active.record.dir.path();
        let mut line = serde_json::to_vec(&Change { n, root, path: path.clone(), new })
            .map_err(|e| Error::io("write", record)(e.into()))?;
        line.push(b'\n');
        self.draft.write_all(&line).map_err(Error::io("write", record))?;
        self.planned.insert((root, path.clone()), Intended { n, digest });
        Ok(())
    }
}

fn new_file(seen: &Seen, waits: Waits) -> NewFile {
    NewFile { inode: seen.inode, bytes: seen.bytes, attributes: seen.attributes, digest: None, waits }
}

fn like_the_one_above(root: &Root, path: &RelPath) -> Result<Attributes, Error> {
    let mut above = path.parent();
    while let Some(folder) = above {
        if let Some(seen) = root.seen(&folder)? {
            return Ok(inherited(&seen));
        }
        above = folder.parent();
    }
    let top = root.dir.seen_itself().map_err(Error::io("look at", root.dir.path()))?;
    Ok(inherited(&top))
}

fn inherited(above: &Seen) -> Attributes {
    let us = rustix::process::geteuid();
    let uid = if us.is_root() { above.attributes.uid } else { us.as_raw() };
    Attributes { mode: above.attributes.mode & 0o2777, uid, ..above.attributes }
}
