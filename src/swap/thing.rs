//! One file, link or folder that changes hands as a whole, forward to the new or back to the old, from wherever a crash
//! has left it.
//!
//! As in `step` three names tell how far it is. A folder has one name only, so the old cannot be kept by a second one
//! before the commit: new and old exchange their names, and where a file system cannot do that, the old goes aside first.
//! Every move is one rename or one exchange.
use std::io;

use super::error::Error;
use super::place::Root;
use super::plan::{Keeping, NewThing, Step};
use crate::base::attributes::{Kind, Seen, put_mode};
use crate::base::rel_path::RelPath;

/// What the owner of a folder must be able to do with it to move it.
const OWNERS: u32 = 0o700;

/// Gives the live name the new thing.
pub(super) fn forward(root: &Root, step: &Step, thing: &NewThing) -> Result<(), Error> {
    let live = &step.change.path;
    let (waits, old) = (waits_at(root, step, thing), root.old_at(step.change.n));
    if let Some(waiting) = root.seen(&waits)? {
        match root.seen(live)? {
            _ if !is(root, &waiting, thing) => rename(root, &waits, &old)?,
            // Half of the link and unlink that some disks need for a rename onto a free name.
            Some(there) if is_one_file(root, &there, &waiting) => remove(root, &waits)?,
            None => put_on_free_name(root, &waits, live)?,
            Some(_) if step.old.is_none() => return Err(Error::Changed(root.full(live))),
            Some(_) => exchange(root, &waits, live, &old)?,
        }
    }
    match thing.closed {
        Some(mode) => set_mode(root, live, mode),
        None => Ok(()),
    }
}

/// Gives the live name the old thing again, or takes the new one away when there was none.
pub(super) fn back(root: &Root, step: &Step, thing: &NewThing) -> Result<(), Error> {
    let live = &step.change.path;
    let (waits, old) = (waits_at(root, step, thing), root.old_at(step.change.n));
    let (waiting, kept, there) = (root.seen(&waits)?, root.seen(&old)?, root.seen(live)?);
    if thing.closed.is_some() && there.is_some_and(|there| is(root, &there, thing)) {
        set_mode(root, live, OWNERS)?;
    }
    match (waiting, kept, there) {
        (Some(waiting), _, Some(there)) if step.old.is_none() && is_one_file(root, &there, &waiting) => {
            remove(root, live)
        }
        (Some(waiting), Some(_), None) if is(root, &waiting, thing) => rename(root, &old, live),
        (Some(waiting), _, _) if is(root, &waiting, thing) => Ok(()),
        // Exchanged, and the old not yet put aside.
        (Some(_), _, Some(_)) => root.dir.exchange(&waits, live).map_err(Error::io("put back", root.full(live))),
        (Some(_), _, None) => rename(root, &waits, live),
        (None, Some(_), Some(_)) => {
            rename(root, live, &waits)?;
            rename(root, &old, live)
        }
        (None, Some(_), None) => rename(root, &old, live),
        (None, None, Some(there)) if step.old.is_none() && is(root, &there, thing) => rename(root, live, &waits),
        (None, None, _) => Ok(()),
    }
}

/// Takes away what is there.
pub(super) fn forward_without(root: &Root, step: &Step) -> Result<(), Error> {
    let (live, old) = (&step.change.path, root.old_at(step.change.n));
    if root.seen(&old)?.is_some() || root.seen(live)?.is_none() { Ok(()) } else { rename(root, live, &old) }
}

pub(super) fn waits_at(root: &Root, step: &Step, thing: &NewThing) -> RelPath {
    root.waiting(step.change.n, thing.waits)
}

/// Whether what was seen is the new thing. Without steady numbers nothing but the new thing lies where it waits,
/// because new and old never exchange their names there.
pub(super) fn is(root: &Root, seen: &Seen, thing: &NewThing) -> bool {
    root.keeping == Keeping::Copy || seen.inode == thing.inode
}

fn is_one_file(root: &Root, one: &Seen, other: &Seen) -> bool {
    let is_folder = one.kind == Kind::Folder;
    !is_folder && root.keeping == Keeping::Link && (one.device, one.inode) == (other.device, other.inode)
}

/// The new for the old in one step where the file system can do that.
fn exchange(root: &Root, waits: &RelPath, live: &RelPath, old: &RelPath) -> Result<(), Error> {
    let exchanged = match root.keeping {
        Keeping::Link => root.dir.exchange(waits, live),
        Keeping::Copy => Err(io::ErrorKind::InvalidInput.into()),
    };
    match exchanged {
        Ok(()) => rename(root, waits, old),
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            rename(root, live, old)?;
            put_on_free_name(root, waits, live)
        }
        Err(e) => Err(Error::io("replace", root.full(live))(e)),
    }
}

