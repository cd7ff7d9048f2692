//! The folder that a plan sends to, and whether it is the plan's own.
//!
//! Invariant: a folder of another machine is written to only when it was empty at the first time, or has the mark that
//! was put there then. A disk that is not mounted there is an empty folder, and is left so.
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Error;
use crate::base::handover::{self, make_folder, make_folders};
use crate::base::plain::read_plain_text;
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostName, Remote};
use crate::domain::monitor::Monitor;
use crate::domain::order::SyncWish;
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::domain::plan::remote::{SyncSettings, SyncTarget};
use crate::host::judged;
use crate::host::own_files::OwnFiles;
use crate::host::rsync::Rsync;
use crate::host::ssh;
use crate::work::Tools;

/// Lies in the folder of another machine that is ours.
const MARK: &str = ".allsky-backups-sync.json";
/// On a destination of this machine, with a folder for each plan.
const SYNCED: &str = "synced";
/// Longer than any mark.
const MOST: u64 = 4 << 10;

/// A target that can be written to.
pub(super) enum Target {
    Here(PathBuf),
    There(Box<There>),
}

/// A folder of another machine.
pub(super) struct There {
    pub remote: Remote,
    pub ssh: OsString,
    /// As rsync has to name it: a key may lead to it by itself.
    pub path: RemotePath,
}

/// What lies at the target, and in our state, of one beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    plan: PlanName,
    id: Uuid,
}

impl Target {
    /// What rsync is told: the target itself, or a folder below it that ends with `/`.
    pub fn argument(&self, below: &str) -> OsString {
        match self {
            Target::Here(path) => path.join(below).into_os_string(),
            Target::There(there) => there.argument(below).into(),
        }
    }

    pub fn put_options(&self, command: &mut Command) {
        if let Target::There(there) = self {
            there.put_options(command);
        }
    }

    pub fn path(&self) -> RemotePath {
        match self {
            Target::Here(_) => RemotePath::home(),
            Target::There(there) => there.path.clone(),
        }
    }

    pub fn patience(&self) -> Duration {
        match self {
            // A disk of this machine that hangs keeps rsync waiting; a large folder takes long.
            Target::Here(_) => Duration::from_secs(3600),
            Target::There(there) => there.remote.patience(),
        }
    }
}

impl There {
    fn put_options(&self, command: &mut Command) {
        command.arg(format!("--timeout={}", self.remote.timeout_s)).arg("-e").arg(&self.ssh);
    }

    fn argument(&self, below: &str) -> String {
        format!("{}:{}{below}", self.remote.address.for_rsync(), self.path.for_rsync())
    }
}

/// Opens the target of `plan`, and makes it ours where it is a folder that nobody uses yet.
pub(super) fn open(
    tools: &Tools,
    plan: &Plan,
    settings: &SyncSettings,
    (rsync, wish): (Rsync, SyncWish),
    monitor: &dyn Monitor,
) -> Result<Target, Error> {
    match &settings.target {
        SyncTarget::Here(name) => {
            let drive = tools.drives.iter().find(|drive| drive.name == *name);
            let drive = drive.ok_or_else(|| crate::work::Error::NoDestination(name.clone()))?;
            let ready = drive.fetch().map_err(crate::work::Error::from)?;
            let folder = ready.dir().path().join(SYNCED);
            let path = folder.join(plan.name.as_str());
            make_folders(&folder, 0o700)?;
            match make_folder(&path, 0o700) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
                _ => Ok(Target::Here(path)),
            }
        }
        SyncTarget::There(address, path) => {
            let host: Option<HostName> = address.host().parse().ok();
            let host = host.and_then(|name| tools.hosts.iter().find(|host| host.name == name));
            let (remote, own) = match host.and_then(|host| Some((host, host.remote()?))) {
                Some((host, remote)) => {
                    let remote = Remote { path: path.clone(), ..remote.clone() };
                    (remote, OwnFiles::of(&tools.state_dir, &host.name))
                }
                None => (settings.remote(address, path), OwnFiles::of_plan(&tools.state_dir, &plan.name)),
            };
            let ssh = ssh::as_one_text(&ssh::words_for_work(&remote, &own));
            let mut there = There { remote, ssh, path: path.clone() };
            let names = names(&mut there, rsync, monitor).map_err(|error| error.at(&settings.target.to_string()))?;
            own_it(tools, plan, settings, (&there, &names), (rsync, wish), monitor)?;
            Ok(Target::There(Box::new(there)))
        }
    }
}

