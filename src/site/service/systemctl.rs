//! Asks systemd, through its own program, and waits for what it says to become true.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::base::process;
use crate::domain::unit::{Manager, Unit};

/// There on every machine that systemd runs.
const BOOTED: &str = "/run/systemd/system";
/// How long a question may take.
const ANSWER: Duration = Duration::from_secs(20);

/// What systemd says of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// `active`, `inactive`, `activating`, `deactivating`, `failed`, `reloading`.
    pub active: String,
    /// `running`, `dead`, `auto-restart` …
    pub sub: String,
    /// Another one for each start; empty before the first.
    pub invocation: String,
}

impl State {
    /// Up, or on its way up.
    pub fn is_running(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading")
    }
    pub fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }
    fn is_down(&self) -> bool {
        matches!(self.active.as_str(), "inactive" | "failed")
    }
    pub fn is_another_run_than(&self, before: &State) -> bool {
        !self.invocation.is_empty() && !before.invocation.is_empty() && self.invocation != before.invocation
    }
}

/// The program that speaks with systemd.
#[derive(Debug, Clone)]
pub struct Systemctl {
    program: OsString,
}

impl Systemctl {
    pub fn on_path() -> Self {
        Systemctl { program: "systemctl".into() }
    }

    #[cfg(test)]
    pub fn at(program: &std::path::Path) -> Self {
        Systemctl { program: program.into() }
    }

    /// `None` where there is no systemd.
    pub fn state(&self, unit: &Unit) -> Result<Option<State>, Error> {
        let args = ["show", "-p", "ActiveState,SubState,InvocationID"];
        let output = match self.run(&args, unit, ANSWER) {
            Ok(output) => output,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(failed("show", unit, &why.to_string())),
        };
        if !output.status.success() {
            // The program is installed, but another init runs the machine, as in a container.
            if output.stderr.contains("not been booted with systemd") || !Path::new(BOOTED).exists() {
                return Ok(None);
            }
            return Err(failed("show", unit, &output.stderr));
        }
        let said: BTreeMap<&str, &str> = output.stdout.lines().filter_map(|line| line.split_once('=')).collect();
        let value = |key: &str| said.get(key).map(|value| value.trim().to_owned());
        Ok(value("ActiveState").map(|active| State {
            active,
            sub: value("SubState").unwrap_or_default(),
            invocation: value("InvocationID").unwrap_or_default(),
        }))
    }

    /// Stops `unit` and waits until it is down.
    pub fn stop(&self, unit: &Unit, limit: Duration) -> Result<(), Error> {
        self.change("stop", unit, limit, State::is_down, |_| false)
    }

    /// Starts `unit` and waits until it is active; a unit that ends at once has failed.
    pub fn start(&self, unit: &Unit, limit: Duration) -> Result<(), Error> {
        self.change("start", unit, limit, State::is_up, State::is_down)
    }

    fn change(
        &self,
        verb: &'static str,
        unit: &Unit,
        limit: Duration,
        reached: impl Fn(&State) -> bool,
        hopeless: impl Fn(&State) -> bool,
    ) -> Result<(), Error> {
        let end = Instant::now() + limit;
        let output = self.run(&[verb], unit, limit).map_err(|why| failed(verb, unit, &why.to_string()))?;
        if !output.status.success() {
            return Err(failed(verb, unit, &output.stderr));
        }
        let mut nap = Duration::from_millis(5);
        loop {
            // A unit that systemd no longer knows will not come up by waiting.
            let Some(state) = self.state(unit)? else { return Err(failed(verb, unit, "systemd does not answer")) };
            if reached(&state) {
                return Ok(());
            }
            if hopeless(&state) || Instant::now() >= end {
                return Err(failed(verb, unit, &format!("it is {} ({})", state.active, state.sub)));
            }
            std::thread::sleep(nap);
            nap = (nap * 2).min(Duration::from_millis(200));
        }
    }

    fn run(&self, args: &[&str], unit: &Unit, limit: Duration) -> io::Result<process::Output> {
        let mut line = match unit.manager {
            Manager::System => Vec::new(),
            Manager::User => vec!["--user"],
        };
        line.extend(args);
        line.push(&unit.name);
        process::run(&self.program.to_string_lossy(), &line, limit)
    }
}

fn failed(verb: &'static str, unit: &Unit, said: &str) -> Error {
    Error::Systemctl { verb, unit: unit.clone(), said: said.trim().to_owned() }
}
