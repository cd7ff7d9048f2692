//! One strict pass over an archive that may come from anywhere.
//!
//! Everything is refused by rule and by name: the table of rules is [`Refusal`]. Nothing is written,
//! and memory does not grow with the size of the archive.
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};

use sha2::Digest as _;

use super::about_itself::is_about_itself;
use super::claims::{self, Claims};
use super::entries::{Entries, Entry};
use super::gunzip::Gunzip;
use super::kind_check::KindCheck;
use super::late_findings::{self, LateFindings};
use super::names::{Bearer, Names, is_packed_folder};
pub use super::refusal::{NameFault, Refusal};
use super::sums::Sums;
use super::{LATE, SUMS};
use crate::base::counted::counted;
use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::metadata::Metadata;
use crate::domain::limits::{Limits, Spelling};
use crate::domain::monitor::Monitor;
use crate::domain::restore::content::HEAD_BYTES;
use crate::domain::restore::program::ContentVerdict;

/// A member as it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: RelPath,
    pub is_dir: bool,
    pub size: u64,
    /// Permission bits only.
    pub mode: u32,
    pub mtime: i64,
    pub sha256: Option<Sha256>,
    /// Offset in the archive file of the gzip member to start at.
    pub gzip_offset: u64,
    /// Uncompressed bytes to skip from there to the first byte of the content.
    pub skip: u64,
    pub content: ContentVerdict,
}

/// What the whole archive holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub metadata: Metadata,
    /// Files and folders, and what the archive says of itself.
    pub members: u64,
    /// Files of the owner.
    pub files: u64,
    /// Their bytes.
    pub raw_bytes: u64,
    /// Bytes of the compressed file.
    pub packed_bytes: u64,
    pub sha256: Sha256,
    pub blake3: [u8; 32],
    /// True when a `SHA256SUMS` member was there and every line agreed.
    pub summed: bool,
    /// Things that are odd and allowed, in words.
    pub remarks: Vec<String>,
}

