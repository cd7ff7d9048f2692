//! How large an archive of this listing will be, from samples of at most one percent of its bytes.
//!
//! Files of one ending and of about one size resemble each other; each such group is sampled with
//! the writer's own packer. The same listing gives the same answer.
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

use crate::base::digest::Sha256;
use crate::base::dir::Dir;
use crate::domain::archive::listing::{Entry, Listing};

use super::member::{Begins, RAW_MAX, TAIL};
use super::packer::{BLOCK, Packer};
use super::tar_out::{self, Header, Kind};
use super::{METADATA, sum_line};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Estimate {
    pub files: u64,
    pub raw_bytes: u64,
    /// The archive file.
    pub packed_bytes: u64,
    /// What was read to tell.
    pub read_bytes: u64,
}

/// One percent of a small tree says nothing: this much may always be read.
const LEAST: u64 = 64 << 10;
/// More says no more, and a backup waits for it.
const MOST: u64 = 64 << 20;
/// A deflate window is warm after so many bytes.
const COLD: u64 = 32 << 10;
/// Large files are looked at in slices of this length.
const STRETCH: u64 = 96 << 10;
/// Headers and lines of sums are made up for this many entries at most and scaled.
const DRAWN: usize = 4096;

/// Samples by kind of file, with the writer's own code.
pub fn estimate(listing: &Listing) -> Estimate {
    let raw_bytes = listing.bytes();
    let mut sampler = Sampler {
        listing,
        roots: listing.roots.iter().map(|root| Dir::open(root).ok()).collect(),
        read: 0,
        block: vec![0; BLOCK],
    };
    // Somewhat less than one percent, so that the least that small sections get keeps the whole below it.
    let budget = (raw_bytes / 125).clamp(LEAST.min(raw_bytes), MOST);
    let mut content = 0.0;
    for group in groups(listing).into_values() {
        let share = (budget as f64 * group.bytes as f64 / raw_bytes.max(1) as f64) as u64;
        content += group.bytes as f64 * sampler.ratio(&group, share.max(1));
    }
    let packed_bytes = (content + frame(listing)) as u64 + TAIL as u64;
    Estimate { files: listing.files(), raw_bytes, packed_bytes, read_bytes: sampler.read }
}

/// Files that are sampled together.
#[derive(Default)]
struct Group<'a> {
    files: Vec<&'a Entry>,
    bytes: u64,
}

/// By ending and by powers of sixteen of size.
fn groups(listing: &Listing) -> BTreeMap<(Vec<u8>, u32), Group<'_>> {
    let mut groups = BTreeMap::<_, Group>::new();
    for entry in listing.entries.iter().filter(|entry| entry.is_file() && entry.size > 0) {
        let name = entry.name.name();
        let ending = name.iter().rposition(|b| *b == b'.').map_or(&b""[..], |at| &name[at + 1..]);
        let group = groups.entry((ending.to_ascii_lowercase(), entry.size.ilog2() / 4)).or_default();
        group.files.push(entry);
        group.bytes += entry.size;
    }
    groups
}

struct Sampler<'a> {
    listing: &'a Listing,
    roots: Vec<Option<Dir>>,
    read: u64,
    block: Vec<u8>,
}

impl Sampler<'_> {
    /// Packed bytes for each byte of the group, from slices that are spread evenly over its bytes.
    fn ratio(&mut self, group: &Group, budget: u64) -> f64 {
        let average = group.bytes / group.files.len() as u64;
        if budget >= STRETCH && average >= STRETCH {
            let mut stretches = Stretches::default();
            self.slices(group, STRETCH, budget / STRETCH, &mut |block| stretches.add(block));
            return stretches.ratio();
        }
        let slice = slice(budget, average);
        let (mut cold, mut all) = (Sample::default(), Sample::default());
        let cold_bytes = (budget / 4).min(COLD);
        self.slices(group, slice, (budget / slice).max(1), &mut |block| {
            if cold.raw < cold_bytes {
                cold.add(block);
            }
            all.add(block);
        });
        ratio(cold.done(), all.done())
    }

    /// Hands over `count` slices of at most `length` bytes.
    fn slices(&mut self, group: &Group, length: u64, count: u64, takes: &mut dyn FnMut(&[u8])) {
        let mut files = group.files.iter();
        let mut file = files.next();
        let mut before = 0;
        for nth in 0..count {
            // The middle of each of `count` equal stretches of the group.
            let wanted = (group.bytes as u128 * (2 * nth as u128 + 1) / (2 * count as u128)) as u64;
            while let Some(entry) = file.filter(|e| before + e.size <= wanted) {
                before += entry.size;
                file = files.next();
            }
            let Some(entry) = file else { break };
            let length = length.min(entry.size) as usize;
            let offset = (wanted - before).min(entry.size - length as u64);
            let Some(opened) = self.open(entry) else { continue };
            let have = read(&opened, &mut self.block[..length], offset);
            self.read += have as u64;
            takes(&self.block[..have]);
        }
    }

    fn open(&self, entry: &Entry) -> Option<File> {
        let (root, path) = self.listing.place(entry)?;
        let file = self.roots.get(usize::from(root))?.as_ref()?.read(&path).ok()?;
        file.metadata().ok()?.is_file().then_some(file)
    }
}

