//! A restore that is killed at any step, whose disk fails at any step, or whose recovery is killed
//! as well, ends with all old files or all new files and nothing between.
//!
//! A tenth of the steps each day; `CAMPAIGN=full` goes through every one.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use allsky_backups::domain::monitor::Unwatched;
use allsky_backups::swap::{Error, Swaps};

use crate::support::injector::{Child, Fault, some_of, works};
use crate::support::swap_world::{Tree, World, finish, now};

/// What the child process does, and where.
const TASK: &str = "SWAP_TASK";
const TOP: &str = "SWAP_TOP";

#[test]
#[ignore = "the part of the crash stories that is killed; they run it in a process of its own"]
fn in_a_child_process() {
    let (Ok(task), Ok(top)) = (std::env::var(TASK), std::env::var(TOP)) else { return };
    let world = World::at(Path::new(&top));
    let outcome = match task.as_str() {
        "apply" => world.apply_new().map(|_| ()),
        "undo" => undo_newest(&world.swaps()),
        "recover" => world.swaps().recover(&Unwatched).map(|_| ()),
        other => unreachable!("{other}"),
    };
    let told = match &outcome {
        Ok(()) => "ok".to_owned(),
        Err(Error::HalfWay { .. }) => "half-way".to_owned(),
        Err(e) => format!("all old: {e}"),
    };
    fs::write(world.top.join("told"), told).unwrap();
}

fn undo_newest(swaps: &Swaps) -> Result<(), Error> {
    let newest = swaps.list()?.swap_remove(0).id;
    finish(swaps.undo(&newest, now(), &Unwatched)?).map(|_| ())
}

/// One task, its start, and its two allowed ends.
struct Stage {
    _folder: tempfile::TempDir,
    folder: PathBuf,
    task: &'static str,
    user: Option<u32>,
    start: Tree,
    end: Tree,
    /// Swaps that can be undone before and after.
    keeps: (usize, usize),
}

impl Stage {
    fn new(task: &'static str, user: Option<u32>) -> Stage {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().to_owned();
        let template = folder.join("template");
        fs::create_dir(&template).unwrap();
        let mut stage = Stage {
            _folder: scratch,
            folder,
            task,
            user,
            start: Tree::new(),
            end: Tree::new(),
            keeps: if task == "apply" { (0, 1) } else { (1, 1) },
        };
        let world = World::build(&template);
        if let Some(user) = user {
            stage.hand_over(&world, user);
        }
        if task == "undo" {
            assert!(stage.child("apply", &world).run().success());
            world.only_keeps(1);
            fs::remove_file(world.top.join("told")).unwrap();
        }
        stage.start = world.live();
        let clean = stage.fresh();
        assert!(stage.child(task, &clean).run().success());
        assert_eq!(fs::read_to_string(clean.top.join("told")).unwrap(), "ok");
        clean.only_keeps(stage.keeps.1);
        stage.end = clean.live();
        assert_ne!(stage.start, stage.end);
        stage
    }

