//! Where a swap works: the roots, and in each of them one hidden folder (0700) on the same file
//! system, `.allsky-restore-ID`, with `new/` for files that wait and `old/` for files that are kept.
//!
//! Whatever ends a swap before its time takes these folders away again.
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::id::SwapId;
use super::plan::{Keeping, NewFile, Step, Waits};
use super::record::{Alone, Intent, LET_GO, Record, State};

use crate::base::attributes::Seen;
use crate::base::dir::Dir;
use crate::base::lock::take_within;
use crate::base::rel_path::RelPath;
use crate::base::tree::remove::remove_below;

/// An open root. All names are relative to it and never follow a link.
#[derive(Debug)]
pub(super) struct Root {
    pub dir: Dir,
    pub keeping: Keeping,
    folder: String,
    undone: Option<String>,
}

/// How the name of a swap's folder in a root begins.
pub(super) const FOLDER: &str = ".allsky-restore-";
/// In that folder: where the record of the swap lies.
pub(super) const RECORD: &str = "record";

pub(super) fn folder_of(id: &SwapId) -> String {
    format!("{FOLDER}{id}")
}

impl Root {
    pub fn open(path: &Path, id: &SwapId, undone: Option<&SwapId>) -> io::Result<Self> {
        let dir = Dir::open(path)?;
        Ok(Root { dir, keeping: Keeping::Link, folder: folder_of(id), undone: undone.map(folder_of) })
    }

    /// Keeps programs with another state folder from swapping below this root at the same time.
    fn lock(&self) -> Result<(), Error> {
        match take_within(self.dir.as_fd(), LET_GO) {
            Ok(false) => Err(Error::Busy),
            // Some shares have no locks; then the record in our own state folder is all there is.
            _ => Ok(()),
        }
    }

    fn is_same_folder(&self, other: &Root) -> bool {
        let looks = |root: &Root| root.dir.seen_itself().map(|seen| (seen.device, seen.inode)).ok();
        looks(self).is_some() && looks(self) == looks(other)
    }

    pub fn folder(&self) -> RelPath {
        RelPath::of_our_own(&self.folder)
    }

    pub fn part(&self, part: &str) -> RelPath {
        RelPath::of_our_own(&format!("{}/{part}", self.folder))
    }

    pub fn old(&self) -> RelPath {
        self.part("old")
    }

    /// Where the swap that is being undone keeps its files.
    pub fn undone_old(&self) -> Option<RelPath> {
        self.undone.as_deref().map(|folder| RelPath::of_our_own(&format!("{folder}/old")))
    }

    pub fn new_at(&self, n: u32) -> RelPath {
        RelPath::of_our_own(&format!("{}/new/{n}", self.folder))
    }

    pub fn old_at(&self, n: u32) -> RelPath {
        RelPath::of_our_own(&format!("{}/old/{n}", self.folder))
    }

    /// Where a kept file of the swap that is being undone lies.
    pub fn kept_at(&self, n: u32) -> RelPath {
        let folder = self.undone.as_deref().unwrap_or(&self.folder);
        RelPath::of_our_own(&format!("{folder}/old/{n}"))
    }

    pub fn waits_at(&self, n: u32, file: &NewFile) -> RelPath {
        self.waiting(n, file.waits)
    }

    /// Where what comes lies until it has its name.
    pub fn waiting(&self, n: u32, waits: Waits) -> RelPath {
        match waits {
            Waits::Staged => self.new_at(n),
            Waits::Kept(kept) => self.kept_at(kept),
        }
    }

    /// Where whole things are made before they are given to a swap.
    pub fn making(&self) -> RelPath {
        self.part("new/making")
    }

    pub fn full(&self, path: &RelPath) -> PathBuf {
        self.dir.path().join(path.as_path())
    }

    pub fn seen(&self, path: &RelPath) -> Result<Option<Seen>, Error> {
        self.dir.seen(path).map_err(Error::io("look at", self.full(path)))
    }

    /// True for a staged file that is the one of the plan.
    pub fn is(&self, seen: &Seen, file: &NewFile) -> bool {
        match self.keeping {
            Keeping::Link => seen.inode == file.inode,
            // Without hard links nothing but the new file ever lies under a staged name.
            Keeping::Copy => seen.bytes == file.bytes,
        }
    }

