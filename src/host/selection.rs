//! What of a host's folder is taken, and why the rest is not.
use crate::base::attributes::{Kind, Seen};
use crate::base::tree::walk::Here;
use crate::domain::host::excludes::{Excludes, What};
use crate::domain::snapshot::marker::is_our_name;

/// What becomes of a thing in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    /// By the owner's lists.
    LeftOut,
    /// A pipe, socket or device.
    Special,
    /// The folder stays, empty: another file system is mounted on it.
    OtherFileSystem,
    /// The drive that the snapshot goes to.
    TheDriveItself,
    /// It is called as a file of ours.
    OurName,
}

/// Decides for everything in the folder.
#[derive(Debug)]
pub struct Selection {
    pub excludes: Excludes,
    /// The device that is not left; `None` where all are taken.
    pub device: Option<u64>,
    /// Device and inode of the top folder of the drive.
    pub drive: (u64, u64),
}

impl Selection {
    pub fn judge(&self, here: &Here<'_>) -> Verdict {
        let Seen { kind, device, inode, .. } = here.seen;
        let what = if kind == Kind::Folder { What::Folder } else { What::Other };
        let is_at_the_top = here.path.len() == here.name.len();
        if is_at_the_top && (is_our_name(here.name)) {
            Verdict::OurName
        } else if self.excludes.leave_out(here.path, what) {
            Verdict::LeftOut
        } else if (device, inode) == self.drive {
            Verdict::TheDriveItself
        } else if kind == Kind::Special {
            Verdict::Special
        } else if kind == Kind::Folder && self.device.is_some_and(|own| own != device) {
            Verdict::OtherFileSystem
        } else {
            Verdict::Taken
        }
    }
}
