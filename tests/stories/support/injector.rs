//! Kills a process at its Nth system call, or lets that call fail. The process is this very test
//! program, told by its environment which one test to run.
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// What happens at the Nth call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Kill,
    Error(&'static str),
    /// From the Nth call on, every one fails: a dying disk.
    ErrorFrom(&'static str),
}

impl Fault {
    /// What strace is told.
    pub fn at(self, call: &str, nth: usize) -> [String; 4] {
        let inject = match self {
            Fault::Kill => format!("inject={call}:signal=KILL:when={nth}"),
            Fault::Error(error) => format!("inject={call}:error={error}:when={nth}"),
            Fault::ErrorFrom(error) => format!("inject={call}:error={error}:when={nth}+"),
        };
        ["-e".into(), format!("trace={call}"), "-e".into(), inject]
    }
}

/// The system calls by which files change, or their changes are made to last.
pub const CHANGING: &[&str] = &[
    "mkdirat",
    "write",
    "fsync",
    "syncfs",
    "fchown",
    "fchmod",
    "utimensat",
    "linkat",
    "renameat",
    "renameat2",
    "unlinkat",
];

/// `command` under strace, which is told `words`; strace ends as the command does.
pub fn traced(command: &Command, words: &[String]) -> Command {
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-o", "/dev/null"]).args(words).arg(command.get_program()).args(command.get_args());
    traced.env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    if let Some(folder) = command.get_current_dir() {
        traced.current_dir(folder);
    }
    traced.stdin(Stdio::null());
    traced
}

/// One test of this program, run alone in a process of its own.
pub struct Child<'a> {
    pub test: &'a str,
    pub environment: Vec<(&'static str, String)>,
    /// Runs as this user (and group); only root can ask for it.
    pub user: Option<u32>,
}

impl Child<'_> {
    pub fn run(&self) -> ExitStatus {
        let mut command = self.command(Vec::new());
        command.status().unwrap()
    }

    /// Runs with a fault; true when the fault came, false when there were fewer calls.
    pub fn run_with(&self, fault: Fault, call: &str, nth: usize, log: &Path) -> bool {
        let log = log.to_str().unwrap();
        let words = ["strace", "-f", "-qq", "-o", log].map(String::from);
        let words = [&words[..], &fault.at(call, nth)].concat();
        let status = self.command(words).status().unwrap();
        match fault {
            // strace ends as the traced program did.
            Fault::Kill => status.signal() == Some(9) || status.code() == Some(137),
            _ => std::fs::read_to_string(log).unwrap().contains("(INJECTED)"),
        }
    }

    /// How often each of [`CHANGING`] is called when nothing fails.
    pub fn count(&self, log: &Path) -> Vec<(&'static str, usize)> {
        let words = ["strace", "-f", "-qq", "-o", log.to_str().unwrap(), "-e"].map(String::from);
        let mut words: Vec<String> = words.into();
        words.push(format!("trace={}", CHANGING.join(",")));
        assert!(self.command(words).status().unwrap().success());
        let text = std::fs::read_to_string(log).unwrap();
        // strace counts for each thread on its own; the first word of a line is the thread.
        let of = |call: &&'static str| {
            let mut threads = BTreeMap::new();
            for line in text.lines().filter(|line| line.contains(&format!(" {call}("))) {
                *threads.entry(line.split(' ').next()).or_insert(0) += 1;
            }
            (*call, threads.into_values().max().unwrap_or(0))
        };
        CHANGING.iter().map(of).filter(|(_, count)| *count > 0).collect()
    }

    fn command(&self, mut words: Vec<String>) -> Command {
        if let Some(user) = self.user {
            words.extend([
                "setpriv".into(),
                format!("--reuid={user}"),
                format!("--regid={user}"),
                "--clear-groups".into(),
            ]);
        }
        words.push(std::env::current_exe().unwrap().to_str().unwrap().into());
        words.extend(["--ignored", "--exact", self.test, "--test-threads=1", "--quiet"].map(String::from));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for (key, value) in &self.environment {
            command.env(key, value);
        }
        command
    }
}

/// Can this machine trace at all? Says why not.
pub fn works() -> bool {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: strace is missing or may not trace here");
    }
    works
}

/// Every number up to `count` in a full campaign, else at most `most` of them, ends included.
pub fn some_of(count: usize, most: usize) -> Vec<usize> {
    if std::env::var("CAMPAIGN").as_deref() == Ok("full") || count <= most {
        return (1..=count).collect();
    }
    let mut chosen: Vec<usize> = (0..most).map(|i| 1 + i * (count - 1) / (most - 1).max(1)).collect();
    chosen.dedup();
    chosen
}
