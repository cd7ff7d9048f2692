//! The archives of a host go along with its snapshots: copied, read back, and proved by every checksum in them.
use super::Error;
use super::ends::{End, Ends};
use super::survey::Need;
use crate::destination::folder::Found;
use crate::destination::snapshots::origin::{Item, Left};
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::monitor::{Monitor, protect};
use crate::work::archive::copy::settle;
use crate::work::noted::{GONE, Noted, PartMonitor};
use crate::work::snapshot::{self, places};
use crate::work::{self, Tools};

/// What came of them.
#[derive(Debug, Default)]
pub(super) struct Brought {
    pub count: u64,
    pub were_there: u64,
    pub bytes: u64,
}

fn told(error: impl Into<work::Error>) -> Error {
    Error::Snapshot(snapshot::Error::Archives(Box::new(error.into())))
}

/// The archives at one end; none where there is no folder of them.
pub(super) fn all(tools: &Tools, host: &HostName, end: &End) -> Result<Vec<Found>, Error> {
    let there = places::archives_on(tools, &end.destination, host, &end.ready);
    if !there.folder.path().exists() {
        return Ok(Vec::new());
    }
    there.folder.archives().map_err(told)
}

/// The room that those take which are not there yet.
pub(super) fn need(from: &[Found], to: &[Found]) -> Need {
    let mut need = Need::default();
    for found in from.iter().filter(|found| to.iter().all(|there| there.name != found.name)) {
        // With the description and the list of files.
        [found.bytes, 0, found.bytes / 100].into_iter().for_each(|bytes| need.add(bytes));
    }
    need
}

pub(super) fn item(found: &Found) -> Item {
    Item { name: found.name.to_string(), run: None }
}

/// Lets all of them lie at the new end, too.
pub(super) fn bring(tools: &Tools, host: &HostName, ends: &mut Ends, noted: &Noted<'_>) -> Result<Brought, Error> {
    let [from, to] = [&ends.from, &ends.to].map(|end| places::archives_on(tools, &end.destination, host, &end.ready));
    let mut brought = Brought::default();
    for found in all(tools, host, &ends.from)? {
        noted.checkpoint()?;
        let whole = PartMonitor::whole(noted);
        let settled = settle(&from, &found.name, &to, &Noted::new(&whole));
        let finding = match settled {
            Ok(settled) => {
                brought.count += 1;
                brought.were_there += u64::from(settled.was_there);
                brought.bytes += if settled.was_there { 0 } else { settled.bytes };
                settled.checked.error
            }
            // It costs itself: the archive is another one than it was, or cannot be read.
            Err(error @ (work::Error::Rotten(_) | work::Error::Source { .. })) => {
                ends.recheck()?;
                Some(Failure::of(&error).message)
            }
            Err(other) => return Err(told(other)),
        };
        let (name, findings) = (found.name.to_string(), Vec::from_iter(finding));
        let news = ends.origin.note(Left { name, count: findings.len() as u64, findings });
        if news {
            ends.to.store.put_origin(&ends.origin)?;
        }
    }
    Ok(brought)
}

/// Removes all of them at the old end.
pub(super) fn remove(tools: &Tools, host: &HostName, end: &End, monitor: &dyn Monitor) -> Result<(), Error> {
    let there = places::archives_on(tools, &end.destination, host, &end.ready);
    for found in all(tools, host, end)? {
        monitor.checkpoint()?;
        let _removing = protect(monitor, GONE)?;
        there.folder.remove(&found.name).map_err(told)?;
        there.records().forget(&found.name)?;
        there.records().forget_marks(&found.name)?;
    }
    Ok(())
}
