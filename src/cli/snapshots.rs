//! `snapshots …`: snapshots of hosts are taken, listed, looked into, given back, verified, and let go.
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use super::Session;
use super::extract::Out;
use super::reading::ReadingSession;
use super::screen::{Align, Table, stamp};
use super::snapshot_alerts::Answered;
use super::snapshot_words::{changes, content, lines, taken};
use super::watch::Watch;
use crate::api::dry_run::{DryRun, Previews, Taking};
use crate::api::list::Items;
use crate::base::counted::counted;
use crate::base::size::Bytes;
use crate::destination::snapshots::store::{Mark, Said};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Code, Failure};
use crate::domain::host::settings::HostName;
use crate::domain::order::{Order, Original, SnapshotOrder, When};
use crate::domain::retention::decision::Fate;
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::{CameSince, Existing, SnapshotPath, SnapshotRequest};
use crate::work::snapshot::delete::may_delete;
use crate::work::snapshot::list::{self, Item};
use crate::work::snapshot::ls::ls;
use crate::work::snapshot::mark;
use crate::work::snapshot::places;
use crate::work::snapshot::prune::would_prune;
use crate::work::snapshot::pull::would_take;

#[derive(Debug, Subcommand)]
pub enum Snapshots {
    /// Take a snapshot of a host now; one of this hour that is there already stays as it is
    Take {
        host: HostName,
        /// Only say what it would have, and how much would be written
        #[arg(long)]
        dry_run: bool,
    },
    /// Every snapshot of a host, or of all hosts, the oldest first
    List { host: Option<HostName> },
    /// What is known of a snapshot
    Show {
        host: HostName,
        /// Its hour as `snapshots list` shows it [default: the newest]
        snapshot: Option<SnapshotName>,
    },
    /// Let snapshots go that the rules of the host no longer keep
    Prune {
        host: HostName,
        /// Only say what would go, and why everything else stays
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete one snapshot for good; never the newest good one, and never one that is pinned or under an alarm
    Delete {
        host: HostName,
        snapshot: SnapshotName,
        /// Really delete it; without this nothing changes
        #[arg(long)]
        yes: bool,
    },
    /// Keep a snapshot whatever the rules say
    Pin { host: HostName, snapshot: SnapshotName },
    /// Take the pin away
    Unpin { host: HostName, snapshot: SnapshotName },
    /// Say that a snapshot is good, although so much was gone at the host when it was taken
    Trust { host: HostName, snapshot: SnapshotName },
    /// Snapshots in which something is out of the ordinary: files that turned into noise, masses that changed or are gone
    Alerts { host: Option<HostName> },
    /// Say what the alarm of a snapshot was
    Alert {
        host: HostName,
        snapshot: SnapshotName,
        #[command(flatten)]
        answer: Answered,
    },
    /// What lies in a folder of a snapshot
    Ls {
        host: HostName,
        snapshot: SnapshotName,
        /// [default: the top]
        path: Option<OsString>,
    },
    /// Find files, folders and links of a snapshot by a part of their name
    Find {
        host: HostName,
        snapshot: SnapshotName,
        text: String,
        /// Only below this folder
        #[arg(long, value_name = "PATH")]
        below: Option<OsString>,
    },
    /// Give files and folders back, into a folder; nothing that is there is replaced. `undo` takes it back
    Restore {
        host: HostName,
        snapshot: SnapshotName,
        /// As `snapshots ls` shows them [default: everything]
        paths: Vec<OsString>,
        /// Made when it is missing
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Replace what is there under these names, folders as wholes
        #[arg(long)]
        overwrite: bool,
        /// In folders that are replaced, files that are not in the snapshot stay
        #[arg(long, requires = "overwrite")]
        keep_newer: bool,
        /// Only say what would be new, replaced and the same
        #[arg(long)]
        dry_run: bool,
    },
    /// Read every file of a snapshot again and compare it with what was saved; exit code 1 when it is damaged
    Verify {
        host: HostName,
        /// An hour, a golden month like 2026-03, or the name of an archive [default: the newest snapshot]
        what: Option<Copy>,
    },
    /// Make a .tar.gz of the newest good snapshot, beside the snapshots on the drive
    Archive {
        host: HostName,
        /// Only when the newest archive is as old as the configuration says
        #[arg(long)]
        if_due: bool,
    },
    /// Write one file of an archive of a host to standard output, or to a place of its own
    Extract {
        host: HostName,
        name: String,
        /// Like files/notes/todo.txt
        path: OsString,
        #[command(flatten)]
        out: Out,
    },
    /// Move all snapshots of a host to another destination, such as a larger drive, with golden months and archives, and
    /// with everything that they share. At the end the configuration leads there. One that was interrupted is gone on with
    Move {
        host: HostName,
        /// Name of a destination, as `dest list` shows it
        to: DestinationName,
        /// Then remove the old set; else it stays where it is. Also after a move, for a set that stayed
        #[arg(long)]
        remove: bool,
        /// Only say what there is, and how much room it needs
        #[arg(long, conflicts_with = "remove")]
        dry_run: bool,
    },
    /// Take over snapshots that other programs made, side by side in one folder: rsync-time-backup, rsnapshot, and folders
    /// called by their hour or day. On the drive of the host each is renamed into its place, else copied with its links
    Adopt {
        path: PathBuf,
        /// Whose they are [default: what their names say, or the only host]
        #[arg(long)]
        host: Option<HostName>,
        /// Leave the folders where they are: their files get second names
        #[arg(long)]
        keep: bool,
        /// Only say what would be taken, with its time, and what not, and why
        #[arg(long)]
        dry_run: bool,
    },
    /// Make the golden month of now: a full copy of the newest good snapshot that shares no file with it
    Golden {
        host: HostName,
        /// Only when it is owed; then also read again what was not read for long
        #[arg(long)]
        if_due: bool,
    },
}

impl Session {
    pub(super) fn snapshots(&self, what: Snapshots) -> Result<ExitCode, Failure> {
        match what {
            Snapshots::Take { host, dry_run: false } => {
                return self.carry_out(Order::Snapshot(SnapshotOrder::Take { host }));
            }
            Snapshots::Prune { host, dry_run: false } => {
                return self.carry_out(Order::Snapshot(SnapshotOrder::Prune { host }));
            }
            Snapshots::Delete { host, snapshot, yes } => {
                may_delete(&self.tools, &host, snapshot)?;
                if !yes {
                    return Err(Failure {
                        code: Code::Usage,
                        message: format!(
                            "nothing was deleted; the snapshot {snapshot} of {host} cannot be brought back"
                        ),
                        advice: format!(
                            "To delete it for good: allsky-backups snapshots delete {host} {snapshot} --yes"
                        ),
                    });
                }
                return self.carry_out(Order::Snapshot(SnapshotOrder::Delete { host, snapshot }));
            }
            Snapshots::Verify { host, what } => {
                return self.carry_out(Order::Snapshot(match what {
                    Some(Copy::Archive(name)) => SnapshotOrder::VerifyArchive { host, name },
                    Some(Copy::Golden(month)) => SnapshotOrder::VerifyGolden { host, month },
                    Some(Copy::Snapshot(name)) => SnapshotOrder::Verify { host, snapshot: Some(name) },
                    None => SnapshotOrder::Verify { host, snapshot: None },
                }));
            }
            Snapshots::Archive { host, if_due } => {
                return self.carry_out(Order::Snapshot(SnapshotOrder::Archive {
                    host,
                    when: if if_due { When::Due } else { When::Now },
                }));
            }
            Snapshots::Golden { host, if_due } => {
                return self.carry_out(Order::Snapshot(SnapshotOrder::MakeGolden {
                    host,
                    when: if if_due { When::Due } else { When::Now },
                }));
            }
            Snapshots::Adopt { path, host, keep, dry_run: false } => {
                let original = if keep { Original::Stays } else { Original::Goes };
                return self.carry_out(self.adoption(path, host, original)?);
            }
            Snapshots::Adopt { path, host, keep, dry_run: true } => {
                let original = if keep { Original::Stays } else { Original::Goes };
                self.reading().would_adopt(&path, host, original)?;
            }
            Snapshots::Move { host, to, remove, dry_run: false } => {
                let old = if remove { Original::Goes } else { Original::Stays };
                return self.carry_out(Order::Snapshot(SnapshotOrder::Move { host, to, old }));
            }
            Snapshots::Extract { host, name, path, out } => {
                let tools = Arc::new(places::archives_to_read(&self.tools, &host)?);
                let reading = ReadingSession::of(self.screen, tools);
                reading.extract(&name, &path, &out)?;
            }
            Snapshots::Restore { host, snapshot, paths, to, overwrite, keep_newer, dry_run } => {
                let existing = if overwrite { Existing::IsReplaced } else { Existing::Stays };
                let paths = paths.into_iter().map(within).collect::<Result<Vec<_>, _>>()?;
                let to = std::path::absolute(to).map_err(|why| odd(why.to_string()))?;
                let since = if keep_newer { CameSince::Stays } else { CameSince::Goes };
                let request = Box::new(SnapshotRequest { host, snapshot, paths, to, existing, since });
                if dry_run {
                    let request = SnapshotRequest { existing: Existing::IsReplaced, ..*request };
                    self.reading().would_give_back(&request)?;
                    return Ok(ExitCode::SUCCESS);
                }
                return self.carry_out(Order::Snapshot(SnapshotOrder::Restore { request }));
            }
            Snapshots::Pin { host, snapshot } => self.say_of(&host, snapshot, Mark::Pinned, Said::Yes)?,
            Snapshots::Unpin { host, snapshot } => self.say_of(&host, snapshot, Mark::Pinned, Said::No)?,
            Snapshots::Trust { host, snapshot } => self.say_of(&host, snapshot, Mark::Trusted, Said::Yes)?,
            Snapshots::Prune { host, dry_run: true } => self.reading().would_prune_snapshots(&host)?,
            Snapshots::Ls { host, snapshot, path } => self.reading().ls_snapshot(&host, snapshot, path)?,
            Snapshots::Alerts { host } => self.reading().snapshot_alerts(host.as_ref())?,
            Snapshots::Alert { host, snapshot, answer } => self.answer_alert(&host, snapshot, &answer)?,
            Snapshots::Find { host, snapshot, text, below } => {
                self.reading().find_in_snapshot(&host, snapshot, &text, below)?;
            }
            Snapshots::Move { host, to, dry_run: true, .. } => self.reading().would_move(&host, &to)?,
            Snapshots::Take { host, dry_run: true } => self.reading().would_take(&host)?,
            Snapshots::List { host } => self.reading().list_snapshots(host.as_ref())?,
            Snapshots::Show { host, snapshot } => self.reading().show_snapshot(&host, snapshot)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn say_of(&self, host: &HostName, name: SnapshotName, mark: Mark, said: Said) -> Result<(), Failure> {
        let marked = mark::mark(&self.tools, host, name, mark, said)?;
        self.screen.show(&marked, |out| {
            let pinned = if marked.pinned { "pinned" } else { "not pinned" };
            let trusted = if marked.trusted { "trusted" } else { "not trusted" };
            writeln!(out, "{} of {} is {pinned} and {trusted}", marked.snapshot, marked.host)
        })
    }
}

pub(super) fn within(path: OsString) -> Result<SnapshotPath, Failure> {
    SnapshotPath::try_from(path.into_vec()).map_err(odd)
}

/// One of the copies of a host.
#[derive(Debug, Clone)]
pub enum Copy {
    Snapshot(SnapshotName),
    Golden(Month),
    Archive(ArchiveName),
}

impl std::str::FromStr for Copy {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let archive = || ArchiveName::parse(text).ok().map(Copy::Archive);
        let month = || text.parse().ok().map(Copy::Golden);
        let snapshot = text.parse::<SnapshotName>();
        match snapshot {
            Ok(name) => Ok(Copy::Snapshot(name)),
            Err(why) => month().or_else(archive).ok_or(why),
        }
    }
}

fn odd(message: String) -> Failure {
    let advice = "`allsky-backups snapshots ls HOST SNAPSHOT` shows the paths.".into();
    Failure { code: Code::Usage, message, advice }
}

impl ReadingSession {
    /// Touches nothing.
    pub(super) fn would_take(&self, host: &HostName) -> Result<(), Failure> {
        let watch = Watch::new();
        let looked = would_take(&self.tools, host, &watch);
        watch.finish(&[]);
        let looked = looked?;
        self.screen.show(&DryRun::of(Taking { snapshot: &looked }), |out| {
            if looked.skipped {
                return taken(&looked, out);
            }
            writeln!(out, "{} of {} would have {}", looked.snapshot, looked.host, content(&looked.counts))?;
            writeln!(out, "{} would be written", Bytes(looked.counts.added_bytes))
        })
    }

