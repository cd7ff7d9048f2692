//! One file, forward to the new or back to the old, from wherever a crash has left it.
//!
//! Three names tell how far a step is: where the new waits (`new`), the live name, and where the old
//! is kept (`old`). Every move is one rename or one exchange, so each crash leaves one of the states
//! that both directions understand; doing a step twice is as good as once, and a live name that had
//! a file always has one, but for a moment on disks that never replace a file by a rename.
use std::io;

use super::error::Error;
use super::place::Root;
use super::plan::{Keeping, New, NewFile, Step};
use super::thing;
use crate::base::attributes::{Attributes, Kind, Seen};
use crate::base::rel_path::RelPath;

/// Gives the live name its new file.
pub(super) fn forward(root: &Root, step: &Step) -> Result<(), Error> {
    let (live, n) = (&step.change.path, step.change.n);
    let old = root.old_at(n);
    match &step.change.new {
        New::File(file) => {
            let waits = root.waits_at(n, file);
            let Some(waiting) = root.seen(&waits)? else { return Ok(()) };
            if step.old.is_none() {
                return match root.seen(live)? {
                    // Half of the link and unlink that some disks need for a rename onto a free name.
                    Some(there) if same(root, &there, &waiting) => remove(root, &waits),
                    _ => put_on_free_name(root, &waits, live),
                };
            }
            if !root.is(&waiting, file) {
                // Exchanged before a crash: what lies here is the old.
                return rename(root, &waits, &old);
            }
            if root.seen(&old)?.is_none() {
                root.dir.exchange(&waits, live).map_err(Error::io("replace", root.full(live)))?;
                return rename(root, &waits, &old);
            }
            match root.seen(live)? {
                // Renaming one name of a file over another of the same file does nothing at all.
                Some(there) if same(root, &there, &waiting) => remove(root, &waits),
                _ => rename(root, &waits, live),
            }
        }
        New::Thing(thing) => thing::forward(root, step, thing),
        New::NoThing => thing::forward_without(root, step),
        New::NoFile if root.seen(&old)?.is_some() || root.seen(live)?.is_none() => Ok(()),
        New::NoFile => rename(root, live, &old),
        New::Folder(_) => match root.seen(&root.new_at(n))? {
            Some(_) if root.seen(live)?.is_none() => rename(root, &root.new_at(n), live),
            Some(_) => remove_dir(root, &root.new_at(n)),
            None => Ok(()),
        },
        New::NoFolder => {
            if root.seen(live)?.is_some() && is_empty(root, live)? {
                rename(root, live, &old)?;
                // Someone may have put a file into it between the look and the move.
                if !is_empty(root, &old)? {
                    rename(root, &old, live)?;
                }
            }
            Ok(())
        }
    }
}

/// Gives the live name its old file again, or takes it away when there was none.
pub(super) fn back(root: &Root, step: &Step) -> Result<(), Error> {
    let (live, n) = (&step.change.path, step.change.n);
    let old = root.old_at(n);
    match &step.change.new {
        New::File(file) => {
            let waits = root.waits_at(n, file);
            let waiting = root.seen(&waits)?;
            if step.old.is_none() {
                return match (waiting, root.seen(live)?) {
                    (None, Some(_)) => rename(root, live, &waits),
                    (Some(waiting), Some(there)) if same(root, &there, &waiting) => remove(root, live),
                    _ => Ok(()),
                };
            }
            match (waiting, root.seen(&old)?) {
                // A disk that never replaces by rename was cut off between the two halves.
                (Some(waiting), Some(_)) if root.is(&waiting, file) && root.seen(live)?.is_none() => {
                    rename(root, &old, live)
                }
                (Some(waiting), _) if root.is(&waiting, file) => Ok(()),
                (Some(_), _) => exchange(root, &waits, live),
                (None, None) => Ok(()),
                (None, Some(kept)) if is_borrowed(file) && root.is(&kept, file) => rename(root, &old, &waits),
                (None, Some(_)) if is_borrowed(file) && root.seen(live)?.is_some() => {
                    exchange(root, &old, live)?;
                    rename(root, &old, &waits)
                }
                (None, Some(_)) => rename(root, &old, live),
            }
        }
        New::Thing(thing) => thing::back(root, step, thing),
        New::NoFile | New::NoFolder | New::NoThing => match root.seen(&old)? {
            Some(_) => rename(root, &old, live),
            None => Ok(()),
        },
        New::Folder(_) => match (root.seen(&root.new_at(n))?, root.seen(live)?) {
            (None, Some(_)) => match root.dir.remove_dir(live) {
                // Someone else has put a file into it: the folder stays theirs.
                Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
                other => other.map_err(Error::io("remove", root.full(live))),
            },
            _ => Ok(()),
        },
    }
}

