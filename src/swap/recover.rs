//! What a start does about swaps that a kill or a power cut has left: before the commit all is old
//! and the litter goes; after it all becomes new, or all old again when a new file was lost.
//!
//! Every step may be done twice, so this may itself be killed and started again, any number of times.
use std::io::{self, Read};

use super::direction::{forward, put_back};
use super::error::Error;
use super::id::SwapId;
use super::place::{Active, Root};
use super::plan::{self, New};
use super::record::{Alone, Intent, Record, State, Swaps};
use super::thing;
use crate::base::attributes::Kind;
use crate::base::tree::remove::remove_below;
use crate::domain::monitor::Monitor;

/// What was done about one swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    pub id: SwapId,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The restore had changed no file; its prepared files were removed.
    Dropped,
    /// The restore was finished: all files are new.
    Finished,
    /// The restore was put back: all files are old. Says why.
    PutBack(String),
    /// A disk that it needs is not there; it will be dealt with when the disk is back.
    Waiting(std::path::PathBuf),
}

impl std::fmt::Display for Recovered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = &self.id;
        match &self.outcome {
            Outcome::Dropped => write!(f, "restore {id} had not changed any file; what it had prepared was removed"),
            Outcome::Finished => write!(f, "restore {id} was interrupted and has been finished"),
            Outcome::PutBack(why) => {
                write!(f, "restore {id} was interrupted; every file was put back as it was ({why})")
            }
            Outcome::Waiting(path) => {
                write!(f, "restore {id} waits for the disk with {}, which is not there", path.display())
            }
        }
    }
}

/// Files up to this size are read again before an interrupted swap is finished.
const READ_AGAIN_BYTES: u64 = 4 << 20;

impl Swaps {
    /// True when a swap was interrupted, and nobody is at work on it. Changes nothing.
    pub fn are_interrupted(&self) -> Result<bool, Error> {
        for record in self.records()? {
            if record.state()? != State::Done || record.intent()?.is_none() {
                return Ok(!self.are_held());
            }
        }
        Ok(false)
    }

    /// Ends every swap that was interrupted. Nothing to do is the rule and costs one look.
    pub fn recover(&self, monitor: &dyn Monitor) -> Result<Vec<Recovered>, Error> {
        if self.records()?.is_empty() {
            return Ok(Vec::new());
        }
        let alone = self.alone()?;
        let mut recovered = Vec::new();
        for record in self.records()? {
            let id = record.id.clone();
            if let Some(outcome) = recover(&alone, record, monitor)? {
                recovered.push(Recovered { id, outcome });
            }
        }
        Ok(recovered)
    }
}

fn recover(alone: &Alone, record: Record, monitor: &dyn Monitor) -> Result<Option<Outcome>, Error> {
    let state = record.state()?;
    let Some(intent) = record.intent()? else {
        alone.remove(&record.id)?;
        return Ok(Some(Outcome::Dropped));
    };
    if matches!(state, State::Staging | State::Planned | State::Dropped) {
        return discard(alone, record, &intent).map(Some);
    }
    let roots = match open(&record, &intent)? {
        Ok(roots) => roots,
        Err(_) if state == State::Done => return Ok(None),
        Err(missing) => return Ok(Some(Outcome::Waiting(missing))),
    };
    let mut active = Active::found(alone.clone(), record, intent, roots);
    match state {
        State::Done => {
            tidy(&active)?;
            Ok(None)
        }
        State::Back => {
            put_back(&mut active)?;
            Ok(Some(Outcome::PutBack("it had failed before".into())))
        }
        _ => match ready(&active).and_then(|()| forward(&active, |_| {})) {
            Ok(()) => {
                active.record.set_state(State::Done)?;
                if let Err(e) = tidy(&active) {
                    monitor.warn(e.to_string());
                }
                Ok(Some(Outcome::Finished))
            }
            Err(why) => {
                put_back(&mut active)?;
                Ok(Some(Outcome::PutBack(why.to_string())))
            }
        },
    }
}

