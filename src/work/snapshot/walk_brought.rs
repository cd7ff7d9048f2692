//! Plans a snapshot of another machine after rsync has brought what is new: what lies there is looked at, not what was
//! said of it.
//!
//! What rsync brought is read back from the drive. What it left out, because the snapshot before has it, gets a second
//! name of the file there, and its digest from the manifest of that. What a host must not bring goes.
use std::io;
use std::sync::Arc;

use rustix::fs::AtFlags;

use super::Error;
use super::base::{Base, Likeness};
use super::several_names::Inode;
use super::steps::{Before, FileStep, Folder, Plan, Step, Todo};
use super::unchanged::Unchanged;
use crate::base::attributes::Kind;
use crate::base::rel_path::printable;
use crate::base::tree::open_path::{OpenPath, split};
use crate::base::tree::walk::{Enter, Here, Visitor};
use crate::base::tree::xattrs::Xattrs;
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::entry::{Entry, Looks, Names, Sort};
use crate::domain::snapshot::marker::is_our_name;

pub(super) struct WalkBrought<'a, 'p> {
    pub base: Option<Base>,
    /// What rsync left out; `None` when it made the links itself.
    pub unchanged: Option<Unchanged>,
    /// How many of that were found in the snapshot before.
    pub matched: u64,
    pub to: OpenPath,
    /// Where the walk is, below the top.
    pub path: Vec<u8>,
    /// The folder in which the walk is, once something in it was met.
    pub folder: Option<Arc<Folder>>,
    pub special: u64,
    pub plan: &'a mut Plan<'p>,
    pub monitor: &'a dyn Monitor,
}

impl WalkBrought<'_, '_> {
    fn folder(&mut self) -> Result<Arc<Folder>, Error> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        self.plan.count_folder()?;
        let base = match &self.base {
            Some(base) => base.place()?,
            None => None,
        };
        let to = self.to.end()?.try_clone_to_owned()?;
        Ok(self.folder.insert(Arc::new(Folder { path: self.path.as_slice().into(), from: None, to, base })).clone())
    }

    fn add(&mut self, name: &[u8], looks: Looks, inode: Inode, todo: Todo) -> Result<(), Error> {
        let folder = self.folder()?;
        self.plan.add(Step::File(FileStep { folder, name: name.into(), looks, inode, todo }))
    }

    fn file(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.pass_before(here.path, Sort::File)?;
        let entry = match &mut self.base {
            Some(base) => base.seek(here.path, Sort::File)?,
            None => None,
        };
        let shared = self.base.as_ref().zip(entry.as_ref()).filter(|(base, entry)| base.is_one_with(here, entry));
        let todo = match (shared, &entry) {
            (Some((_, entry)), _) => Todo::Known(Before::of(entry)),
            (None, Some(_)) => Todo::ReadBack(Likeness::Changed),
            (None, None) => Todo::ReadBack(Likeness::New),
        };
        self.add(here.name, Looks::of(&here.seen), Inode::of(&here.seen), todo)
    }

    /// What the snapshot before has in front of `path`.
    fn pass_before(&mut self, path: &[u8], sort: Sort) -> Result<(), Error> {
        while let Some(entry) = self.take(|base| base.take_before(path, sort))? {
            self.pass(entry)?;
        }
        Ok(())
    }

    /// What the snapshot before has in the folder in which the walk is, and was not met.
    pub fn pass_rest(&mut self) -> Result<(), Error> {
        let path = self.path.clone();
        while let Some(entry) = self.take(|base| base.take_below(&path))? {
            self.pass(entry)?;
        }
        Ok(())
    }

    fn take(&mut self, next: impl FnOnce(&mut Base) -> Result<Option<Entry>, Error>) -> Result<Option<Entry>, Error> {
        self.base.as_mut().map_or(Ok(None), next)
    }

    /// Something of the snapshot before that rsync did not bring: it is shared, or gone.
    fn pass(&mut self, entry: Entry) -> Result<(), Error> {
        let (folder, name) = split(&entry.path);
        // No folder of ours is left out by rsync, so what lies in none is gone.
        let is_unchanged = entry.sort != Sort::Folder
            && folder == self.path
            && self.unchanged.as_ref().is_some_and(|unchanged| unchanged.has(&entry.path));
        if !is_unchanged {
            if let Some(base) = self.base.as_mut().filter(|_| entry.sort == Sort::File) {
                base.count_gone();
            }
            return Ok(());
        }
        self.matched += 1;
        let (looks, inode) = (entry.looks, Inode { device: 0, inode: 0, names: 1 });
        let todo = match entry.sort {
            Sort::Symlink => Todo::SymlinkTo(entry.target.clone()),
            _ => Todo::Link(Before { names: Names::One, ..Before::of(&entry) }),
        };
        self.add(name, looks, inode, todo)
    }

    /// Whether the thing has the name of a file of ours at the top.
    fn is_ours(here: &Here<'_>) -> bool {
        here.path.len() == here.name.len() && is_our_name(here.name)
    }
}

impl Visitor for WalkBrought<'_, '_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        match here.seen.kind {
            // The manifest that is being written.
            _ if Self::is_ours(here) => Ok(()),
            Kind::File => self.file(here),
            Kind::Link => {
                self.pass_before(here.path, Sort::Symlink)?;
                self.add(here.name, Looks::of(&here.seen), Inode::of(&here.seen), Todo::KnownSymlink)
            }
            Kind::Folder | Kind::Special => {
                self.special += 1;
                let gone = rustix::fs::unlinkat(here.folder, here.name, AtFlags::empty());
                gone.map_err(|why| Error::io("a device could not be removed from the snapshot")(why.into()))
            }
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.pass_before(here.path, Sort::Folder)?;
        self.folder = None;
        if let Some(base) = &mut self.base {
            // Its own line comes before all that is in it.
            base.seek(here.path, Sort::Folder)?;
            base.enter(here.name);
        }
        self.to.enter(here.name)?;
        self.path = here.path.to_vec();
        self.plan.add(Step::Enter { name: here.name.into(), looks: Looks::of(&here.seen) })?;
        Ok(Enter::Go)
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.pass_rest()?;
        self.folder = None;
        self.path = split(here.path).0.to_vec();
        self.to.leave()?;
        if let Some(base) = &mut self.base {
            base.leave()?;
        }
        // Names that were added have changed the time of the folder.
        self.plan.add(Step::Leave { attributes: here.seen.attributes, carried: Xattrs::new() })
    }

    /// What rsync has written must be there: nobody else works in this folder.
    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        Err(Error::io(format!("{} could not be read back from the drive", printable(path)))(why))
    }
}
