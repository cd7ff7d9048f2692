//! What of a plan goes to its target: the snapshots of each of its hosts with all that belongs to them, and the archives
//! of its destination.
//!
//! Invariant: nothing else changes the snapshots of a host while they go, and what is half made here does not go.
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Command;

use super::error::Error;
use crate::domain::host::settings::HostName;
use crate::domain::plan::Plan;
use crate::domain::retention::decision::RetentionGate;
use crate::domain::snapshot::marker::MARKER_FILE;
use crate::work::Tools;
use crate::work::snapshot::frozen;
use crate::work::snapshot::places::{self, Held};

/// One thing that goes.
pub(super) struct Set {
    /// Where it lies at the target: `hosts/pi`, `archives`.
    pub name: String,
    /// The folder that rsync begins in.
    begin: OwnedFd,
    from: &'static str,
    /// What stays here.
    rules: Vec<String>,
    /// What says that a snapshot is whole, which goes last.
    pub markers: Vec<String>,
    /// Why nothing of it goes, or nothing is deleted there.
    pub gate: RetentionGate,
    /// The lock of the snapshots.
    _held: Option<Held>,
}

impl Set {
    /// The snapshots of a host, locked.
    pub fn of_host(tools: &Tools, name: &HostName) -> Result<Set, Error> {
        let host = places::host(tools, name)?;
        let held = places::hold(tools, host)?;
        let all =
            held.store.snapshots().map_err(crate::work::snapshot::Error::io("the snapshots could not be read"))?;
        let gate = frozen::gate(tools, &all)?;
        let begin = held.ready.dir().as_fd().try_clone_to_owned()?;
        let top = format!("/hosts/{name}");
        let mut rules: Vec<String> = ["", "/hourly", "/golden"]
            .iter()
            .flat_map(|folder| [".partial-*", ".trash-*"].map(|litter| format!("{top}{folder}/{litter}")))
            .collect();
        rules.push(format!("{top}/archives/.*"));
        let markers = ["hourly", "golden"].map(|kind| format!("{top}/{kind}/*/{MARKER_FILE}")).to_vec();
        Ok(Set { name: format!("hosts/{name}"), begin, from: "hosts", rules, markers, gate, _held: Some(held) })
    }

    /// The archives where `plan` makes them.
    pub fn of_archives(tools: &Tools, plan: &Plan) -> Result<Set, Error> {
        let there = tools.on(&plan.destination)?;
        let begin = std::fs::File::open(there.folder.path())?.into();
        let (rules, markers) = (vec!["/.*".to_owned()], Vec::new());
        let gate = RetentionGate::Sound;
        Ok(Set { name: "archives".to_owned(), begin, from: "archives", rules, markers, gate, _held: None })
    }

    /// Lets `command` begin here, and says what goes and what stays. Where it goes to comes behind it.
    pub fn put(&self, command: &mut Command) {
        command.current_dir(format!("/proc/self/fd/{}", self.begin.as_fd().as_raw_fd()));
        for rule in &self.rules {
            command.arg(format!("--filter=- {rule}"));
        }
        // The folders above the snapshots of a host are made at the target as well.
        if self.is_of_host() {
            command.arg("--relative");
        }
    }

    pub fn from(&self) -> String {
        if self.is_of_host() { format!("{}/", self.name) } else { "./".to_owned() }
    }

    /// The folder below the target that it goes to.
    pub fn below(&self) -> &str {
        if self.is_of_host() { "" } else { "archives/" }
    }

    fn is_of_host(&self) -> bool {
        self.from == "hosts"
    }
}
