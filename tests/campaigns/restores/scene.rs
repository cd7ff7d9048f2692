//! A camera at a terminal before a restore (or an undo), and its two allowed ends.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::injector::{CHANGING, Fault};
use crate::support::looks::{Look, differences, looks};
use crate::support::terminal::{PROGRAM, Running, Said, Terminal};

/// The system calls by which files change, the history's database included.
const ALSO: &[&str] = &["mkdir", "pwrite64", "ftruncate"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Settings with their second name, a database with its side files, modules, missing folders.
    Settings,
    /// This scene with the login of the backup, and the camera stopped by its owner before.
    SettingsAtRest,
    Nights,
    Undo,
}

pub const ALL: [What; 4] = [What::Settings, What::SettingsAtRest, What::Nights, What::Undo];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Old,
    New,
}

pub struct Scene {
    pub terminal: Terminal,
    pub what: What,
    line: String,
    old: BTreeMap<String, Look>,
    new: BTreeMap<String, Look>,
    backups: Vec<String>,
}

/// The note that the camera rests, beside the camera.
const PAUSE: &str = ".allsky-backups-pause.json";

impl Scene {
    pub fn new(what: What) -> Scene {
        // What a kill leaves is what the system knows, whether or not a real disk has it yet.
        let terminal = Terminal::below(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap());
        fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 0\n").unwrap();
        let order = if what == What::Nights { "create images" } else { "create config" };
        let name = terminal.ask(order)["name"].as_str().unwrap().to_owned();
        live_on(&terminal);
        let restore = format!("--config config.toml restore {name} --database take --yes");
        let line = match what {
            What::Settings => restore,
            What::SettingsAtRest => format!("{restore} --take-login"),
            What::Nights => restore,
            What::Undo => {
                terminal.ask(&restore);
                "undo".to_owned()
            }
        };
        let backups = terminal.kept();
        let mut scene = Scene { terminal, what, line, old: BTreeMap::new(), new: BTreeMap::new(), backups };
        for part in ["allsky", "state"] {
            let copied = Command::new("cp").arg("-a").args([scene.terminal.path(part), scene.template(part)]).status();
            assert!(copied.unwrap().success());
        }
        scene.reset();
        scene.old = scene.live();
        assert_eq!(scene.plainly().code, Some(0));
        scene.new = scene.live();
        assert!(differences(&scene.old, &scene.new).len() > 2);
        scene.reset();
        scene
    }

    fn template(&self, part: &str) -> PathBuf {
        self.terminal.path(&format!("template-{part}"))
    }

    pub fn is_at_rest(&self) -> bool {
        self.what == What::SettingsAtRest
    }

