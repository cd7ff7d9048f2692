//! Pauses that end well, and those that are cut short.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::recovery::recover_with;
use super::systemctl::Systemctl;
use super::*;

/// A camera service in files: `active` holds its state, `calls` what was asked, `fail-start` how many
/// starts fail, `run` the number of the present run.
struct Bench {
    dir: tempfile::TempDir,
}

const SCRIPT: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$*" >> calls
case "$1" in
show) printf 'ActiveState=%s\nSubState=dead\nInvocationID=%s\n' "$(cat active)" "$(cat run)" ;;
stop) [ -e fail-stop ] && { echo 'Access denied' >&2; exit 4; }; echo inactive > active ;;
start)
  left=$(cat fail-start 2>/dev/null || echo 0)
  if [ "$left" -gt 0 ]; then echo $((left - 1)) > fail-start; echo failed > active; echo 'Job failed' >&2; exit 1; fi
  echo "$(cat run)x" > run; echo active > active ;;
esac
"#;

const LIMIT: Duration = Duration::from_secs(20);
const UNIT: &str = "allsky.service";

impl Bench {
    fn new(state: &str) -> Bench {
        let bench = Bench { dir: tempfile::tempdir().unwrap() };
        bench.set("active", state);
        bench.set("run", "1");
        bench.set("systemctl", SCRIPT);
        fs::set_permissions(bench.path("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        // A process that another test has just forked may hold the script open for writing for a
        // moment, and then it cannot be run.
        let end = Instant::now() + LIMIT;
        while std::process::Command::new(bench.path("systemctl")).arg("warm-up").status().is_err() {
            assert!(Instant::now() < end);
        }
        bench
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn set(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
    fn state(&self) -> String {
        fs::read_to_string(self.path("active")).unwrap().trim().to_owned()
    }
    fn calls(&self, verb: &str) -> usize {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().filter(|call| call.starts_with(verb)).count()
    }
    fn systemctl(&self) -> Systemctl {
        Systemctl::at(&self.path("systemctl"))
    }
    fn lease(&self) -> PathBuf {
        self.path("lease.json")
    }
    fn begin(&self) -> Result<Pause, Error> {
        Pause::begin_with(self.systemctl(), &[Unit::of_system(UNIT)], &self.lease(), LIMIT)
    }
    fn recover(&self) -> Result<Option<String>, Error> {
        recover_with(&self.systemctl(), &self.lease())
    }
    /// Makes the lease that of a process that was killed: its process never started at that time.
    fn kill(&self, pause: Pause) {
        std::mem::forget(pause);
        let mut lease: serde_json::Value = serde_json::from_slice(&fs::read(self.lease()).unwrap()).unwrap();
        lease["process_start"] = 1.into();
        fs::write(self.lease(), lease.to_string()).unwrap();
    }
}

#[test]
fn a_running_camera_rests_and_runs_again() {
    let bench = Bench::new("active");
    let pause = bench.begin().unwrap();
    assert_eq!(bench.state(), "inactive");
    assert!(bench.lease().exists());
    assert!(pause.resume().unwrap() > Duration::ZERO);
    assert_eq!(bench.state(), "active");
    assert!(!bench.lease().exists());
}

#[test]
fn a_camera_that_its_owner_stopped_is_never_touched() {
    for state in ["inactive", "failed", "deactivating"] {
        let bench = Bench::new(state);
        let pause = bench.begin().unwrap();
        assert!(!bench.lease().exists());
        assert_eq!(pause.resume().unwrap(), Duration::ZERO);
        assert_eq!((bench.calls("stop"), bench.calls("start")), (0, 0));
    }
}

#[test]
fn without_systemd_there_is_nothing_to_pause() {
    let bench = Bench::new("active");
    let nowhere = Systemctl::at(&bench.path("not-there"));
    let pause = Pause::begin_with(nowhere, &[Unit::of_system(UNIT)], &bench.lease(), LIMIT).unwrap();
    assert_eq!(pause.resume().unwrap(), Duration::ZERO);
}

#[test]
fn a_pause_that_is_dropped_starts_the_camera() {
    let bench = Bench::new("active");
    drop(bench.begin().unwrap());
    assert_eq!(bench.state(), "active");
    assert!(!bench.lease().exists());
}

#[test]
fn the_camera_is_not_stopped_before_the_lease_is_on_the_disk() {
    let bench = Bench::new("active");
    let nowhere = bench.path("no-such-folder/lease.json");
    let why = Pause::begin_with(bench.systemctl(), &[Unit::of_system(UNIT)], &nowhere, LIMIT).unwrap_err();
    assert!(matches!(why, Error::Lease { .. }));
    assert_eq!((bench.state().as_str(), bench.calls("stop")), ("active", 0));
}

#[test]
fn what_a_killed_process_stopped_is_started_once() {
    let bench = Bench::new("active");
    bench.kill(bench.begin().unwrap());
    assert!(bench.recover().unwrap().unwrap().contains("started again"));
    assert_eq!(bench.state(), "active");
    assert_eq!(bench.recover().unwrap(), None);
    assert_eq!(bench.calls("start"), 1);
}

#[test]
fn recovery_that_was_itself_killed_is_finished_by_the_next() {
    let bench = Bench::new("active");
    bench.kill(bench.begin().unwrap());
    // Started, but the lease was not removed any more.
    bench.set("active", "active");
    assert!(bench.recover().unwrap().unwrap().contains("running already"));
    assert_eq!(bench.calls("start"), 0);
    assert!(!bench.lease().exists());
}

#[test]
fn a_camera_that_was_started_and_stopped_by_its_owner_meanwhile_stays_stopped() {
    let bench = Bench::new("active");
    bench.kill(bench.begin().unwrap());
    bench.set("run", "2");
    assert!(bench.recover().unwrap().unwrap().contains("left stopped"));
    assert_eq!((bench.state().as_str(), bench.calls("start")), ("inactive", 0));
    assert!(!bench.lease().exists());
}

#[test]
fn a_living_process_keeps_its_lease() {
    let bench = Bench::new("active");
    let pause = bench.begin().unwrap();
    assert_eq!(bench.recover().unwrap(), None);
    assert!(matches!(bench.begin(), Err(Error::Taken { .. })));
    assert_eq!(bench.state(), "inactive");
    pause.resume().unwrap();
}

#[test]
fn a_start_is_tried_three_times_and_then_the_lease_stays_for_the_next_recovery() {
    let bench = Bench::new("active");
    let pause = bench.begin().unwrap();
    bench.set("fail-start", "2");
    pause.resume().unwrap();
    assert_eq!((bench.state().as_str(), bench.calls("start")), ("active", 3));
    let pause = bench.begin().unwrap();
    bench.set("fail-start", "3");
    let why = pause.resume().unwrap_err();
    assert!(why.advice().contains("systemctl start allsky.service"));
    assert!(bench.lease().exists());
    bench.kill(Pause { stopped: None });
    assert!(bench.recover().unwrap().is_some());
    assert_eq!(bench.state(), "active");
}

#[test]
fn a_stop_that_is_refused_leaves_the_camera_running_and_no_lease() {
    let bench = Bench::new("active");
    bench.set("fail-stop", "");
    let why = bench.begin().unwrap_err();
    assert!(why.to_string().contains("Access denied"));
    assert_eq!(bench.state(), "active");
    assert!(!bench.lease().exists());
}

#[test]
fn a_lease_of_another_boot_is_nobodys() {
    let bench = Bench::new("active");
    std::mem::forget(bench.begin().unwrap());
    let mut lease: serde_json::Value = serde_json::from_slice(&fs::read(bench.lease()).unwrap()).unwrap();
    lease["boot_id"] = "before the power cut".into();
    fs::write(bench.lease(), lease.to_string()).unwrap();
    assert!(bench.recover().unwrap().is_some());
    assert_eq!(bench.state(), "active");
}

#[test]
fn while_the_machine_starts_the_camera_is_left_to_it_and_a_note_of_this_boot_is_kept() {
    let bench = Bench::new("active");
    std::mem::forget(bench.begin().unwrap());
    assert!(leave_to_boot(&bench.lease()).unwrap().is_none());
    assert!(bench.lease().exists());
    let mut lease: serde_json::Value = serde_json::from_slice(&fs::read(bench.lease()).unwrap()).unwrap();
    lease["boot_id"] = "before the power cut".into();
    fs::write(bench.lease(), lease.to_string()).unwrap();
    assert!(leave_to_boot(&bench.lease()).unwrap().is_some());
    assert!(!bench.lease().exists());
    assert_ne!(bench.state(), "active");
}

/// Each unit has a state of its own in `UNIT.active`; `calls` has manager, verb and unit.
const SEVERAL: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
of=system
[ "$1" = --user ] && { of=user; shift; }
for unit in "$@"; do :; done
case "$1" in
show) printf 'ActiveState=%s\nSubState=x\nInvocationID=1\n' "$(cat "$unit.active" 2>/dev/null || echo inactive)"; exit ;;
stop) echo inactive > "$unit.active" ;;
start) echo active > "$unit.active" ;;
esac
echo "$of $1 $unit" >> calls
"#;

#[test]
fn all_units_that_ran_rest_and_start_the_other_way_round() {
    let bench = Bench::new("active");
    bench.set("systemctl", SEVERAL);
    let units = [Unit::of_owner("web.socket"), Unit::of_owner("web.service"), Unit::of_owner("camera.service")];
    for running in ["web.socket", "camera.service"] {
        bench.set(&format!("{running}.active"), "active");
    }
    let pause = Pause::begin_with(bench.systemctl(), &units, &bench.lease(), LIMIT).unwrap();
    assert!(pause.has_stopped());
    bench.kill(pause);
    let said = bench.recover().unwrap().unwrap();
    assert!(said.contains("camera.service was started again") && said.contains("web.socket"), "{said}");
    let calls = fs::read_to_string(bench.path("calls")).unwrap();
    let calls: Vec<&str> = calls.lines().filter(|call| call.starts_with("user")).collect();
    let expected =
        ["user stop web.socket", "user stop camera.service", "user start camera.service", "user start web.socket"];
    assert_eq!(calls, expected);
    let command = Unit::of_owner("camera.service").command("start");
    assert_eq!(command, "systemctl --user start camera.service");
}
