//! Whole files, links and folders among what a swap collects: each is made complete beside its place, and changes hands
//! with all that it holds.
use std::io;

use super::error::Error;
use super::plan::{New, NewThing, Waits};
use super::staging::Staging;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;

impl Staging {
    /// A folder on the disk of a root for things that are given to [`Staging::take`]; it goes with the swap.
    pub fn making(&self, root: usize) -> Result<Dir, Error> {
        let place = self.root(root)?;
        let folder = place.making();
        let made = match place.dir.make_dir(&folder) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => place.dir.dir(&folder),
            other => other.and_then(|()| place.dir.dir(&folder)),
        };
        made.map_err(Error::io("make", place.full(&folder)))
    }

    /// The file, link or folder called `name` in [`Staging::making`] takes the name `name` in the root, with all that it
    /// holds, and whatever is there goes for it. `closed` is the mode that a folder gets at the end, when its owner could
    /// not move it with that.
    pub fn take(&mut self, root: usize, name: &RelPath, closed: Option<u32>) -> Result<(), Error> {
        let n = self.number(root, name)?;
        let place = self.root(root)?;
        let (from, staged) = (place.making().join(name.as_bytes()), place.new_at(n));
        let from = from.map_err(|why| Error::io("stage", place.full(name))(io::Error::other(why)))?;
        place.dir.rename(&from, &staged).map_err(Error::io("stage", place.full(name)))?;
        let seen = place.seen(&staged)?.ok_or_else(|| Error::Changed(place.full(name)))?;
        self.change(n, root, name, New::Thing(NewThing { inode: seen.inode, waits: Waits::Staged, closed }), None)
    }

    /// What is kept of the swap that is being undone comes back as a whole.
    pub(super) fn bring_thing_back(&mut self, root: usize, path: &RelPath, kept: u32) -> Result<(), Error> {
        let n = self.number(root, path)?;
        let place = self.root(root)?;
        let from = place.kept_at(kept);
        let gone = || Error::Io { doing: "read", path: place.full(&from), source: io::ErrorKind::NotFound.into() };
        let seen = place.seen(&from)?.ok_or_else(gone)?;
        let thing = NewThing { inode: seen.inode, waits: Waits::Kept(kept), closed: None };
        self.change(n, root, path, New::Thing(thing), None)
    }

    /// Whatever is at `path` will be gone; it is moved aside and comes back with an undo.
    pub(super) fn remove_thing(&mut self, root: usize, path: &RelPath) -> Result<(), Error> {
        if self.root(root)?.seen(path)?.is_none() {
            return Ok(());
        }
        let n = self.number(root, path)?;
        self.change(n, root, path, New::NoThing, None)
    }

    /// Gives a change for something of any kind its number.
    fn number(&mut self, root: usize, path: &RelPath) -> Result<u32, Error> {
        if self.planned.contains_key(&(root, path.clone())) {
            return Err(Error::Twice(self.root(root)?.full(path)));
        }
        if let Some(parent) = path.parent() {
            self.way(root, &parent)?;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}
