//! rsync called once for a set.
use super::error::Error;
use super::sets::Set;
use super::target::Target;
use crate::domain::monitor::Monitor;
use crate::domain::plan::remote::{Compare, SyncSettings};
use crate::host::judged;
use crate::host::rsync::Rsync;

/// What arrived of a large file before a cut lies here, so that the next run goes on with it.
const PARTIAL: &str = "--partial-dir=.allsky-backups-rsync-partial";

/// What is the same for all passes of one run.
pub(super) struct Passes<'a> {
    pub rsync: Rsync,
    pub target: &'a Target,
    pub settings: &'a SyncSettings,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Only looks, with figures of all.
    Survey,
    /// All but what says that something is whole.
    Content,
    Everything,
    /// Only looks, and names what differs.
    Compare,
}

/// Whether what is gone here goes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletions {
    Follow,
    Hold,
}

impl Passes<'_> {
    pub fn run(
        &self,
        set: &Set,
        (goal, deletions): (Goal, Deletions),
        hear: &mut dyn FnMut(&str),
        monitor: &dyn Monitor,
    ) -> Result<(), Error> {
        let mut command = self.rsync.sending();
        set.put(&mut command);
        let words: &[&str] = match goal {
            Goal::Survey => &["--dry-run", "--stats"],
            Goal::Compare => &["--dry-run", "--itemize-changes"],
            Goal::Content | Goal::Everything => &[PARTIAL, "--info=progress2,name0,flist0"],
        };
        command.args(words);
        if goal == Goal::Content {
            command.args(set.markers.iter().map(|marker| format!("--filter=- {marker}")));
        }
        if goal == Goal::Compare && self.settings.compare == Compare::Digest {
            command.arg("--checksum");
        }
        if deletions == Deletions::Follow {
            command.arg("--delete-after");
        }
        if self.settings.compress && matches!(self.target, Target::There(_)) {
            command.arg("--compress");
        }
        if self.settings.bwlimit_kib > 0 {
            command.arg(format!("--bwlimit={}", self.settings.bwlimit_kib));
        }
        self.target.put_options(&mut command);
        command.arg("--").arg(set.from()).arg(self.target.argument(set.below()));
        let mut log = |line: &str| monitor.log(line);
        let told = (hear, &mut log as &mut dyn FnMut(&str));
        let mut go_on = || Ok::<_, Error>(monitor.checkpoint()?);
        let left = judged::run(&mut command, &self.target.path(), self.target.patience(), told, &mut go_on);
        let left = left.map_err(|error| error.at(&self.settings.target.to_string()))?;
        // Nothing may be missing of what has been taken already.
        let lost = left.unreadable.count + left.not_held.count + left.vanished;
        let first = left.unreadable.first.first().or(left.not_held.first.first());
        match (lost, first) {
            (0, _) => Ok(()),
            (count, first) => {
                let first = first.map_or("it vanished".to_owned(), |(name, why)| format!("{name}: {why}"));
                Err(Error::Unread { count, first })
            }
        }
    }
}
