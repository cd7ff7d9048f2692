//! What one program left half done is put right by the next one, whatever state folder that has, whatever became
//! of the history, and whatever the clock says.
use std::fs;
use std::os::fd::AsFd;
use std::process::Command;

use rustix::fs::FlockOperation;

use crate::support::injector;
use crate::support::looks::{differences, looks};
use crate::support::terminal::{PROGRAM, Running, Said, Terminal, wait_until};

/// The program as a service that keeps its state in another folder.
fn elsewhere(terminal: &Terminal, line: &str) -> Said {
    terminal.command(line.split(' ')).env("STATE_DIRECTORY", terminal.path("other-state")).output().unwrap().into()
}

/// A camera with a backup of its settings, and settings that are others now.
fn backed_up() -> (Terminal, String) {
    let terminal = Terminal::new();
    let name = terminal.ask("create config")["name"].as_str().unwrap().to_owned();
    change(&terminal, "50.03N", "1.0N");
    fs::write(terminal.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
    (terminal, name)
}

fn change(terminal: &Terminal, from: &str, to: &str) {
    let settings = terminal.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&settings, text.replace(from, to)).unwrap();
}

#[test]
fn a_camera_that_rests_is_started_by_a_program_with_another_state_folder() {
    let (terminal, name) = backed_up();
    fs::write(terminal.path("hold-start"), "").unwrap();
    for line in ["create config --pause always".to_owned(), format!("--config config.toml restore {name} --yes")] {
        let _ = fs::remove_file(terminal.path("holding"));
        let mut running = terminal.start(&line);
        wait_until("the camera rests", || running.is_over() || terminal.path("holding").exists());
        assert!(!terminal.is_active());
        running.kill();
        fs::remove_file(terminal.path("hold-start")).unwrap();
        let said = elsewhere(&terminal, "recover");
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        assert!(terminal.is_active(), "{line}: {said:?}");
        fs::write(terminal.path("hold-start"), "").unwrap();
    }
}

#[test]
fn a_restore_that_was_killed_is_finished_by_a_program_with_another_state_folder() {
    if !injector::works() {
        return eprintln!("skipped: there is no strace that may trace here");
    }
    let (terminal, name) = backed_up();
    let (home, line) = (terminal.path("allsky"), format!("--config config.toml restore {name} --yes"));
    let old = looks(&home);
    terminal.ask(&line);
    let new = looks(&home);
    terminal.ask("--config config.toml undo");
    let mut ends = [0, 0];
    for call in ["renameat", "renameat2"] {
        for nth in (1..).step_by(2) {
            let mut strace = Command::new("strace");
            let kill = injector::Fault::Kill.at(call, nth);
            strace.args(["-f", "-b", "execve", "-qq", "-o", "/dev/null"]).args(kill).arg(PROGRAM);
            let end = Running::of(&mut terminal.dressed(strace, line.split(' '))).end();
            if end.code == Some(0) {
                terminal.ask("--config config.toml undo");
                break;
            }
            let said = elsewhere(&terminal, "recover");
            assert_eq!(said.code, Some(0), "{call} {nth}: {said:?}");
            assert!(terminal.is_active(), "{call} {nth}: {said:?}");
            let now = looks(&home);
            let is_new = differences(&now, &old) != [""; 0];
            if is_new {
                assert_eq!(differences(&now, &new), [""; 0], "{call} {nth}");
                terminal.ask("--config config.toml undo");
            }
            ends[usize::from(is_new)] += 1;
        }
    }
    assert!(ends[0] > 0 && ends[1] > 0, "kills before and after the commit: {ends:?}");
}

#[test]
fn the_camera_is_started_whatever_state_the_history_is_in() {
    let terminal = Terminal::new();
    let shapes: [(&str, &dyn Fn()); 3] = [
        ("a folder in its place", &|| {
            let _ = fs::remove_file(terminal.path("state/catalog.db"));
            fs::create_dir(terminal.path("state/catalog.db")).unwrap();
        }),
        ("a link into nowhere", &|| {
            fs::remove_dir(terminal.path("state/catalog.db")).unwrap();
            std::os::unix::fs::symlink("/no/such/disk/catalog.db", terminal.path("state/catalog.db")).unwrap();
        }),
        ("locked", &|| fs::remove_file(terminal.path("state/catalog.db")).unwrap()),
    ];
    for (shape, spoil) in shapes {
        // Only the history is spoilt, so that the backup itself can begin.
        let state = terminal.path("fresh-state");
        let _ = fs::remove_dir_all(&state);
        let _ = fs::remove_file(terminal.path("holding"));
        fs::write(terminal.path("hold-start"), "").unwrap();
        let mut create = terminal.command("create config --pause always".split(' '));
        let mut create = Running::of(create.env("STATE_DIRECTORY", &state));
        wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
        create.kill();
        fs::remove_file(terminal.path("hold-start")).unwrap();
        fs::create_dir_all(terminal.path("state")).unwrap();
        spoil();
        let folder = fs::File::open(terminal.path("state")).unwrap();
        if shape == "locked" {
            rustix::fs::flock(folder.as_fd(), FlockOperation::LockExclusive).unwrap();
        }
        let mut recover = terminal.start("recover");
        wait_until("the camera runs", || terminal.is_active());
        drop(folder);
        wait_until("recover ends", || recover.is_over());
        let said = recover.end();
        assert_eq!(said.code, Some(0), "{shape}: {said:?}");
        assert!(said.text().contains("was started again"), "{shape}: {said:?}");
    }
}

