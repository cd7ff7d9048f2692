//! Move a set: what is there is copied, oldest first, then the configuration leads to it, then the old set may go.
use std::collections::HashSet;

use super::ends::{self, End, Ends, from, known, locked, named};
use super::outcome::{Moved, OldSet, WouldMove};
use super::piece::{self, Piece};
use super::survey::{Need, survey};
use super::{Error, archives, old_set, switch};
use crate::destination::snapshots::link_pool::LinkPool;
use crate::destination::snapshots::origin::{Item, Left, Origin};
use crate::destination::snapshots::store::SnapshotStore;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::{HostName, HostSettings};
use crate::domain::monitor::{Monitor, Stage, protect};
use crate::domain::order::Original;
use crate::transfer::watchdog::{MayHang, watch};
use crate::work::Tools;
use crate::work::noted::Noted;
use crate::work::snapshot::{self, places, pointed};

/// Moves all that is kept of `host` to `to`. What an earlier run has brought there stays.
pub fn move_set(
    tools: &Tools,
    host: &HostName,
    to: &DestinationName,
    old: Original,
    monitor: &dyn Monitor,
) -> Result<Moved, Error> {
    let to = to.clone();
    watched(tools, host, &to.clone(), monitor, move |tools, host, monitor| here(tools, host, &to, old, monitor))
}

/// Touches nothing.
pub fn would_move(
    tools: &Tools,
    host: &HostName,
    to: &DestinationName,
    monitor: &dyn Monitor,
) -> Result<WouldMove, Error> {
    let to = to.clone();
    watched(tools, host, &to.clone(), monitor, move |tools, host, monitor| look_here(tools, host, &to, monitor))
}

/// Gives `work` up in words when one of both drives no longer answers.
fn watched<T: Send + 'static>(
    tools: &Tools,
    host: &HostName,
    to: &DestinationName,
    monitor: &dyn Monitor,
    work: impl FnOnce(&Tools, &HostSettings, &dyn Monitor) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let host = places::host(tools, host)?.clone();
    let drives = [places::drive(tools, &host)?, named(tools, to)?].map(|one| MayHang::Drive(one.drive.clone()));
    let tools = tools.clone();
    watch(&drives, monitor, move |monitor| work(&tools, &host, monitor))
}

fn look_here(
    tools: &Tools,
    host: &HostSettings,
    to: &DestinationName,
    monitor: &dyn Monitor,
) -> Result<WouldMove, Error> {
    let from = from(tools, host)?;
    if from.destination == *to {
        return Err(Error::AlreadyThere { host: host.name.clone(), destination: to.clone() });
    }
    switch::refuse_unwritable(tools, &host.name, to)?;
    let target = named(tools, to)?;
    let ready = target.drive.ready()?;
    ends::refuse_one_drive(&from, target, &ready)?;
    ends::refuse_without_links(&ready, host)?;
    known(&ready, &from, host)?;
    let found = SnapshotStore::find(ready.dir(), &host.name);
    let found = found.map_err(snapshot::Error::io("the new drive could not be read"))?;
    let there = found.map(|store| End { destination: to.clone(), ready: ready.clone(), store });
    let pieces = Piece::all(&from.store)?;
    let set = Set::of(tools, host, &from, &pieces, there.as_ref())?;
    let need = set.need(&from, HashSet::new(), monitor)?;
    need.fits(&ready.room().map_err(snapshot::Error::io("the room on the new drive could not be asked for"))?)?;
    let count = |is_it: fn(&Piece) -> bool| pieces.iter().filter(|piece| is_it(piece)).count() as u64;
    Ok(WouldMove {
        host: host.name.clone(),
        from: from.destination.clone(),
        to: to.clone(),
        snapshots: count(|piece| matches!(piece, Piece::Hour(_))),
        golden: count(|piece| matches!(piece, Piece::Month(_))),
        archives: set.archives,
        are_there: pieces.len() as u64 - set.missing.len() as u64,
        new_files: need.files,
        new_bytes: need.bytes,
        strangers: from.store.strangers()?,
    })
}

/// What is still to come.
struct Set<'a> {
    missing: Vec<&'a Piece>,
    archives: u64,
    of_archives: Need,
}