/// Slices of a group, packed one after the other as files are in the archive.
struct Sample {
    packer: Packer,
    raw: u64,
    packed: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Sample { packer: Packer::new(Begins::AtEntry, Vec::new()), raw: 0, packed: 0 }
    }
}

impl Sample {
    fn add(&mut self, block: &[u8]) {
        if self.packer.room() < block.len() {
            let packed = self.packer.finish();
            self.packed += packed.bytes().len() as u64;
            self.packer.restart(Begins::Within, packed.into_buffer());
        }
        self.packer.content(block);
        self.raw += block.len() as u64;
    }

    /// Raw and packed bytes.
    fn done(mut self) -> (f64, f64) {
        self.packed += self.packer.finish().bytes().len() as u64;
        (self.raw as f64, self.packed as f64)
    }
}

/// Long slices of large files, each packed on its own: what comes after the first of it shows how well
/// the file compresses where the window is warm, as nearly all of it is in an archive.
#[derive(Default)]
struct Stretches {
    count: f64,
    cold: (f64, f64),
    all: (f64, f64),
}

impl Stretches {
    fn add(&mut self, block: &[u8]) {
        let packed = |bytes: &[u8]| {
            let mut sample = Sample::default();
            sample.add(bytes);
            sample.done()
        };
        let cold = packed(&block[..block.len().min(COLD as usize)]);
        let all = packed(block);
        self.count += 1.0;
        self.cold = (self.cold.0 + cold.0, self.cold.1 + cold.1);
        self.all = (self.all.0 + all.0, self.all.1 + all.1);
    }

    fn ratio(self) -> f64 {
        let each = |(raw, packed): (f64, f64)| (raw / self.count.max(1.0), packed / self.count.max(1.0));
        ratio(each(self.cold), each(self.all))
    }
}

/// Packed for each raw byte. The beginning of a stream compresses worse than what follows, and a small
/// sample is nearly all beginning: so the beginning is weighed as often as there is one in an archive.
fn ratio((cold_raw, cold_packed): (f64, f64), (raw, packed): (f64, f64)) -> f64 {
    if raw == 0.0 {
        return 1.0;
    }
    if raw <= cold_raw {
        return packed / raw;
    }
    let warm = (packed - cold_packed) / (raw - cold_raw);
    warm + (cold_packed - warm * cold_raw).max(0.0) / RAW_MAX as f64
}

/// How much is read at a time: many places where files are large, whole files where they are small.
fn slice(budget: u64, average: u64) -> u64 {
    average.clamp(512, BLOCK as u64).min((budget / 8).max(4096)).min(budget).max(1)
}

fn read(file: &File, block: &mut [u8], offset: u64) -> usize {
    let mut at = 0;
    while at < block.len() {
        match file.read_at(&mut block[at..], offset + at as u64) {
            Ok(0) | Err(_) => break,
            Ok(n) => at += n,
        }
    }
    at
}

/// Packed bytes of all that is not content: headers, padding, sums, `metadata.json`.
fn frame(listing: &Listing) -> f64 {
    let entries = listing.entries.len();
    let step = entries.div_ceil(DRAWN).max(1);
    let (mut headers, mut lines, mut claims) = (Vec::new(), Vec::new(), Vec::new());
    let mut drawn = 0;
    for entry in listing.entries.iter().step_by(step) {
        drawn += 1;
        let header = Header {
            name: entry.name.as_bytes(),
            kind: Kind::File,
            size: entry.size,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            mtime: entry.mtime,
            user: tar_out::known(&listing.users, entry.uid),
            group: tar_out::known(&listing.groups, entry.gid),
        };
        header.encode(&mut headers);
        headers.resize(headers.len() + tar_out::padding(entry.size), 0);
        // Any hash is as random as the true one.
        sum_line::line(&mut lines, Sha256::of(entry.name.as_bytes()), entry.name.as_bytes());
        claims.extend_from_slice(
            format!(
                "\"{0}\": {{\"mode\": \"0{1:o}\", \"owner\": \"ALLSKY_OWNER\", \"ownerId\": {2}}}, \"{0}\"\n",
                entry.name, entry.mode, entry.uid
            )
            .as_bytes(),
        );
    }
    sum_line::line(&mut lines, Sha256::of(b""), METADATA.as_bytes());
    let packed: f64 = [headers, lines, claims].iter().map(|text| deflated(text) as f64).sum();
    packed * entries as f64 / f64::from(drawn.max(1))
}

fn deflated(text: &[u8]) -> usize {
    let mut packer = Packer::new(Begins::AtEntry, Vec::new());
    let mut size = 0;
    for part in text.chunks(RAW_MAX) {
        packer.text(part);
        size += packer.finish().bytes().len();
        packer.restart(Begins::Within, Vec::new());
    }
    size
}