/// The names in the folder. A key that leads to the folder by itself is found by what the host says of the whole path.
fn names(there: &mut There, rsync: Rsync, monitor: &dyn Monitor) -> Result<Vec<String>, Error> {
    match list(there, rsync, monitor) {
        Err(Error::Sending { source: RemoteError::LeadsToTheFolder | RemoteError::CommandRefused(_), .. })
            if there.path != RemotePath::home() =>
        {
            there.path = RemotePath::home();
            list(there, rsync, monitor)
        }
        other => other,
    }
}

fn list(there: &There, rsync: Rsync, monitor: &dyn Monitor) -> Result<Vec<String>, Error> {
    let mut command = rsync.listing(&there.remote, &there.ssh);
    command.args(["--", &there.argument("")]);
    let mut names = Vec::new();
    let mut hear = |line: &str| {
        // The name comes behind mode, size, date and time.
        let name = line.splitn(5, char::is_whitespace).last().unwrap_or_default();
        let name = name.trim_start().split_once(char::is_whitespace).map_or(name, |(_, name)| name);
        if !line.ends_with(" .") && names.len() < 1000 {
            names.push(name.to_owned());
        }
    };
    ask(there, &mut command, &mut hear, monitor)?;
    Ok(names)
}

fn ask(there: &There, command: &mut Command, hear: &mut dyn FnMut(&str), monitor: &dyn Monitor) -> Result<(), Error> {
    let mut log = |line: &str| monitor.log(line);
    let told = (hear, &mut log as &mut dyn FnMut(&str));
    let mut go_on = || Ok::<_, Error>(monitor.checkpoint()?);
    judged::run(command, &there.path, there.remote.patience(), told, &mut go_on).map(drop)
}

/// Compares the mark there with ours; puts one there at the first time.
fn own_it(
    tools: &Tools,
    plan: &Plan,
    settings: &SyncSettings,
    (there, names): (&There, &[String]),
    (rsync, wish): (Rsync, SyncWish),
    monitor: &dyn Monitor,
) -> Result<(), Error> {
    let name = settings.target.to_string();
    let folder = tools.state_dir.join("sync").join(plan.name.as_str());
    make_folders(&folder, 0o700)?;
    let own_file = folder.join("mark.json");
    let own = read(&own_file);
    let has_mark = names.iter().any(|name| name.ends_with(MARK));
    let fetched = folder.join("fetched");
    if has_mark {
        let mut command = rsync.sending();
        there.put_options(&mut command);
        command.arg("--").arg(there.argument(MARK)).arg(&fetched);
        ask(there, &mut command, &mut |_| {}, monitor).map_err(|error| error.at(&name))?;
        let found = read(&fetched);
        let _ = fs::remove_file(&fetched);
        return match (found, own) {
            (Some(found), Some(own)) if found == own => Ok(()),
            // A new state folder, or another camera that was put in the place of this one, goes on by request alone.
            (Some(found), _) if found.plan == plan.name && wish == SyncWish::BeginAnew => keep(&own_file, &found),
            _ => Err(Error::NotOurs(name)),
        };
    }
    match own {
        Some(_) if wish != SyncWish::BeginAnew => return Err(Error::MarkGone(name)),
        _ if !names.is_empty() => return Err(Error::NotOurs(name)),
        _ => {}
    }
    let mark = Mark { plan: plan.name.clone(), id: Uuid::now_v7() };
    let to_send = folder.join(MARK);
    keep(&to_send, &mark)?;
    let mut command = rsync.sending();
    there.put_options(&mut command);
    command.arg("--").arg(&to_send).arg(there.argument(""));
    ask(there, &mut command, &mut |_| {}, monitor).map_err(|error| error.at(&name))?;
    keep(&own_file, &mark)
}

fn read(file: &Path) -> Option<Mark> {
    serde_json::from_str(&read_plain_text(file, MOST).ok()?).ok()
}

/// Whole or not at all.
fn keep(file: &Path, mark: &Mark) -> Result<(), Error> {
    let beside = file.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut new = handover::open_or_make(&beside)?;
    new.write_all(serde_json::to_string(mark).map_err(io::Error::other)?.as_bytes())?;
    new.sync_all()?;
    Ok(fs::rename(&beside, file)?)
}