#[test]
fn one_run_with_a_clock_years_ahead_takes_no_undo_away_and_undo_takes_the_last_that_was_made() {
    let (terminal, name) = backed_up();
    let restore = |clock: &str| {
        let done = terminal.ask(&format!("--config config.toml {clock} restore {name} --yes"));
        done["restore_id"].as_str().unwrap().to_owned()
    };
    let listed = || {
        let list = terminal.ask("restores")["restores"].take();
        let ids = list.as_array().unwrap().iter().map(|kept| kept["restore_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let first = restore("--now 2026-11-21T12:00:00");
    change(&terminal, "50.03N", "2.0N");
    let ahead = restore("--now 2031-05-05T12:00:00");
    change(&terminal, "50.03N", "3.0N");
    let last = restore("--now 2026-11-21T13:00:00");
    assert_eq!(listed(), [last.as_str(), &ahead, &first]);
    assert_eq!(terminal.ask("--config config.toml --now 2026-11-21T13:05:00 undo")["undone"], last);
    assert!(fs::read_to_string(terminal.path("allsky/config/settings.json")).unwrap().contains("3.0N"));
}

#[test]
fn while_a_restore_is_at_work_a_program_with_another_state_folder_begins_none_and_undoes_nothing() {
    let (terminal, name) = backed_up();
    let settings = terminal.path("allsky/config/settings.json");
    let before = fs::read_to_string(&settings).unwrap();
    fs::write(terminal.path("hold-stop"), "").unwrap();
    let line = format!("--config config.toml restore {name} --yes");
    let mut running = terminal.start(&line);
    wait_until("the camera is being stopped", || running.is_over() || terminal.path("holding").exists());
    assert!(!running.is_over());
    let refused = elsewhere(&terminal, &format!("{line} --json"));
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert_eq!(refused.json()["error"]["message"], "another restore is running", "{refused:?}");
    let recovered = elsewhere(&terminal, "recover");
    assert!(!running.is_over() && !terminal.is_active(), "the other one still has the camera: {recovered:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), before, "{recovered:?}");
    fs::remove_file(terminal.path("hold-stop")).unwrap();
    let said = running.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(terminal.is_active());
    assert!(fs::read_to_string(&settings).unwrap().contains("50.03N"), "{said:?}");
    assert_eq!(elsewhere(&terminal, "recover").code, Some(0));
}

#[test]
fn the_camera_is_started_where_locks_and_the_history_fail() {
    if !injector::works() {
        return eprintln!("skipped: there is no strace that may trace here");
    }
    let terminal = Terminal::new();
    for (call, error) in
        [("flock", "ENOLCK"), ("flock", "EIO"), ("fsync", "EIO"), ("fdatasync", "EIO"), ("pwrite64", "EIO")]
    {
        let _ = fs::remove_file(terminal.path("holding"));
        fs::write(terminal.path("hold-start"), "").unwrap();
        let mut create = terminal.start("create config --pause always");
        wait_until("the camera rests", || create.is_over() || terminal.path("holding").exists());
        assert!(!terminal.is_active(), "{call} {error}");
        create.kill();
        fs::remove_file(terminal.path("hold-start")).unwrap();
        let mut strace = Command::new("strace");
        let fault =
            if error == "EIO" { injector::Fault::ErrorFrom("EIO") } else { injector::Fault::ErrorFrom("ENOLCK") };
        strace.args(["-f", "-b", "execve", "-qq", "-o", "/dev/null"]).args(fault.at(call, 1)).arg(PROGRAM);
        let said = Running::of(&mut terminal.dressed(strace, ["recover"])).end();
        assert!(terminal.is_active(), "{call} {error}: {said:?}");
        // What failed is told; the camera runs all the same.
        assert!(matches!(said.code, Some(0 | 1)), "{call} {error}: {said:?}");
        assert_eq!(terminal.run(["recover"]).code, Some(0), "{call} {error}");
    }
}
