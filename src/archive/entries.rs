//! Walks the tar inside: files and folders, one after the other, and to the very end.
//!
//! Whatever several programs could read in several ways is refused here: double names, two sizes,
//! prefixes without a member, half an end mark, anything after the end.
use std::io::Read;

use super::extended::{self, Scope};
use super::gunzip::{Gunzip, Packed, Restart};
use super::header::{self, BLOCK, Header, Kind};
use super::refusal::Refusal;
use crate::base::rel_path::printable;
use crate::domain::limits::Limits;

/// The next member; its content comes from `content`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name as the archive has it; folders may end with a slash.
    pub name: Vec<u8>,
    pub is_dir: bool,
    pub size: u64,
    /// With setuid, setgid and sticky, for the caller to judge.
    pub mode: u32,
    pub mtime: i64,
    /// It had extended attributes or access lists, which are not kept.
    pub attributes: bool,
    /// What it is, when it is neither file nor folder and has to be left out.
    pub left: Option<&'static str>,
}

/// What stood before a member.
#[derive(Default)]
struct Before {
    extended: Option<extended::Records>,
    long_name: Option<Vec<u8>>,
    long_link: bool,
}

impl Before {
    fn is_empty(&self) -> bool {
        self.extended.is_none() && self.long_name.is_none() && !self.long_link
    }
    fn name(&self) -> Option<&[u8]> {
        self.long_name.as_deref().or_else(|| self.extended.as_ref()?.path.as_deref())
    }
}

pub struct Entries<'a, R> {
    gunzip: Gunzip<'a, R>,
    limits: &'a Limits,
    entries: u64,
    most_entries: u64,
    global_seen: bool,
    /// Content of the present member that was not taken yet, and what fills its last block.
    left: u64,
    fill: u64,
}

impl<'a, R: Read> Entries<'a, R> {
    pub fn new(gunzip: Gunzip<'a, R>, limits: &'a Limits) -> Self {
        Entries { gunzip, limits, entries: 0, most_entries: limits.entries, global_seen: false, left: 0, fill: 0 }
    }

    /// The next member, or `None` when the archive ended as it should, to the last byte.
    pub fn advance(&mut self) -> Result<Option<Entry>, Refusal> {
        while !self.content()?.is_empty() {}
        self.skip(self.fill)?;
        self.fill = 0;
        let mut before = Before::default();
        let mut block = [0u8; BLOCK];
        loop {
            if !self.block(&mut block)? {
                let member = self.gunzip.now().to_owned();
                return Err(if self.entries == 0 { Refusal::NotTar } else { Refusal::NoEnd { member } });
            }
            if block.iter().all(|b| *b == 0) {
                return self.end(&before).map(|()| None);
            }
            if !header::checksum_is_right(&block) {
                return Err(self.wrong_checksum());
            }
            let header = header::decode(&block, before.name())?;
            match header.kind {
                Kind::File | Kind::Folder | Kind::Left(_) => return self.entry(header, before).map(Some),
                _ => self.prefix(&header, &mut before)?,
            }
        }
    }

