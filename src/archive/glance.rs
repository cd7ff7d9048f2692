//! A look at head and tail: what is this file? Reads a few kilobytes, however large the archive.
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;

use flate2::read::MultiGzDecoder;

use crate::domain::metadata::Metadata;

use super::METADATA;
use super::from_start::FromStart;
use super::late_findings;
use super::member::{ArchiveTail, HEAD, MemberHead, TAIL};
use super::refusal::Refusal;
use super::tar_out::BLOCK;

/// What a glance can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Glance {
    /// Written by us, head and tail in place. Its middle is not proved.
    Ours(Box<Metadata>),
    /// Starts like one of ours and its end is missing or wrong: interrupted or cut.
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
    Ok(match (metadata, tail(file, length)?) {
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
    let length = file.metadata().map_err(Refusal::Input)?.len();
    let mut head = [0; HEAD];
    let is_ours = file.read_exact_at(&mut head, 0).is_ok() && MemberHead::parse(&head).is_some();
    if is_ours && tail(file, length).map_err(Refusal::Input)?.is_none() {
        return Err(Refusal::End);
    }
    Ok(())
}

fn tail(file: &File, length: u64) -> io::Result<Option<ArchiveTail>> {
    let Some(at) = length.checked_sub(TAIL as u64) else { return Ok(None) };
    let mut tail = [0; TAIL];
    file.read_exact_at(&mut tail, at)?;
    Ok(ArchiveTail::parse(&tail).filter(|tail| tail.length == length && tail.sums < at))
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
