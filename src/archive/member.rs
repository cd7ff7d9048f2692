//! One gzip member of ours: it says how long it is, so that a reader can hop from one to the next
//! without inflating anything, and it carries a checksum of its own packed bytes, so that no bit of
//! it can change unnoticed.
//!
//! A member is a plain RFC 1952 member whose extra field has one subfield:
//! * `AB`: length of the whole member (u32), CRC-32 of all its other bytes (u32), flags (u8), then
//!   the map of its long stored runs: offset in the member (u24) and raw length (u24) of each.
//! * `AZ`: the last, empty member: format version (u8), offset of the member that starts with
//!   `SHA256SUMS` (u64), length of the archive (u64). An archive without it was interrupted.
//!
//! Numbers are little-endian. Every byte is either fixed, checked against another, or below a
//! checksum: there is exactly one right way to write each member.

/// Raw bytes of a member at most: what has to be inflated to reach any byte of an archive.
pub const RAW_MAX: usize = 1 << 20;
/// Stored runs of at least this many raw bytes are in the map, and readers need not inflate them.
pub const RUN_MIN: usize = 32 << 10;
/// Longest member that we accept as ours: raw bytes, block headers and extra field, with room.
pub const PACKED_MAX: usize = RAW_MAX + (64 << 10);
/// Bytes that [`MemberHead::parse`] needs.
pub const HEAD: usize = 25;
/// Checksum and length at the end.
pub const TRAILER: usize = 8;
/// One entry of the map of stored runs.
pub const RUN: usize = 6;
/// The last member.
pub const TAIL: usize = 43;

const VERSION: u8 = 1;
/// Deflate, extra field, no time, no file name, system unknown: the same for every member.
const FIXED: [u8; 10] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];
const AT_ENTRY: u8 = 1;

/// Where the raw bytes of a member begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// At the tar header of an entry: a reader can start here knowing nothing.
    AtEntry,
    /// Inside what the member before began.
    Within,
}

/// A stored run: its first block header lies `offset` bytes into the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRun {
    pub offset: usize,
    pub raw: usize,
}

/// What the first bytes of a member say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberHead {
    /// Bytes of the whole member.
    pub length: usize,
    pub crc: u32,
    pub begins: Begins,
    pub runs: usize,
}

impl MemberHead {
    /// `None` when this is no member of ours.
    pub fn parse(bytes: &[u8]) -> Option<MemberHead> {
        let bytes = bytes.get(..HEAD)?;
        let extra = usize::from(u16::from_le_bytes([bytes[10], bytes[11]]));
        let field = usize::from(u16::from_le_bytes([bytes[14], bytes[15]]));
        let length = u32::from_le_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]) as usize;
        let begins = match bytes[24] {
            AT_ENTRY => Begins::AtEntry,
            0 => Begins::Within,
            _ => return None,
        };
        let map = field.checked_sub(9)?;
        let good = bytes[..10] == FIXED
            && &bytes[12..14] == b"AB"
            && extra == field + 4
            && map % RUN == 0
            && length >= HEAD + map + 2 + TRAILER
            && length <= PACKED_MAX;
        let crc = u32::from_le_bytes([bytes[20], bytes[21], bytes[22], bytes[23]]);
        good.then_some(MemberHead { length, crc, begins, runs: map / RUN })
    }

    /// Bytes before the deflate stream.
    pub fn size(&self) -> usize {
        HEAD + self.runs * RUN
    }

    /// The head of a member whose deflate stream and trailer are `rest`, ready to stand before it.
    /// Offsets of `runs` count from the start of `rest`.
    pub fn encode(begins: Begins, runs: &[StoredRun], rest: &[u8]) -> Vec<u8> {
        let size = HEAD + runs.len() * RUN;
        let mut head = Vec::with_capacity(size);
        head.extend_from_slice(&FIXED);
        let field = (9 + runs.len() * RUN) as u16;
        head.extend_from_slice(&(field + 4).to_le_bytes());
        head.extend_from_slice(b"AB");
        head.extend_from_slice(&field.to_le_bytes());
        head.extend_from_slice(&((size + rest.len()) as u32).to_le_bytes());
        head.extend_from_slice(&[0; 4]);
        head.push(if begins == Begins::AtEntry { AT_ENTRY } else { 0 });
        for run in runs {
            head.extend_from_slice(&((size + run.offset) as u32).to_le_bytes()[..3]);
            head.extend_from_slice(&(run.raw as u32).to_le_bytes()[..3]);
        }
        let crc = checksum(&head, rest);
        head[20..24].copy_from_slice(&crc.to_le_bytes());
        head
    }
}

