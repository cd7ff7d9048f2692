//! Work at places that may stop answering: a NAS that was switched off can hold a thread that asks it
//! for ever, and no signal but SIGKILL ends that.
//!
//! So the work runs in a thread of its own. When nothing is heard of it each place is asked whether it
//! still answers; if not, the work is given up in words, and what is left of it ends at its next
//! checkpoint, once the place is back. It holds the locks that it has taken until then.
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use crate::base::dir::Dir;
use crate::base::patience::within;
use crate::destination::drive::{self, Drive, PATIENCE};
use crate::domain::monitor::{Cancelled, Monitor, Progress, Protection, Stage};

/// After this long without news from the work the places are asked.
const SILENCE: Duration = Duration::from_secs(4);
/// How often cancel is looked for.
const LISTEN: Duration = Duration::from_millis(100);
/// How often a copy says how far it is: each report wakes every listener, and a night has thousands
/// of pieces.
const PROGRESS: Duration = Duration::from_millis(50);

enum Said {
    Stages(Vec<Stage>),
    Stage(Stage),
    Warning(String),
    Progress(Progress),
    Log(String),
    Protection(Protection),
}

/// What the thread sees of the monitor.
struct Line {
    said: Sender<Said>,
    cancelled: Arc<AtomicBool>,
    /// When progress was last told.
    told: Mutex<Option<Instant>>,
}

impl Line {
    fn say(&self, said: Said) {
        // Nobody listens any more when the drive was given up.
        let _ = self.said.send(said);
    }
}

impl Monitor for Line {
    fn stages(&self, all: &[Stage]) {
        self.say(Said::Stages(all.to_vec()));
    }
    fn stage(&self, stage: Stage) {
        self.say(Said::Stage(stage));
    }
    fn warn(&self, warning: String) {
        self.say(Said::Warning(warning));
    }
    fn progress(&self, progress: Progress) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= PROGRESS) || progress.done_bytes >= progress.total_bytes {
            *told = Some(Instant::now());
            self.say(Said::Progress(progress));
        }
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        if self.cancelled.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
    fn log(&self, line: &str) {
        self.say(Said::Log(line.to_owned()));
    }
    fn protected(&self, change: Protection) {
        self.say(Said::Protection(change));
    }
}

/// A place that may stop answering.
#[derive(Debug, Clone)]
pub enum MayHang {
    Drive(Drive),
    /// A folder that the owner chose, on whatever it lies.
    Folder(PathBuf),
}

impl MayHang {
    /// Fails with [`drive::Error::Hung`] alone: whatever else is wrong there, the work says by itself.
    fn ask(&self) -> Result<(), drive::Error> {
        match self {
            MayHang::Drive(drive) => match drive.ready() {
                Err(hung @ drive::Error::Hung(_)) => Err(hung),
                _ => Ok(()),
            },
            MayHang::Folder(path) => {
                let asked = path.clone();
                let answer = within(PATIENCE, move || Dir::open(&asked).and_then(|folder| folder.room()).is_ok());
                answer.map(drop).ok_or_else(|| drive::Error::Hung(path.clone()))
            }
        }
    }
}

/// Does `work`; fails with [`drive::Error::Hung`] when one of `places` no longer answers.
pub fn watch<T, E>(
    places: &[MayHang],
    monitor: &dyn Monitor,
    work: impl FnOnce(&dyn Monitor) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + From<Error> + 'static,
{
    let (said, hear) = mpsc::channel();
    let cancelled = Arc::new(AtomicBool::new(false));
    let line = Line { said, cancelled: cancelled.clone(), told: Mutex::new(None) };
    let thread = thread::Builder::new().name("drive".to_owned()).spawn(move || work(&line));
    let thread = thread.map_err(Error::io("a thread could not be started for the work"))?;
    if let Some(hung) = listen(places, monitor, &hear, &cancelled) {
        cancelled.store(true, Ordering::Relaxed);
        return Err(Error::from(hung).into());
    }
    // A panic goes on where it would have been without the thread.
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Until the work is done, or a place is given up.
fn listen(
    places: &[MayHang],
    monitor: &dyn Monitor,
    hear: &Receiver<Said>,
    cancelled: &AtomicBool,
) -> Option<drive::Error> {
    let mut heard = Instant::now();
    loop {
        match hear.recv_timeout(LISTEN) {
            Ok(said) => {
                heard = Instant::now();
                match said {
                    Said::Stages(all) => monitor.stages(&all),
                    Said::Stage(stage) => monitor.stage(stage),
                    Said::Warning(warning) => monitor.warn(warning),
                    Said::Progress(progress) => monitor.progress(progress),
                    Said::Log(line) => monitor.log(&line),
                    Said::Protection(change) => monitor.protected(change),
                }
            }
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if heard.elapsed() >= SILENCE => {
                if let Some(hung) = places.iter().find_map(|place| place.ask().err()) {
                    return Some(hung);
                }
                heard = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if monitor.checkpoint().is_err() {
            cancelled.store(true, Ordering::Relaxed);
        }
    }
}