    /// As at the beginning. The camera's folder itself stays, because records know it by its inode.
    pub fn reset(&self) {
        for part in ["allsky", "state"] {
            let folder = self.terminal.path(part);
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                gone.unwrap();
            }
            let copied = Command::new("cp").arg("-a").arg(self.template(part).join(".")).arg(&folder).status();
            assert!(copied.unwrap().success());
        }
        let active = if self.is_at_rest() { "inactive\n" } else { "active\n" };
        fs::write(self.terminal.path("active"), active).unwrap();
    }

    /// The restore, undisturbed.
    pub fn plainly(&self) -> Said {
        self.start().end()
    }

    pub fn start(&self) -> Running {
        self.terminal.start(&format!("{} --json", self.line))
    }

    pub fn start_with(&self, fault: Fault, call: &str, nth: usize) -> Running {
        self.traced(&fault.at(call, nth), &format!("{} --json", self.line))
    }

    pub fn recover_with(&self, fault: Fault, call: &str, nth: usize) -> Running {
        self.traced(&fault.at(call, nth), "recover")
    }

    /// Under strace; the programs that it starts are not traced.
    fn traced(&self, options: &[String], line: &str) -> Running {
        let mut command = Command::new("strace");
        command.args(["-f", "-b", "execve", "-qq", "-o"]).arg(self.log()).args(options).arg(PROGRAM);
        Running::of(&mut self.terminal.dressed(command, line.split(' ')))
    }

    fn log(&self) -> PathBuf {
        self.terminal.path("calls")
    }

    pub fn was_injected(&self) -> bool {
        fs::read_to_string(self.log()).unwrap().contains("(INJECTED)")
    }

    /// Every changing call of an undisturbed run with its number, counted for each call on its own;
    /// what is said to the terminal is no change.
    pub fn steps(&self) -> Vec<(&'static str, usize)> {
        let calls: Vec<&'static str> = CHANGING.iter().chain(ALSO).copied().collect();
        let options = ["-e".to_owned(), format!("trace={}", calls.join(","))];
        let line = format!("{} --json", self.line);
        let said = self.traced(&options, &line).end();
        assert_eq!(said.code, Some(0), "{said:?}");
        let log = fs::read_to_string(self.log()).unwrap();
        self.reset();
        let thread = log.split(' ').next().unwrap();
        let mut counts = BTreeMap::new();
        let mut steps = Vec::new();
        for line in log.lines() {
            let Some(rest) = line.strip_prefix(thread) else { continue };
            let Some((name, arguments)) = rest.trim_start().split_once('(') else { continue };
            let Some(call) = calls.iter().find(|call| **call == name) else { continue };
            let count = counts.entry(*call).or_insert(0);
            *count += 1;
            if !(*call == "write" && (arguments.starts_with("1,") || arguments.starts_with("2,"))) {
                steps.push((*call, *count));
            }
        }
        steps
    }

    /// Recovers by a program that knows nothing of the one that was killed: the files are all old or all new by then,
    /// and the camera is as it was.
    pub fn judge_elsewhere(&self, at: &str) {
        let mut command = self.terminal.command(["recover", "--json"]);
        let said: Said = command.env("STATE_DIRECTORY", self.terminal.path("state-elsewhere")).output().unwrap().into();
        assert_eq!(said.code, Some(0), "{at}, elsewhere: {said:?}");
        self.end().unwrap_or_else(|mix| panic!("{at}, elsewhere: {mix}"));
        assert_eq!(self.terminal.is_active(), !self.is_at_rest(), "{at}, elsewhere: the camera");
    }

    /// Recovers in peace, and holds everything to all old or all new. `at` tells what was done.
    pub fn judge(&self, at: &str) -> End {
        self.terminal.ask("recover");
        let end = self.end().unwrap_or_else(|mix| panic!("{at}: {mix}"));
        assert_eq!(self.terminal.is_active(), !self.is_at_rest(), "{at}: the camera");
        let kept = if self.what == What::Undo || end == End::New { 1 } else { 0 };
        let (root, other) = match self.what {
            What::Nights => ("allsky/images", "allsky"),
            _ => ("allsky", "allsky/images"),
        };
        assert_eq!(self.names(root, |name| name.starts_with(".allsky-restore")), kept, "{at}: kept in {root}");
        assert_eq!(self.names(other, |name| name.starts_with(".allsky-restore")), 0, "{at}: litter in {other}");
        assert_eq!(
            self.names("state/restores", |name| name != "lock" && !name.starts_with("elapsed.json")),
            kept,
            "{at}: records"
        );
        assert_eq!(self.names("state/restored", |_| true), kept, "{at}: stories");
        assert_eq!(self.names("state", |name| name.contains("lease")), 0, "{at}: a pause is still noted");
        assert_eq!(self.names("allsky", |name| name == PAUSE), 0, "{at}: a pause is still noted");
        assert_eq!(self.names("state/choices", |_| true), 0, "{at}: choices");
        assert_eq!(self.terminal.kept(), self.backups, "{at}: the backups");
        end
    }

    /// Which of the two the files are, or what makes them a mix.
    pub fn end(&self) -> Result<End, String> {
        let now = self.live();
        let (from_old, from_new) = (differences(&now, &self.old), differences(&now, &self.new));
        match (from_old.is_empty(), from_new.is_empty()) {
            (true, _) => Ok(End::Old),
            (_, true) => Ok(End::New),
            _ => Err(format!("neither old ({from_old:?}) nor new ({from_new:?})")),
        }
    }

    /// The whole home but for what restores keep there, which is counted.
    /// Without our note of a pause, which `judge` looks for, and the shared memory of SQLite: it holds no data, every opening of the database makes it anew, and a
    /// kill while the rows are counted leaves it behind.
    fn live(&self) -> BTreeMap<String, Look> {
        let mut found = looks(&self.terminal.path("allsky"));
        found.retain(|name, _| !name.ends_with(".db-shm") && name != PAUSE);
        found
    }

    fn names(&self, folder: &str, counts: impl Fn(&str) -> bool) -> usize {
        let Ok(entries) = fs::read_dir(self.terminal.path(folder)) else { return 0 };
        entries.filter(|entry| counts(&entry.as_ref().unwrap().file_name().to_string_lossy())).count()
    }
}

/// A week with a camera: settings and login changed, files gone, added and changed, a database at work.
fn live_on(terminal: &Terminal) {
    let home = terminal.path("allsky");
    let edit = |name: &str, key: &str, new: Value| {
        let path = home.join(name);
        let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        value[key] = new;
        fs::write(&path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    };
    edit("config/settings.json", "latitude", json!("1N"));
    edit("env.json", "WEBUI_PASSWORD", json!("today"));
    edit("env.json", "REMOTEWEBSITE_PASSWORD", json!("changed"));
    fs::remove_dir_all(home.join("config/modules/charts")).unwrap();
    fs::remove_dir_all(home.join("config/overlay/myTemplates")).unwrap();
    fs::write(home.join("config/modules/mine.json"), "{}").unwrap();
    fs::write(home.join("config/modules/postprocessing_day.json"), "{}").unwrap();
    let database = home.join("config/myFiles/allsky.db");
    let of = fs::metadata(&database).unwrap();
    for side in ["-wal", "-shm"] {
        let beside = PathBuf::from(format!("{}{side}", database.display()));
        fs::write(&beside, "of another database").unwrap();
        // SQLite gives them the group of the database when root opens it.
        std::os::unix::fs::chown(&beside, Some(of.uid()), Some(of.gid())).unwrap();
    }
    let images = home.join("images");
    let mut nights: Vec<_> = fs::read_dir(&images).unwrap().map(|night| night.unwrap().path()).collect();
    nights.sort();
    fs::remove_dir_all(&nights[0]).unwrap();
    for picture in fs::read_dir(&nights[1]).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        fs::write(picture, "not any more what it was").unwrap();
    }
}
