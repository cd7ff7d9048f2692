//! Does an index list what its archive holds? Asked before anything is restored or extracted by it.
//!
//! The index is a cache that lies beside the archive, where others may write; `SHA256SUMS` is in the
//! archive, below a checksum. Every file must be in both with the same sum.
use std::collections::HashMap;
use std::fs::File;

use crate::base::digest::Sha256;

use super::ending::Ending;
use super::index::{Error, Index};
use super::sum_lines::SumLines;
use super::{METADATA, SUMS};

/// True also where the archive has no `SHA256SUMS` that could be read: then every content is held against
/// the rules of archives from elsewhere when it is read in full.
pub fn agree(index: &Index, archive: &File) -> Result<bool, Error> {
    let Some(sums) = sums(archive) else { return Ok(true) };
    let mut left = sums;
    let mut agrees = true;
    index.each(&mut |row| {
        if !row.is_dir && row.path.as_bytes() != SUMS.as_bytes() {
            agrees &= left.remove(row.path.as_bytes()).is_some_and(|sum| row.sha256 == Some(sum));
        }
    })?;
    left.remove(METADATA.as_bytes());
    Ok(agrees && left.is_empty())
}

fn sums(archive: &File) -> Option<HashMap<Vec<u8>, Sha256>> {
    let tail = Ending::find(archive).ok()??.tail()?;
    let mut lines = SumLines::new(archive, &tail);
    let mut sums = HashMap::new();
    while let Some((sum, name)) = lines.next().ok()? {
        sums.insert(name, sum);
    }
    Some(sums)
}
