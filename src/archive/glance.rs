//! A look at head and tail: what is this file? Reads a few kilobytes, however large the archive.
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::read::MultiGzDecoder;

use crate::domain::archive::metadata::Metadata;

use super::METADATA;
use super::ending::{Ending, in_place};
use super::from_start::FromStart;
use super::late_findings;
use super::member::{HEAD, MemberHead};
use super::refusal::Refusal;
use super::tar_out::BLOCK;

/// What a glance can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Glance {
    /// Written by us, head and tail in place. Its middle is not proved.
    Ours(Box<Metadata>),
    /// Starts like one of ours, and the file does not end as the archive should: it was interrupted, cut or
    /// written on.
    Cut(Option<Box<Metadata>>),
    /// gzip with tar inside, written by someone else; only a full reading tells more.
    Other,
    /// No backup: the reason as a clear sentence.
    Foreign(String),
}

pub fn glance(file: &File) -> io::Result<Glance> {
    let stat = file.metadata()?;
    if !stat.is_file() {
        return Ok(Glance::Foreign("this is no regular file".to_owned()));
    }
    let length = stat.len();
    let mut head = [0; HEAD];
    let have = usize::try_from(length).unwrap_or(HEAD).min(HEAD);
    file.read_exact_at(&mut head[..have], 0)?;
    if have == 0 {
        return Ok(Glance::Foreign("the file is empty".to_owned()));
    }
    if head[..have.min(3)] != [0x1f, 0x8b, 8][..have.min(3)] {
        return Ok(Glance::Foreign("this is no gzip file, so it is no backup".to_owned()));
    }
    if have < 18 {
        return Ok(Glance::Foreign("the file ends before a backup could begin".to_owned()));
    }
    if MemberHead::parse(&head).is_none() {
        return Ok(if begins_with_tar(file) {
            Glance::Other
        } else {
            Glance::Foreign("there is no tar archive in this gzip file, so it is no backup".to_owned())
        });
    }
    let metadata = metadata(file).map(Box::new);
    Ok(match (metadata, in_place(file)?) {
        (Some(mut metadata), Some(tail)) => {
            if let (Some(late), Some(_)) = (late_findings::find(file, &tail)?, &metadata.ours) {
                late.add_to(&mut metadata);
            }
            Glance::Ours(metadata)
        }
        (metadata, _) => Glance::Cut(metadata),
    })
}

/// An archive that begins as ours must end as ours, to the byte, whichever way it comes in. Others have no
/// end by which that could be told.
pub fn judge_end(file: &File) -> Result<(), Refusal> {
    let mut head = [0; HEAD];
    let is_ours = file.read_exact_at(&mut head, 0).is_ok() && MemberHead::parse(&head).is_some();
    if is_ours && in_place(file).map_err(Refusal::Input)?.is_none() {
        return Err(Refusal::End);
    }
    Ok(())
}

/// What an archive of ours says of itself, however it ends. Reads all heads when its end is not in place.
pub fn metadata_of_damaged(file: &File) -> Option<Metadata> {
    let mut metadata = metadata(file)?;
    let tail = Ending::find(file).ok().flatten().and_then(|ending| ending.tail());
    if let (Some(tail), Some(_)) = (tail, &metadata.ours)
        && let Ok(Some(late)) = late_findings::find(file, &tail)
    {
        late.add_to(&mut metadata);
    }
    Some(metadata)
}

/// `metadata.json` from the front of an archive of ours. Names of files in it are skipped as they
/// stream by.
fn metadata(file: &File) -> Option<Metadata> {
    let mut raw = BufReader::new(MultiGzDecoder::new(FromStart::new(file)));
    let mut block = [0; BLOCK];
    // Records stand before the header when the owner's number is very large.
    loop {
        raw.read_exact(&mut block).ok()?;
        let header = tar::Header::from_byte_slice(&block);
        let size = header.entry_size().ok()?;
        if block[156] == b'x' && size <= 4096 {
            let skip = size.next_multiple_of(BLOCK as u64);
            io::copy(&mut raw.by_ref().take(skip), &mut io::sink()).ok()?;
            continue;
        }
        if block[156] != b'0' || header.path_bytes() != METADATA.as_bytes() {
            return None;
        }
        return serde_json::from_reader(raw.take(size)).ok();
    }
}

fn begins_with_tar(file: &File) -> bool {
    let mut block = [0; BLOCK];
    let mut raw = MultiGzDecoder::new(FromStart::new(file));
    raw.read_exact(&mut block).is_ok() && &block[257..262] == b"ustar"
}
