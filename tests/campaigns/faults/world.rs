//! A camera, a drive of its own in memory, and the mount point on the system disk below which not a
//! byte may ever appear. All mounts are made in a namespace of our own and are gone with it.
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::nights::{litter, verified};
use crate::support::night_sites::{Camera, NightSites, files};
use crate::support::terminal::{Said, wait_until};

/// Pictures of a night.
const FRAMES: usize = 12;
const GOOD_NIGHTS: usize = 7;
const MARK: &str = ".allsky-backups.json";
/// Longer than anything here may take on a busy machine.
const AGES: Duration = Duration::from_secs(120);

pub struct World {
    pub sites: NightSites,
    top: tempfile::TempDir,
    /// The server of a share that may be stopped.
    server: RefCell<Option<Child>>,
    ground: Vec<(PathBuf, Vec<u8>)>,
}

impl World {
    /// `TOP/disk` is the drive, `TOP/mnt` where it is mounted, `TOP/other` another drive with a mark,
    /// `TOP/fake` a folder on the system disk with the mark of the first.
    pub fn new() -> World {
        let sites = NightSites::with(&["--frames", &FRAMES.to_string(), "--bytes", "30000"]);
        let top = tempfile::tempdir().unwrap();
        let mut world = World { sites, top, server: RefCell::default(), ground: Vec::new() };
        for folder in ["disk", "mnt", "other", "fake"] {
            fs::create_dir(world.path(folder)).unwrap();
        }
        world.tmpfs("disk");
        world.tmpfs("other");
        world.bind("other");
        world.sites.ask(Camera::Team, &format!("dest init --state {} {}", world.path("state").display(), world.dest()));
        world.take_away();
        world.bind("disk");
        world.sites.ask(Camera::Team, &format!("dest init {}", world.dest()));
        fs::copy(world.path("disk").join(MARK), world.path("fake").join(MARK)).unwrap();
        world.take_away();
        world.ground = world.beneath();
        world.bind("disk");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    pub fn dest(&self) -> String {
        format!("--dest {}", self.path("mnt").display())
    }

    pub fn start(&self, line: &str) -> Child {
        let line = format!("{line} {}", self.dest());
        let mut command = self.sites.command(Camera::Team, line.split(' '));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs the line under strace with these expressions.
    pub fn traced(&self, expressions: &[String], line: &str) -> Said {
        let line = format!("{line} {}", self.dest());
        let plain = self.sites.command(Camera::Team, line.split(' '));
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg("/dev/null").args(expressions).arg("--").arg(plain.get_program());
        command.args(plain.get_args()).env_clear().stdin(Stdio::null());
        command.envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.output().unwrap().into()
    }

    /// As a fresh drive, mounted, with an empty memory of ours.
    pub fn begin_anew(&self) {
        for folder in ["nights", "timelapse"] {
            let _ = fs::remove_dir_all(self.path("disk").join(folder));
        }
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.sites.path("state-allsky").join(format!("catalog.db{end}")));
        }
    }

    pub fn tmpfs(&self, name: &str) {
        run("mount", &["-t", "tmpfs", "-o", "size=16m,nr_inodes=2000", "tmpfs"], &self.path(name));
    }

    /// Mounts the drive `name` where the drive belongs.
    pub fn bind(&self, name: &str) {
        run("mount", &["--bind", self.path(name).to_str().unwrap()], &self.path("mnt"));
    }

    /// Mounts the drive through a server in user space, which can be stopped.
    pub fn share(&self) {
        let mut server = Command::new("bindfs");
        server.args(["-f", "--no-allow-other"]).arg(self.path("disk")).arg(self.path("mnt"));
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        *self.server.borrow_mut() = Some(server);
        wait_until("the share is mounted", || self.path("mnt").join(MARK).exists());
    }

    pub fn signal_server(&self, signal: &str) {
        if let Some(server) = self.server.borrow().as_ref() {
            run("kill", &["-s", signal, "--"], Path::new(&server.id().to_string()));
        }
    }

    /// Unmounts everything on the mount point, even while it is in use.
    pub fn take_away(&self) {
        if fs::symlink_metadata(self.path("mnt")).is_ok_and(|looks| looks.is_symlink()) {
            fs::remove_file(self.path("mnt")).unwrap();
        }
        if !self.path("mnt").exists() {
            // A share that is gone is still a mount point, and no folder to ask.
            let _ = fs::create_dir(self.path("mnt"));
        }
        let quiet = || {
            let mut umount = Command::new("umount");
            umount.arg("-l").arg(self.path("mnt")).stderr(Stdio::null()).status().unwrap().success()
        };
        while quiet() {}
        if let Some(mut server) = self.server.borrow_mut().take() {
            let _ = server.kill();
            server.wait().unwrap();
        }
    }

    /// Everything of the system disk that the drive could be mistaken for.
    fn beneath(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = files(&self.path("mnt"));
        all.extend(files(&self.path("fake")));
        all
    }

    /// The drive is back: not a byte went elsewhere, nothing is called verified that is not, what was
    /// said is told in words, and the next run makes everything good.
    pub fn judge(&self, said: &Said, what: &str) {
        self.take_away();
        assert_eq!(self.beneath(), self.ground, "{what}: bytes on the system disk: {said:?}");
        let proved = verified(&self.sites, &self.path("disk"), FRAMES).len();
        if said.code == Some(0) {
            // A drive that was filled up by others makes room again, as it should.
            let gone = said.text().matches("  deleted, ").count();
            assert_eq!(proved + gone, GOOD_NIGHTS, "{what}: called done and is not: {said:?}");
        } else {
            let lines = format!("{}{}", said.err, said.text());
            let in_words = lines.contains(" the drive") || lines.contains("on the drive") || lines.contains("this ");
            assert!(matches!(said.code, Some(1 | 3 | 4)) && in_words, "{what}: {said:?}");
        }
        self.bind("disk");
        self.sites.ask(Camera::Team, &format!("run nights {}", self.dest()));
        let items = self.sites.ask(Camera::Team, &format!("nights list {}", self.dest()))["items"].clone();
        let count = |state: &str| items.as_array().unwrap().iter().filter(|item| item["state"] == state).count();
        let gone = count("deleted");
        assert_eq!(verified(&self.sites, &self.path("disk"), FRAMES).len() + gone, GOOD_NIGHTS, "{what}");
        assert_eq!(count("verified") + gone, GOOD_NIGHTS, "{what}: {items}");
        assert_eq!(litter(&self.path("disk"), ".part"), Vec::<PathBuf>::new(), "{what}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.signal_server("CONT");
        self.take_away();
        for drive in ["disk", "other"] {
            let _ = Command::new("umount").arg("-l").arg(self.path(drive)).stderr(Stdio::null()).status();
        }
    }
}

/// What it said, when it ends within ages.
pub fn end(mut child: Child, what: &str) -> Said {
    let deadline = Instant::now() + AGES;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("{what}: still at work");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap().into()
}

pub fn run(program: &str, args: &[&str], last: &Path) {
    let said = Command::new(program).args(args).arg(last).output().unwrap();
    assert!(said.status.success(), "{program} {args:?} {}: {said:?}", last.display());
}
