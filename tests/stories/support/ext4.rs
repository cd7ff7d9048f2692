//! A disk of its own with the limits of ext4.
use std::process::{Command, Stdio};

/// A file with an ext4 in it, mounted until this is dropped.
pub struct Ext4 {
    pub folder: tempfile::TempDir,
    _image: tempfile::NamedTempFile,
}

impl Ext4 {
    /// `None` where none can be mounted.
    pub fn mount(size: &str) -> Option<Ext4> {
        let (folder, image) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let quiet = |program: &str, args: &[&str]| {
            let mut command = Command::new(program);
            command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let (file, place) = (image.path().to_str().unwrap(), folder.path().to_str().unwrap());
        let done = quiet("truncate", &["-s", size, file])
            && quiet("mkfs.ext4", &["-q", "-F", "-m", "0", "-N", "20000", file])
            && quiet("mount", &["-o", "loop", file, place]);
        done.then_some(Ext4 { folder, _image: image })
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        Command::new("umount").args(["-l"]).arg(self.folder.path()).status().unwrap();
    }
}
