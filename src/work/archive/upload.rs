//! Upload: bytes from outside are written and inspected in one stream; a refusal leaves nothing.
//!
//! What was received is read back from the disk like everything that we write ourselves.
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::AtomicU64;

use serde::{Deserialize, Serialize};

use crate::archive::extract;
use crate::archive::glance::judge_end;
use crate::archive::index::Row;
use crate::archive::index_build::IndexBuilder;
use crate::archive::inspect::{Contents, Member, inspect};
use crate::base::rel_path::RelPath;
use crate::destination::store::{Naming, StoreAs};
use crate::destination::workspace::Workspace;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::archive::proof::{StreamDigest, Written};
use crate::domain::limits::Limits;
use crate::domain::monitor::{Monitor, Progress, Stage, protect};
use crate::domain::restore::program::{Origin, is_flow};
use crate::transfer::read_back::read_back;
use crate::work::archive::arriving::{Arriving, pack};
use crate::work::archive::create::{Created, inside, prepare, remember_verified, scratch};
use crate::work::archive::gaining::gaining;
use crate::work::noted::{IN_PLACE, Noted, Silent};
use crate::work::{Error, Tools};

const INODES: u64 = 8;
/// A camera has a handful.
const MOST_FLOWS: usize = 64;
/// The name of the incoming file in a workspace.
const ARCHIVE: &str = "archive";
/// How many files that another program's archive cannot bring are warned of; Info names all.
const TOLD: usize = 10;
const BUFFER: usize = 256 << 10;
/// Largest `metadata.json` that gets a sidecar; the sidecar is a convenience.
const SIDECAR_BYTES: u64 = 256 << 20;

/// An archive from outside that is in the backups folder now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    #[serde(flatten)]
    pub created: Created,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    #[serde(rename = "type")]
    pub kind: ArchiveKind,
}

/// Receives `input` under the name `file_name` (any text; made safe). `expected` = length when
/// known. A read that ends with `TimedOut` or `WouldBlock` means "nothing yet".
pub fn upload(
    tools: &Tools,
    file_name: &str,
    expected: Option<u64>,
    input: impl Read + Send,
    monitor: &dyn Monitor,
) -> Result<Imported, Error> {
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::Receive, Stage::ReadBack, Stage::Store]);
    noted.stage(Stage::Receive);
    prepare(tools, &noted)?;
    tools.folder.preflight(expected.unwrap_or(0), INODES)?;
    let workspace = tools.folder.workspace()?;
    let input = Arriving::look(input, &noted);
    let taken = AtomicU64::new(0);
    if input.is_plain_tar() {
        let packed = Copy::new(pack(input, expected, &taken), create(&workspace, ARCHIVE)?, None, &noted);
        return write_down(tools, &workspace, file_name, packed, &noted);
    }
    let copy = Copy::new(input, create(&workspace, ARCHIVE)?, expected, &noted);
    write_down(tools, &workspace, file_name, copy, &noted)
}

pub(crate) type ToDisk = io::BufWriter<File>;

/// A new file in the workspace.
pub(crate) fn create(workspace: &Workspace, name: &str) -> Result<ToDisk, Error> {
    let file = workspace.dir().create_new(&inside(workspace, name)?).map_err(|e| scratch(workspace, e))?;
    Ok(io::BufWriter::with_capacity(BUFFER, file))
}

fn write_down<R: Read>(
    tools: &Tools,
    workspace: &Workspace,
    file_name: &str,
    copy: Copy<'_, R, ToDisk>,
    noted: &Noted<'_>,
) -> Result<Imported, Error> {
    let members = IndexBuilder::create(&workspace.path().join(inside(workspace, "index")?.as_path()))?;
    let (taken, file) = take(workspace, copy, members, noted)?;
    keep(tools, workspace, (ARCHIVE, on_disk(workspace, file)?), file_name, taken, noted)
}

/// All of it is safe afterwards.
pub(crate) fn on_disk(workspace: &Workspace, file: ToDisk) -> Result<File, Error> {
    let file = file.into_inner().map_err(|e| scratch(workspace, e.into_error()))?;
    file.sync_all().map_err(|e| scratch(workspace, e))?;
    Ok(file)
}

