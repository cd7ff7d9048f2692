//! Locks between processes: on a file that stays, or on an open folder. The kernel gives a lock back when its
//! holder ends, however it ends. `docs/house.md` lists them all, in the order in which they are taken.
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::handover;

/// Between two tries of [`take_within`].
const TRY_EVERY: Duration = Duration::from_millis(10);

/// Takes the lock of an open file or folder without waiting. False when another open file has it. It is ours until
/// every copy of `fd` is closed.
pub fn take(fd: impl AsFd) -> io::Result<bool> {
    taken(rustix::fs::flock(fd, FlockOperation::NonBlockingLockExclusive))
}

/// As [`take`], and tries again for at most `patience`.
pub fn take_within(fd: impl AsFd, patience: Duration) -> io::Result<bool> {
    let end = Instant::now() + patience;
    while !take(&fd)? {
        if Instant::now() >= end {
            return Ok(false);
        }
        thread::sleep(TRY_EVERY);
    }
    Ok(true)
}

/// Held as long as this value lives; `None` when somebody else has it.
pub fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = handover::open_or_make(path)?;
    Ok(take(&file)?.then_some(file))
}

/// As [`try_lock`], for any number of holders at once that all use this function.
pub fn try_share(path: &Path) -> io::Result<Option<File>> {
    let file = handover::open_or_make(path)?;
    Ok(taken(rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared))?.then_some(file))
}

fn taken(answer: Result<(), Errno>) -> io::Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_until_the_value_goes() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("x.lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some() && try_lock(&path).unwrap().is_none());
        drop(held);
        let shared = [try_share(&path).unwrap(), try_share(&path).unwrap()];
        assert!(shared.iter().all(Option::is_some) && try_lock(&path).unwrap().is_none());
        drop(shared);
        assert!(try_lock(&path).unwrap().is_some());
        assert!(try_lock(&top.path().join("nowhere/x.lock")).is_err());
    }
}
