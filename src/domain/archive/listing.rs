//! What is going to be archived: every member with where it is read from. Made by the site, read by
//! the archive writer. Compact, because a camera has a hundred thousand pictures.
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out::LeftOut;

/// Where the bytes of a member come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A directory member has no bytes.
    Directory,
    /// Below `roots[root]`, at the member's name without its first `strip` bytes.
    File { root: u16, strip: u16 },
    /// Below `roots[root]` at another name (a database copy in the workspace).
    Elsewhere { root: u16, path: Box<RelPath> },
    /// A symbolic link, and where it leads. Only archives of hosts have links: those of a camera never do.
    Symlink(Box<[u8]>),
}

/// One member to be. `size` is what the survey saw; the writer looks again when it opens the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name in the archive, without a trailing slash also for directories.
    pub name: RelPath,
    pub source: Source,
    pub size: u64,
    /// Unix seconds.
    pub mtime: i64,
    /// Permission bits only (no setuid, setgid, sticky).
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// Everything that goes into one archive, in archive order (`metadata.json` not included).
#[derive(Debug, Default)]
pub struct Listing {
    pub roots: Vec<PathBuf>,
    pub entries: Vec<Entry>,
    /// Names for the numbers, as far as this machine knows them.
    pub users: BTreeMap<u32, String>,
    pub groups: BTreeMap<u32, String>,
    /// What an owner would look for here, and why it is not going to be in the archive.
    pub left_out: Vec<LeftOut>,
    /// Good to know, and no warning.
    pub notes: Vec<String>,
    /// How hard it is packed, 1 to 9; `None` is what suits a camera.
    pub level: Option<u32>,
}

impl Entry {
    /// Whether it has bytes of its own.
    pub fn is_file(&self) -> bool {
        !matches!(self.source, Source::Directory | Source::Symlink(_))
    }
}

impl Listing {
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|e| e.size).sum()
    }
    pub fn files(&self) -> u64 {
        self.entries.iter().filter(|entry| entry.is_file()).count() as u64
    }
    /// Takes in another listing, with its roots.
    pub fn append(&mut self, other: Listing) {
        // A listing has a handful of roots.
        let shift = self.roots.len() as u16;
        self.roots.extend(other.roots);
        self.entries.extend(other.entries.into_iter().map(|mut entry| {
            match &mut entry.source {
                Source::Directory | Source::Symlink(_) => {}
                Source::File { root, .. } | Source::Elsewhere { root, .. } => *root += shift,
            }
            entry
        }));
        self.users.extend(other.users);
        self.groups.extend(other.groups);
        self.left_out.extend(other.left_out);
        self.notes.extend(other.notes);
    }
    /// The file of an entry: root and path below it. `None` for directories.
    pub fn place(&self, entry: &Entry) -> Option<(u16, RelPath)> {
        match &entry.source {
            Source::Directory | Source::Symlink(_) => None,
            Source::File { root, strip } => {
                Some((*root, RelPath::parse(entry.name.as_bytes().get(usize::from(*strip)..)?).ok()?))
            }
            Source::Elsewhere { root, path } => Some((*root, (**path).clone())),
        }
    }
}