/// CRC-32 of a member without the checksum field itself. `head` is at least [`HEAD`] bytes long.
pub fn checksum(head: &[u8], rest: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&head[..20]);
    crc.update(&head[24..]);
    crc.update(rest);
    crc.finalize()
}

/// The map of stored runs of a member; `None` when it makes no sense.
pub fn runs(member: &[u8], head: &MemberHead) -> Option<Vec<StoredRun>> {
    let number = |b: &[u8]| usize::from(b[0]) | usize::from(b[1]) << 8 | usize::from(b[2]) << 16;
    let map = member.get(HEAD..head.size())?;
    let mut end = head.size();
    let mut runs = Vec::with_capacity(head.runs);
    for entry in map.chunks_exact(RUN) {
        let run = StoredRun { offset: number(&entry[..3]), raw: number(&entry[3..]) };
        if run.offset < end || run.raw == 0 || run.raw > RAW_MAX {
            return None;
        }
        end = run.offset + run.raw;
        runs.push(run);
    }
    Some(runs)
}

/// The last member of an archive: proof that it was finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveTail {
    /// Offset of the member that starts with the entry `SHA256SUMS`.
    pub sums: u64,
    /// Bytes of the archive, this member included.
    pub length: u64,
}

impl ArchiveTail {
    pub fn encode(&self) -> [u8; TAIL] {
        let mut tail = [0; TAIL];
        tail[..10].copy_from_slice(&FIXED);
        tail[10..12].copy_from_slice(&21u16.to_le_bytes());
        tail[12..14].copy_from_slice(b"AZ");
        tail[14..16].copy_from_slice(&17u16.to_le_bytes());
        tail[16] = VERSION;
        tail[17..25].copy_from_slice(&self.sums.to_le_bytes());
        tail[25..33].copy_from_slice(&self.length.to_le_bytes());
        // An empty final block; checksum and length of nothing are zero.
        tail[33] = 3;
        tail
    }

    /// `None` unless every byte is as we would write it.
    pub fn parse(bytes: &[u8]) -> Option<ArchiveTail> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let tail = ArchiveTail { sums: number(17)?, length: number(25)? };
        (bytes == tail.encode()).then_some(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written_and_any_changed_bit_is_seen() {
        let rest = [7u8; 70_000];
        let map = [StoredRun { offset: 3, raw: 40_000 }];
        let mut member = MemberHead::encode(Begins::AtEntry, &map, &rest);
        member.extend_from_slice(&rest);
        let head = MemberHead::parse(&member).unwrap();
        assert_eq!((head.length, head.begins, head.runs), (member.len(), Begins::AtEntry, 1));
        assert_eq!(runs(&member, &head).unwrap(), [StoredRun { offset: head.size() + 3, raw: 40_000 }]);
        for at in 0..head.size() {
            for bit in 0..8 {
                let mut bad = member.clone();
                bad[at] ^= 1 << bit;
                let found = match MemberHead::parse(&bad) {
                    None => true,
                    Some(h) => h.length != bad.len() || checksum(&bad[..HEAD], &bad[HEAD..]) != h.crc,
                };
                assert!(found, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_tail_is_right_to_the_bit_or_no_tail() {
        let tail = ArchiveTail { sums: 123_456, length: 1 << 33 };
        let bytes = tail.encode();
        assert_eq!(ArchiveTail::parse(&bytes), Some(tail));
        for at in 0..TAIL {
            for bit in 0..8 {
                let mut bad = bytes;
                bad[at] ^= 1 << bit;
                assert_ne!(ArchiveTail::parse(&bad), Some(tail), "byte {at}, bit {bit}");
            }
        }
    }
}
