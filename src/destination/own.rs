//! How what we left unfinished in the backups folder is told from what belongs to the owner.
//!
//! Invariant: nothing is litter by its name alone. A folder of ours has a random id in its name and holds
//! an empty file with the same id; a reserved name holds a line with its own id; an index has our mark in
//! its header. Everything else in the folder is the owner's, whatever it is called.
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::AtFlags;
use uuid::Uuid;

use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::member_index;
use crate::domain::archive::metadata::Metadata;

/// Folder of a job that is at work, or was.
pub(super) const WORKSPACE: &str = ".partial-";
/// Folder of an upload that comes in pieces.
pub(super) const UPLOAD: &str = ".upload-";
/// A name that is spoken for; the stem of the archive follows.
pub(super) const RESERVED: &str = ".reserved-";
/// A reserved name before it has its line.
pub(super) const RESERVING: &str = ".reserving-";
/// The empty file in each of our folders; the id of the folder follows.
const SIGN: &str = ".of-allsky-backups-";
/// What the line in a reserved name begins with.
const LINE: &str = "allsky-backups ";
/// Longer than any such line.
const MOST_LINE: u64 = 512;
/// Longer than the metadata of any archive that we or the panel make.
const MOST_SIDECAR: u64 = 64 << 20;

/// The id in the name of a folder of ours.
pub(super) fn id_in(name: &[u8], prefix: &str) -> Option<Uuid> {
    let text = std::str::from_utf8(name.strip_prefix(prefix.as_bytes())?).ok()?;
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// Signs a folder that was just made. Names survive a power cut in the order in which they were made, so
/// the sign is there whenever another name in the folder is.
pub(super) fn sign(folder: &Dir, id: Uuid) -> io::Result<()> {
    folder.create_new(&RelPath::of_our_own(&format!("{SIGN}{id}"))).map(drop)
}

/// True for a folder that we signed. An empty folder counts too: its maker died before it could sign, and
/// its removal loses no file.
pub(super) fn is_signed(folder: &Dir, id: Uuid) -> io::Result<bool> {
    let sign = folder.seen(&RelPath::of_our_own(&format!("{SIGN}{id}")))?;
    Ok(sign.is_some_and(|sign| sign.kind == Kind::File && sign.bytes == 0) || folder.entries()?.is_empty())
}

/// True for the name of the sign in the folder with this id.
pub(super) fn is_sign(name: &[u8], id: Uuid) -> bool {
    name == format!("{SIGN}{id}").as_bytes()
}

/// True for a folder that has our sign, also when it has nothing else.
pub(super) fn has_sign(folder: &Dir, id: Uuid) -> bool {
    folder.seen(&RelPath::of_our_own(&format!("{SIGN}{id}"))).is_ok_and(|sign| sign.is_some())
}

/// The line that makes the reservation of `stem` ours.
pub(super) fn line(id: Uuid, stem: &str) -> String {
    format!("{LINE}{id} {stem}\n")
}

/// True when `text` is our line with `id`, or the part of it that a kill left. An empty text counts: its
/// removal loses nothing.
pub(super) fn begins_line(text: &[u8], id: Uuid) -> bool {
    let begin = format!("{LINE}{id} ");
    text.starts_with(begin.as_bytes()) || begin.as_bytes().starts_with(text)
}

/// True when `text` reserves `stem`.
pub(super) fn reserves(text: &[u8], stem: &str) -> bool {
    let id = || {
        let (id, named) = std::str::from_utf8(text).ok()?.strip_prefix(LINE)?.strip_suffix('\n')?.split_once(' ')?;
        Uuid::try_parse(id).ok().filter(|_| named == stem)
    };
    id().is_some()
}

/// The first bytes of a small regular file; `None` when it is another kind of thing, or larger.
pub(super) fn small(dir: &Dir, name: &RelPath) -> io::Result<Option<Vec<u8>>> {
    bounded(dir, name, MOST_LINE)
}

/// True for an index of ours. One that is not there is not.
pub(super) fn is_index(dir: &Dir, name: &RelPath) -> io::Result<bool> {
    let mut head = Vec::new();
    match regular(dir, name)? {
        Some(file) => file.take(member_index::HEAD_BYTES).read_to_end(&mut head)?,
        None => return Ok(false),
    };
    Ok(member_index::is_ours(&head))
}

/// True for the description that we or the panel put beside an archive. One that is not there is not.
pub(super) fn is_sidecar(dir: &Dir, name: &RelPath) -> io::Result<bool> {
    let text = bounded(dir, name, MOST_SIDECAR)?;
    Ok(text.is_some_and(|text| serde_json::from_slice::<Metadata>(&text).is_ok()))
}

fn bounded(dir: &Dir, name: &RelPath, most: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = regular(dir, name)? else { return Ok(None) };
    let mut text = Vec::new();
    file.take(most + 1).read_to_end(&mut text)?;
    Ok((text.len() as u64 <= most).then_some(text))
}

/// Opened only when it is a regular file: opening a device may do something.
fn regular(dir: &Dir, name: &RelPath) -> io::Result<Option<std::fs::File>> {
    match dir.seen(name)? {
        Some(seen) if seen.kind == Kind::File => dir.read(name).map(Some),
        _ => Ok(None),
    }
}

/// True when anything at all has this name.
pub(super) fn is_taken(dir: &Dir, name: &str) -> io::Result<bool> {
    match rustix::fs::statat(dir.as_fd(), OsStr::from_bytes(name.as_bytes()), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::NOENT) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_an_id_as_we_write_it_is_the_name_of_a_folder_of_ours() {
        let id = Uuid::now_v7();
        assert_eq!(id_in(format!(".partial-{id}").as_bytes(), WORKSPACE), Some(id));
        for odd in [".partial-mine".into(), ".partial-".into(), format!(".partial-{}", id.simple()), format!("{id}")] {
            assert_eq!(id_in(odd.as_bytes(), WORKSPACE), None, "{odd}");
        }
    }

    #[test]
    fn a_line_reserves_the_name_that_it_names() {
        let text = line(Uuid::now_v7(), "a-b");
        assert!(reserves(text.as_bytes(), "a-b"));
        assert!(!reserves(text.as_bytes(), "a") && !reserves(text.trim_end().as_bytes(), "a-b"));
        assert!(!reserves(b"", "a-b") && !reserves(b"allsky-backups notes a-b\n", "a-b"));
    }
}
