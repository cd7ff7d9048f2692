//! Files that are read by name: settings, marks, sidecars, lists, databases.
//!
//! A name promises nothing. A user who can write to the folder can put a FIFO, a device or an endless file
//! in its place, and a plain `open` of a FIFO waits for ever. So a file is opened without blocking, must
//! be a regular file, and is read up to a length that its reader names.
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Settings and other texts that programs keep; real ones have some 100 KB.
pub const TEXT: u64 = 16 << 20;
/// One line: a version, a mark, a name.
pub const LINE: u64 = 64 << 10;

/// Opens the regular file at `path` for reading; links are followed.
pub fn open_plain(path: &Path) -> io::Result<File> {
    open(path, OFlags::empty())
}

/// Opens the regular file at `path` for reading; a link is an error.
pub fn open_plain_unlinked(path: &Path) -> io::Result<File> {
    open(path, OFlags::NOFOLLOW)
}

fn open(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
    checked(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// `file` when it is a regular file.
pub fn checked(file: File) -> io::Result<File> {
    let found = file.metadata()?;
    if found.is_file() {
        return Ok(file);
    }
    let what = if found.is_dir() { "it is a folder" } else { "it is a pipe, socket or device and no plain file" };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// All of the regular file at `path`, when that is at most `most` bytes.
pub fn read_plain(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_open(open_plain(path)?, most)
}

/// The text of the regular file at `path`, when that is at most `most` bytes.
pub fn read_plain_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read_plain(path, most)?).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

/// All of an open file, when that is at most `most` bytes. Its size is not asked for: it may grow.
pub fn read_open(file: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let why = format!("it is larger than {most} bytes, which no such file is");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_pipe_a_device_and_a_folder_are_no_files_and_nothing_waits_for_them() {
        let top = tempfile::tempdir().unwrap();
        let pipe = top.path().join("version");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RWXU).unwrap();
        for path in [pipe.as_path(), Path::new("/dev/zero"), top.path()] {
            let error = read_plain(path, LINE).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}: {error}", path.display());
        }
    }

    #[test]
    fn a_file_is_read_to_its_end_or_not_at_all() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("settings.json");
        std::fs::write(&path, [b'x'; 100]).unwrap();
        assert_eq!(read_plain(&path, 100).unwrap().len(), 100);
        assert!(read_plain(&path, 99).unwrap_err().to_string().contains("larger than 99 bytes"));
        assert!(read_open(io::repeat(0), 1000).is_err());
    }

    #[test]
    fn a_link_is_followed_only_where_that_is_wanted() {
        let top = tempfile::tempdir().unwrap();
        let (file, link) = (top.path().join("file"), top.path().join("link"));
        std::fs::write(&file, "text").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(read_plain_text(&link, LINE).unwrap(), "text");
        assert!(open_plain_unlinked(&link).is_err());
        assert!(open_plain_unlinked(&file).is_ok());
    }
}
