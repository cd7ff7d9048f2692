//! One hook, run to its end: within its time, in a group of its own, with what it says in the log.
use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::report::Called;
use super::surroundings::Surroundings;
use crate::base::long_program::{self, Line, signal_of};
use crate::domain::monitor::{Cancelled, Monitor};
use crate::domain::plan::hook::{Hook, HookProgram};

/// Why a hook was ended.
enum Ended {
    Cancelled,
    Late,
    Io(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Ended::Io(error)
    }
}

/// Runs `hook`. Its whole group has ended when this returns, also after a cancel.
pub(super) fn call(hook: &Hook, told: &Surroundings, monitor: &dyn Monitor) -> Result<Called, Cancelled> {
    let mut command = match &hook.run {
        HookProgram::Line(line) => {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", line]);
            shell
        }
        HookProgram::Words(words) => {
            let (program, arguments) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
    };
    told.put(&mut command, hook.on);
    // A folder that no hook can take away, and that keeps no drive from being unmounted.
    command.current_dir("/").stdin(Stdio::null());
    let begun = Instant::now();
    let mut hear = |line| match line {
        Line::Out(text) | Line::Err(text) => monitor.log(&text),
    };
    let mut go_on = |_| {
        monitor.checkpoint().map_err(|Cancelled| Ended::Cancelled)?;
        if begun.elapsed() < hook.timeout.length() { Ok(()) } else { Err(Ended::Late) }
    };
    let (exit_code, wrong) = match long_program::run(&mut command, &mut hear, &mut go_on) {
        Ok(status) => match (status.code(), signal_of(status)) {
            (Some(0), _) => (Some(0), None),
            (Some(code), _) => (Some(code), Some(format!("it ended with exit status {code}"))),
            (None, signal) => (None, Some(format!("it was ended by signal {}", signal.unwrap_or_default()))),
        },
        Err(Ended::Cancelled) => return Err(Cancelled),
        Err(Ended::Late) => (None, Some(format!("it did not end within {}", hook.timeout))),
        Err(Ended::Io(error)) => (None, Some(of_start(&error))),
    };
    let program = hook.run.shown().to_owned();
    Ok(Called { event: hook.on, program, seconds: begun.elapsed().as_secs_f64(), exit_code, wrong })
}

fn of_start(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        io::ErrorKind::PermissionDenied => "it is no program that this user may run".to_owned(),
        _ => format!("it could not be run: {error}"),
    }
}
