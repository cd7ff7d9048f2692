//! Members that speak of the archive and belong to no camera: they are in no count, and never restored.
use crate::base::rel_path::RelPath;

/// The first member of an archive of ours.
pub const METADATA: &str = "metadata.json";
/// Before the last one, where something was found only while the archive was written.
pub const LATE: &str = "allskyBackups.left_out.json";
/// The last one.
pub const SUMS: &str = "SHA256SUMS";

const ALL: [&str; 3] = [METADATA, LATE, SUMS];
/// How many of them an archive may have.
pub const MOST: u64 = ALL.len() as u64;

pub fn is_about_itself(member: &RelPath) -> bool {
    ALL.iter().any(|own| member.as_bytes() == own.as_bytes())
}
