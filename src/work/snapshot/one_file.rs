//! One file of the host goes to the drive, with everything that it carries.
use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::Error;
use crate::base::attributes::{Attributes, Kind, Seen};
use crate::base::handover::is_root;
use crate::base::tree::copy::{Bytes, Copied, CopyError, copy, digest};
use crate::base::tree::walk::Here;
use crate::base::tree::xattrs::{self, Xattrs};
use crate::transfer::read_back;

/// Where a file lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub folder: BorrowedFd<'a>,
    pub name: &'a [u8],
}

impl<'a> From<&Here<'a>> for Place<'a> {
    fn from(here: &Here<'a>) -> Self {
        Place { folder: here.folder, name: here.name }
    }
}

/// What became of it.
pub(super) enum OneFile {
    Copied {
        /// As the file was when its first byte was read.
        seen: Seen,
        copied: Copied,
        /// It was another one after the last byte.
        changed: bool,
        kept: Kept,
    },
    Unreadable(io::Error),
    /// The drive takes no such name.
    NotHeld(io::Error),
}

/// What the drive did not take of a file or folder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    pub attributes_refused: u64,
    pub xattrs_refused: u64,
}

/// With `attributes` of its own, or with those that it has, and with bytes that it may share. `go_on` is told how many bytes were written.
pub(super) fn copy_file(
    from: Place<'_>,
    to: BorrowedFd<'_>,
    attributes: Option<Attributes>,
    bytes: Bytes,
    go_on: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<OneFile, Error> {
    let name = from.name;
    let (from, seen) = match open(from) {
        Ok(found) => found,
        Err(why) => return Ok(OneFile::Unreadable(why)),
    };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let target: File = match rustix::fs::openat(to, name, flags, Mode::RUSR | Mode::WUSR) {
        Ok(target) => target.into(),
        Err(e) if is_no_name(e) => return Ok(OneFile::NotHeld(e.into())),
        Err(e) => return Err(Error::io("a file could not be made on the drive")(e.into())),
    };
    let copied = match copy(&from, &target, bytes, go_on) {
        Ok(copied) => copied,
        Err(CopyError::Read(why)) => {
            rustix::fs::unlinkat(to, name, AtFlags::empty()).map_err(io::Error::from)?;
            return Ok(OneFile::Unreadable(why));
        }
        Err(other) => return Err(other.into()),
    };
    let after = look(&from)?;
    let changed =
        (after.bytes, after.attributes.mtime, after.changed) != (copied.bytes, seen.attributes.mtime, seen.changed);
    // What it carries is not read from files that do not tell it.
    let carried = xattrs::of(&from).unwrap_or_default();
    let kept = put(&target, &attributes.unwrap_or(seen.attributes), &carried)?;
    Ok(OneFile::Copied { seen, copied, changed, kept })
}

/// Sets owner, mode, time and all that `carried` has on an open file or folder.
pub(super) fn put(target: &File, attributes: &Attributes, carried: &Xattrs) -> Result<Kept, Error> {
    let failed = |source| Error::io("owner, mode and time could not be set on the drive")(source);
    let mut xattrs_refused = xattrs::put(target, carried).map_err(failed)?;
    let denied = attributes.put_on(target).map_err(failed)?;
    // A change of owner takes capabilities away.
    if is_root() && !carried.is_empty() {
        xattrs_refused = xattrs::put(target, carried).map_err(failed)?;
    }
    Ok(Kept { attributes_refused: denied.len() as u64, xattrs_refused })
}

/// The digest of a file in a snapshot, as the drive gives it back.
pub(super) fn read_again(
    place: Place<'_>,
    go_on: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<Copied, CopyError<Error>> {
    let (file, _) = open(place).map_err(CopyError::Read)?;
    read_back::from_disk(&file, go_on)
}

/// The digest of a file of the host, and what it carries. `Err` within when it cannot be read.
pub(super) fn read_through(
    place: Place<'_>,
    go_on: &mut dyn FnMut(u64) -> Result<(), Error>,
) -> Result<Result<(Copied, Xattrs), io::Error>, Error> {
    let (from, _) = match open(place) {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    match digest(&from, go_on) {
        Ok(copied) => Ok(Ok((copied, xattrs::of(&from).unwrap_or_default()))),
        Err(CopyError::Read(why)) => Ok(Err(why)),
        Err(other) => Err(other.into()),
    }
}

/// Opens a regular file without waiting and, where that is allowed, without a trace in its time of access.
fn open(place: Place<'_>) -> io::Result<(File, Seen)> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(place.folder, place.name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => rustix::fs::openat(place.folder, place.name, flags, Mode::empty()),
        other => other,
    }?;
    let file = File::from(fd);
    let seen = look(&file)?;
    if seen.kind != Kind::File {
        return Err(io::Error::other("it is no longer a file"));
    }
    Ok((file, seen))
}

fn look(file: &File) -> io::Result<Seen> {
    Ok(Seen::from(&rustix::fs::fstat(file)?))
}

/// Names that a disk does not know: too long, with letters that it does not take, or taken in another case.
pub(super) fn is_no_name(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NAMETOOLONG | Errno::ILSEQ | Errno::EXIST)
}
