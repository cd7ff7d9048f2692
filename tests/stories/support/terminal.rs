//! Somebody at a terminal, with a camera and a `systemctl` that writes down what it is told.
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_allsky-backups");

/// `DESK/allsky` is the camera, `DESK/allskybackups` the archives, `DESK/state` the history. Of an
/// indi-allsky the program is in `DESK/indi-allsky`, and the rest as below `/`.
pub struct Terminal {
    dir: tempfile::TempDir,
    system: &'static str,
}

/// What the program said and how it ended.
pub struct Said {
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: String,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {} {}", self.code, self.text(), self.err)
    }
}

impl Said {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Said { code: output.status.code(), out: output.stdout, err }
    }
}

impl Terminal {
    /// A camera with two short nights. Its service is `active`.
    pub fn new() -> Terminal {
        Terminal::below(tempfile::tempdir().unwrap())
    }

    /// A terminal in a folder of one's choice.
    pub fn below(dir: tempfile::TempDir) -> Terminal {
        Terminal::of("allsky", dir)
    }

    /// A terminal beside an indi-allsky.
    pub fn indi() -> Terminal {
        Terminal::of("indi-allsky", tempfile::tempdir().unwrap())
    }

    fn of(system: &'static str, dir: tempfile::TempDir) -> Terminal {
        let terminal = Terminal { dir, system };
        fs::create_dir(terminal.path("bin")).unwrap();
        fs::write(terminal.path("active"), "active\n").unwrap();
        let script = format!("#!/bin/sh\nd='{}'\n{SYSTEMCTL}", terminal.path("").display());
        fs::write(terminal.path("bin/systemctl"), script).unwrap();
        fs::set_permissions(terminal.path("bin/systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        let dir = terminal.path("");
        let built = terminal
            .command([
                OsStr::new("demo"),
                OsStr::new("--system"),
                OsStr::new(system),
                OsStr::new("--build-only"),
                OsStr::new("--dir"),
                dir.as_os_str(),
            ])
            .env_remove("ALLSKY_HOME")
            .args(["--nights", "2", "--frames", "2", "--width", "160", "--height", "120", "--database-rows", "20"])
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        terminal
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with everything on this terminal, nothing of the machine.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        self.dressed(Command::new(PROGRAM), args)
    }

    /// [`Terminal::command`] for a command that runs the program in its own way.
    pub fn dressed<A: AsRef<OsStr>>(&self, mut command: Command, args: impl IntoIterator<Item = A>) -> Command {
        let mut path = self.path("bin").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        command
            .args(args)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("nobody"))
            .env("ALLSKY_HOME", self.path(self.system))
            .env("INDI_ALLSKY_FLASK_CONFIG", self.path("etc/indi-allsky/flask.json"))
            .env("STATE_DIRECTORY", self.path("state"))
            .env("TMPDIR", self.path(""))
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Said {
        self.command(args).output().unwrap().into()
    }

    /// Runs a line of words; must end well; gives back its JSON.
    pub fn ask(&self, line: &str) -> Value {
        let said = self.run(line.split(' ').chain(["--json"]));
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said.json()
    }

    /// [`Terminal::ask`] for what must end with `code`; gives back the error.
    pub fn refuse(&self, line: &str, code: i32) -> Value {
        let said = self.run(line.split(' ').chain(["--json"]));
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        let error = said.json()["error"].take();
        for key in ["code", "message", "advice"] {
            assert!(error[key].as_str().is_some_and(|text| !text.is_empty()), "{line}: {error}");
        }
        error
    }

    /// Starts a line in a process group of its own.
    pub fn start(&self, line: &str) -> Running {
        Running::of(&mut self.command(line.split(' ')))
    }

    /// Names in the backups folder, sorted; empty when there is no folder.
    pub fn kept(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("allskybackups")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// What `systemctl` was told that changes anything.
    pub fn told(&self) -> Vec<String> {
        let told = fs::read_to_string(self.path("told")).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }

    pub fn is_active(&self) -> bool {
        fs::read_to_string(self.path("active")).unwrap().trim() == "active"
    }
}

/// Ended, with all that it started, when this goes.
pub struct Running {
    child: Option<Child>,
}

impl Running {
    /// `command` as the first of a new process group.
    pub fn of(command: &mut Command) -> Running {
        let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Running { child: Some(child) }
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn child(&mut self) -> &mut Child {
        self.child.as_mut().unwrap()
    }

    pub fn is_over(&mut self) -> bool {
        self.child().try_wait().unwrap().is_some()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// kill -9 for the program and what it started.
    pub fn kill(&mut self) {
        let group = self.id();
        Command::new("kill").args(["-s", "KILL", "--", &format!("-{group}")]).stderr(Stdio::null()).status().unwrap();
        self.child().wait().unwrap();
        // A child that was just being started holds the locks of its parent until it is gone as well.
        wait_until("the whole group is dead", || !is_alive(group));
    }

    pub fn end(mut self) -> Said {
        self.child.take().unwrap().wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.is_some() && !self.is_over() {
            self.kill();
        }
    }
}

/// Whether anybody of the process group is left who can still do something.
fn is_alive(group: u32) -> bool {
    let stat = |id: &str| fs::read_to_string(format!("/proc/{id}/stat")).ok();
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| stat(entry.file_name().to_str()?)).any(|stat| {
        let mut fields = stat.rsplit(')').next().unwrap().split_whitespace();
        let (state, of) = (fields.next().unwrap(), fields.nth(1).unwrap());
        of == group.to_string() && !matches!(state, "Z" | "X")
    })
}

/// Waits until `ready`, 60 s at most.
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !ready() {
        assert!(Instant::now() < end, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A file of `bytes` without content on the disk.
pub fn large(path: &Path, bytes: u64) {
    fs::File::create(path).unwrap().set_len(bytes).unwrap();
}

/// One unit whose state is the text in `active`. While there is a file `hold-VERB`, that verb does
/// not come back, and `holding` says so.
const SYSTEMCTL: &str = r#"
for word in "$@"; do
    case "$word" in
        -*) ;;
        *) verb=$word; break ;;
    esac
done
hold() {
    [ -e "$d/hold-$verb" ] || return 0
    : > "$d/holding"
    while [ -e "$d/hold-$verb" ]; do sleep 0.01; done
}
case "$verb" in
    stop) echo "$verb" >> "$d/told"; echo inactive > "$d/active"; hold ;;
    start|restart) hold; echo "$verb" >> "$d/told"; echo active > "$d/active" ;;
    is-active) cat "$d/active"; grep -qx active "$d/active" || exit 3 ;;
    show) state=$(cat "$d/active")
        case "$*" in
            *--value*) echo "$state" ;;
            *) echo "LoadState=loaded"; echo "ActiveState=$state" ;;
        esac ;;
    *) exit 1 ;;
esac
"#;