impl<'a> Set<'a> {
    fn of(
        tools: &Tools,
        host: &HostSettings,
        from: &End,
        pieces: &'a [Piece],
        to: Option<&End>,
    ) -> Result<Set<'a>, Error> {
        let mut missing: Vec<&Piece> = pieces.iter().collect();
        if let Some(to) = to {
            let there: HashSet<Item> = Piece::all(&to.store)?.iter().map(Piece::item).collect();
            missing.clear();
            for piece in pieces {
                if !piece.is_among(&there, to)? {
                    missing.push(piece);
                }
            }
        }
        let ours = archives::all(tools, &host.name, from)?;
        let theirs = to.map_or(Ok(Vec::new()), |to| archives::all(tools, &host.name, to))?;
        Ok(Set { missing, archives: ours.len() as u64, of_archives: archives::need(&ours, &theirs) })
    }

    fn need(&self, from: &End, known: HashSet<u64>, monitor: &dyn Monitor) -> Result<Need, Error> {
        let mut need = survey(from, &self.missing, known, monitor)?;
        need.files += self.of_archives.files;
        need.bytes += self.of_archives.bytes;
        Ok(need)
    }
}

fn here(
    tools: &Tools,
    host: &HostSettings,
    to: &DestinationName,
    old: Original,
    monitor: &dyn Monitor,
) -> Result<Moved, Error> {
    let noted = Noted::new(monitor);
    noted.stages(match old {
        Original::Stays => &[Stage::Survey, Stage::CopyFiles, Stage::CopyArchive, Stage::Store],
        Original::Goes => &[Stage::Survey, Stage::CopyFiles, Stage::CopyArchive, Stage::Store, Stage::Delete],
    });
    noted.stage(Stage::Survey);
    let mut moved = Moved {
        host: host.name.clone(),
        from: places::drive(tools, host)?.name.clone(),
        to: to.clone(),
        snapshots: 0,
        golden: 0,
        archives: 0,
        were_there: 0,
        copied_files: 0,
        copied_bytes: 0,
        linked_files: 0,
        left: Vec::new(),
        old_set: OldSet::Gone,
        warnings: Vec::new(),
    };
    let (origin, end) = if moved.from == *to {
        after_the_switch(tools, host, to)?
    } else {
        switch::refuse_unwritable(tools, &host.name, to)?;
        let mut ends = Ends::open(tools, host, to)?;
        bring_all(tools, host, &mut ends, &mut moved, &noted)?;
        (ends.origin, ends.to)
    };
    finish(tools, host, (origin, &end), old, &mut moved, &noted)?;
    moved.warnings = noted.warnings();
    Ok(moved)
}

/// The configuration leads there already: an earlier run has brought everything, and this one does what is left.
fn after_the_switch(tools: &Tools, host: &HostSettings, to: &DestinationName) -> Result<(Origin, End), Error> {
    let end = from(tools, host)?;
    locked(&end.store, host)?;
    let origin = end.store.origin().map_err(snapshot::Error::io("the snapshots could not be read"))?;
    let origin = origin.filter(Origin::is_complete);
    let already = || Error::AlreadyThere { host: host.name.clone(), destination: to.clone() };
    Ok((origin.ok_or_else(already)?, end))
}

fn bring_all(
    tools: &Tools,
    host: &HostSettings,
    ends: &mut Ends,
    moved: &mut Moved,
    noted: &Noted<'_>,
) -> Result<(), Error> {
    let sweeping = |error: snapshot::Error| Error::Snapshot(error);
    ends.to.store.sweep(&mut || Ok::<_, snapshot::Error>(noted.checkpoint()?)).map_err(sweeping)?;
    let pooling = || snapshot::Error::io("the links that came could not be kept on the new drive");
    let pool = ends.to.store.link_pool(ends.origin.id).map_err(pooling())?;
    pool.tidy().map_err(pooling())?;
    let pieces = Piece::all(&ends.from.store)?;
    let set = Set::of(tools, host, &ends.from, &pieces, Some(&ends.to))?;
    let need = set.need(&ends.from, pool.inodes().map_err(pooling())?, noted)?;
    let room = ends.to.ready.room().map_err(snapshot::Error::io("the room on the new drive could not be asked for"))?;
    need.fits(&room)?;
    tell_strangers(ends, noted)?;
    noted.stage(Stage::CopyFiles);
    moved.were_there = pieces.len() as u64 - set.missing.len() as u64;
    let mut lost = HashSet::new();
    for piece in &set.missing {
        noted.checkpoint()?;
        let brought = bring(ends, piece, &pool, moved, noted);
        if brought.is_err() {
            // What came for a snapshot that does not count takes no room until the next run.
            let _ = pool.tidy();
        }
        if brought? == Brought::Nothing {
            lost.insert(piece.item());
        }
    }
    noted.stage(Stage::CopyArchive);
    let brought = archives::bring(tools, &host.name, ends, noted)?;
    moved.archives = brought.count;
    moved.were_there += brought.were_there;
    moved.copied_bytes += brought.bytes;
    for piece in pieces.iter().filter(|piece| !lost.contains(&piece.item())) {
        match piece {
            Piece::Hour(_) => moved.snapshots += 1,
            Piece::Month(_) => moved.golden += 1,
        }
    }
    noted.stage(Stage::Store);
    settle(tools, host, ends, &pieces, noted)
}