    /// The next bytes of the present member's content, taken; empty at its end.
    pub fn content(&mut self) -> Result<&[u8], Refusal> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let (member, offset) = (self.gunzip.now().to_owned(), self.gunzip.offset());
        let chunk = self.gunzip.take(usize::try_from(self.left).unwrap_or(usize::MAX))?;
        if chunk.is_empty() {
            return Err(Refusal::Cut { member, offset });
        }
        self.left -= chunk.len() as u64;
        Ok(chunk)
    }

    /// From here on it may hold what a camera's own disk may hold, and as much.
    pub fn of_this_disk(&mut self) {
        self.gunzip.of_this_disk();
        self.most_entries = self.most_entries.max(self.limits.entries_of_ours);
    }

    /// Where the content of the present member can be reached from; ask before taking any.
    pub fn restart(&mut self) -> Result<Restart, Refusal> {
        self.gunzip.restart()
    }

    pub fn finish(self) -> Packed {
        self.gunzip.finish()
    }

    fn entry(&mut self, header: Header, before: Before) -> Result<Entry, Refusal> {
        let records = before.extended.unwrap_or_default();
        let name = before.long_name.or(records.path).unwrap_or(header.name);
        let member = printable(&name);
        self.gunzip.enter(member.clone());
        self.entries += 1;
        if self.entries > self.most_entries {
            return Err(Refusal::TooMany { member, limit: self.most_entries });
        }
        let left = match header.kind {
            Kind::Left(what) => Some(what),
            _ => None,
        };
        if left.is_none() && (records.link_target || before.long_link) {
            return Err(Refusal::LinkTarget { member });
        }
        if records.sparse {
            return Err(Refusal::Sparse { member });
        }
        let size = match records.size {
            None => header.size,
            Some(size) if size == header.size => size,
            // Only where eleven octal digits are too few may the header say something else.
            Some(size) if size > OCTAL_MOST && header.size_is_octal && header.size == 0 => size,
            Some(_) => return Err(Refusal::TwoSizes { member }),
        };
        if let Some(what) = left.filter(|_| size != 0) {
            return Err(Refusal::LinkContent { member, what });
        }
        let is_dir = header.kind == Kind::Folder;
        if is_dir && size != 0 {
            return Err(Refusal::FolderContent { member });
        }
        if size > self.limits.total_bytes {
            return Err(Refusal::TooLarge { member, limit: self.limits.total_bytes });
        }
        (self.left, self.fill) = (size, filling(size));
        let mtime = records.mtime.unwrap_or(header.mtime);
        Ok(Entry { name, is_dir, size, mode: header.mode, mtime, attributes: records.attributes, left })
    }

    /// Takes what stands before a member.
    fn prefix(&mut self, header: &Header, before: &mut Before) -> Result<(), Refusal> {
        let member = self.next_member(before);
        if header.size > self.limits.extension_bytes {
            return Err(Refusal::LongExtension { member, size: header.size });
        }
        let contradicts = |what| Refusal::Prefix { member: member.clone(), what };
        let mut body = Vec::with_capacity(header.size as usize);
        self.left = header.size;
        loop {
            let chunk = self.content()?;
            if chunk.is_empty() {
                break;
            }
            body.extend_from_slice(chunk);
        }
        self.skip(filling(header.size))?;
        match header.kind {
            Kind::Global => {
                if self.global_seen || !before.is_empty() {
                    return Err(contradicts("a header for all members stands among them"));
                }
                self.global_seen = true;
                extended::parse(&body, Scope::All, &member)?;
            }
            Kind::Extended => {
                if !before.is_empty() {
                    return Err(contradicts("more than one names it"));
                }
                before.extended = Some(extended::parse(&body, Scope::Next, &member)?);
            }
            _ => {
                let link = header.kind == Kind::LongLink;
                let again = if link { before.long_link } else { before.long_name.is_some() };
                if again || before.extended.is_some() {
                    return Err(contradicts("more than one names it"));
                }
                // Without the NUL at its end some programs read on behind it.
                let text = body.strip_suffix(b"\0").filter(|text| !text.is_empty() && !text.contains(&0));
                let text = text.ok_or_else(|| contradicts("a long name is empty, or not ended by its one NUL byte"))?;
                if link {
                    before.long_link = true;
                } else {
                    before.long_name = Some(text.to_vec());
                }
            }
        }
        Ok(())
    }

    /// Words for a member whose own header was not reached yet.
    fn next_member(&self, before: &Before) -> String {
        match before.name() {
            Some(name) => printable(name),
            None => format!("the member after {}", self.gunzip.now()),
        }
    }

    /// One zero block went by: there must be a second, and nothing but zeros after it.
    fn end(&mut self, before: &Before) -> Result<(), Refusal> {
        let member = self.gunzip.now().to_owned();
        if !before.is_empty() {
            return Err(Refusal::Prefix { member: self.next_member(before), what: "no member follows" });
        }
        let mut second = [0u8; BLOCK];
        if !self.block(&mut second)? {
            return Err(Refusal::NoEnd { member });
        }
        if second.iter().any(|b| *b != 0) {
            return Err(Refusal::HalfEnd { member });
        }
        loop {
            let rest = self.gunzip.take(usize::MAX)?;
            if rest.is_empty() {
                return Ok(());
            }
            if rest.iter().any(|b| *b != 0) {
                return Err(Refusal::AfterEnd { member });
            }
        }
    }

    /// A damaged gzip stream shows first as a header that makes no sense: reading on tells damage
    /// from a file that was made so.
    fn wrong_checksum(&mut self) -> Refusal {
        let member = format!("the member after {}", self.gunzip.now());
        loop {
            match self.gunzip.take(usize::MAX) {
                Ok([]) if self.entries == 0 => return Refusal::NotTar,
                Ok([]) => return Refusal::Checksum { member },
                Ok(_) => {}
                Err(refusal @ (Refusal::Damaged { .. } | Refusal::Cut { .. } | Refusal::Cancelled(_))) => {
                    return refusal;
                }
                Err(_) if self.entries == 0 => return Refusal::NotTar,
                Err(_) => return Refusal::Checksum { member },
            }
        }
    }

    /// Fills `block`; false when nothing is left.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> Result<bool, Refusal> {
        let mut filled = 0;
        while filled < BLOCK {
            let (member, offset) = (self.gunzip.now().to_owned(), self.gunzip.offset());
            let chunk = self.gunzip.take(BLOCK - filled)?;
            if chunk.is_empty() {
                return if filled == 0 { Ok(false) } else { Err(Refusal::Cut { member, offset }) };
            }
            block[filled..filled + chunk.len()].copy_from_slice(chunk);
            filled += chunk.len();
        }
        Ok(true)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.left = bytes;
        while !self.content()?.is_empty() {}
        Ok(())
    }
}

/// The largest size that eleven octal digits can say.
const OCTAL_MOST: u64 = 0o77777777777;

/// Bytes from the end of the content to the next block.
fn filling(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}
