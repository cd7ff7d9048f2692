//! What one program left half done is put right by the next one, whatever state folder that has, whatever became
//! of the history, and whatever the clock says.
use std::fs;
use std::os::fd::AsFd;
use std::process::Command;

use rustix::fs::FlockOperation;

use crate::support::desk::{Desk, PROGRAM, Running, Said, wait_until};
use crate::support::injector;
use crate::support::looks::{differences, looks};

/// The program as a service that keeps its state in another folder.
fn elsewhere(desk: &Desk, line: &str) -> Said {
    desk.command(line.split(' ')).env("STATE_DIRECTORY", desk.path("other-state")).output().unwrap().into()
}

/// A camera with a backup of its settings, and settings that are others now.
fn backed_up() -> (Desk, String) {
    let desk = Desk::new();
    let name = desk.ask("create config")["name"].as_str().unwrap().to_owned();
    change(&desk, "50.03N", "1.0N");
    fs::write(desk.path("config.toml"), "[restore]\nwatch_seconds = 1\n").unwrap();
    (desk, name)
}

fn change(desk: &Desk, from: &str, to: &str) {
    let settings = desk.path("allsky/config/settings.json");
    let text = fs::read_to_string(&settings).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&settings, text.replace(from, to)).unwrap();
}

#[test]
fn a_camera_that_rests_is_started_by_a_program_with_another_state_folder() {
    let (desk, name) = backed_up();
    fs::write(desk.path("hold-start"), "").unwrap();
    for line in ["create config --pause always".to_owned(), format!("--config config.toml restore {name} --yes")] {
        let _ = fs::remove_file(desk.path("holding"));
        let mut running = desk.start(&line);
        wait_until("the camera rests", || running.is_over() || desk.path("holding").exists());
        assert!(!desk.is_active());
        running.kill();
        fs::remove_file(desk.path("hold-start")).unwrap();
        let said = elsewhere(&desk, "recover");
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        assert!(desk.is_active(), "{line}: {said:?}");
        fs::write(desk.path("hold-start"), "").unwrap();
    }
}

#[test]
fn a_restore_that_was_killed_is_finished_by_a_program_with_another_state_folder() {
    if !injector::works() {
        return eprintln!("skipped: there is no strace that may trace here");
    }
    let (desk, name) = backed_up();
    let (home, line) = (desk.path("allsky"), format!("--config config.toml restore {name} --yes"));
    let old = looks(&home);
    desk.ask(&line);
    let new = looks(&home);
    desk.ask("--config config.toml undo");
    let mut ends = [0, 0];
    for call in ["renameat", "renameat2"] {
        for nth in (1..).step_by(2) {
            let mut strace = Command::new("strace");
            let kill = injector::Fault::Kill.at(call, nth);
            strace.args(["-f", "-b", "execve", "-qq", "-o", "/dev/null"]).args(kill).arg(PROGRAM);
            let end = Running::of(&mut desk.dressed(strace, line.split(' '))).end();
            if end.code == Some(0) {
                desk.ask("--config config.toml undo");
                break;
            }
            let said = elsewhere(&desk, "recover");
            assert_eq!(said.code, Some(0), "{call} {nth}: {said:?}");
            assert!(desk.is_active(), "{call} {nth}: {said:?}");
            let now = looks(&home);
            let is_new = differences(&now, &old) != [""; 0];
            if is_new {
                assert_eq!(differences(&now, &new), [""; 0], "{call} {nth}");
                desk.ask("--config config.toml undo");
            }
            ends[usize::from(is_new)] += 1;
        }
    }
    assert!(ends[0] > 0 && ends[1] > 0, "kills before and after the commit: {ends:?}");
}

#[test]
fn the_camera_is_started_whatever_state_the_history_is_in() {
    let desk = Desk::new();
    let shapes: [(&str, &dyn Fn()); 3] = [
        ("a folder in its place", &|| {
            let _ = fs::remove_file(desk.path("state/catalog.db"));
            fs::create_dir(desk.path("state/catalog.db")).unwrap();
        }),
        ("a link into nowhere", &|| {
            fs::remove_dir(desk.path("state/catalog.db")).unwrap();
            std::os::unix::fs::symlink("/no/such/disk/catalog.db", desk.path("state/catalog.db")).unwrap();
        }),
        ("locked", &|| fs::remove_file(desk.path("state/catalog.db")).unwrap()),
    ];
    for (shape, spoil) in shapes {
        // Only the history is spoilt, so that the backup itself can begin.
        let state = desk.path("fresh-state");
        let _ = fs::remove_dir_all(&state);
        let _ = fs::remove_file(desk.path("holding"));
        fs::write(desk.path("hold-start"), "").unwrap();
        let mut create = desk.command("create config --pause always".split(' '));
        let mut create = Running::of(create.env("STATE_DIRECTORY", &state));
        wait_until("the camera rests", || create.is_over() || desk.path("holding").exists());
        create.kill();
        fs::remove_file(desk.path("hold-start")).unwrap();
        fs::create_dir_all(desk.path("state")).unwrap();
        spoil();
        let folder = fs::File::open(desk.path("state")).unwrap();
        if shape == "locked" {
            rustix::fs::flock(folder.as_fd(), FlockOperation::LockExclusive).unwrap();
        }
        let mut recover = desk.start("recover");
        wait_until("the camera runs", || desk.is_active());
        drop(folder);
        wait_until("recover ends", || recover.is_over());
        let said = recover.end();
        assert_eq!(said.code, Some(0), "{shape}: {said:?}");
        assert!(said.text().contains("was started again"), "{shape}: {said:?}");
    }
}