    /// Makes `.allsky-restore-ID` with `new/` and `old/`, and learns how the old can be kept here. `records`
    /// is where other programs find the record of this swap.
    pub fn furnish(&mut self, records: &Path) -> io::Result<()> {
        self.dir.make_dir(&self.folder())?;
        self.dir.write_atomic(&self.part(RECORD), records.as_os_str().as_bytes())?;
        for part in ["new", "old"] {
            self.dir.make_dir(&self.part(part))?;
        }
        let (one, two) = (self.part("new/probe"), self.part("old/probe"));
        self.dir.create_new(&one)?;
        self.keeping = match self.dir.link(&one, &two) {
            Ok(()) => {
                let number = |name| Ok::<_, io::Error>(self.dir.seen(name)?.map(|seen| seen.inode));
                let is_one_file = number(&one)? == number(&two)?;
                self.dir.remove_file(&two)?;
                // Shares that number files by their names show two files: a link could not be told from a copy.
                if is_one_file { Keeping::Link } else { Keeping::Copy }
            }
            // What file systems without hard links say: EPERM, EOPNOTSUPP, ENOSYS, EMLINK.
            Err(e) if is_unable(&e) => Keeping::Copy,
            Err(e) => return Err(e),
        };
        self.dir.remove_file(&one)
    }

    /// The way to the record is for swaps that are not over.
    pub fn forget_record(&self) -> Result<(), Error> {
        let path = self.part(RECORD);
        match self.dir.remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", self.full(&path))(e)),
            _ => Ok(()),
        }
    }

    /// Takes the folder with all it holds away; missing is as good.
    pub fn clear(&self) -> Result<(), Error> {
        let folder = self.folder();
        // What is kept may be a tree of any depth, with folders that are closed.
        let gone = remove_below(self.dir.as_fd(), folder.as_bytes(), &mut || Ok::<_, io::Error>(()));
        gone.map_err(Error::io("remove", self.full(&folder)))?;
        // Before the record goes: litter without a record would stay for ever.
        self.dir.sync().map_err(Error::io("save", self.dir.path()))
    }
}

/// True when this disk or this user cannot do it at all; anything else is a fault.
pub(super) fn is_unable(e: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(e),
        Some(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK | Errno::INVAL | Errno::ACCESS)
    )
}

/// A swap that we hold: alone, with its record and its roots open.
#[derive(Debug)]
pub(super) struct Active {
    pub record: Record,
    pub intent: Intent,
    pub roots: Vec<Root>,
    alone: Alone,
    /// Live files are, or may be, touched: dropping would lose the way back.
    committed: bool,
}

impl Active {
    pub fn begin(alone: Alone, id: SwapId, intent: Intent) -> Result<Self, Error> {
        let mut roots = Vec::new();
        for root in &intent.roots {
            let open = Root::open(&root.path, &id, intent.undoes.as_ref());
            let open = open.map_err(Error::io("open", &root.path))?;
            if !roots.iter().any(|other: &Root| other.is_same_folder(&open)) {
                open.lock()?;
            }
            roots.push(open);
        }
        let record = alone.make(id)?;
        let mut active = Active { record, intent, roots, alone, committed: false };
        active.record.set_intent(&active.intent)?;
        for root in &mut active.roots {
            root.furnish(active.alone.path()).map_err(|e| Error::io("make a folder in", root.dir.path())(e))?;
        }
        Ok(active)
    }

    /// A swap found by a restart; its roots may keep the old in ways that the plan names.
    pub fn found(alone: Alone, record: Record, intent: Intent, roots: Vec<Root>) -> Self {
        Active { record, intent, roots, alone, committed: true }
    }

    /// From here on an early end leaves everything for recovery.
    pub fn commit(&mut self) {
        self.committed = true;
    }

    /// Ends the swap: nothing of it is left but what is live.
    pub fn discard(&mut self) -> Result<(), Error> {
        self.committed = true;
        self.record.set_state(State::Dropped)?;
        for root in &self.roots {
            root.clear()?;
        }
        self.alone.remove(&self.record.id)
    }

    pub fn root(&self, step: &Step) -> Result<&Root, Error> {
        self.roots.get(step.change.root).ok_or(Error::NoRoot(step.change.root))
    }

    pub fn alone(&self) -> &Alone {
        &self.alone
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if !self.committed {
            // What cannot be removed now is removed by the next recovery.
            let _ = self.discard();
        }
    }
}
