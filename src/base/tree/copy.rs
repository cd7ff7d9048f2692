//! Copies one file and says what its bytes are. Where the file system can share bytes between two files, they are
//! shared, and read once for their digest; else they are read and written. Holes stay holes.
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// What is read at once, and the most that is done between two looks for a cancel.
const PIECE: usize = 256 << 10;

/// On which side it failed.
#[derive(Debug)]
pub enum CopyError<E> {
    Read(io::Error),
    Write(io::Error),
    Stopped(E),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    /// BLAKE3.
    pub digest: [u8; 32],
}

/// Whether two files may have bytes on the disk in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    MayBeShared,
    /// What damages one of them must not damage the other.
    Own,
}

/// Copies all of `from` into the empty file `to`. `go_on` is told how many bytes were added.
pub fn copy<E>(
    from: &File,
    to: &File,
    bytes: Bytes,
    go_on: &mut dyn FnMut(u64) -> Result<(), E>,
) -> Result<Copied, CopyError<E>> {
    if bytes == Bytes::MayBeShared && rustix::fs::ioctl_ficlone(to, from).is_ok() {
        // The copy cannot change any more while it is read.
        return digest(to, go_on);
    }
    let (mut from, mut to) = (from, to);
    let mut hasher = blake3::Hasher::new();
    let size = size(from).map_err(CopyError::Read)?;
    let (mut buffer, mut bytes, mut in_hole) = (piece_of(size), 0, false);
    loop {
        let count = read(&mut from, &mut buffer).map_err(CopyError::Read)?;
        let piece = &buffer[..count];
        if count == 0 {
            break;
        }
        hasher.update(piece);
        bytes += count as u64;
        in_hole = count == PIECE && piece.iter().all(|byte| *byte == 0);
        if in_hole {
            to.seek(SeekFrom::Current(count as i64)).map_err(CopyError::Write)?;
        } else {
            to.write_all(piece).map_err(CopyError::Write)?;
        }
        go_on(count as u64).map_err(CopyError::Stopped)?;
        if count < buffer.len() && bytes == size {
            break;
        }
    }
    if in_hole {
        to.set_len(bytes).map_err(CopyError::Write)?;
    }
    Ok(Copied { bytes, digest: *hasher.finalize().as_bytes() })
}

/// Reads all of `file`.
pub fn digest<E>(file: &File, go_on: &mut dyn FnMut(u64) -> Result<(), E>) -> Result<Copied, CopyError<E>> {
    let mut file = file;
    let mut hasher = blake3::Hasher::new();
    let size = size(file).map_err(CopyError::Read)?;
    let (mut buffer, mut bytes) = (piece_of(size), 0);
    loop {
        let count = read(&mut file, &mut buffer).map_err(CopyError::Read)?;
        hasher.update(&buffer[..count]);
        bytes += count as u64;
        if count > 0 {
            go_on(count as u64).map_err(CopyError::Stopped)?;
        }
        if count == 0 || (count < buffer.len() && bytes == size) {
            return Ok(Copied { bytes, digest: *hasher.finalize().as_bytes() });
        }
    }
}

fn size(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

/// What a file of this size is read into. A short one is read by one call, which shows with the byte that is left over
/// that nothing follows.
fn piece_of(size: u64) -> Vec<u8> {
    vec![0; usize::try_from(size).map_or(PIECE, |size| size.saturating_add(1).clamp(4096, PIECE))]
}

fn read(from: &mut &File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_copy_has_the_bytes_and_the_holes_of_its_file() {
        let (mut from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all(b"begin").unwrap();
        from.set_len(8 << 20).unwrap();
        from.seek(SeekFrom::Start(0)).unwrap();
        let copied = copy(&from, &to, Bytes::MayBeShared, &mut |_| Ok::<_, ()>(())).unwrap();
        let mut whole = b"begin".to_vec();
        whole.resize(8 << 20, 0);
        assert_eq!(copied, Copied { bytes: 8 << 20, digest: *blake3::hash(&whole).as_bytes() });
        assert_eq!(to.metadata().unwrap().len(), 8 << 20);
        assert!(to.metadata().unwrap().blocks() * 512 < 1 << 20, "holes stay holes");
    }
}