    /// Everything belongs to `user`, but for files that the web server made, which it alone may
    /// write: these must not be linked where `fs.protected_hardlinks` is on.
    fn hand_over(&self, world: &World, user: u32) {
        let status = Command::new("chown").arg("-R").arg(format!("{user}:{user}")).arg(&self.folder).status().unwrap();
        assert!(status.success());
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["env.json", "config/cc_RPi_HQ.json", "config/myFiles/allsky.db-wal"] {
            let file = world.home().join(name);
            chown(&file, Some(33), Some(33)).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    /// A copy of the start, links and times included.
    fn fresh(&self) -> World {
        let top = self.folder.join("run");
        if top.exists() {
            fs::remove_dir_all(&top).unwrap();
        }
        let copied = Command::new("cp").arg("-a").arg(self.folder.join("template")).arg(&top).status().unwrap();
        assert!(copied.success());
        let world = World::at(&top);
        // The record names the roots by path and inode, and a copy has others.
        for entry in fs::read_dir(world.state().join("restores")).into_iter().flatten() {
            let file = entry.unwrap().path().join("intent.json");
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let mut intent: serde_json::Value = serde_json::from_str(&text).unwrap();
            for (root, path) in intent["roots"].as_array_mut().unwrap().iter_mut().zip([world.home(), world.images()]) {
                root["inode"] = fs::metadata(&path).unwrap().ino().into();
                root["path"] = path.to_str().unwrap().into();
            }
            fs::write(file, intent.to_string()).unwrap();
        }
        world
    }

    fn child(&self, task: &str, world: &World) -> Child<'static> {
        let environment = vec![(TASK, task.to_owned()), (TOP, world.top.to_str().unwrap().to_owned())];
        Child { test: "swap_crashes::in_a_child_process", environment, user: self.user }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("calls")
    }

    /// What the task said of itself; empty when it did not come to speak.
    fn told(&self, world: &World) -> String {
        fs::read_to_string(world.top.join("told")).unwrap_or_default()
    }

    /// Recovers in peace, and holds the world to all old or all new. Returns whether it is new.
    fn judge(&self, world: &World, what: &str) -> bool {
        assert!(self.child("recover", world).run().success(), "{what}");
        assert_eq!(self.told(world), "ok", "{what}");
        let live = world.live();
        let new = live == self.end;
        if !new {
            assert_eq!(live, self.start, "a mix after {what}");
        }
        world.only_keeps(if new { self.keeps.1 } else { self.keeps.0 });
        new
    }

    fn kills(&self, most: usize) {
        let (mut old, mut new) = (0, 0);
        for (call, count) in self.child(self.task, &self.fresh()).count(&self.log()) {
            for nth in some_of(count, most) {
                let world = self.fresh();
                let what = format!("{} killed at {call} {nth} of {count}", self.task);
                assert!(self.child(self.task, &world).run_with(Fault::Kill, call, nth, &self.log()), "{what}");
                if self.judge(&world, &what) { new += 1 } else { old += 1 }
            }
        }
        eprintln!("{} killed {} times: {old} all old, {new} all new", self.task, old + new);
        assert!(old > 0 && new > 0);
    }

    fn faults(&self, fault: Fault, most: usize) {
        let mut came = 0;
        for (call, count) in self.child(self.task, &self.fresh()).count(&self.log()) {
            for nth in some_of(count, most) {
                let world = self.fresh();
                let what = format!("{} with {fault:?} at {call} {nth} of {count}", self.task);
                came += usize::from(self.child(self.task, &world).run_with(fault, call, nth, &self.log()));
                let (told, live) = (self.told(&world), world.live());
                if told == "ok" {
                    assert_eq!(live, self.end, "{what}");
                } else if told.starts_with("all old") {
                    assert_eq!(live, self.start, "{what}: {told}");
                }
                self.judge(&world, &what);
            }
        }
        eprintln!("{} with {fault:?}: {came} times", self.task);
        assert!(came > 10);
    }

    /// Killed in the middle of its commit; then each recovery is killed too, one call later each time.
    fn nested_kills(&self, most: usize) {
        let mut kills = 0;
        let counts = self.child(self.task, &self.fresh()).count(&self.log());
        let renames = counts.iter().find(|(call, _)| *call == "renameat").map_or(0, |(_, count)| *count);
        for first in in_the_commit(renames, most) {
            for call in ["renameat", "renameat2", "unlinkat", "fsync"] {
                for nth in some_of(12, most) {
                    let world = self.fresh();
                    let what = format!("{} killed at renameat {first}, recovery at {call} {nth}", self.task);
                    self.child(self.task, &world).run_with(Fault::Kill, "renameat", first, &self.log());
                    // Until the recovery has fewer calls than that: it goes on, a little further each time.
                    for _ in 0..20 {
                        if !self.child("recover", &world).run_with(Fault::Kill, call, nth, &self.log()) {
                            break;
                        }
                        kills += 1;
                    }
                    self.judge(&world, &what);
                }
            }
        }
        eprintln!("recovery of {} killed {kills} times", self.task);
        assert!(kills > 0);
    }

    /// A new file is lost after the commit began: everything goes back, also when that is killed.
    fn going_back_is_killed(&self, most: usize) {
        let counts = self.child(self.task, &self.fresh()).count(&self.log());
        let renames = counts.iter().find(|(call, _)| *call == "renameat").map_or(0, |(_, count)| *count);
        let mut went_back = 0;
        for first in in_the_commit(renames, most) {
            for (call, nth) in [("renameat", 2), ("renameat", 4), ("fsync", 3), ("unlinkat", 2)] {
                let world = self.fresh();
                self.child(self.task, &world).run_with(Fault::Kill, "renameat", first, &self.log());
                if !damage_a_waiting_file(&world) {
                    continue;
                }
                self.child("recover", &world).run_with(Fault::Kill, call, nth, &self.log());
                let what = format!("{} killed at renameat {first}, going back killed at {call} {nth}", self.task);
                assert!(!self.judge(&world, &what), "{what}: finished with a damaged file");
                went_back += 1;
            }
        }
        eprintln!("going back from {} killed {went_back} times", self.task);
        assert!(went_back > 0);
    }
}

/// The first renames give the record its files; the second half of them changes live names.
fn in_the_commit(renames: usize, most: usize) -> impl Iterator<Item = usize> {
    some_of(renames - renames / 2, most).into_iter().map(move |n| n + renames / 2)
}

/// Changes one byte of a file that still waits, as a dying card does.
fn damage_a_waiting_file(world: &World) -> bool {
    for root in [world.images(), world.home()] {
        let folders = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path().join("new")).filter(|new| new.is_dir());
        for new in folders.collect::<Vec<_>>() {
            // A file of the web server there is an old one that has just changed places.
            let ours = |meta: fs::Metadata| meta.is_file() && meta.size() > 0 && meta.uid() != 33;
            let file = fs::read_dir(new).unwrap().map(|e| e.unwrap()).find(|e| ours(e.metadata().unwrap()));
            if let Some(file) = file {
                let (mut bytes, meta) = (fs::read(file.path()).unwrap(), file.metadata().unwrap());
                bytes[0] ^= 1;
                fs::write(file.path(), bytes).unwrap();
                let damaged = fs::File::options().write(true).open(file.path()).unwrap();
                damaged.set_modified(meta.modified().unwrap()).unwrap();
                return true;
            }
        }
    }
    false
}

