//! A lock between processes, on a file that stays. The kernel gives it back when its holder ends,
//! however it ends.
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::handover;

/// Held as long as this value lives; `None` when somebody else has it.
pub fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = handover::open_or_make(path)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Ok(None),
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
        assert!(try_lock(&path).unwrap().is_some());
        assert!(try_lock(&top.path().join("nowhere/x.lock")).is_err());
    }
}
