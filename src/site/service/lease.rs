//! The note that says: this process has stopped the camera, and it was running before.
//!
//! The note is on the disk before the camera stops, so that the next start finds it however this process ends.
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use super::systemctl::State;
use crate::base::dir::Dir;
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::unit::Unit;

/// A unit that we stopped, and how it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub unit: Unit,
    pub was: State,
}

/// How the name of a note ends that is being written.
const HALF: &str = ".new";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// In the order in which they are stopped; they start the other way round.
    pub rests: Vec<Rest>,
    /// Who paused it: a process number alone is given out again, after a while or a restart.
    pid: u32,
    /// Clock ticks from the machine's start to that of the process.
    process_start: u64,
    boot_id: String,
}

impl Lease {
    pub fn of_this_process(rests: Vec<Rest>) -> Lease {
        let pid = std::process::id();
        Lease { rests, pid, process_start: process_start(pid).unwrap_or_default(), boot_id: boot_id() }
    }

    /// `None` when nobody has paused the camera.
    pub fn read(path: &Path) -> Result<Option<Lease>, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        match read_plain(path, plain::LINE) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|why| unreadable(why.into())),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unreadable(why)),
        }
    }

    /// Puts it on the disk, whole and for good, unless there is one already.
    pub fn write_new(&self, path: &Path) -> Result<(), Error> {
        self.put(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::Taken { path: path.to_owned() },
            _ => Error::Lease { path: path.to_owned(), source },
        })
    }

    fn put(&self, path: &Path) -> io::Result<()> {
        let (dir, name) = place(path)?;
        let mut temporary = name.as_bytes().to_vec();
        temporary.extend_from_slice(format!(".{}{HALF}", self.pid).as_bytes());
        let temporary = RelPath::parse(&temporary).map_err(io::Error::other)?;
        // Ours alone by its number; one that is there is from a dead namesake.
        let _ = dir.remove_file(&temporary);
        let mut file = dir.create_new(&temporary)?;
        let written = file
            .write_all(&serde_json::to_vec_pretty(self)?)
            .and_then(|()| file.sync_all())
            .and_then(|()| dir.rename_new(&temporary, &dir, &name));
        if written.is_err() {
            let _ = dir.remove_file(&temporary);
        }
        written.and_then(|()| dir.sync())
    }

    /// True while the process that wrote it lives.
    pub fn is_held(&self) -> bool {
        self.boot_id == boot_id() && process_start(self.pid) == Some(self.process_start)
    }

    /// True when the machine was started again since.
    pub fn is_of_earlier_boot(&self) -> bool {
        self.boot_id != boot_id()
    }
}

/// Removes the note for good. A missing note is no error.
pub fn remove(path: &Path) -> Result<(), Error> {
    let gone = place(path).and_then(|(dir, name)| {
        dir.remove_file(&name)?;
        dir.sync()
    });
    match gone {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::Remove { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// Removes notes that dead processes were still writing when they died; such a process had not
/// stopped anything yet.
pub fn sweep(path: &Path) -> io::Result<()> {
    let (dir, name) = match place(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for found in dir.entries()? {
        let writer = found.as_bytes().strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"."));
        let writer = writer.and_then(|rest| std::str::from_utf8(rest).ok()?.strip_suffix(HALF)?.parse().ok());
        if writer.is_some_and(|pid| process_start(pid).is_none()) {
            dir.remove_file(&RelPath::parse(found.as_bytes()).map_err(io::Error::other)?)?;
        }
    }
    Ok(())
}

fn place(path: &Path) -> io::Result<(Dir, RelPath)> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    let name = RelPath::parse(name.as_encoded_bytes()).map_err(io::Error::other)?;
    Ok((Dir::open(parent)?, name))
}

/// When a living process was started; `None` for one that is dead or only waits to be buried.
fn process_start(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name, in parentheses, may hold anything; the fields after it do not.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let alive = !matches!(fields.next()?, "Z" | "X");
    fields.nth(18)?.parse().ok().filter(|_| alive)
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}