/// Whether a thing lies on the new drive now, with all that could be read of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brought {
    Something,
    Nothing,
}

fn bring(
    ends: &mut Ends,
    piece: &Piece,
    pool: &LinkPool,
    moved: &mut Moved,
    noted: &Noted<'_>,
) -> Result<Brought, Error> {
    let name = piece.item().name;
    match piece::bring(ends, piece, pool, noted)? {
        Ok(fetched) => {
            moved.linked_files += fetched.linked;
            moved.copied_files += fetched.files - fetched.linked.min(fetched.files);
            moved.copied_bytes += fetched.bytes;
            if fetched.many_names > 0 {
                noted.warn(format!(
                    "{name}: {} files were copied anew, because the drive gives a file no more names",
                    fetched.many_names
                ));
            }
            if fetched.not_as_saved > 0 {
                noted.warn(format!(
                    "{name}: the new drive does not take the owner, the mode or the time of {} files and folders",
                    fetched.not_as_saved
                ));
            }
            Ok(Brought::Something)
        }
        Err(why) => {
            let left = Left { name, count: piece.marker().counts.files.max(1), findings: vec![why] };
            if ends.origin.note(left) {
                ends.to.store.put_origin(&ends.origin)?;
            }
            Ok(Brought::Nothing)
        }
    }
}

fn tell_strangers(ends: &Ends, noted: &Noted<'_>) -> Result<(), Error> {
    let strangers = ends.from.store.strangers().map_err(snapshot::Error::io("the snapshots could not be read"))?;
    if strangers > 0 {
        noted.warn(format!(
            "{strangers} things among the snapshots are no snapshots of this host: they stay where they are"
        ));
    }
    Ok(())
}

/// Marks and pointers, then the configuration.
fn settle(
    tools: &Tools,
    host: &HostSettings,
    ends: &mut Ends,
    pieces: &[Piece],
    noted: &Noted<'_>,
) -> Result<(), Error> {
    let Ends { from, to, .. } = &*ends;
    let marking = snapshot::Error::io("what is said of the snapshots could not be written to the new drive");
    to.store.say_as(&from.store).map_err(marking)?;
    pointed::point(&to.store, (tools.now)().timestamp(), noted)?;
    let archives = archives::all(tools, &host.name, from)?;
    let moved = pieces.iter().map(Piece::item).chain(archives.iter().map(archives::item)).collect();
    ends.origin.moved = moved;
    ends.recheck()?;
    let _switching = protect(noted, "the configuration leads to the new drive")?;
    let writing = snapshot::Error::io("the new drive could not be written to");
    ends.to.store.put_origin(&ends.origin).map_err(writing)?;
    switch::switch(tools, &host.name, &ends.to.destination)
}

/// What comes behind the switch, and can be done again.
fn finish(
    tools: &Tools,
    host: &HostSettings,
    (origin, end): (Origin, &End),
    old: Original,
    moved: &mut Moved,
    noted: &Noted<'_>,
) -> Result<(), Error> {
    let removing = || snapshot::Error::io("what kept the links could not be removed from the new drive");
    end.store.sweep(&mut || Ok::<_, snapshot::Error>(noted.checkpoint()?))?;
    if let Some(pool) = end.store.discard_link_pool(origin.id).map_err(removing())? {
        end.store.empty(pool, &mut || Ok::<_, snapshot::Error>(noted.checkpoint()?))?;
    }
    moved.from = origin.destination.clone();
    moved.left = origin.left.clone();
    moved.old_set = if old == Original::Goes {
        noted.stage(Stage::Delete);
        remove_old(tools, host, &origin, noted)?
    } else {
        let drive = named(tools, &origin.destination)?;
        OldSet::Stays { place: drive.drive.path.join(format!("hosts/{}", host.name)), why: None }
    };
    if moved.old_set == OldSet::Gone {
        end.store.forget_origin().map_err(removing())?;
    }
    Ok(())
}

fn remove_old(tools: &Tools, host: &HostSettings, origin: &Origin, noted: &Noted<'_>) -> Result<OldSet, Error> {
    let Some(found) = old_set::find(tools, host, origin)? else { return Ok(OldSet::Gone) };
    locked(&found.store, host)?;
    let place = found.ready.dir().path().join(format!("hosts/{}", host.name));
    match old_set::why_not(tools, &host.name, &found, origin)? {
        Some(why) => Ok(OldSet::Stays { place, why: Some(why) }),
        None => old_set::remove(tools, host, found, noted),
    }
}
