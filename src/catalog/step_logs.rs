//! What the programs of a step said, in a file for each step: `STATE/logs/JOB/NN-STEP.log`. It grows while the step runs.
//!
//! Invariant: a log is text that can be printed, its length has a limit, and one that cannot be written holds up no work.
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, Zoned};

use crate::base::handover::{make_file, make_folders};
use crate::base::plain::open_plain_unlinked;
use crate::base::rel_path::printable;
use crate::domain::job::JobId;
use crate::domain::monitor::Stage;

/// The folder of all logs within the state folder.
const FOLDER: &str = "logs";
/// What is written of a log as it comes.
const WRITTEN_BYTES: usize = 1 << 20;
/// Of what comes behind that, so many lines at the end are kept.
const LAST_LINES: usize = 200;
/// The longest part of a line that is kept.
const LINE_BYTES: usize = 1 << 10;
/// How long logs are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(28 * 24);

/// A log that is being written.
#[derive(Debug)]
pub struct StepLog {
    path: PathBuf,
    /// Made with the first line; `None` before, and when it could not be made.
    file: Option<File>,
    written: usize,
    left_out: usize,
    last: VecDeque<String>,
    has_failed: bool,
}

impl StepLog {
    /// The log of the step `number`, counted from 1, of `job`. Nothing is made on the disk yet.
    pub fn new(state: &Path, job: JobId, number: usize, stage: Stage) -> StepLog {
        let path = folder(state, job).join(format!("{number:02}-{}.log", word(stage)));
        StepLog { path, file: None, written: 0, left_out: 0, last: VecDeque::new(), has_failed: false }
    }

    pub fn line(&mut self, at: &Zoned, text: &str) {
        if self.has_failed {
            return;
        }
        if self.written < WRITTEN_BYTES {
            self.write(&stamped(at, text));
            return;
        }
        self.left_out += 1;
        self.last.push_back(stamped(at, text));
        if self.last.len() > LAST_LINES {
            self.last.pop_front();
        }
    }

    fn write(&mut self, line: &str) {
        let written = self.open().and_then(|file| file.write_all(line.as_bytes()));
        match written {
            Ok(()) => self.written += line.len(),
            Err(error) => {
                self.has_failed = true;
                tracing::warn!("{}: the log could not be written: {error}", self.path.display());
            }
        }
    }

    fn open(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            make_folders(self.path.parent().unwrap_or(&self.path), 0o700)?;
            make_file(&self.path)?;
            self.file = Some(File::options().append(true).open(&self.path)?);
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for StepLog {
    /// The last lines come behind what was left out.
    fn drop(&mut self) {
        let unseen = self.left_out.saturating_sub(self.last.len());
        if unseen > 0 {
            self.write(&format!("… {unseen} lines are left out here …\n"));
        }
        for line in std::mem::take(&mut self.last) {
            self.write(&line);
        }
    }
}

/// A log that lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `02-hook`
    pub step: String,
    path: PathBuf,
}

impl Found {
    /// The word of its step: `hook`.
    pub fn stage(&self) -> &str {
        self.step.split_once('-').map_or(&self.step, |(_, stage)| stage)
    }