fn put_on_free_name(root: &Root, waits: &RelPath, live: &RelPath) -> Result<(), Error> {
    match root.dir.rename_new(waits, &root.dir, live) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Error::Changed(root.full(live))),
        other => other.map_err(Error::io("put in place", root.full(live))),
    }
}

fn set_mode(root: &Root, live: &RelPath, mode: u32) -> Result<(), Error> {
    let set = || match root.dir.dir(live) {
        Ok(folder) => put_mode(folder.as_fd(), mode).map(drop),
        // It is closed already, and not for us to open.
        Err(e) if matches!(e.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound) => Ok(()),
        Err(e) => Err(e),
    };
    set().map_err(Error::io("set the mode of", root.full(live)))
}

fn rename(root: &Root, from: &RelPath, to: &RelPath) -> Result<(), Error> {
    root.dir.rename(from, to).map_err(Error::io("put in place", root.full(to)))
}

fn remove(root: &Root, name: &RelPath) -> Result<(), Error> {
    root.dir.remove_file(name).map_err(Error::io("remove", root.full(name)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::plan::{Change, New, Waits, Was};
    use super::*;
    use crate::swap::SwapId;

    struct Bench {
        _top: tempfile::TempDir,
        root: Root,
        step: Step,
        thing: NewThing,
    }

    /// A staged folder with the file "is" that says "new"; the live folder has one that says "old" if it is there.
    fn bench(old: Option<&str>, keeping: Keeping) -> Bench {
        let top = tempfile::tempdir().unwrap();
        if let Some(old) = old {
            fs::create_dir(top.path().join("f")).unwrap();
            fs::write(top.path().join("f/is"), old).unwrap();
        }
        let mut root = Root::open(top.path(), &SwapId::new(jiff::Timestamp::UNIX_EPOCH), None).unwrap();
        root.furnish(top.path()).unwrap();
        root.keeping = keeping;
        fs::create_dir(root.full(&root.new_at(0))).unwrap();
        fs::write(root.full(&root.new_at(0)).join("is"), "new").unwrap();
        let inode = root.seen(&root.new_at(0)).unwrap().unwrap().inode;
        let thing = NewThing { inode, waits: Waits::Staged, closed: None };
        let path = RelPath::parse("f").unwrap();
        let was = root.seen(&path).unwrap().as_ref().map(Was::from);
        let change = Change { n: 0, root: 0, path, new: New::Thing(thing.clone()) };
        Bench { _top: top, root, step: Step { change, old: was }, thing }
    }

    impl Bench {
        fn live(&self) -> Option<String> {
            fs::read_to_string(self.root.full(&self.step.change.path).join("is")).ok()
        }
        fn forward_twice(&self) {
            forward(&self.root, &self.step, &self.thing).unwrap();
            forward(&self.root, &self.step, &self.thing).unwrap();
            assert_eq!(self.live().as_deref(), Some("new"));
            assert!(self.root.seen(&self.root.new_at(0)).unwrap().is_none());
        }
        fn back_twice(&self) {
            let old = self.step.old.map(|_| "old");
            back(&self.root, &self.step, &self.thing).unwrap();
            back(&self.root, &self.step, &self.thing).unwrap();
            assert_eq!(self.live().as_deref(), old);
        }
    }

    #[test]
    fn a_folder_that_changes_hands_twice_is_as_good_as_once_in_both_directions() {
        for keeping in [Keeping::Link, Keeping::Copy] {
            for old in [Some("old"), None] {
                let bench = bench(old, keeping);
                bench.forward_twice();
                bench.back_twice();
            }
        }
    }

    #[test]
    fn a_move_that_was_cut_off_goes_on_either_way() {
        for forwards in [true, false] {
            let exchanged = bench(Some("old"), Keeping::Link);
            exchanged.root.dir.exchange(&exchanged.root.new_at(0), &exchanged.step.change.path).unwrap();
            let aside = bench(Some("old"), Keeping::Copy);
            aside.root.dir.rename(&aside.step.change.path, &aside.root.old_at(0)).unwrap();
            for bench in [exchanged, aside] {
                if forwards {
                    bench.forward_twice();
                    assert_eq!(fs::read(bench.root.full(&bench.root.old_at(0)).join("is")).unwrap(), b"old");
                }
                bench.back_twice();
            }
        }
    }

    #[test]
    fn what_somebody_has_made_on_a_free_name_is_never_replaced() {
        let bench = bench(None, Keeping::Link);
        fs::write(bench.root.full(&bench.step.change.path), "mine").unwrap();
        assert!(matches!(forward(&bench.root, &bench.step, &bench.thing), Err(Error::Changed(_))));
        assert_eq!(fs::read(bench.root.full(&bench.step.change.path)).unwrap(), b"mine");
    }
}