/// Reads `input` to its end. `found` is called for each member, in order, when all of it went by.
///
/// Rules that need all of the archive come last, so what `found` was told counts only when this
/// returns `Ok`.
pub fn inspect(
    input: impl Read,
    limits: &Limits,
    found: &mut dyn FnMut(Member),
    monitor: &dyn Monitor,
) -> Result<Contents, Refusal> {
    let mut entries = Entries::new(Gunzip::new(input, limits, monitor), limits);
    let hash = RandomState::new();
    let mut names = Names::new(limits);
    let mut sums = Sums::new(hash.clone());
    let mut all = Tally::default();
    let mut checks = KindCheck::default();
    while let Some(entry) = entries.advance()? {
        let bearer = if entry.is_dir { Bearer::Folder } else { Bearer::File };
        if entry.left.is_none() && is_packed_folder(&entry.name, bearer) {
            continue;
        }
        let name = names.admit(&entry.name, bearer)?;
        if let Some(what) = entry.left {
            all.hashes.push(hash.hash_one(name.as_bytes()));
            all.leave_out(LeftOut::missing(&name, format!("is a {what}; a backup brings files and folders only")));
            continue;
        }
        all.judge_bits(&entry, &name)?;
        let restart = entries.restart()?;
        let mut content = ContentVerdict::AsNamed;
        let sum = match name.as_bytes() {
            b"metadata.json" if !entry.is_dir => {
                // Ours stands before all that it lists, the panel's behind. It is walked and not kept.
                let listed = if all.members == 0 { limits.entries } else { all.members };
                let limit = limits.metadata_bytes.saturating_add(limits.metadata_per_entry.saturating_mul(listed));
                if entry.size > limit {
                    return Err(Refusal::MetadataLarge { size: entry.size, limit });
                }
                let mut body = Body::new(&mut entries);
                let claims = claims::read(&mut body, &hash, limits);
                let sum = body.finish()?;
                let claims = claims?;
                // Ours has its description first. By that, and by its sums, it is known also where another
                // program has packed it again, and then its names are those of a camera's disk.
                if claims.metadata.ours.is_some() && all.members == 0 {
                    names.of_this_disk();
                    entries.of_this_disk();
                }
                all.claims = Some(claims);
                sum
            }
            b"SHA256SUMS" if !entry.is_dir => {
                let mut body = Body::new(&mut entries);
                let compared = sums.compare(&mut body);
                let sum = body.finish()?;
                compared?;
                all.summed = true;
                sum
            }
            late if late == LATE.as_bytes() && !entry.is_dir => {
                let not_understood = || Refusal::LateFindings { member: name.to_string() };
                if entry.size > late_findings::TEXT_MOST {
                    return Err(not_understood());
                }
                let mut body = Body::new(&mut entries);
                let late = LateFindings::read(&mut body);
                let sum = body.finish()?;
                all.late = Some(late.map_err(|_| not_understood())?);
                sum
            }
            _ if is_about_itself(&name) => return Err(Refusal::FileAndFolder { member: name.to_string() }),
            _ => {
                let mut body = Body::new(&mut entries);
                content = ContentVerdict::of(&name, &body.head()?);
                body.finish()?
            }
        };
        all.count(&entry, &name);
        checks.note(&name, bearer);
        if !entry.is_dir {
            if name.as_bytes() != SUMS.as_bytes() {
                sums.note(&name, &sum)?;
            }
            // Where nothing is listed, nothing can be missing.
            if all.claims.as_ref().is_none_or(|claims| !claims.listed.is_empty()) {
                all.hashes.push(hash.hash_one(name.as_bytes()));
            }
        }
        found(Member {
            name,
            is_dir: entry.is_dir,
            size: entry.size,
            mode: entry.mode & 0o777,
            mtime: entry.mtime,
            sha256: (!entry.is_dir).then_some(sum),
            gzip_offset: restart.gzip_offset,
            skip: restart.skip,
            content,
        });
    }
    let mut claims = all.claims.take().ok_or(Refusal::NoMetadata)?;
    if let Some(odd) = claims.odd_name.take().filter(|_| names.spelling() == Spelling::AnyDisk) {
        return Err(odd);
    }
    match (all.late.take(), &claims.metadata.ours) {
        (Some(late), Some(_)) => late.add_to(&mut claims.metadata),
        // No other program writes such a member.
        (Some(_), None) => return Err(Refusal::Place { member: LATE.to_owned() }),
        (None, _) => {}
    }
    if all.summed {
        sums.judge()?;
    } else if claims.metadata.ours.is_some() {
        return Err(Refusal::Repacked);
    }
    if let Some(missing) = checks.judge(&claims.metadata, &names)? {
        all.leave_out(missing);
    }
    claims.metadata.also_without(std::mem::take(&mut all.left_out), all.left_out_more);
    all.remark_on(&claims);
    let packed = entries.finish();
    if packed.padded {
        all.remarks.push("zero bytes follow the archive; they do no harm".to_owned());
    }
    Ok(Contents {
        metadata: claims.metadata,
        members: all.members,
        files: all.files,
        raw_bytes: all.raw_bytes,
        packed_bytes: packed.bytes,
        sha256: packed.sha256,
        blake3: packed.blake3,
        summed: all.summed,
        remarks: all.remarks,
    })
}

/// What adds up while members go by.
#[derive(Default)]
struct Tally {
    members: u64,
    files: u64,
    raw_bytes: u64,
    summed: bool,
    claims: Option<Claims>,
    late: Option<LateFindings>,
    hashes: Vec<u64>,
    odd_bits: u64,
    first_odd_bits: String,
    attributes: u64,
    remarks: Vec<String>,
    left_out: Vec<LeftOut>,
    left_out_more: u64,
}

impl Tally {
    fn leave_out(&mut self, one: LeftOut) {
        if self.left_out.len() < left_out::MOST {
            self.left_out.push(one);
        } else {
            self.left_out_more += 1;
        }
    }

