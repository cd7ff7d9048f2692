//! A disk of a few megabytes in memory, where the machine lets us mount one.
use std::path::Path;
use std::process::{Command, Stdio};

/// A tmpfs, mounted in a temporary folder until dropped.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `options` as of `mount -o`: `size=8m`, `size=8m,nr_inodes=64`. `None` where mounting is not
    /// allowed; the story is then not told.
    pub fn mount(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = quiet("mount", &["-t", "tmpfs", "-o", options, "tmpfs"], folder.path());
        done.then_some(SmallDisk { folder })
    }

    pub fn remount(&self, options: &str) {
        assert!(quiet("mount", &["-o", &format!("remount,{options}")], self.path()));
    }

    /// Fills it with the file `name` until `percent` are used.
    pub fn fill(&self, name: &str, percent: u64) {
        let stat = rustix::fs::statvfs(self.path()).unwrap();
        let blocks = stat.f_blocks * percent / 100 - (stat.f_blocks - stat.f_bfree);
        std::fs::write(self.path().join(name), vec![1; (blocks * stat.f_frsize) as usize]).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        quiet("umount", &["-l"], self.folder.path());
    }
}

fn quiet(program: &str, args: &[&str], path: &Path) -> bool {
    let mut command = Command::new(program);
    command.args(args).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