/// What one pass over all bytes has shown.
pub(crate) struct Taken {
    contents: Contents,
    members: IndexBuilder,
    described: Option<Row>,
    flows: Vec<Row>,
}

/// Reads `copy` to its end and gives back what it was written to.
pub(crate) fn take<R: Read, W: Write>(
    workspace: &Workspace,
    mut copy: Copy<R, W>,
    members: IndexBuilder,
    monitor: &dyn Monitor,
) -> Result<(Taken, W), Error> {
    match receive(&mut copy, members, monitor) {
        Err(error) => Err(copy.blame(error, workspace)),
        Ok(taken) => Ok((taken, copy.complete()?)),
    }
}

/// Reads the file back from the disk and gives it its place. `at` is its name in `workspace`, and the file,
/// all of it on the disk.
pub(in crate::work) fn keep(
    tools: &Tools,
    workspace: &Workspace,
    (at, file): (&str, File),
    file_name: &str,
    taken: Taken,
    noted: &Noted<'_>,
) -> Result<Imported, Error> {
    judge_end(&file)?;
    let Taken { contents, members, described, flows } = taken;
    let (archive, index) = (inside(workspace, at)?, inside(workspace, "index")?);
    noted.stage(Stage::ReadBack);
    let digest = StreamDigest(contents.blake3);
    let written = Written::new(workspace.path().join(archive.as_path()), contents.packed_bytes, digest);
    let proved = read_back(written, noted)?;

    noted.stage(Stage::Store);
    noted.checkpoint()?;
    members.finish(&contents.metadata, &file)?;
    let flows: Vec<&Row> = flows.iter().collect();
    let found = gaining(tools.site.home(), &file, &flows, &Silent(noted));
    noted.checkpoint()?;
    // Flows that cannot be read may hold anything, so all of them count.
    let found = found.unwrap_or_else(|_| flows.iter().map(|row| row.path.clone()).collect());
    for flow in found {
        noted.warn(format!(
            "{flow} of this backup makes the camera run more than today's; a restore brings it only together with programs"
        ));
    }
    let sidecar = match described {
        Some(row) if row.size <= SIDECAR_BYTES => Some(write_sidecar(workspace, file, &row)?),
        _ => None,
    };
    let _placing = protect(noted, IN_PLACE)?;
    let name = tools.folder.reserve(&naming(tools, file_name, &contents))?;
    let name = tools.folder.store(workspace, proved, StoreAs { name, sidecar, index: Some(index) })?;
    let left_out = contents.metadata.left_out_here.iter().take(TOLD).map(|one| format!("{one}"));
    let left_out: Vec<String> = left_out.collect();
    let (sha256, kind) = (contents.sha256.to_string(), contents.metadata.backup_type);
    let reason = "checked and read back when it came in";
    remember_verified(tools, &name, reason, contents.metadata, Origin::Elsewhere, Some(sha256.clone()), noted);
    let created = Created {
        path: tools.folder.path().join(name.as_str()).display().to_string(),
        name: name.to_string(),
        bytes: contents.packed_bytes,
        files: contents.files,
        pause_ms: 0,
        warnings: noted.warnings().into_iter().chain(contents.remarks).chain(left_out).collect(),
        notes: Vec::new(),
    };
    Ok(Imported { created, sha256, kind })
}

/// One pass over the stream as it is written. Also says where `metadata.json` lies.
fn receive(copy: impl Read, mut members: IndexBuilder, monitor: &dyn Monitor) -> Result<Taken, Error> {
    let (mut described, mut flows) = (None, Vec::new());
    let mut trouble = None;
    let mut found = |member: Member| {
        if trouble.is_none() {
            trouble = members.add(&member).err();
        }
        if member.name.as_bytes() == b"metadata.json" {
            described = Some(row_of(member));
        } else if is_flow(&member.name) && !member.is_dir && flows.len() < MOST_FLOWS {
            flows.push(row_of(member));
        }
    };
    let contents = inspect(copy, &Limits::default(), &mut found, &Silent(monitor))?;
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(Taken { contents, members, described, flows }),
    }
}

