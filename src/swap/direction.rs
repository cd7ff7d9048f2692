//! All steps of a plan, forward to the new or back to the old. Either way may be taken again after a
//! crash, from wherever it was left.
use std::collections::BTreeSet;

use super::error::Error;
use super::place::Active;
use super::plan::{self, New, Step};
use super::record::State;
use super::step;
use crate::base::rel_path::RelPath;

/// Every step to the new, then every touched folder to the disk. May be called again after a crash.
pub(super) fn forward(active: &Active, mut told: impl FnMut(u64)) -> Result<(), Error> {
    let mut touched = BTreeSet::new();
    for (done, step) in plan::plan(&active.record)?.1.enumerate() {
        let step = step?;
        step::forward(active.root(&step)?, &step)?;
        touch(&mut touched, &step);
        if done % 64 == 0 {
            told(done as u64);
        }
    }
    sync(active, &touched)
}

/// Every step to the old: folders that went come first, folders that were made go last.
pub(super) fn put_back(active: &mut Active) -> Result<(), Error> {
    active.record.set_state(State::Back)?;
    let mut touched = BTreeSet::new();
    let (mut made, mut gone) = (Vec::new(), Vec::new());
    for step in plan::plan(&active.record)?.1 {
        let step = step?;
        touch(&mut touched, &step);
        match step.change.new {
            New::Folder(_) => made.push(step),
            New::NoFolder => gone.push(step),
            _ => {}
        }
    }
    for step in gone.iter().rev() {
        step::back(active.root(step)?, step)?;
    }
    for step in plan::plan(&active.record)?.1 {
        let step = step?;
        if matches!(step.change.new, New::File(_) | New::NoFile | New::Thing(_) | New::NoThing) {
            step::back(active.root(&step)?, &step)?;
        }
    }
    for step in made.iter().rev() {
        step::back(active.root(step)?, step)?;
    }
    sync(active, &touched)?;
    active.discard()
}

/// Folders whose names change: of the root, of the live file, of the files that wait and are kept.
type Touched = BTreeSet<(usize, Option<RelPath>)>;

fn touch(touched: &mut Touched, step: &Step) {
    touched.insert((step.change.root, step.change.path.parent()));
}

fn sync(active: &Active, touched: &Touched) -> Result<(), Error> {
    for (root, folder) in touched {
        let Some(root) = active.roots.get(*root) else { continue };
        let synced = match folder {
            None => root.dir.sync(),
            Some(folder) => match root.dir.dir(folder) {
                Ok(dir) => dir.sync(),
                // The swap made this folder and has removed it again.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
                Err(e) => Err(e),
            },
        };
        let name = folder.as_ref().map_or(root.dir.path().to_owned(), |folder| root.full(folder));
        synced.map_err(Error::io("save", name))?;
    }
    for root in &active.roots {
        let own = [root.part("new"), root.old()].into_iter().chain(root.undone_old());
        for folder in own {
            let synced = root.dir.dir(&folder).and_then(|dir| dir.sync());
            synced.map_err(Error::io("save", root.full(&folder)))?;
        }
    }
    Ok(())
}