#[test]
fn a_restore_killed_at_any_step_is_all_old_or_all_new_after_recovery() {
    if works() {
        Stage::new("apply", None).kills(5);
    }
}

#[test]
fn an_undo_killed_at_any_step_is_all_old_or_all_new_after_recovery() {
    if works() {
        Stage::new("undo", None).kills(4);
    }
}

#[test]
fn a_recovery_that_is_killed_again_and_again_gets_there() {
    if works() {
        Stage::new("apply", None).nested_kills(2);
    }
}

#[test]
fn a_new_file_that_was_lost_sends_everything_back_even_when_that_is_killed() {
    if works() {
        Stage::new("apply", None).going_back_is_killed(3);
    }
}

#[test]
fn a_disk_error_at_any_step_says_so_and_leaves_all_old() {
    if works() {
        let stage = Stage::new("apply", None);
        stage.faults(Fault::Error("EIO"), 3);
        stage.faults(Fault::ErrorFrom("EIO"), 2);
    }
}

#[test]
fn a_full_disk_at_any_step_says_so_and_leaves_all_old() {
    if works() {
        Stage::new("apply", None).faults(Fault::Error("ENOSPC"), 3);
        Stage::new("undo", None).faults(Fault::Error("ENOSPC"), 2);
    }
}

/// Some user who is neither root nor the web server.
const OWNER: u32 = 1500;

fn owner_can_play() -> bool {
    let root = rustix::process::geteuid().is_root();
    let strict = fs::read_to_string("/proc/sys/fs/protected_hardlinks").is_ok_and(|text| text.trim() == "1");
    let may_run = root && {
        let exe = std::env::current_exe().unwrap();
        let user = OWNER.to_string();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]).arg(exe).arg("--list");
        let tried = command.stdout(std::process::Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    if !(strict && may_run) {
        eprintln!("skipped: needs root, fs.protected_hardlinks and a program that others may run");
    }
    strict && may_run
}

#[test]
fn files_of_the_web_server_are_replaced_by_the_owner_and_come_back_as_they_were() {
    if works() && owner_can_play() {
        for task in ["apply", "undo"] {
            let stage = Stage::new(task, Some(OWNER));
            stage.kills(2);
            stage.faults(Fault::Error("EIO"), 2);
        }
        Stage::new("apply", Some(OWNER)).going_back_is_killed(1);
        Stage::new("undo", Some(OWNER)).nested_kills(1);
    }
}

/// The tree without its link groups.
fn unlinked(tree: &Tree) -> Vec<(PathBuf, String)> {
    let plain = |line: &String| match (line.split_once(" like "), line.split_once(" \"")) {
        (Some((head, _)), Some((_, text))) => format!("{head} {text}"),
        _ => line.clone(),
    };
    tree.iter().map(|(path, line)| (path.clone(), plain(line))).collect()
}

#[test]
fn a_disk_without_hard_links_keeps_copies_and_goes_back_to_them() {
    if !works() {
        return;
    }
    let stage = Stage::new("apply", None);
    let world = stage.fresh();
    // What FAT says to every link(2).
    assert!(stage.child("apply", &world).run_with(Fault::ErrorFrom("EPERM"), "linkat", 1, &stage.log()));
    assert_eq!(stage.told(&world), "ok");
    assert_eq!(unlinked(&world.live()), unlinked(&stage.end));
    world.only_keeps(1);
    assert!(stage.child("undo", &world).run_with(Fault::ErrorFrom("EPERM"), "linkat", 1, &stage.log()));
    assert_eq!(stage.told(&world), "ok");
    assert_eq!(unlinked(&world.live()), unlinked(&stage.start));
    world.only_keeps(1);
}

#[test]
fn a_disk_that_cannot_rename_only_onto_a_free_name_uses_links_for_that() {
    if works() {
        let stage = Stage::new("apply", None);
        let world = stage.fresh();
        assert!(stage.child("apply", &world).run_with(Fault::ErrorFrom("EINVAL"), "renameat2", 1, &stage.log()));
        assert_eq!(stage.told(&world), "ok");
        assert_eq!(world.live(), stage.end);
    }
}

#[test]
fn a_foreign_file_that_no_way_can_keep_is_refused_while_all_is_old() {
    if works() && owner_can_play() {
        let stage = Stage::new("apply", Some(OWNER));
        let world = stage.fresh();
        assert!(stage.child("apply", &world).run_with(Fault::ErrorFrom("EINVAL"), "renameat2", 1, &stage.log()));
        assert!(stage.told(&world).contains("belongs to another user"), "{}", stage.told(&world));
        assert_eq!(world.live(), stage.start);
        world.only_keeps(0);
    }
}
