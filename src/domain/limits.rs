//! How much an archive from outside may ask of this machine.

use crate::base::size::Bytes;
use crate::domain::archive::listing::{Listing, Source};

/// Limits that are applied while bytes stream by, never after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Uncompressed bytes in all.
    pub total_bytes: u64,
    pub entries: u64,
    /// The place of `entries` in an archive of ours.
    pub entries_of_ours: u64,
    /// Folders that members lie in, whether or not they are members themselves.
    pub folders: u64,
    /// All names of members together. Lists, plans and pages hold names in memory, so that this bounds
    /// them all; 200,000 pictures of a camera have half of it.
    pub name_bytes: u64,
    /// Uncompressed per compressed byte, looked at once `ratio_after` bytes came out.
    pub ratio: u64,
    pub ratio_after: u64,
    /// The place of `ratio_after` in an archive of ours.
    pub ratio_after_of_ours: u64,
    /// One PAX or GNU long-name block.
    pub extension_bytes: u64,
    /// `metadata.json`; `metadata_per_entry` is added for every member that came before it, because
    /// the panel writes it last with a line for every file.
    pub metadata_bytes: u64,
    pub metadata_per_entry: u64,
    /// Nesting of JSON in `metadata.json`.
    pub json_depth: usize,
    /// The first parts that names may have: what lies in the home of a camera and belongs in a backup,
    /// for every kind of camera.
    pub places: &'static [&'static str],
    pub spelling: Spelling,
}

/// How names may be spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Only names that every disk, screen and shell takes, and no two names that some disk takes for one.
    AnyDisk,
    /// Every name that this disk takes: a camera's folder may hold names with line ends, backslashes and
    /// twins, and a file that we saved under such a name must be readable again.
    ThisDisk,
}

impl Limits {
    /// For an archive that we wrote and that never left its folder.
    pub fn of_our_own() -> Self {
        Limits {
            entries: u64::MAX,
            entries_of_ours: u64::MAX,
            folders: u64::MAX,
            name_bytes: u64::MAX,
            spelling: Spelling::ThisDisk,
            ..Limits::default()
        }
    }

    /// Why an archive of ours with the members of `listing` could not be taken in by these limits, in words.
    pub fn passed_by(&self, listing: &Listing) -> Option<String> {
        let members = listing.entries.len() as u64;
        let folders = listing.entries.iter().filter(|entry| entry.source == Source::Directory).count() as u64;
        let names = listing.entries.iter().map(|entry| entry.name.as_bytes().len() as u64).sum::<u64>();
        let what = if members.saturating_add(BESIDE) > self.entries_of_ours {
            format!("{members} files and folders, more than the {}", self.entries_of_ours)
        } else if folders > self.folders {
            format!("{folders} folders, more than the {}", self.folders)
        } else if names.saturating_add(BESIDE_BYTES) > self.name_bytes {
            format!("names of {}, more than the {}", Bytes(names), Bytes(self.name_bytes))
        } else {
            return None;
        };
        Some(format!(
            "This backup has {what} that an upload or import takes. On another machine, copy the file into the backups \
             folder by hand, where it is read whatever its size; or choose nights, for backups that can be uploaded"
        ))
    }
}

/// Members that every archive of ours may have besides its files, and their names.
const BESIDE: u64 = 3;
const BESIDE_BYTES: u64 = 64;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            total_bytes: 1 << 42,
            entries: 200_000,
            entries_of_ours: 400_000,
            folders: 50_000,
            name_bytes: 32 << 20,
            ratio: 200,
            ratio_after: 16 << 20,
            ratio_after_of_ours: 4 << 30,
            extension_bytes: 64 << 10,
            metadata_bytes: 8 << 20,
            metadata_per_entry: 1 << 10,
            json_depth: 32,
            places: &[
                "metadata.json",
                "SHA256SUMS",
                "allskyBackups.left_out.json",
                "config",
                "env.json",
                "variables.json",
                "uservariables.sh",
                "version",
                "scripts",
                "html",
                "darks",
                "images",
                "etc",
                "var",
                "opt",
            ],
            spelling: Spelling::AnyDisk,
        }
    }
}
