//! A machine below a folder, for the installer: what root has there, and a home of a user.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::terminal::Said;

const INTEGRATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/integration");
/// An installer that waits for something of the owner's would wait for ever.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    /// With a panel's web server and a program to install, and no camera yet.
    pub fn new() -> Machine {
        let machine = Machine { root: tempfile::tempdir().unwrap() };
        fs::set_permissions(machine.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        machine.put("etc/lighttpd/conf-enabled/10-fastcgi.conf", "# the panel's\n");
        machine.put("etc/systemd/system/other.service", "\n");
        machine.put("usr/lib/os-release", "\n");
        machine.put("built", "#!/bin/sh\necho program\n");
        fs::set_permissions(machine.path("built"), fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn put(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// What looks like a camera of AllskyTeam in the home of this user.
    pub fn camera(&self, user: &str) -> PathBuf {
        self.put(&format!("home/{user}/allsky/config/settings.json"), "{}");
        self.put(&format!("home/{user}/allsky/variables.json"), "{}");
        self.path(&format!("home/{user}/allsky"))
    }

    /// Gives all of a folder to a user without rights.
    pub fn give(&self, folder: &Path, user: u32) {
        for entry in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
            lchown(entry.path(), Some(user), Some(user)).unwrap();
        }
    }

    /// Runs a script of the installation, which must not wait for anything.
    pub fn run(&self, script: &str, args: &[&str]) -> Said {
        let mut command = Command::new("bash");
        command.arg(format!("{INTEGRATION}/{script}")).arg("--root").arg(self.root.path());
        if script == "install.sh" {
            command.arg("--bin").arg(self.path("built"));
        }
        command.args(args).env_remove("SUDO_USER").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let since = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if since.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{script} {args:?} waits for something");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.wait_with_output().unwrap().into()
    }

    /// Everything below the root: kind, mode, owner and content.
    pub fn tree(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.root.path()).min_depth(1).into_iter().map(Result::unwrap) {
            let name = entry.path().strip_prefix(self.root.path()).unwrap().display().to_string();
            let found = entry.path().symlink_metadata().unwrap();
            let content = match found {
                _ if found.is_file() => fs::read_to_string(entry.path()).unwrap(),
                _ if found.is_symlink() => fs::read_link(entry.path()).unwrap().display().to_string(),
                _ => "no file".into(),
            };
            tree.insert(name, format!("{:o} {} {content}", found.permissions().mode(), found.uid()));
        }
        tree
    }
}
