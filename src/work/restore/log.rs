//! `backup-restore-YYYYMMDD-HHMMSS.log`: what happened, also when it failed.
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::failure::Failure;
use crate::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage};
use crate::domain::restore::check::Check;
use crate::work::Clock;

/// Warnings of one kind that are told one by one; the rest is a number.
const MOST_DENIED: usize = 3;

/// Below the state, which no web server shows.
const FOLDER: &str = "logs";

/// Listens to a restore for the log, and passes everything on.
pub(super) struct Log<'a> {
    monitor: &'a dyn Monitor,
    heard: Mutex<Heard>,
    now: Clock,
}

#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    warnings: Vec<String>,
    denied: usize,
}

impl<'a> Log<'a> {
    pub fn new(monitor: &'a dyn Monitor, now: Clock, title: &str) -> Self {
        let log = Log { monitor, heard: Mutex::default(), now };
        log.line(title);
        log
    }

    pub fn line(&self, text: &str) {
        let time = (self.now)().strftime("%H:%M:%S").to_string();
        self.heard().lines.push(format!("{time} {text}"));
    }

    pub fn checks(&self, checks: &[Check]) {
        for check in checks {
            let word = format!("{:?}", check.result).to_lowercase();
            self.line(&format!("check {}: {word}. {} {}", check.name, check.detail, check.advice));
        }
    }

    pub fn warnings(&self) -> Vec<String> {
        let heard = self.heard();
        let mut all = heard.warnings.clone();
        if heard.denied > MOST_DENIED {
            all.push(format!("and {} more files whose owner or mode could not be set", heard.denied - MOST_DENIED));
        }
        all
    }

    /// Writes the log where the camera has its logs and says where. A log that cannot be written is told,
    /// and changes nothing about the restore.
    pub fn write(&self, state: &Path, failure: Option<&Failure>) -> Option<PathBuf> {
        match failure {
            Some(failure) => self.line(&format!("failed: {}. {}", failure.message, failure.advice)),
            None => self.line("done"),
        }
        let text = self.heard().lines.join("\n") + "\n";
        match self.place(state, text.as_bytes()) {
            Ok(path) => Some(path),
            Err(why) => {
                self.warn(format!("the log could not be written below {}: {why}", state.display()));
                None
            }
        }
    }

    fn place(&self, root: &Path, text: &[u8]) -> io::Result<PathBuf> {
        let plain = |name: &str| RelPath::parse(name).map_err(io::Error::other);
        let (home, folder) = (Dir::open(root)?, &RelPath::of_our_own(FOLDER));
        let dir = match home.dir(folder) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                home.make_dir(folder)?;
                let made = home.dir(folder)?;
                rustix::fs::fchmod(made.as_fd(), rustix::fs::Mode::from_raw_mode(0o750))?;
                made
            }
            other => other?,
        };
        let stamp = (self.now)().strftime("%Y%m%d-%H%M%S").to_string();
        for nth in 1.. {
            let again = if nth > 1 { format!("-{nth}") } else { String::new() };
            let name = plain(&format!("backup-restore-{stamp}{again}.log"))?;
            match dir.create_new(&name) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
                Ok(mut file) => {
                    io::Write::write_all(&mut file, text)?;
                    // The log names files and settings, which only the owner may see.
                    rustix::fs::fchmod(&file, rustix::fs::Mode::from_raw_mode(0o640))?;
                    return Ok(dir.path().join(name.as_path()));
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Log<'_> {
    fn stages(&self, all: &[Stage]) {
        self.monitor.stages(all);
    }
    fn stage(&self, stage: Stage) {
        self.line(stage.label());
        self.monitor.stage(stage);
    }
    fn warn(&self, warning: String) {
        if warning.ends_with("cannot be set by this user") {
            let mut heard = self.heard();
            heard.denied += 1;
            if heard.denied > MOST_DENIED {
                return;
            }
        }
        self.line(&format!("warning: {warning}"));
        self.heard().warnings.push(warning.clone());
        self.monitor.warn(warning);
    }
    fn progress(&self, progress: Progress) {
        self.monitor.progress(progress);
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        self.monitor.checkpoint()
    }
    fn log(&self, line: &str) {
        self.monitor.log(line);
    }
    fn protected(&self, change: Protection) {
        self.monitor.protected(change);
    }
}
