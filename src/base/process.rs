//! Runs another program with an argument list, a deadline and captured output. Never a shell.
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::Access;

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `program` with `args`; kills it when `limit` has passed (`TimedOut`).
pub fn run(program: &str, args: &[&str], limit: Duration) -> io::Result<Output> {
    feed(program, args, Vec::new(), limit)
}

/// Runs `program` with `input` on its standard input. A program that does not read its input is no error; its exit
/// status decides.
pub fn feed(program: &str, args: &[&str], input: Vec<u8>, limit: Duration) -> io::Result<Output> {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = begin(&mut command, input)?;
    let mut out = child.stdout.take().map(collect);
    let mut err = child.stderr.take().map(collect);
    let status = wait(program, &mut child, limit)?;
    let text =
        |side: &mut Option<thread::JoinHandle<String>>| side.take().and_then(|t| t.join().ok()).unwrap_or_default();
    Ok(Output { status, stdout: text(&mut out), stderr: text(&mut err) })
}

/// Runs a program of the owner, which may leave children behind. Its output is not read, so only the program itself
/// is waited for. Its standard error goes to ours.
pub fn tell(program: &str, args: &[String], input: Vec<u8>, limit: Duration) -> io::Result<ExitStatus> {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::null());
    wait(program, &mut begin(&mut command, input)?, limit)
}

fn begin(command: &mut Command, input: Vec<u8>) -> io::Result<Child> {
    let mut child = command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() }).spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // Beside us, so that a program that reads nothing cannot stop us.
        thread::spawn(move || drop(pipe.write_all(&input)));
    }
    Ok(child)
}

fn wait(program: &str, child: &mut Child, limit: Duration) -> io::Result<ExitStatus> {
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            let late = format!("{program} did not end within {} s", limit.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, late));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Reads a pipe to its end beside us, so that a full pipe cannot stop the program.
fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A broken pipe ends the output; the exit status says what it meant.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The file that would be run: `program` itself when it has a `/`, else the first of that name in `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let runs = |file: &Path| file.is_file() && rustix::fs::access(file, Access::EXEC_OK).is_ok();
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|file| runs(file));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| runs(file))
}