    /// The last `most` bytes at most, from the beginning of a line.
    pub fn end(&self, most: u64) -> io::Result<String> {
        let mut file = open_plain_unlinked(&self.path)?;
        let length = file.metadata()?.len();
        let from = length.saturating_sub(most);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(match text.find('\n') {
            Some(at) if from > 0 => text[at + 1..].to_owned(),
            _ => text,
        })
    }
}

/// The logs of `job`, in the order of its steps; none for a job whose programs said nothing.
pub fn of_job(state: &Path, job: JobId) -> io::Result<Vec<Found>> {
    let entries = match fs::read_dir(folder(state, job)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(step) = name.and_then(|name| name.strip_suffix(".log")) {
            found.push(Found { step: step.to_owned(), path: path.clone() });
        }
    }
    found.sort_by(|a, b| a.step.cmp(&b.step));
    Ok(found)
}

/// Removes logs of jobs that nothing was written to for four weeks; says how many jobs.
pub fn sweep(state: &Path, now: Timestamp) -> io::Result<usize> {
    let entries = match fs::read_dir(state.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut gone = 0;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // What is called otherwise is none of ours.
        if name.parse::<JobId>().is_err() || is_young(&path, now) {
            continue;
        }
        match fs::remove_dir_all(&path) {
            Ok(()) => gone += 1,
            Err(error) => tracing::warn!("{}: old logs could not be removed: {error}", path.display()),
        }
    }
    Ok(gone)
}

/// Also what is dated ahead of the clock, and what cannot be looked at.
fn is_young(folder: &Path, now: Timestamp) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = files.chain([folder.to_owned()]).filter_map(|path| Some(path.symlink_metadata().ok()?.mtime())).max();
    let age = newest.and_then(|second| Timestamp::from_second(second).ok()).map(|at| now.duration_since(at));
    age.is_none_or(|age| age < KEPT)
}

fn folder(state: &Path, job: JobId) -> PathBuf {
    state.join(FOLDER).join(job.to_string())
}

/// The word of a step in JSON and in names of logs.
fn word(stage: Stage) -> String {
    let json = serde_json::to_value(stage).ok();
    json.and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn stamped(at: &Zoned, text: &str) -> String {
    let mut end = text.len().min(LINE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { " …" } else { "" };
    format!("{} {}{cut}\n", at.strftime("%Y-%m-%d %H:%M:%S"), printable(&text.as_bytes()[..end]))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn now() -> Zoned {
        "2026-11-30T04:50:00+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn a_log_keeps_its_beginning_and_its_end_and_nothing_that_a_terminal_obeys() {
        let top = tempfile::tempdir().unwrap();
        let job = Uuid::now_v7();
        let mut log = StepLog::new(top.path(), job, 2, Stage::Hook);
        assert_eq!(of_job(top.path(), job).unwrap(), []);
        log.line(&now(), "first \u{1b}[31mred\u{7}");
        let long = "x".repeat(5000);
        for _ in 0..3000 {
            log.line(&now(), &long);
        }
        log.line(&now(), "last");
        drop(log);
        let found = of_job(top.path(), job).unwrap();
        assert_eq!((found.len(), found[0].step.as_str(), found[0].stage()), (1, "02-hook", "hook"));
        let text = found[0].end(u64::MAX).unwrap();
        assert!(text.starts_with("2026-11-30 04:50:00 first ") && !text.contains('\u{1b}'), "{}", &text[..80]);
        assert!(text.contains("lines are left out here") && text.ends_with(" last\n"));
        assert!(text.len() < WRITTEN_BYTES + LAST_LINES * (LINE_BYTES + 40), "{}", text.len());
        assert!(found[0].end(100).unwrap().ends_with(" last\n"));
        let mode = fs::metadata(&found[0].path).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    }

    #[test]
    fn logs_go_four_weeks_after_their_last_line_and_nothing_else_goes() {
        let top = tempfile::tempdir().unwrap();
        let job = Uuid::now_v7();
        StepLog::new(top.path(), job, 1, Stage::Hook).line(&now(), "text");
        fs::create_dir_all(top.path().join("logs/mine")).unwrap();
        let written = fs::metadata(&of_job(top.path(), job).unwrap()[0].path).unwrap().mtime();
        let after = |days: i64| Timestamp::from_second(written + days * 24 * 3600).unwrap();
        for (days, gone) in [(-3, 0), (27, 0), (29, 1), (30, 0)] {
            assert_eq!(sweep(top.path(), after(days)).unwrap(), gone, "{days}");
        }
        assert!(top.path().join("logs/mine").exists());
        assert_eq!(sweep(&top.path().join("nowhere"), after(0)).unwrap(), 0);
    }
}
