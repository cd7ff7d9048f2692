//! Plans a snapshot of a folder of this machine: what did not change gets a second name, everything else is copied.
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use rustix::fs::Mode;

use super::Error;
use super::base::{Base, Likeness};
use super::fill::HardLinks;
use super::one_file::is_no_name;
use super::several_names::Inode;
use super::steps::{Before, FileStep, Folder, Plan, Step, Todo, Told};
use super::survey::count;
use crate::base::attributes::Kind;
use crate::base::tree::open_path::OpenPath;
use crate::base::tree::walk::{Enter, Here, Visitor};
use crate::base::tree::xattrs::{self, Xattrs};
use crate::domain::monitor::Monitor;
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::entry::{Looks, Names, Sort};
use crate::host::selection::{Selection, Verdict};

pub(super) struct WalkHere<'a, 'p> {
    pub selection: &'a Selection,
    pub base: Option<Base>,
    pub to: OpenPath,
    pub hard_links: HardLinks,
    /// What is left out, and why.
    pub counts: Counts,
    /// What the folders carry in which the walk is.
    pub carried: Vec<Xattrs>,
    /// The folder in which the walk is, once a file of it was met.
    pub folder: Option<Arc<Folder>>,
    pub plan: &'a mut Plan<'p>,
    pub monitor: &'a dyn Monitor,
}

impl WalkHere<'_, '_> {
    fn todo(&mut self, here: &Here<'_>) -> Result<Todo, Error> {
        let Some(base) = &mut self.base else { return Ok(Todo::Copy(Likeness::New)) };
        let entry = base.seek(here.path, Sort::File)?;
        let likeness = base.likeness(entry.as_ref(), &here.seen);
        // Whether it has several names, the host says.
        let before = entry.map(|entry| Before { names: Names::One, ..Before::of(&entry) });
        Ok(match (likeness, before) {
            (Likeness::Same, Some(before)) => Todo::Link(before),
            (Likeness::Doubtful, Some(before)) => Todo::Compare(before),
            (likeness, _) => Todo::Copy(likeness),
        })
    }

    fn step(&mut self, here: &Here<'_>, todo: Todo) -> Result<FileStep, Error> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => {
                self.plan.count_folder()?;
                let base = match &self.base {
                    Some(base) => base.place()?,
                    None => None,
                };
                let path = here.path[..here.path.len() - here.name.len()].strip_suffix(b"/").unwrap_or_default();
                let from = Some(here.folder.try_clone_to_owned()?);
                let to = self.to.end()?.try_clone_to_owned()?;
                self.folder.insert(Arc::new(Folder { path: path.into(), from, to, base })).clone()
            }
        };
        let mut inode = Inode::of(&here.seen);
        if self.hard_links == HardLinks::NotKept {
            inode.names = 1;
        }
        Ok(FileStep { folder, name: here.name.into(), looks: Looks::of(&here.seen), inode, todo })
    }

    fn tell(&mut self, path: &[u8], told: Told) -> Result<(), Error> {
        self.plan.add(Step::Tell(path.into(), told))
    }

    /// Makes the folder; false when the drive takes no such name.
    fn make(&mut self, here: &Here<'_>) -> Result<bool, Error> {
        match rustix::fs::mkdirat(self.to.end()?, here.name, Mode::RWXU) {
            Ok(()) => {}
            Err(e) if is_no_name(e) => {
                self.tell(here.path, Told::NotHeld(e.into()))?;
                return Ok(false);
            }
            Err(e) => return Err(Error::io("a folder could not be made on the drive")(e.into())),
        }
        self.plan.add(Step::Enter { name: here.name.into(), looks: Looks::of(&here.seen) })?;
        Ok(true)
    }
}

impl Visitor for WalkHere<'_, '_> {
    type Error = Error;

    fn entry(&mut self, here: &Here<'_>) -> Result<(), Error> {
        let verdict = self.selection.judge(here);
        count(verdict, &mut self.counts);
        match verdict {
            Verdict::Taken if here.seen.kind == Kind::File => {
                let todo = self.todo(here)?;
                let step = self.step(here, todo)?;
                self.plan.add(if step.inode.names > 1 { Step::Named(step) } else { Step::File(step) })
            }
            Verdict::Taken => {
                let step = self.step(here, Todo::Symlink)?;
                self.plan.add(Step::File(step))
            }
            Verdict::OurName => self.tell(here.path, Told::OurName),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, here: &Here<'_>) -> Result<Enter, Error> {
        self.monitor.checkpoint()?;
        self.folder = None;
        let verdict = self.selection.judge(here);
        count(verdict, &mut self.counts);
        match verdict {
            Verdict::Taken => {
                if !self.make(here)? {
                    return Ok(Enter::Skip);
                }
                self.to.enter(here.name)?;
                if let Some(base) = &mut self.base {
                    base.enter(here.name);
                }
                self.carried.push(Xattrs::new());
                return Ok(Enter::Go);
            }
            Verdict::OtherFileSystem if self.make(here)? => {
                let attributes = here.seen.attributes;
                self.plan.add(Step::Leave { attributes, carried: Xattrs::new() })?;
            }
            Verdict::OurName => self.tell(here.path, Told::OurName)?,
            Verdict::TheDriveItself => self.tell(here.path, Told::TheDriveItself)?,
            _ => {}
        }
        Ok(Enter::Skip)
    }

    fn opened(&mut self, folder: BorrowedFd<'_>) -> Result<(), Error> {
        if let Some(last) = self.carried.last_mut() {
            *last = xattrs::of(folder).unwrap_or_default();
        }
        Ok(())
    }

    fn leave(&mut self, here: &Here<'_>) -> Result<(), Error> {
        self.folder = None;
        let carried = self.carried.pop().unwrap_or_default();
        // Once the step is given out, the folder may be closed to us.
        self.to.leave()?;
        if let Some(base) = &mut self.base {
            base.leave()?;
        }
        self.plan.add(Step::Leave { attributes: here.seen.attributes, carried })
    }

    fn unreadable(&mut self, path: &[u8], why: io::Error) -> Result<(), Error> {
        self.tell(path, Told::Unreadable(why))
    }
}