fn row_of(member: Member) -> Row {
    let Member { name: path, is_dir, size, mtime, sha256, gzip_offset, skip, content, .. } = member;
    Row { path, is_dir, size, files: 1, mtime, sha256, gzip_offset, skip, content }
}

/// Writes the archive's `metadata.json`, byte for byte, as the panel keeps it beside its own archives.
fn write_sidecar(workspace: &Workspace, archive: File, row: &Row) -> Result<RelPath, Error> {
    let name = inside(workspace, "metadata.json")?;
    let copy = || -> io::Result<()> {
        let mut to = workspace.dir().create_new(&name)?;
        io::copy(&mut extract::open(archive, row)?.take(SIDECAR_BYTES), &mut to)?;
        Ok(())
    };
    copy().map_err(|e| scratch(workspace, e))?;
    Ok(name)
}

/// The file's own name where an archive may have it and it does not claim another kind; else one made
/// of kind and time.
fn naming(tools: &Tools, file_name: &str, contents: &Contents) -> Naming {
    let kind = contents.metadata.backup_type;
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    match ArchiveName::parse(last) {
        Ok(name) if name.kind().is_none_or(|claimed| claimed == kind) => Naming::Given(name),
        _ => {
            let said = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", &contents.metadata.created);
            Naming::Made { kind, at: said.unwrap_or_else(|_| (tools.now)().datetime()) }
        }
    }
}

/// A reader that also writes every byte that it hands on to `to`.
pub(crate) struct Copy<'a, R, W> {
    input: R,
    to: W,
    expected: Option<u64>,
    done: u64,
    /// Why the stream ended early, when it was not the reader's doing.
    ended: Option<Early>,
    monitor: &'a dyn Monitor,
}

enum Early {
    Cancelled,
    Input(io::Error),
    Disk(io::Error),
    /// The input ended before all that was announced had come.
    Short,
}

impl<R: Read, W: Write> Read for Copy<'_, R, W> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.monitor.checkpoint().is_err() {
                self.ended = Some(Early::Cancelled);
                return Err(ErrorKind::Other.into());
            }
            let n = match self.input.read(buf) {
                Ok(n) => n,
                Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                    continue;
                }
                Err(e) => {
                    self.ended = Some(Early::Input(e));
                    return Err(ErrorKind::Other.into());
                }
            };
            if n == 0 && !buf.is_empty() && self.expected.is_some_and(|all| self.done < all) {
                self.ended = Some(Early::Short);
            }
            if let Err(e) = self.to.write_all(&buf[..n]) {
                self.ended = Some(Early::Disk(e));
                return Err(ErrorKind::Other.into());
            }
            self.done += n as u64;
            self.monitor.progress(Progress {
                done_bytes: self.done,
                total_bytes: self.expected.unwrap_or(0),
                ..Progress::default()
            });
            return Ok(n);
        }
    }
}

impl<'a, R, W> Copy<'a, R, W> {
    pub(crate) fn new(input: R, to: W, expected: Option<u64>, monitor: &'a dyn Monitor) -> Self {
        Copy { input, to, expected, done: 0, ended: None, monitor }
    }

    /// The true cause of a refusal: a stream that broke off looks like an archive that is cut.
    fn blame(self, refused: Error, workspace: &Workspace) -> Error {
        let (received, expected) = (self.done, self.expected);
        match self.ended {
            Some(Early::Cancelled) => crate::domain::monitor::Cancelled.into(),
            Some(Early::Input(source)) => Error::Broken { received, expected, source: Some(source) },
            Some(Early::Disk(source)) => scratch(workspace, source),
            Some(Early::Short) => Error::Broken { received, expected, source: None },
            None => refused,
        }
    }

    /// What it was written to, when all that was announced has come.
    fn complete(self) -> Result<W, Error> {
        match self.expected.filter(|all| self.done < *all) {
            Some(all) => Err(Error::Broken { received: self.done, expected: Some(all), source: None }),
            None => Ok(self.to),
        }
    }
}
