//! Runs a program that may take hours: what it says is heard line by line, and it can be stopped at any time.
//!
//! Invariant: the program and everything that it started in its group has ended before this returns.
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// How often a stop is looked for.
const LISTEN: Duration = Duration::from_millis(100);
/// How long a program may take to end after it was told to.
const GRACE: Duration = Duration::from_secs(10);
/// How long pipes are read after the end: a program that went to the background may hold them for ever.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// A line is heard as far as this: a path of 4096 bytes, each written with four letters, and words around it.
const LONGEST_LINE: usize = 24 << 10;
/// Lines that wait to be heard.
const WAITING: usize = 256;

/// A line that the program said, without its end. A carriage return ends a line too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Out(String),
    Err(String),
}

/// Runs `command` in a group of its own. `go_on` is asked all the time, with
/// the number of the group; its error stops the group, and is returned.
pub fn run<E: From<io::Error>>(
    command: &mut Command,
    hear: &mut dyn FnMut(Line),
    go_on: &mut dyn FnMut(u32) -> Result<(), E>,
) -> Result<ExitStatus, E> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()?;
    let (say, lines) = sync_channel(WAITING);
    let out = child.stdout.take().map(|pipe| listen(pipe, say.clone(), Line::Out));
    let err = child.stderr.take().map(|pipe| listen(pipe, say, Line::Err));
    let ended = follow(&mut child, &lines, hear, go_on);
    if ended.is_err() {
        stop(&mut child, &lines, hear)?;
    }
    // What it left in its group would go on with the work.
    signal(&child, Signal::KILL);
    let end = Instant::now() + LAST_WORDS;
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        hear(line);
    }
    drop((out, err));
    ended
}

/// The number of the signal that ended it, else its exit status.
pub fn signal_of(status: ExitStatus) -> Option<i32> {
    status.signal()
}

fn follow<E: From<io::Error>>(
    child: &mut Child,
    lines: &Receiver<Line>,
    hear: &mut dyn FnMut(Line),
    go_on: &mut dyn FnMut(u32) -> Result<(), E>,
) -> Result<ExitStatus, E> {
    loop {
        match lines.recv_timeout(LISTEN) {
            Ok(line) => hear(line),
            // Both pipes are closed, and the end is near.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(1)),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        go_on(child.id())?;
    }
}

fn stop(child: &mut Child, lines: &Receiver<Line>, hear: &mut dyn FnMut(Line)) -> io::Result<()> {
    signal(child, Signal::TERM);
    // One that was stopped by the terminal hears nothing else.
    signal(child, Signal::CONT);
    let end = Instant::now() + GRACE;
    while Instant::now() < end {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        if let Ok(line) = lines.recv_timeout(LISTEN / 10) {
            hear(line);
        }
    }
    signal(child, Signal::KILL);
    child.wait().map(drop)
}

/// To the whole group; one that has ended already is no error.
fn signal(child: &Child, signal: Signal) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

fn listen(pipe: impl Read + Send + 'static, say: SyncSender<Line>, of: fn(String) -> Line) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(bytes) = pipe.fill_buf() {
            if bytes.is_empty() {
                break;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            line.extend_from_slice(&piece[..piece.len().min(LONGEST_LINE.saturating_sub(line.len()))]);
            let taken = end.map_or(bytes.len(), |at| at + 1);
            pipe.consume(taken);
            if end.is_some() && !line.is_empty() && say.send(of(String::from_utf8_lossy(&line).into_owned())).is_err() {
                return;
            }
            if end.is_some() {
                line.clear();
            }
        }
        if !line.is_empty() {
            let _ = say.send(of(String::from_utf8_lossy(&line).into_owned()));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    #[test]
    fn lines_are_heard_in_their_order_and_the_status_is_told() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut hear = |line| match line {
            Line::Out(text) => out.push(text),
            Line::Err(text) => err.push(text),
        };
        let status =
            run(&mut shell("printf 'a\\rb\\n\\nc'; echo x >&2; exit 7"), &mut hear, &mut |_| Ok::<_, io::Error>(()));
        assert_eq!(status.unwrap().code(), Some(7));
        assert_eq!((out, err), (vec!["a".to_owned(), "b".into(), "c".into()], vec!["x".to_owned()]));
    }

    #[test]
    fn a_stop_ends_the_program_and_what_it_started() {
        let mut asked = 0;
        let mut children = Vec::new();
        let mut go_on = |_| {
            asked += 1;
            if asked > 2 { Err(io::Error::other("stopped")) } else { Ok(()) }
        };
        let mut hear = |line| children.push(line);
        let ended = run(&mut shell("sleep 600 & echo $!; wait"), &mut hear, &mut go_on);
        assert_eq!(ended.unwrap_err().to_string(), "stopped");
        let Some(Line::Out(child)) = children.first() else { panic!("{children:?}") };
        // The signal was sent; the kernel ends the grandchild in its own time.
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let state = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z ") {
                break;
            }
            assert!(Instant::now() < until, "{state}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
