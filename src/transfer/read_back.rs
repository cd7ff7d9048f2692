//! Reads what was written back from the disk.
//!
//! BLAKE3 is a tree, so that all cores read and hash a large file at once and the digest is still the plain one.
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use blake3::hazmat::{ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root};
use rustix::fs::Advice as Use;

use crate::base::priority;
use crate::base::tree::copy::{self, Copied, CopyError};
use crate::domain::archive::proof::{StreamDigest, Verified, Written};
use crate::domain::failure::{Advice, Code};
use crate::domain::monitor::{Cancelled, Monitor, Progress};

/// What a thread takes at a time: a whole subtree of the hash.
const SUBTREE: u64 = 8 << 20;
const PIECE: usize = 512 << 10;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{}: reading back failed", .path.display())]
    Read { path: std::path::PathBuf, source: io::Error },
    #[error(transparent)]
    Different(#[from] crate::domain::archive::proof::NotWhatWasWritten),
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Cancelled(_) => Code::Cancelled,
            Error::Read { .. } | Error::Different(_) => Code::Damaged,
        }
    }
    fn advice(&self) -> String {
        match self {
            Error::Cancelled(_) => "Nothing was kept; start it again whenever you like.",
            _ => "The disk does not keep what it is given: use another one, and check this one and its cable.",
        }
        .to_owned()
    }
}

/// Lets the memory forget what it holds of a file, so that the next read asks the disk. The kernel may keep the pages
/// nevertheless, and keeps those that are not on the disk yet: then a read proves the memory and not the disk.
pub fn forget_pages(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, Use::DontNeed);
}

/// Size and digest of what the disk gives back of one file among many; `go_on` is told how many bytes were read.
pub fn from_disk<E>(file: &File, go_on: &mut dyn FnMut(u64) -> Result<(), E>) -> Result<Copied, CopyError<E>> {
    forget_pages(file);
    copy::digest(file, go_on)
}

/// Drops the page cache of the file (where the kernel lets us), reads every byte with all cores and
/// compares BLAKE3. Used for archives that we wrote and for uploads that we received.
pub fn read_back(written: Written, monitor: &dyn Monitor) -> Result<Verified, Error> {
    let failed = |source| Error::Read { path: written.path().to_owned(), source };
    let file = File::open(written.path()).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    forget_pages(&file);
    let digest = digest(&file, length, monitor).map_err(|stop| match stop {
        Stop::Cancelled(cancelled) => Error::Cancelled(cancelled),
        Stop::Read(source) => failed(source),
    })?;
    Ok(written.confirmed_by(digest)?)
}

enum Stop {
    Cancelled(Cancelled),
    Read(io::Error),
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Stop::Cancelled(cancelled)
    }
}

/// BLAKE3 of the first `length` bytes of `file`.
fn digest(file: &File, length: u64, monitor: &dyn Monitor) -> Result<StreamDigest, Stop> {
    let done = AtomicU64::new(0);
    let tell = |bytes: u64| {
        let done_bytes = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        monitor.progress(Progress { done_bytes, total_bytes: length, ..Progress::default() });
    };
    if length <= SUBTREE {
        let mut hasher = blake3::Hasher::new();
        hash(file, 0..length, &mut hasher, &mut vec![0; PIECE], &tell, monitor)?;
        return Ok(StreamDigest(*hasher.finalize().as_bytes()));
    }
    let values = Mutex::new(vec![[0; 32]; length.div_ceil(SUBTREE) as usize]);
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let work = || -> Result<(), Stop> {
        priority::step_aside();
        let mut piece = vec![0; PIECE];
        while !stop.load(Ordering::Relaxed) {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let start = nth * SUBTREE;
            if start >= length {
                break;
            }
            let mut hasher = blake3::Hasher::new();
            hasher.set_input_offset(start);
            let read = hash(file, start..length.min(start + SUBTREE), &mut hasher, &mut piece, &tell, monitor);
            if read.is_err() {
                stop.store(true, Ordering::Relaxed);
                return read;
            }
            values.lock().unwrap_or_else(PoisonError::into_inner)[nth as usize] = hasher.finalize_non_root();
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().try_for_each(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let values = values.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (left, right) = values.split_at((left_subtree_len(length) / SUBTREE) as usize);
    let left_length = left_subtree_len(length);
    let root = merge_subtrees_root(&merge(left, left_length), &merge(right, length - left_length), Mode::Hash);
    Ok(StreamDigest(*root.as_bytes()))
}

/// The value of the tree over `values`, which stand for `length` bytes.
fn merge(values: &[ChainingValue], length: u64) -> ChainingValue {
    if length <= SUBTREE {
        return values[0];
    }
    let left_length = left_subtree_len(length);
    let (left, right) = values.split_at((left_length / SUBTREE) as usize);
    merge_subtrees_non_root(&merge(left, left_length), &merge(right, length - left_length), Mode::Hash)
}

fn hash(
    file: &File,
    range: std::ops::Range<u64>,
    hasher: &mut blake3::Hasher,
    piece: &mut [u8],
    tell: &dyn Fn(u64),
    monitor: &dyn Monitor,
) -> Result<(), Stop> {
    let mut at = range.start;
    while at < range.end {
        monitor.checkpoint()?;
        let now = piece.len().min((range.end - at) as usize);
        file.read_exact_at(&mut piece[..now], at).map_err(Stop::Read)?;
        hasher.update(&piece[..now]);
        at += now as u64;
        tell(now as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::monitor::Unwatched;

    fn written(bytes: &[u8], digest: [u8; 32]) -> (tempfile::TempDir, Written) {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("x.tar.gz");
        std::fs::write(&path, bytes).unwrap();
        (top, Written::new(path, bytes.len() as u64, StreamDigest(digest)))
    }

    #[test]
    fn the_digest_of_many_threads_is_the_plain_one() {
        let subtree = SUBTREE as usize;
        for length in [0, 1, subtree, subtree + 1, 2 * subtree, 2 * subtree + 1, 3 * subtree, 5 * subtree + 70_000] {
            let bytes: Vec<u8> = (0..length).map(|n| (n / 1000 + n) as u8).collect();
            let (_top, written) = written(&bytes, *blake3::hash(&bytes).as_bytes());
            assert!(read_back(written, &Unwatched).is_ok(), "{length} bytes");
        }
    }

    #[test]
    fn a_file_that_the_disk_changed_or_cut_is_not_verified() {
        let mut bytes = vec![7; SUBTREE as usize + 9];
        let digest = *blake3::hash(&bytes).as_bytes();
        bytes[SUBTREE as usize + 3] ^= 1;
        let (_top, changed) = written(&bytes, digest);
        assert!(matches!(read_back(changed, &Unwatched), Err(Error::Different(_))));
        let (_top, cut) = written(&bytes[..100], digest);
        assert!(matches!(read_back(cut, &Unwatched), Err(Error::Different(_))));
    }
}