/// Keeps the old file for a step that will replace it. A foreign file that may not be linked is
/// kept by the exchange that replaces it; a disk without links gets a copy.
pub(super) fn keep(root: &Root, step: &Step) -> Result<(), Error> {
    let (live, n) = (&step.change.path, step.change.n);
    let now = root.seen(live)?;
    let kind = match step.change.new {
        New::File(_) | New::NoFile => Some(Kind::File),
        New::Folder(_) | New::NoFolder => Some(Kind::Folder),
        // It may be of any kind.
        New::Thing(_) | New::NoThing => now.map(|seen| seen.kind),
    };
    if now.is_some() != step.old.is_some() || now.is_some_and(|seen| Some(seen.kind) != kind) {
        return Err(Error::Changed(root.full(live)));
    }
    let (New::File(file), Some(now)) = (&step.change.new, now) else { return Ok(()) };
    if is_borrowed(file) {
        return Ok(());
    }
    let old = root.old_at(n);
    match root.keeping {
        Keeping::Copy => {
            let kept = copy(root, live, &old, &now.attributes)?;
            let (was, is) = (now.attributes, kept.attributes);
            if (was.mode, was.uid, was.gid) == (is.mode, is.uid, is.gid) {
                Ok(())
            } else {
                Err(Error::CannotKeep(root.full(live)))
            }
        }
        Keeping::Link => match root.dir.link(live, &old) {
            // `fs.protected_hardlinks`: only who owns a file, or may read and write it, may link it.
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => exchange_works(root, live),
            other => other.map_err(Error::io("keep", root.full(live))),
        },
    }
}

/// Tries on two files of our own what the commit will need, while there is still a way out.
fn exchange_works(root: &Root, live: &RelPath) -> Result<(), Error> {
    let (one, two) = (root.new_at(u32::MAX), root.old_at(u32::MAX));
    let tried = root
        .dir
        .create_new(&one)
        .and_then(|_| root.dir.create_new(&two))
        .and_then(|_| root.dir.exchange(&one, &two))
        .and_then(|()| root.dir.remove_file(&one))
        .and_then(|()| root.dir.remove_file(&two));
    match tried {
        Err(e) if super::place::is_unable(&e) => Err(Error::CannotKeep(root.full(live))),
        other => other.map_err(Error::io("keep", root.full(live))),
    }
}

/// Copies a file below the root under a new name, with attributes as far as they can be set.
pub(super) fn copy(root: &Root, from: &RelPath, to: &RelPath, attributes: &Attributes) -> Result<Seen, Error> {
    let copied = || -> io::Result<Seen> {
        let mut source = root.dir.read(from)?;
        let mut target = root.dir.create_new(to)?;
        io::copy(&mut source, &mut target)?;
        attributes.put_on(&target)?;
        Ok(Seen::from(&rustix::fs::fstat(&target)?))
    };
    copied().map_err(Error::io("copy", root.full(from)))
}

fn is_borrowed(file: &NewFile) -> bool {
    matches!(file.waits, super::plan::Waits::Kept(_))
}

fn same(root: &Root, one: &Seen, other: &Seen) -> bool {
    root.keeping == Keeping::Link && one.inode == other.inode
}

fn is_empty(root: &Root, folder: &RelPath) -> Result<bool, Error> {
    let names = root.dir.dir(folder).and_then(|dir| dir.entries());
    Ok(names.map_err(Error::io("list", root.full(folder)))?.is_empty())
}

fn put_on_free_name(root: &Root, waits: &RelPath, live: &RelPath) -> Result<(), Error> {
    let moved = match root.keeping {
        Keeping::Link => root.dir.rename_new(waits, &root.dir, live),
        // exFAT knows neither "only if it is free" nor links: look, then rename.
        Keeping::Copy if root.seen(live)?.is_none() => root.dir.rename(waits, live),
        Keeping::Copy => Err(io::ErrorKind::AlreadyExists.into()),
    };
    match moved {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Error::Changed(root.full(live))),
        other => other.map_err(Error::io("put in place", root.full(live))),
    }
}

/// Some shares refuse a rename onto a name that is taken. There the name is without a file for a moment, which both
/// directions understand: the new one waits, and the old one is kept.
fn rename(root: &Root, from: &RelPath, to: &RelPath) -> Result<(), Error> {
    root.dir.replace(from, to).map_err(Error::io("put in place", root.full(to)))
}

fn exchange(root: &Root, from: &RelPath, to: &RelPath) -> Result<(), Error> {
    root.dir.exchange(from, to).map_err(Error::io("put back", root.full(to)))
}

