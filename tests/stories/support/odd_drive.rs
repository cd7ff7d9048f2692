//! A drive with the habits of a share or a stick, where the machine lets us show one (root and /dev/fuse).
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Shown until dropped. What is written lies in a folder of its own and outlives the mount.
pub struct OddDrive {
    // It goes first: what is in the way of a hanging drive would hang as well.
    shown: Shown,
    point: tempfile::TempDir,
}

/// The program that answers for the drive.
struct Shown(Child);

impl OddDrive {
    /// `folder` with `habits`, words as in `tests/fixtures/odd-drive/drive.py`. `None` where nothing can be
    /// mounted; the story is then not told.
    pub fn of(folder: &Path, habits: &[&str]) -> Option<Self> {
        let point = tempfile::tempdir().unwrap();
        let shown = Shown::at(folder, point.path(), habits)?;
        Some(OddDrive { point, shown })
    }

    /// The drive, mounted anew: all inode numbers are others.
    pub fn mount_again(&mut self, folder: &Path, habits: &[&str]) {
        self.shown.leave();
        self.shown = Shown::at(folder, self.point.path(), habits).expect("it could be mounted before");
    }

    pub fn path(&self) -> &Path {
        self.point.path()
    }
}

impl Shown {
    fn at(folder: &Path, point: &Path, habits: &[&str]) -> Option<Self> {
        if !rustix::process::geteuid().is_root() || !Path::new("/dev/fuse").exists() {
            eprintln!("not told: an odd drive needs root and /dev/fuse");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/odd-drive/drive.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(folder).arg(point).args(habits).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let shown = Shown(child);
        if said.trim() != "mounted" {
            eprintln!("not told: nothing can be mounted through /dev/fuse here");
            return None;
        }
        Some(shown)
    }

    /// It goes with its standard input.
    fn leave(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.leave();
    }
}
