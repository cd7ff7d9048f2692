//! A folder of another machine goes to the folder of a new snapshot, by rsync over ssh.
//!
//! rsync gets the open folder of the snapshot as its working folder, so it writes to the drive that was judged, whatever
//! is mounted meanwhile. It also holds the lock of that folder: what a killed program leaves at work is known as such.
use std::ffi::OsString;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::process::Command;

use super::Error;
use super::rsync_says::{Stats, progress};
use super::survey::Survey;
use super::unchanged::Unchanged;
use crate::destination::snapshots::partial::Partial;
use crate::domain::host::remote_error::RemoteError;
use crate::domain::host::remote_path::RemotePath;
use crate::domain::host::settings::{HostSettings, Remote};
use crate::domain::host::verdict::Left;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::snapshot::counts::Counts;
use crate::domain::snapshot::name::SnapshotName;
use crate::host::judged;
use crate::host::own_files::OwnFiles;
use crate::host::rsync::{Nanos, Rsync};
use crate::host::ssh;
use crate::work::Tools;

/// A folder that no machine has. rsync that only looks does not make it.
const NOWHERE: &str = "/.allsky-backups-compares-with-nothing/";

pub(super) struct RemoteFolder {
    host: HostSettings,
    remote: Remote,
    rsync: Rsync,
    ssh: OsString,
}

/// Where rsync compares with, and where it writes to.
enum Place<'a> {
    /// Only looks; `None` where there is nothing to compare with.
    Look(Option<BorrowedFd<'a>>),
    Fill {
        partial: &'a Partial<'a>,
        base: Option<SnapshotName>,
        brings: Brings,
    },
}

/// What rsync does with what the snapshot before has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brings {
    /// It leaves it out and names it: it opens every folder of a path anew for each link, which costs more than all else.
    WhatIsNew,
    /// It makes the links.
    WithLinks,
}

impl RemoteFolder {
    /// Finds the programs; asks nothing of the host.
    pub fn new(tools: &Tools, host: &HostSettings, remote: &Remote) -> Result<RemoteFolder, Error> {
        let own = OwnFiles::of(&tools.state_dir, &host.name);
        let ssh = ssh::as_one_text(&ssh::words_for_work(remote, &own));
        Ok(RemoteFolder { host: host.clone(), remote: remote.clone(), rsync: Rsync::find()?, ssh })
    }