    fn count(&mut self, entry: &Entry, name: &RelPath) {
        self.members += 1;
        self.attributes += u64::from(entry.attributes);
        if !entry.is_dir && !is_about_itself(name) {
            self.files += 1;
            self.raw_bytes += entry.size;
        }
    }

    /// The panel's own folders may be setgid (2775), and with them their files, so that is dropped with a
    /// remark; a program that would run as another user is refused.
    fn judge_bits(&mut self, entry: &Entry, name: &RelPath) -> Result<(), Refusal> {
        if !entry.is_dir && entry.mode & 0o4000 != 0 {
            return Err(Refusal::SetId { member: name.to_string() });
        }
        if entry.mode & 0o7000 != 0 {
            if self.odd_bits == 0 {
                self.first_odd_bits = name.to_string();
            }
            self.odd_bits += 1;
        }
        Ok(())
    }

    fn remark_on(&mut self, claims: &Claims) {
        if self.odd_bits > 0 {
            let (members, first) = (counted(self.odd_bits, "member"), &self.first_odd_bits);
            self.remarks.push(format!("setgid and sticky bits of {members} are not kept, the first is {first}"));
        }
        if claims.odd_modes > 0 {
            let (members, first) = (counted(claims.odd_modes, "member"), &claims.first_odd_mode);
            self.remarks.push(format!(
                "metadata.json gives {members} more than read, write and execute; that is not kept, the first is {first}"
            ));
        }
        if self.attributes > 0 {
            self.remarks.push(format!("extended attributes of {} are not kept", counted(self.attributes, "member")));
        }
        self.hashes.sort_unstable();
        let missing = claims.listed.iter().filter(|name| self.hashes.binary_search(name).is_err()).count();
        if missing > 0 {
            let files = counted(missing as u64, "file");
            self.remarks.push(format!("metadata.json lists {files} without a member in the archive"));
        }
    }
}

/// The content of the present member as a reader that hashes, and that keeps the refusal which the
/// reader in between would turn into an error of its own.
struct Body<'a, 'b, R> {
    entries: &'a mut Entries<'b, R>,
    sha256: sha2::Sha256,
    refusal: Option<Refusal>,
    chunk: Vec<u8>,
    from: usize,
}

impl<'a, 'b, R: Read> Body<'a, 'b, R> {
    fn new(entries: &'a mut Entries<'b, R>) -> Self {
        Body { entries, sha256: sha2::Sha256::new(), refusal: None, chunk: Vec::new(), from: 0 }
    }

    /// Its first bytes, which tell what it is.
    fn head(&mut self) -> Result<Vec<u8>, Refusal> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        while head.len() < HEAD_BYTES {
            let chunk = self.entries.content()?;
            if chunk.is_empty() {
                break;
            }
            self.sha256.update(chunk);
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD_BYTES - head.len())]);
        }
        Ok(head)
    }

    /// Reads what is left; the sum of all of it.
    fn finish(mut self) -> Result<Sha256, Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        loop {
            let chunk = self.entries.content()?;
            if chunk.is_empty() {
                return Ok(Sha256(self.sha256.finalize().into()));
            }
            self.sha256.update(chunk);
        }
    }
}

impl<R: Read> Read for &mut Body<'_, '_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.from == self.chunk.len() {
            match self.entries.content() {
                Ok(chunk) => {
                    self.sha256.update(chunk);
                    self.chunk.clear();
                    self.chunk.extend_from_slice(chunk);
                    self.from = 0;
                }
                Err(refusal) => {
                    self.refusal = Some(refusal);
                    return Err(io::Error::other("refused"));
                }
            }
        }
        let n = buf.len().min(self.chunk.len() - self.from);
        buf[..n].copy_from_slice(&self.chunk[self.from..self.from + n]);
        self.from += n;
        Ok(n)
    }
}