/// Opens the roots of a swap that has work to do; `Err` names one that is not there.
fn open(record: &Record, intent: &Intent) -> Result<Result<Vec<Root>, std::path::PathBuf>, Error> {
    let (head, _) = plan::plan(record)?;
    let mut roots = Vec::new();
    for (root, keeping) in intent.roots.iter().zip(head.keeping) {
        let Ok(mut open) = Root::open(&root.path, &record.id, intent.undoes.as_ref()) else {
            return Ok(Err(root.path.clone()));
        };
        // The folder of a disk that is not mounted is there, but holds nothing of ours.
        if open.seen(&open.folder())?.is_none() {
            return Ok(Err(root.path.clone()));
        }
        open.keeping = keeping;
        roots.push(open);
    }
    Ok(Ok(roots))
}

/// Removes a swap that is not wanted: its folders in the roots first, its record last.
pub(super) fn discard(alone: &Alone, record: Record, intent: &Intent) -> Result<Outcome, Error> {
    record.set_state(State::Dropped)?;
    let mut missing = None;
    for root in &intent.roots {
        match Root::open(&root.path, &record.id, None) {
            Ok(open) => {
                let here = open.dir.seen_itself().map_err(Error::io("look at", &root.path))?;
                let ours = open.seen(&open.folder())?.is_some();
                if !ours && here.inode != root.inode {
                    missing = Some(root.path.clone());
                }
                open.clear()?;
            }
            Err(_) => missing = Some(root.path.clone()),
        }
    }
    match missing {
        Some(path) => Ok(Outcome::Waiting(path)),
        None => alone.remove(&record.id).map(|()| Outcome::Dropped),
    }
}

/// After `Done`: only the kept files stay, and the swap that was undone is used up.
pub(super) fn tidy(active: &Active) -> Result<(), Error> {
    for root in &active.roots {
        let folder = root.dir.dir(&root.folder());
        let gone = folder.and_then(|folder| remove_below(folder.as_fd(), b"new", &mut || Ok::<_, io::Error>(())));
        match gone {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", root.full(&root.part("new")))(e));
            }
            _ => {}
        }
    }
    if let Some(undone) = &active.intent.undoes
        && let Some(record) = active.alone().find(undone)?
    {
        match record.intent()? {
            Some(intent) => discard(active.alone(), record, &intent).map(|_| ())?,
            None => active.alone().remove(undone)?,
        }
    }
    // Nothing is left that another program would have to finish.
    active.roots.iter().try_for_each(Root::forget_record)
}

/// Is every new file that still waits there, and what it was when it was written?
fn ready(active: &Active) -> Result<(), Error> {
    for step in plan::plan(&active.record)?.1 {
        let step = step?;
        let root = active.root(&step)?;
        if let New::Thing(thing) = &step.change.new {
            let waiting = root.seen(&thing::waits_at(root, &step, thing))?;
            if waiting.is_none() && root.seen(&step.change.path)?.is_none() {
                return Err(Error::Changed(root.full(&step.change.path)));
            }
        }
        let New::File(file) = &step.change.new else { continue };
        let waits = root.waits_at(step.change.n, file);
        let lost = || Error::Changed(root.full(&step.change.path));
        match root.seen(&waits)? {
            Some(waiting) if root.is(&waiting, file) => {
                let whole = waiting.bytes == file.bytes && waiting.attributes == file.attributes;
                if !whole || !reads_right(root, &waits, file)? {
                    return Err(lost());
                }
            }
            // In place already (or changed hands just now); what the camera wrote since is its own.
            _ => match root.seen(&step.change.path)? {
                Some(live) if live.kind == Kind::File => {}
                _ => return Err(lost()),
            },
        }
    }
    Ok(())
}

fn reads_right(root: &Root, waits: &crate::base::rel_path::RelPath, file: &plan::NewFile) -> Result<bool, Error> {
    let Some(digest) = file.digest.as_ref().filter(|_| file.bytes <= READ_AGAIN_BYTES) else { return Ok(true) };
    let mut bytes = Vec::new();
    let read = root.dir.read(waits).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(Error::io("read", root.full(waits)))?;
    Ok(blake3::hash(&bytes).to_hex().as_str() == digest)
}
