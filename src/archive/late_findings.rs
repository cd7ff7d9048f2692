//! What was found only while the archive was written: files that vanished, shrank or could not be read.
//!
//! `metadata.json` stands first and was written by then, so these findings are a member of their own
//! before `SHA256SUMS`. Its gzip member is short and ends where `SHA256SUMS` begins, so that a glance
//! finds it from the end of any archive.
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

use crate::domain::archive::left_out;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::metadata::Metadata;

use super::LATE;
use super::member::{ArchiveTail, Begins, HEAD, MemberHead, RAW_MAX};
use super::packer::{Packed, Packer};
use super::tar_in::Entries;
use super::tar_out::{self, Header};
use super::unpack::Unpacker;

/// Its gzip member is at most this long; findings that have no room are counted.
const PACKED_MOST: usize = 64 << 10;
/// The text is at most this long.
pub const TEXT_MOST: u64 = (RAW_MAX / 2) as u64;

/// The keys are those of `allskyBackups` in `metadata.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LateFindings {
    left_out: Vec<LeftOut>,
    #[serde(default)]
    left_out_more: u64,
}

/// The findings as a gzip member.
pub struct PackedFindings {
    pub packed: Packed,
    pub text: Vec<u8>,
    /// Bytes of header before the text.
    pub skip: u64,
}

impl LateFindings {
    pub fn of(found: Vec<LeftOut>) -> Self {
        let (left_out, left_out_more) = left_out::bounded(found);
        LateFindings { left_out, left_out_more }
    }

    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty() && self.left_out_more == 0
    }

    /// Reads what an archive says, which is believed no more than its `metadata.json`.
    pub fn read(input: impl Read) -> serde_json::Result<Self> {
        let LateFindings { left_out, left_out_more } = serde_json::from_reader(io::BufReader::new(input))?;
        let clean = left_out.into_iter().map(|one| LeftOut::new(one.kind, one.path, one.why)).collect();
        let (left_out, more) = left_out::bounded(clean);
        Ok(LateFindings { left_out, left_out_more: left_out_more.saturating_add(more) })
    }

    pub fn add_to(self, metadata: &mut Metadata) {
        metadata.also_without(self.left_out, self.left_out_more);
    }

    /// `header` gives the header of a text of this many bytes.
    pub fn pack<'h>(mut self, header: impl Fn(u64) -> Header<'h>) -> io::Result<PackedFindings> {
        loop {
            let text = serde_json::to_vec(&self)?;
            if text.len() as u64 <= TEXT_MOST {
                let (packed, skip) = pack(&text, &header(text.len() as u64));
                if packed.bytes().len() <= PACKED_MOST {
                    return Ok(PackedFindings { packed, text, skip });
                }
            }
            // The doubtful ones come first, so those that are named last matter least.
            let stay = self.left_out.len() / 2;
            self.left_out_more += (self.left_out.len() - stay) as u64;
            self.left_out.truncate(stay);
        }
    }
}

fn pack(text: &[u8], header: &Header) -> (Packed, u64) {
    let mut raw = Vec::new();
    header.encode(&mut raw);
    let skip = raw.len() as u64;
    raw.extend_from_slice(text);
    raw.resize(raw.len() + tar_out::padding(text.len() as u64), 0);
    let mut packer = Packer::new(Begins::AtEntry, Vec::new());
    packer.text(&raw);
    (packer.finish(), skip)
}

/// The findings of the archive that ends with `tail`; `None` where it has none.
pub fn find(file: &File, tail: &ArchiveTail) -> io::Result<Option<LateFindings>> {
    let from = tail.sums.saturating_sub(PACKED_MOST as u64);
    let mut bytes = vec![0; usize::try_from(tail.sums - from).unwrap_or(PACKED_MOST)];
    file.read_exact_at(&mut bytes, from)?;
    let begins = |at: &usize| {
        let head = MemberHead::parse(bytes.get(*at..*at + HEAD)?)?;
        (head.begins == Begins::AtEntry && head.length == bytes.len() - at).then_some((*at, head))
    };
    let mut places = (0..bytes.len()).filter(|at| bytes[*at] == 0x1f);
    Ok(places.find_map(|at| begins(&at)).and_then(|(at, head)| unpacked(&bytes[at..], &head)))
}

fn unpacked(member: &[u8], head: &MemberHead) -> Option<LateFindings> {
    let (mut entries, mut text, mut broken) = (Entries::default(), Vec::new(), false);
    let whole = Unpacker::default().unpack(member, head, |bytes| {
        broken |= entries.feed(bytes, &mut |content| text.extend_from_slice(content)).is_err();
    });
    let is_late = entries.seen.len() == 1 && entries.is_between() && entries.seen[0].name.as_bytes() == LATE.as_bytes();
    (whole.is_ok() && !broken && is_late).then(|| LateFindings::read(text.as_slice()).ok()).flatten()
}