#[test]
fn one_run_with_a_clock_years_ahead_takes_no_undo_away_and_undo_takes_the_last_that_was_made() {
    let (desk, name) = backed_up();
    let restore = |clock: &str| {
        let done = desk.ask(&format!("--config config.toml {clock} restore {name} --yes"));
        done["restore_id"].as_str().unwrap().to_owned()
    };
    let listed = || {
        let list = desk.ask("restores")["restores"].take();
        let ids = list.as_array().unwrap().iter().map(|kept| kept["restore_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let first = restore("--now 2026-11-21T12:00:00");
    change(&desk, "50.03N", "2.0N");
    let ahead = restore("--now 2031-05-05T12:00:00");
    change(&desk, "50.03N", "3.0N");
    let last = restore("--now 2026-11-21T13:00:00");
    assert_eq!(listed(), [last.as_str(), &ahead, &first]);
    assert_eq!(desk.ask("--config config.toml --now 2026-11-21T13:05:00 undo")["undone"], last);
    assert!(fs::read_to_string(desk.path("allsky/config/settings.json")).unwrap().contains("3.0N"));
}

#[test]
fn while_a_restore_is_at_work_a_program_with_another_state_folder_begins_none_and_undoes_nothing() {
    let (desk, name) = backed_up();
    let settings = desk.path("allsky/config/settings.json");
    let before = fs::read_to_string(&settings).unwrap();
    fs::write(desk.path("hold-stop"), "").unwrap();
    let line = format!("--config config.toml restore {name} --yes");
    let mut running = desk.start(&line);
    wait_until("the camera is being stopped", || running.is_over() || desk.path("holding").exists());
    assert!(!running.is_over());
    let refused = elsewhere(&desk, &format!("{line} --json"));
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert_eq!(refused.json()["error"]["message"], "another restore is at work", "{refused:?}");
    let recovered = elsewhere(&desk, "recover");
    assert!(!running.is_over() && !desk.is_active(), "the other one still has the camera: {recovered:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), before, "{recovered:?}");
    fs::remove_file(desk.path("hold-stop")).unwrap();
    let said = running.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(desk.is_active());
    assert!(fs::read_to_string(&settings).unwrap().contains("50.03N"), "{said:?}");
    assert_eq!(elsewhere(&desk, "recover").code, Some(0));
}

#[test]
fn the_camera_is_started_where_locks_and_the_history_fail() {
    if !injector::works() {
        return eprintln!("skipped: there is no strace that may trace here");
    }
    let desk = Desk::new();
    for (call, error) in
        [("flock", "ENOLCK"), ("flock", "EIO"), ("fsync", "EIO"), ("fdatasync", "EIO"), ("pwrite64", "EIO")]
    {
        let _ = fs::remove_file(desk.path("holding"));
        fs::write(desk.path("hold-start"), "").unwrap();
        let mut create = desk.start("create config --pause always");
        wait_until("the camera rests", || create.is_over() || desk.path("holding").exists());
        assert!(!desk.is_active(), "{call} {error}");
        create.kill();
        fs::remove_file(desk.path("hold-start")).unwrap();
        let mut strace = Command::new("strace");
        let fault =
            if error == "EIO" { injector::Fault::ErrorFrom("EIO") } else { injector::Fault::ErrorFrom("ENOLCK") };
        strace.args(["-f", "-b", "execve", "-qq", "-o", "/dev/null"]).args(fault.at(call, 1)).arg(PROGRAM);
        let said = Running::of(&mut desk.dressed(strace, ["recover"])).end();
        assert!(desk.is_active(), "{call} {error}: {said:?}");
        // What failed is told; the camera runs all the same.
        assert!(matches!(said.code, Some(0 | 1)), "{call} {error}: {said:?}");
        assert_eq!(desk.run(["recover"]).code, Some(0), "{call} {error}");
    }
}