    /// Touches nothing.
    pub(super) fn would_prune_snapshots(&self, host: &HostName) -> Result<(), Failure> {
        let preview = would_prune(&self.tools, host)?;
        self.screen.show(&DryRun::of(Previews { items: [&preview] }), |out| {
            for line in &preview.lines {
                let action = if line.action == Fate::Drop { "delete" } else { "keep" };
                writeln!(out, "{action:<6}  {}  {}", line.snapshot, line.why)?;
            }
            for line in &preview.others {
                let action = if line.action == Fate::Drop { "delete" } else { "keep" };
                writeln!(out, "{action:<6}  {}  {}  {}", line.thing, Bytes(line.bytes), line.why)?;
            }
            let bytes = Bytes(preview.others_going().map(|line| line.bytes).sum());
            let (snapshots, things) = (preview.going().count() as u64, preview.others_going().count());
            let snapshots = counted(snapshots, "snapshot");
            writeln!(out, "RESULT {snapshots} and {things} archives or golden months with {bytes} would go")
        })
    }

    pub(super) fn ls_snapshot(
        &self,
        host: &HostName,
        name: SnapshotName,
        path: Option<OsString>,
    ) -> Result<(), Failure> {
        let path = path.map(within).transpose()?;
        let found = ls(&self.tools, host, name, path.as_ref())?;
        self.screen.show(&Items::all(&found), |out| {
            let (left, right) = (Align::Left, Align::Right);
            let mut table = Table::new(&[("MODE", left), ("SIZE", right), ("CHANGED", left), ("NAME", left)]);
            let now = (self.tools.now)();
            for item in &found {
                let changed =
                    jiff::Timestamp::from_second(item.mtime).map_or_else(|_| "-".to_owned(), |at| stamp(at, &now));
                let name = match (&item.target, item.kind) {
                    (Some(target), _) => format!("{} -> {target}", item.name),
                    (None, "folder") => format!("{}/", item.name),
                    (None, _) => item.name.clone(),
                };
                table.row([item.mode.clone(), Bytes(item.bytes).to_string(), changed, name]);
            }
            table.print(out)
        })
    }

