//! Does an index describe its archive at a few places that chance picks? Asked each time that a list is shown.
//!
//! The seal of an index shows what rotted. An index that was forged together with its seal is found out here, at a
//! cost that does not grow with the archive. Nothing is ever restored or extracted by this check alone: `agreement`
//! looks at every file then.
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::about_itself;
use super::extract::At;
use super::header::{self, BLOCK};
use super::index::{Error, Index, Row};

/// How many members are looked up.
const PLACES: u64 = 8;
/// A member behind more than this from its restart point is not looked up: archives of others have one restart point.
const MOST_SKIPPED: u64 = 4 << 20;
/// Sizes from here on do not stand in the header.
const LARGE: u64 = 8 << 30;
/// Longer names may stand elsewhere.
const SHORT: usize = 90;

/// False when the index says something that its archive does not.
pub fn fits(index: &Index, archive: &File) -> Result<bool, Error> {
    let (files, last) = (index.totals()?.0, index.last_id()?);
    // All members but those that say what the archive is.
    if !(files..=files.saturating_add(about_itself::MOST)).contains(&last) {
        return Ok(false);
    }
    let chance = RandomState::new();
    for n in 0..PLACES.min(last) {
        let id = chance.hash_one(n) % last + 1;
        let Some(row) = index.row(id)? else { return Ok(false) };
        let Ok(archive) = archive.try_clone() else { return Ok(true) };
        // What cannot be read there is damage of the archive, which others tell.
        if let Ok(Some(block)) = block_before(archive, &row)
            && !is_header_of(&block, &row)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The block before the content of `row`; `None` when it is too far from its restart point.
fn block_before(archive: File, row: &Row) -> io::Result<Option<[u8; BLOCK]>> {
    let Some(before) = row.skip.checked_sub(BLOCK as u64).filter(|before| *before <= MOST_SKIPPED) else {
        return Ok(None);
    };
    let mut raw = MultiGzDecoder::new(BufReader::new(At { file: archive, offset: row.gzip_offset }));
    io::copy(&mut (&mut raw).take(before), &mut io::sink())?;
    let mut block = [0; BLOCK];
    raw.read_exact(&mut block)?;
    Ok(Some(block))
}

fn is_header_of(block: &[u8; BLOCK], row: &Row) -> bool {
    let Some(header) = header::checksum_is_right(block).then(|| header::decode(block, None).ok()).flatten() else {
        return false;
    };
    let path = row.path.as_bytes();
    let is_plain = path.len() <= SHORT && path.is_ascii();
    (row.size >= LARGE || header.size == row.size) && (!is_plain || header.name.ends_with(path))
}
