//! What a restart needs to know about a swap: one small folder per swap beside the owner's other
//! state, written before the thing it speaks of happens.
//!
//! `intent.json` names the roots before anything is made in them; `plan.jsonl` names every file;
//! `state` is one word. Each is whole or absent, also after a power cut.
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::id::SwapId;
use crate::base::dir::Dir;
use crate::base::handover::{make_folders, open_or_make};
use crate::base::lock::{take, take_within};
use crate::base::rel_path::RelPath;

/// How far a swap is, as far as a restart must know. Saving needs no word of its own: whatever is
/// short of `Commit` has touched no live file and is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// New files are being collected.
    Staging,
    /// The plan and all new files are on the disk.
    Planned,
    /// The old is kept as well. From here on live names change.
    Commit,
    /// Something failed after `Commit`: everything goes back.
    Back,
    /// All new; the old is kept for an undo.
    Done,
    /// All old, or no longer wanted: only litter is left.
    Dropped,
}

const WORDS: [(State, &str); 5] = [
    (State::Planned, "planned"),
    (State::Commit, "commit"),
    (State::Back, "back"),
    (State::Done, "done"),
    (State::Dropped, "dropped"),
];

/// A folder below which files are swapped, as it was when the swap began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RootRecord {
    pub path: PathBuf,
    pub inode: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Intent {
    pub created: Timestamp,
    /// The swap whose kept files this one brings back; used up once this one is done.
    pub undoes: Option<SwapId>,
    pub roots: Vec<RootRecord>,
    /// Order of making, whatever the clock said.
    #[serde(default)]
    pub nth: u64,
    /// Believable time that had passed, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: i64,
}

/// The folder of one swap.
#[derive(Debug)]
pub(super) struct Record {
    pub id: SwapId,
    pub dir: Dir,
}

impl Record {
    pub fn intent(&self) -> Result<Option<Intent>, Error> {
        self.text("intent.json")?.map(|text| serde_json::from_str(&text).map_err(|e| self.unreadable(e))).transpose()
    }

    pub fn set_intent(&self, intent: &Intent) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(intent).map_err(|e| self.unreadable(e))?;
        self.dir.write_atomic(&RelPath::of_our_own("intent.json"), &text).map_err(Error::io("write", self.dir.path()))
    }

    pub fn state(&self) -> Result<State, Error> {
        let Some(text) = self.text("state")? else { return Ok(State::Staging) };
        WORDS.iter().find(|(_, word)| *word == text.trim_end()).map(|(state, _)| *state).ok_or_else(|| Error::Record {
            path: self.dir.path().join("state"),
            why: format!("unknown state {text:?}"),
        })
    }

    pub fn set_state(&self, state: State) -> Result<(), Error> {
        let word = WORDS.iter().find(|(s, _)| *s == state).map_or("", |(_, word)| word);
        let text = format!("{word}\n");
        self.dir
            .write_atomic(&RelPath::of_our_own("state"), text.as_bytes())
            .map_err(Error::io("write", self.dir.path()))
    }

    fn text(&self, name: &str) -> Result<Option<String>, Error> {
        let mut text = String::new();
        match self.dir.read(&RelPath::of_our_own(name)).and_then(|mut file| file.read_to_string(&mut text)) {
            Ok(_) => Ok(Some(text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("read", self.dir.path().join(name))(e)),
        }
    }

    fn unreadable(&self, why: impl fmt::Display) -> Error {
        Error::Record { path: self.dir.path().to_owned(), why: why.to_string() }
    }
}

/// All swaps of one installation: `STATE/restores/`.
#[derive(Debug, Clone)]
pub struct Swaps {
    path: PathBuf,
}

/// While this lives no other swap is made, undone, recovered or pruned.
#[derive(Debug, Clone)]
pub(super) struct Alone {
    _lock: Arc<File>,
    dir: Arc<Dir>,
}

/// A lock that was let go is held for another moment by a program that some other thread is just
/// starting: between fork and exec it has all our files.
pub(super) const LET_GO: Duration = Duration::from_millis(500);

impl Swaps {
    /// `state` is the folder of this installation's state; nothing is touched yet.
    pub fn below(state: &Path) -> Self {
        Swaps { path: state.join("restores") }
    }

