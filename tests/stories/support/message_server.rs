//! The receiving side of messages besides mail: a real HTTP server that keeps what it gets.
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::terminal::wait_until;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/notify/server.py");

/// Ends when it is dropped.
pub struct MessageServer {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl MessageServer {
    /// `options` of the script. `None`, said loudly, without Python.
    pub fn start(options: &[String]) -> Option<MessageServer> {
        let folder = tempfile::tempdir().unwrap();
        let mut python = Command::new("python3");
        python.arg(SCRIPT).arg(folder.path()).args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = python.spawn() else {
            eprintln!("skipped: needs python3");
            return None;
        };
        let commands = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut server = MessageServer { child, commands, answers, folder, port: 0 };
        server.port = server.line().parse().unwrap();
        if !options.contains(&"--closed".to_owned()) {
            assert_eq!(server.line(), "open");
        }
        Some(server)
    }

    /// Lets a server that was bound and did not listen begin.
    pub fn open(&mut self) {
        writeln!(self.commands, "open").unwrap();
        assert_eq!(self.line(), "open");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// All requests so far, oldest first: `path`, `body`, `token`.
    pub fn requests(&self) -> Vec<Value> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<_> = names.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
        names.sort();
        names.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
    }

    /// Bodies of the requests to `path`, as JSON.
    pub fn bodies(&self, path: &str) -> Vec<Value> {
        let all = self.requests();
        let to = all.iter().filter(|request| request["path"] == path);
        to.map(|request| serde_json::from_str(request["body"].as_str().unwrap()).unwrap()).collect()
    }

    pub fn wait_for(&self, path: &str, count: usize) {
        let has = || self.requests().iter().filter(|request| request["path"] == path).count() >= count;
        wait_until(&format!("{count} messages at {path}"), has);
    }
}

impl Drop for MessageServer {
    fn drop(&mut self) {
        // Our own child; one that has ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
