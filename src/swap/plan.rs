//! The list of every file that changes, one line of JSON each, read and written as a stream so that
//! fifty thousand pictures need no more memory than fifty.
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Lines, Write};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::record::Record;
use crate::base::attributes::{Attributes, Seen};
use crate::base::rel_path::RelPath;

/// Where the new file waits, below the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Waits {
    /// Among this swap's own new files.
    Staged,
    /// Still among the kept files of the swap that is being undone, under this number.
    Kept(u32),
}

/// A file as the plan knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NewFile {
    pub inode: u64,
    pub bytes: u64,
    pub attributes: Attributes,
    /// BLAKE3 in hex; absent where the bytes never passed through our hands.
    pub digest: Option<String>,
    pub waits: Waits,
}

/// A file, link or folder that changes hands as one, with all that a folder holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NewThing {
    pub inode: u64,
    pub waits: Waits,
    /// The mode of a folder, when it is one in which its owner could not move it: set after the move.
    pub closed: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum New {
    File(NewFile),
    /// The file that is there goes.
    NoFile,
    /// Whatever is there goes for this.
    Thing(NewThing),
    /// Whatever is there goes.
    NoThing,
    Folder(Attributes),
    /// The folder that is there goes, if it is empty.
    NoFolder,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Change {
    pub n: u32,
    pub root: usize,
    pub path: RelPath,
    pub new: New,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Was {
    pub inode: u64,
    pub bytes: u64,
    pub attributes: Attributes,
}

impl From<&Seen> for Was {
    fn from(seen: &Seen) -> Self {
        Was { inode: seen.inode, bytes: seen.bytes, attributes: seen.attributes }
    }
}

/// A change, and what was under that name when the plan was made. The files of one link group have
/// one inode number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    #[serde(flatten)]
    pub change: Change,
    pub old: Option<Was>,
}

/// How a root keeps the old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Keeping {
    Link,
    /// The file system has no hard links (FAT). Its inode numbers do not survive a restart either.
    Copy,
}

/// The first line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlanHeader {
    pub keeping: Vec<Keeping>,
    pub files: u32,
}

pub(super) const DRAFT: &str = "draft.jsonl";
const PLAN: &str = "plan.jsonl";

/// Lines of JSON on their way into a file of the record.
pub(super) struct PlanWriter<'a> {
    record: &'a Record,
    name: String,
    out: BufWriter<File>,
}

impl<'a> PlanWriter<'a> {
    pub fn new(record: &'a Record, name: &str) -> Result<Self, Error> {
        let file = record.dir.create_new(&RelPath::of_our_own(name)).map_err(Error::io("write", record.dir.path()))?;
        Ok(PlanWriter { record, name: name.to_owned(), out: BufWriter::new(file) })
    }

    /// Starts the plan; it has its name only after [`PlanWriter::name_it`].
    pub fn plan(record: &'a Record, head: &PlanHeader) -> Result<Self, Error> {
        let mut writer = PlanWriter::new(record, "plan.jsonl.new")?;
        writer.line(head)?;
        Ok(writer)
    }

    pub fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let written = serde_json::to_writer(&mut self.out, value).map_err(Into::into);
        written.and_then(|()| self.out.write_all(b"\n")).map_err(Error::io("write", self.record.dir.path()))
    }

    pub fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::io("write", self.record.dir.path()))
    }

    pub fn name_it(mut self) -> Result<(), Error> {
        self.flush()?;
        let dir = &self.record.dir;
        let durable = self.out.get_ref().sync_all();
        durable
            .and_then(|()| dir.rename(&RelPath::of_our_own(&self.name), &RelPath::of_our_own(PLAN)))
            .and_then(|()| dir.sync())
            .map_err(Error::io("write", dir.path()))
    }
}

/// Values of a file of JSON lines, one at a time.
pub(super) struct Reading<'a, T> {
    record: &'a Record,
    lines: Lines<BufReader<File>>,
    kind: std::marker::PhantomData<T>,
}

impl<'a, T: for<'de> Deserialize<'de>> Reading<'a, T> {
    fn new(record: &'a Record, name: &str) -> Result<Self, Error> {
        let file =
            record.dir.read(&RelPath::of_our_own(name)).map_err(Error::io("read", record.dir.path().join(name)))?;
        Ok(Reading { record, lines: BufReader::new(file).lines(), kind: std::marker::PhantomData })
    }
}

impl<T: for<'de> Deserialize<'de>> Iterator for Reading<'_, T> {
    type Item = Result<T, Error>;
    fn next(&mut self) -> Option<Self::Item> {
        let path = self.record.dir.path();
        let line = match self.lines.next()? {
            Ok(line) => line,
            Err(e) => return Some(Err(Error::io("read", path)(e))),
        };
        let value = serde_json::from_str(&line);
        Some(value.map_err(|e| Error::Record { path: path.to_owned(), why: e.to_string() }))
    }
}

pub(super) fn draft(record: &Record) -> Result<Reading<'_, Change>, Error> {
    Reading::new(record, DRAFT)
}

/// Header and steps of a finished plan: folders first, then files, folders that go last.
pub(super) fn plan(record: &Record) -> Result<(PlanHeader, Reading<'_, Step>), Error> {
    let mut heads = Reading::<PlanHeader>::new(record, PLAN)?;
    let empty = || Error::Record { path: record.dir.path().to_owned(), why: "it is empty".into() };
    let head = heads.next().ok_or_else(empty)??;
    Ok((head, Reading { record, lines: heads.lines, kind: std::marker::PhantomData }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::attributes::Moment;
    use crate::swap::{SwapId, Swaps};

    #[test]
    fn a_plan_reads_back_as_written_with_any_name() {
        let top = tempfile::tempdir().unwrap();
        let alone = Swaps::below(top.path()).alone().unwrap();
        let record = alone.make(SwapId::new(jiff::Timestamp::UNIX_EPOCH)).unwrap();
        let attributes = Attributes { mode: 0o644, uid: 1, gid: 2, mtime: Moment { seconds: -1, nanos: 9 } };
        let head = PlanHeader { keeping: vec![Keeping::Link], files: 2 };
        let mut writer = PlanWriter::plan(&record, &head).unwrap();
        for (n, name) in [&b"a\nb"[..], b"latin\xe4.jpg"].into_iter().enumerate() {
            let new = New::File(NewFile { inode: 1, bytes: 2, attributes, digest: None, waits: Waits::Kept(3) });
            let change = Change { n: n as u32, root: 0, path: RelPath::parse(name).unwrap(), new };
            writer.line(&Step { change, old: None }).unwrap();
        }
        assert!(plan(&record).is_err());
        writer.name_it().unwrap();
        let (read, steps) = plan(&record).unwrap();
        let steps: Vec<Step> = steps.map(Result::unwrap).collect();
        assert_eq!(read, head);
        assert_eq!(steps[1].change.path.as_bytes(), b"latin\xe4.jpg");
        assert!(matches!(&steps[0].change.new, New::File(file) if file.waits == Waits::Kept(3)));
    }
}