fn remove(root: &Root, name: &RelPath) -> Result<(), Error> {
    root.dir.remove_file(name).map_err(Error::io("remove", root.full(name)))
}

fn remove_dir(root: &Root, name: &RelPath) -> Result<(), Error> {
    root.dir.remove_dir(name).map_err(Error::io("remove", root.full(name)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::plan::{Change, Waits, Was};
    use super::*;
    use crate::swap::SwapId;

    struct Bench {
        _top: tempfile::TempDir,
        root: Root,
        step: Step,
    }

    /// A staged "new" for the live name "f", which holds "old" if there is one.
    fn bench(old: Option<&str>) -> Bench {
        let top = tempfile::tempdir().unwrap();
        let live = RelPath::parse("f").unwrap();
        if let Some(text) = old {
            fs::write(top.path().join("f"), text).unwrap();
        }
        let mut root = Root::open(top.path(), &SwapId::new(jiff::Timestamp::UNIX_EPOCH), None).unwrap();
        root.furnish(top.path()).unwrap();
        fs::write(root.full(&root.new_at(0)), "new").unwrap();
        let seen = root.seen(&root.new_at(0)).unwrap().unwrap();
        let (inode, bytes, attributes) = (seen.inode, seen.bytes, seen.attributes);
        let new = New::File(NewFile { inode, bytes, attributes, digest: None, waits: Waits::Staged });
        let old = root.seen(&live).unwrap().as_ref().map(Was::from);
        Bench { _top: top, root, step: Step { change: Change { n: 0, root: 0, path: live, new }, old } }
    }

    impl Bench {
        fn live(&self) -> Option<String> {
            fs::read_to_string(self.root.full(&self.step.change.path)).ok()
        }
        fn forward_twice(&self) {
            forward(&self.root, &self.step).unwrap();
            forward(&self.root, &self.step).unwrap();
            assert_eq!(self.live().as_deref(), Some("new"));
            assert!(self.root.seen(&self.root.new_at(0)).unwrap().is_none());
        }
        fn back_twice(&self, old: Option<&str>) {
            back(&self.root, &self.step).unwrap();
            back(&self.root, &self.step).unwrap();
            assert_eq!(self.live().as_deref(), old);
        }
    }

    #[test]
    fn a_step_done_twice_is_as_good_as_once_in_both_directions() {
        for old in [None, Some("old")] {
            let bench = bench(old);
            keep(&bench.root, &bench.step).unwrap();
            bench.forward_twice();
            bench.back_twice(old);
        }
    }

    #[test]
    fn a_disk_that_never_replaces_may_be_cut_off_while_the_name_has_no_file() {
        for forwards in [true, false] {
            let bench = bench(Some("old"));
            keep(&bench.root, &bench.step).unwrap();
            fs::remove_file(bench.root.full(&bench.step.change.path)).unwrap();
            if forwards {
                bench.forward_twice();
                fs::remove_file(bench.root.full(&bench.step.change.path)).unwrap();
            }
            bench.back_twice(Some("old"));
        }
    }

    #[test]
    fn an_exchange_that_was_cut_off_goes_on_either_way() {
        for forwards in [true, false] {
            let bench = bench(Some("old"));
            bench.root.dir.exchange(&bench.root.new_at(0), &bench.step.change.path).unwrap();
            if forwards {
                bench.forward_twice();
                assert_eq!(fs::read(bench.root.full(&bench.root.old_at(0))).unwrap(), b"old");
            }
            bench.back_twice(Some("old"));
        }
    }

    #[test]
    fn a_new_name_that_was_linked_and_not_yet_unlinked_goes_on_either_way() {
        for forwards in [true, false] {
            let bench = bench(None);
            bench.root.dir.link(&bench.root.new_at(0), &bench.step.change.path).unwrap();
            if forwards {
                bench.forward_twice();
            }
            bench.back_twice(None);
        }
    }

    #[test]
    fn a_second_name_of_the_same_file_leaves_no_litter() {
        let bench = bench(Some("old"));
        keep(&bench.root, &bench.step).unwrap();
        fs::remove_file(bench.root.full(&bench.step.change.path)).unwrap();
        bench.root.dir.link(&bench.root.new_at(0), &bench.step.change.path).unwrap();
        bench.forward_twice();
    }

    #[test]
    fn what_the_camera_wrote_after_the_commit_gives_way_to_the_old_when_all_goes_back() {
        let bench = bench(Some("old"));
        keep(&bench.root, &bench.step).unwrap();
        forward(&bench.root, &bench.step).unwrap();
        let path = bench.root.full(&bench.step.change.path);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "written since").unwrap();
        bench.back_twice(Some("old"));
    }
}