    /// What is new since `base`, with the counts of that. Goes through all names of the folder at the host.
    pub fn survey(&self, base: Option<(BorrowedFd<'_>, &Counts)>, monitor: &dyn Monitor) -> Result<Survey, Error> {
        let mut stats = Stats::default();
        let place = Place::Look(base.map(|(fd, _)| fd));
        let mut hear = |line: &str| stats.hear(line);
        self.run_where_it_lies(&place, &mut hear, monitor)?;
        Ok(Survey::of_stats(&stats, base.map(|(_, counts)| counts)))
    }

    /// Brings everything. What did not change since `base`, which has these counts, is left out or becomes another name of
    /// the file there.
    pub fn fill(
        &self,
        partial: &Partial<'_>,
        (had, brings): (Option<(SnapshotName, &Counts)>, Brings),
        total: &Counts,
        monitor: &dyn Monitor,
    ) -> Result<Filling, Error> {
        // Which names belong to one file rsync tells with links alone.
        let brings = if self.host.hard_links { Brings::WithLinks } else { brings };
        let mut unchanged = had
            .filter(|_| brings == Brings::WhatIsNew)
            .map(|(_, counts)| Unchanged::new(counts.files + counts.symlinks));
        let hear = |line: &str| {
            if let Some((done_bytes, done_files)) = progress(line) {
                let (total_bytes, total_files) = (total.added_bytes, total.new + total.changed);
                monitor.progress(Progress { done_bytes, total_bytes, done_files, total_files, now: String::new() });
            }
        };
        let mut special = 0;
        let mut hear_all = |line: &str| {
            special += u64::from(line.starts_with("skipping non-regular file "));
            if let Some(unchanged) = &mut unchanged {
                unchanged.hear(line);
            }
            hear(line);
        };
        let base = had.map(|(name, _)| name);
        let place = Place::Fill { partial, base, brings };
        let (left, linked) = match self.run_where_it_lies(&place, &mut hear_all, monitor) {
            Err(Error::Remote(error @ RemoteError::TooManyNames(_))) if base.is_some() => {
                monitor.warn(format!("{error}, so all files were copied anew"));
                partial.clear(&mut || Ok::<_, Error>(monitor.checkpoint()?))?;
                let place = Place::Fill { partial, base: None, brings };
                (self.run_where_it_lies(&place, &mut hear_all, monitor)?, None)
            }
            other => (other?, base),
        };
        if let Some(unchanged) = &mut unchanged {
            unchanged.sort();
        }
        Ok(Filling { left, base: linked, unchanged, special })
    }

    /// A key that leads to the folder by itself is found by what the host says of the whole path.
    fn run_where_it_lies(
        &self,
        place: &Place<'_>,
        hear: &mut dyn FnMut(&str),
        monitor: &dyn Monitor,
    ) -> Result<Left, Error> {
        let home = RemotePath::home();
        match self.run(&self.remote.path, place, hear, monitor) {
            Err(Error::Remote(RemoteError::LeadsToTheFolder | RemoteError::CommandRefused(_)))
                if self.remote.path != home =>
            {
                self.run(&home, place, hear, monitor)
            }
            other => other,
        }
    }

    fn run(
        &self,
        path: &RemotePath,
        place: &Place<'_>,
        hear: &mut dyn FnMut(&str),
        monitor: &dyn Monitor,
    ) -> Result<Left, Error> {
        let nanos = match place {
            Place::Fill { partial, .. } if !partial.keeps_nanos()? => Nanos::NotKept,
            _ => Nanos::Kept,
        };
        let mut command = self.rsync.taking(&self.host, &self.remote, &self.ssh, nanos);
        let mut to = "./";
        match place {
            Place::Look(base) => {
                command.args(["--dry-run", "--stats"]);
                match base {
                    Some(fd) => within(&mut command, *fd),
                    None => to = NOWHERE,
                }
            }
            Place::Fill { partial, base, brings } => {
                within(&mut command, partial.tree().as_fd());
                command.stdin(partial.lock()?).arg("--info=progress2,name0,flist0");
                match (base, brings) {
                    (None, _) => {}
                    (Some(base), Brings::WithLinks) => {
                        command.arg(format!("--link-dest=../../hourly/{base}"));
                    }
                    (Some(base), Brings::WhatIsNew) => {
                        // Named twice, it names what did not change as well.
                        command.args(["--itemize-changes", "--itemize-changes", "--out-format=%i %n"]);
                        command.arg(format!("--compare-dest=../../hourly/{base}"));
                    }
                }
            }
        }
        command.args(["--", &format!("{}:{}", self.remote.address.for_rsync(), path.for_rsync()), to]);
        let mut log = |line: &str| monitor.log(line);
        let told = (hear, &mut log as &mut dyn FnMut(&str));
        judged::run(&mut command, path, self.remote.patience(), told, &mut || Ok::<_, Error>(monitor.checkpoint()?))
    }
}

/// What rsync has brought.
pub(super) struct Filling {
    pub left: Left,
    /// The snapshot that files are shared with.
    pub base: Option<SnapshotName>,
    /// What lies in that alone; `None` when everything lies in the new folder.
    pub unchanged: Option<Unchanged>,
    pub special: u64,
}

/// The open folder becomes the working folder of the program, without a path that could lead elsewhere.
fn within(command: &mut Command, folder: BorrowedFd<'_>) {
    command.current_dir(format!("/proc/self/fd/{}", folder.as_raw_fd()));
}