    pub(super) fn at(path: PathBuf) -> Self {
        Swaps { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn alone(&self) -> Result<Alone, Error> {
        make_folders(&self.path, 0o700).map_err(Error::io("make", &self.path))?;
        let dir = Dir::open(&self.path).map_err(Error::io("open", &self.path))?;
        let lock = open_or_make(&self.path.join("lock")).map_err(Error::io("lock", self.path.join("lock")))?;
        match take_within(&lock, LET_GO) {
            Ok(true) => Ok(Alone { _lock: Arc::new(lock), dir: Arc::new(dir) }),
            Ok(false) => Err(Error::Busy),
            Err(e) => Err(Error::io("lock", self.path.join("lock"))(e)),
        }
    }

    /// True while a process works on the swaps. Makes no lock that is not there.
    pub(super) fn are_held(&self) -> bool {
        File::open(self.path.join("lock")).is_ok_and(|lock| take(&lock).is_ok_and(|ours| !ours))
    }

    /// The records as they are now, oldest first. Without the lock they may change under our eyes.
    pub(super) fn records(&self) -> Result<Vec<Record>, Error> {
        let dir = match Dir::open(&self.path) {
            Ok(dir) => dir,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io("open", &self.path)(e)),
        };
        let names = dir.entries().map_err(Error::io("list", &self.path))?;
        let mut ids: Vec<_> = names.iter().filter_map(|name| SwapId::parse(name.to_str()?)).collect();
        ids.sort();
        let mut records = Vec::new();
        for id in ids {
            match dir.dir(&id.folder()) {
                Ok(dir) => records.push(Record { id, dir }),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(Error::io("open", self.path.join(id.as_str()))(e)),
            }
        }
        Ok(records)
    }

    /// The record of a swap that is done and can be undone.
    pub(super) fn done(&self, id: &SwapId) -> Result<Record, Error> {
        for record in self.records()? {
            if record.id == *id && record.state()? == State::Done {
                return Ok(record);
            }
        }
        Err(Error::NoSwap(id.clone()))
    }
}

impl Alone {
    /// The folder of all records.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    pub fn find(&self, id: &SwapId) -> Result<Option<Record>, Error> {
        match self.dir.dir(&id.folder()) {
            Ok(dir) => Ok(Some(Record { id: id.clone(), dir })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("open", self.dir.path().join(id.as_str()))(e)),
        }
    }

    pub fn make(&self, id: SwapId) -> Result<Record, Error> {
        let path = self.dir.path().join(id.as_str());
        self.dir.make_dir(&id.folder()).map_err(Error::io("make", &path))?;
        self.dir.sync().map_err(Error::io("save", self.dir.path()))?;
        let dir = self.dir.dir(&id.folder()).map_err(Error::io("open", &path))?;
        Ok(Record { id, dir })
    }

    /// Removes the record. It must be the last part of a swap to go, after its folders in the roots.
    pub fn remove(&self, id: &SwapId) -> Result<(), Error> {
        let path = self.dir.path().join(id.as_str());
        match self.dir.remove_tree(&id.folder()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(Error::io("remove", path)(e)),
            _ => {}
        }
        self.dir.sync().map_err(Error::io("save", self.dir.path()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_swap_can_be_typed_and_is_never_a_path() {
        let id = SwapId::new("2026-11-17T22:33:44Z".parse().unwrap());
        assert!(id.as_str().starts_with("20261117-223344-"), "{id}");
        assert_eq!(SwapId::parse(id.as_str()), Some(id));
        for bad in ["", "..", "20261117-223344", "20261117-223344-../../", "20261117-223344-ABCDEF"] {
            assert_eq!(SwapId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_one_at_a_time_holds_the_swaps() {
        let top = tempfile::tempdir().unwrap();
        let swaps = Swaps::below(top.path());
        let first = swaps.alone().unwrap();
        assert!(matches!(swaps.alone(), Err(Error::Busy)));
        drop(first);
        swaps.alone().unwrap();
    }

    #[test]
    fn a_swap_without_a_state_is_still_collecting() {
        let top = tempfile::tempdir().unwrap();
        let alone = Swaps::below(top.path()).alone().unwrap();
        let record = alone.make(SwapId::new(Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(record.state().unwrap(), State::Staging);
        record.set_state(State::Commit).unwrap();
        assert_eq!(record.state().unwrap(), State::Commit);
        std::fs::write(record.dir.path().join("state"), "half").unwrap();
        assert!(matches!(record.state(), Err(Error::Record { .. })));
    }
}