    pub(super) fn list_snapshots(&self, host: Option<&HostName>) -> Result<(), Failure> {
        let hosts = list::list(&self.tools, host)?;
        self.screen.show(&Items::all(&hosts), |out| {
            if hosts.is_empty() {
                return writeln!(out, "no host is configured: write it as [[host]] into the configuration");
            }
            hosts.iter().try_for_each(|host| lines(host, &(self.tools.now)(), out))
        })
    }

    pub(super) fn show_snapshot(&self, host: &HostName, name: Option<SnapshotName>) -> Result<(), Failure> {
        let item = list::show(&self.tools, host, name)?;
        self.screen.show(&item, |out| {
            let Item { marker, suspect, .. } = &item;
            writeln!(out, "{} of {}  {}", item.name, marker.host, content(&marker.counts))?;
            writeln!(out, "taken of {} at {}", marker.source.display(), stamp(marker.started, &(self.tools.now)()))?;
            match marker.base {
                Some(base) => writeln!(out, "shares what did not change with {base}")?,
                None => writeln!(out, "all files were copied")?,
            }
            writeln!(out, "{}", changes(&marker.counts))?;
            if item.pinned {
                writeln!(out, "pinned")?;
            }
            suspect.iter().try_for_each(|why| writeln!(out, "NOT TRUSTED: {why}"))
        })
    }
}
