//! Reads small files of the settings until they hold still.
//!
//! The panel rewrites settings in place: a reader gets an empty file or half of one in that
//! moment. A file counts when two readings agree and, where it is JSON, when it is understood; that
//! reading is what the archive gets. What never settles, or is cut, is saved as it was read last, and marked: a
//! restore does not put it over a good file. What holds still and is broken is the camera's own state: it is told.
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::destination::workspace::Workspace;
use crate::domain::archive::left_out::{LeftOut, LeftOutKind};
use crate::domain::archive::listing::{Listing, Source};
use crate::domain::monitor::Monitor;
use crate::work::Error;

/// Larger files are no settings that somebody rewrites as a whole.
const SMALL: u64 = 256 << 10;
/// How long one file may take to hold still.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two readings of a file that did not agree.
const NAP: Duration = Duration::from_millis(20);

/// Puts settled copies of small files into the workspace, in place of the files themselves.
pub(crate) fn settle(listing: &mut Listing, workspace: &Workspace, monitor: &dyn Monitor) -> Result<(), Error> {
    let roots: Vec<Option<Dir>> = listing.roots.iter().map(|root| Dir::open(root).ok()).collect();
    let copies = listing.roots.len() as u16;
    listing.roots.push(PathBuf::from(workspace.path()));
    for nth in 0..listing.entries.len() {
        let entry = &listing.entries[nth];
        let Some((root, path)) = listing.place(entry).filter(|_| entry.size <= SMALL) else { continue };
        let Some(Some(dir)) = roots.get(usize::from(root)) else { continue };
        // What cannot be read is told by the writer, with its reason.
        let Some(settled) = read(dir, &path, Content::of(&entry.name), monitor)? else { continue };
        match settled.defect {
            None => {}
            Some(Defect::Broken) => monitor.warn(format!("{} {}", entry.name, Defect::Broken.words())),
            Some(torn) => {
                let marked = LeftOut::new(LeftOutKind::Unsettled, &entry.name, torn.words());
                monitor.warn(marked.to_string());
                listing.left_out.push(marked);
            }
        }
        let copy = RelPath::of_our_own(&format!("settled-{nth}"));
        let written = workspace.dir().create_new(&copy).and_then(|mut file| file.write_all(&settled.bytes));
        written.map_err(|source| Error::Scratch { path: workspace.path().to_owned(), source })?;
        let entry = &mut listing.entries[nth];
        entry.size = settled.bytes.len() as u64;
        entry.mtime = settled.mtime;
        entry.source = Source::Elsewhere { root: copies, path: Box::new(copy) };
    }
    Ok(())
}

/// What a file must hold to count as whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Json,
    Anything,
}

impl Content {
    /// JSON is what camera and panel write; what lies in the owner's own folder may be anything.
    fn of(name: &RelPath) -> Content {
        let is_own = name.as_bytes().starts_with(b"config/myFiles/");
        if name.as_bytes().ends_with(b".json") && !is_own { Content::Json } else { Content::Anything }
    }

    /// What is wrong with `bytes` that hold still.
    fn fault(self, bytes: &[u8]) -> Option<Defect> {
        if self == Content::Anything {
            return None;
        }
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).err()?;
        // A power cut leaves zeros, and a writer that died leaves the beginning.
        let is_torn = error.is_eof() || bytes.contains(&0);
        Some(if is_torn { Defect::Cut } else { Defect::Broken })
    }
}

/// Why a copy is not as good as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Defect {
    /// The file holds still; it is what camera and panel find as well.
    Broken,
    Cut,
    Restless,
}

impl Defect {
    /// The end of "FILE …".
    fn words(self) -> &'static str {
        match self {
            Defect::Broken => "is no valid JSON on the camera; it is saved as it is",
            Defect::Cut => {
                "is no complete JSON: it is empty, cut, or was caught while it was rewritten; it is saved as it is"
            }
            Defect::Restless => "was rewritten again and again while it was read; the saved copy may be half of it",
        }
    }
}

struct Settled {
    bytes: Vec<u8>,
    mtime: i64,
    defect: Option<Defect>,
}

/// `None` for what is no small readable file any more.
fn read(dir: &Dir, path: &RelPath, content: Content, monitor: &dyn Monitor) -> Result<Option<Settled>, Error> {
    let end = Instant::now() + PATIENCE;
    let Ok(mut last) = once(dir, path) else { return Ok(None) };
    loop {
        monitor.checkpoint()?;
        let Ok(next) = once(dir, path) else { return Ok(None) };
        let defect = if next == last { content.fault(&next.0) } else { Some(Defect::Restless) };
        if defect.is_none() || Instant::now() >= end {
            return Ok(Some(Settled { bytes: next.0, mtime: next.1, defect }));
        }
        last = next;
        std::thread::sleep(NAP);
    }
}

/// Bytes and time of one reading.
fn once(dir: &Dir, path: &RelPath) -> io::Result<(Vec<u8>, i64)> {
    use std::os::unix::fs::MetadataExt;
    let file = dir.read(path)?;
    let looks = file.metadata()?;
    if !looks.is_file() || looks.len() > SMALL {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut bytes)?;
    Ok((bytes, looks.mtime()))
}
