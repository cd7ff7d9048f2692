//! Two camera systems with ten nights each, a program that works on them, and what must come out.
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::terminal::{PROGRAM, Said};

/// Two in the morning: the last night still runs.
pub const SMALL_HOURS: &str = "2025-12-29T02:00:00+00:00";

/// `TOP/indi`, `TOP/allsky`, and `TOP/state-SITE` for the history.
pub struct NightSites {
    top: tempfile::TempDir,
    pub expected: Value,
}

/// Which of the two cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Camera {
    Indi,
    Team,
}

impl Camera {
    pub fn folder(self) -> &'static str {
        match self {
            Camera::Indi => "indi",
            Camera::Team => "allsky",
        }
    }
}

impl NightSites {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// `options` of the generator: `--frames 40`, `--bytes 3000`.
    pub fn with(options: &[&str]) -> Self {
        let top = tempfile::tempdir().unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nights/build_sites.py");
        let done = Command::new("python3").arg(script).arg(top.path()).args(options).env("TZ", "UTC").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let expected = serde_json::from_slice(&fs::read(top.path().join("expected.json")).unwrap()).unwrap();
        NightSites { top, expected }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// What the generator meant `night` (`2025-12-24`) to be.
    pub fn expected(&self, camera: Camera) -> Vec<(String, Value)> {
        let nights = self.expected[camera.folder()]["nights"].as_object().unwrap();
        let dashed = |name: &str| match name.len() {
            8 => format!("{}-{}-{}", &name[..4], &name[4..6], &name[6..]),
            _ => name.to_owned(),
        };
        let mut all: Vec<_> = nights.iter().map(|(name, want)| (dashed(name), want.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The program for one of the cameras, at two in the morning unless `args` name another time.
    pub fn command<A: AsRef<OsStr>>(&self, camera: Camera, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(PROGRAM);
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        if !args.iter().any(|arg| arg == "--now") {
            command.args(["--now", SMALL_HOURS]);
        }
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TZ", "UTC")
            .env("HOME", self.path("nobody"))
            .env("ALLSKY_HOME", self.path(camera.folder()))
            .env("STATE_DIRECTORY", self.path(&format!("state-{}", camera.folder())))
            .current_dir(self.top.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, camera: Camera, line: &str) -> Said {
        self.command(camera, line.split(' ')).output().unwrap().into()
    }

    /// Runs a line that must end well; gives back its JSON.
    pub fn ask(&self, camera: Camera, line: &str) -> Value {
        let said = self.run(camera, &format!("{line} --json"));
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said.json()
    }

    /// The site of indi-allsky as its installer leaves one: a program, and a `flask.json` elsewhere that
    /// names `database`, or the one that was built. Words that name it, and where the database is now.
    pub fn install_indi(&self, database: Option<&str>) -> (String, PathBuf) {
        let (home, etc, lib) = (self.path("indi"), self.path("etc"), self.path("lib"));
        for folder in [&home.join("indi_allsky"), &etc, &lib.join("migrations")] {
            fs::create_dir_all(folder).unwrap();
        }
        let records = lib.join("indi-allsky.sqlite");
        fs::rename(home.join("varlib/indi-allsky.sqlite"), &records).unwrap();
        let flask = serde_json::json!({
            "SQLALCHEMY_DATABASE_URI": database.map_or_else(|| format!("sqlite:///{}", records.display()), str::to_owned),
            "INDI_ALLSKY_IMAGE_FOLDER": home.join("images"),
            "MIGRATION_FOLDER": lib.join("migrations"),
            "PASSWORD_KEY": "a key",
        });
        fs::write(etc.join("flask.json"), flask.to_string()).unwrap();
        let config = self.path("indi.toml");
        fs::write(&config, format!("[site]\nflask = \"{}\"\n", etc.join("flask.json").display())).unwrap();
        (format!("--config {}", config.display()), records)
    }

    /// Sets a folder of the system disk up as the drive of `camera`; words that name it, and its path.
    pub fn plain_drive(&self, camera: Camera) -> (String, PathBuf) {
        let drive = self.path(&format!("drive-{}", camera.folder()));
        fs::create_dir_all(&drive).unwrap();
        let dest = format!("--dest {}", drive.display());
        self.ask(camera, &format!("dest init --plain-folder {dest}"));
        (dest, drive)
    }

    pub fn nights(&self, camera: Camera) -> Vec<Value> {
        self.ask(camera, "nights list")["items"].as_array().unwrap().clone()
    }
}

/// All files below `top` with their bytes, sorted; folders are not listed.
pub fn files(top: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = walkdir::WalkDir::new(top)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(top).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}
