//! Runs rsync and judges how it ended by its exit status and its words.
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::base::group_activity::Activity;
use crate::base::long_program::{self, Line, signal_of};
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::verdict::{Exit, Judge, Left, Verdict};

/// How often it is looked whether rsync does anything.
const LOOK: Duration = Duration::from_secs(2);

/// Gets a line without its end.
pub type HearLine<'a> = dyn FnMut(&str) + 'a;

/// Runs `command`, which asks a host for `path`, and ends it when nothing came for as long as `patience`. `hear` gets
/// each line of its standard output, `log` each line about what went wrong.
///
/// The time-out of rsync itself does not serve: it takes the lines that keep a connection open for answers.
pub fn run<E: From<io::Error> + From<RemoteError>>(
    command: &mut Command,
    path: &RemotePath,
    patience: Duration,
    (hear, log): (&mut HearLine, &mut HearLine),
    go_on: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Left, E> {
    let mut judge = Judge::new(path);
    let mut listen = |line: Line| match line {
        Line::Out(text) => hear(&text),
        Line::Err(text) => {
            log(&text);
            judge.hear(&text);
        }
    };
    let (mut before, mut changed, mut looked) = (Activity::default(), Instant::now(), Instant::now());
    let mut go_on = |group: u32| {
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            let now = Activity::of(group, "rsync");
            if now.differs(&before) {
                (before, changed) = (now, looked);
            } else if changed.elapsed() >= patience {
                return Err(RemoteError::Silent(format!("{} s", patience.as_secs())).into());
            }
        }
        go_on()
    };
    let ended = long_program::run(command, &mut listen, &mut go_on)?;
    let exit = match ended.code() {
        Some(status) => Exit::Status(status),
        None => Exit::Signal(signal_of(ended).unwrap_or_default()),
    };
    match judge.end(exit) {
        Verdict::Taken(left) => Ok(left),
        Verdict::Failed(error) => Err(error.into()),
    }
}
