//! How work that takes long reports to its watchers: what is remembered, what may be dropped, and where
//! the work can be stopped.
use serde::{Deserialize, Serialize};

/// A step of a job that the owner sees as one line of the staircase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What is there, how large, is there room.
    Survey,
    /// The camera rests.
    Pause,
    CopyDatabases,
    Resume,
    Write,
    /// An archive goes to another destination.
    CopyArchive,
    /// The camera's settings go to the drive that its nights are kept on.
    CopySettings,
    /// Pictures go to the drive and are read back from it.
    CopyNights,
    /// Files of a host go to its snapshot.
    CopyFiles,
    /// Files of a snapshot are read from the drive, beside their place.
    FetchFiles,
    /// A saved night is read from the drive, beside the camera's pictures.
    FetchNight,
    /// Every byte is read back from the disk.
    ReadBack,
    /// Final name, made durable.
    Store,
    Receive,
    Inspect,
    Verify,
    Delete,
    /// The pre-restore checks and what would change.
    Check,
    /// New files are written beside those they will replace.
    Unpack,
    /// All old or all new.
    Swap,
    /// Does the camera come back?
    Watch,
    /// What was replaced comes back.
    PutBack,
    /// A program of the owner.
    Hook,
    /// Snapshots and archives go to the target of their plan.
    Send,
}

impl Stage {
    /// Words for the page, in the present: "Reading back every byte".
    pub fn label(self) -> &'static str {
        match self {
            Stage::Survey => "Looking at what is there",
            Stage::Pause => "Pausing the camera",
            Stage::CopyDatabases => "Copying databases",
            Stage::Resume => "Starting the camera",
            Stage::Write => "Writing the archive",
            Stage::CopyArchive => "Copying the archive",
            Stage::CopySettings => "Saving the camera's settings on the drive",
            Stage::CopyNights => "Copying nights and reading them back",
            Stage::CopyFiles => "Copying what is new",
            Stage::FetchFiles => "Reading the files from the drive",
            Stage::FetchNight => "Reading the night from the drive",
            Stage::ReadBack => "Reading back every byte",
            Stage::Store => "Putting it in place",
            Stage::Receive => "Receiving",
            Stage::Inspect => "Checking what is inside",
            Stage::Verify => "Verifying",
            Stage::Delete => "Deleting",
            Stage::Check => "Checking archive and camera",
            Stage::Unpack => "Unpacking beside the camera",
            Stage::Swap => "Putting everything in place at once",
            Stage::Watch => "Watching the camera come back",
            Stage::PutBack => "Putting the old files back",
            Stage::Hook => "Running a hook",
            Stage::Send => "Sending what is new",
        }
    }
}

/// How far the present stage is. `total` 0 = not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub done_bytes: u64,
    pub total_bytes: u64,
    pub done_files: u64,
    pub total_files: u64,
    /// What is being worked on, printable.
    pub now: String,
}

/// The owner pressed Cancel; travels up as an error and leaves nothing behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// The last argument of every long function. Called from several threads at once.
pub trait Monitor: Sync {
    /// All stages, told once before the first begins.
    fn stages(&self, all: &[Stage]);
    /// This one begins. Remembered, never lost.
    fn stage(&self, stage: Stage);
    /// Something the owner should know, although the work goes on. Remembered, never lost.
    fn warn(&self, warning: String);
    /// May be dropped; the newest wins.
    fn progress(&self, progress: Progress);
    /// Where cancel happens: call at least every 4 MiB or 100 ms.
    fn checkpoint(&self) -> Result<(), Cancelled>;
    /// A line that a program said, for the log of the step. Kept for some weeks, up to a limit of the log.
    fn log(&self, _: &str) {}
    /// A part that must not be cut begins or ends; a monitor that stands between others passes it on. Work calls
    /// [`protect`] instead.
    fn protected(&self, _: Protection) {}
}

/// What happens to a part that must not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    Begins(&'static str),
    Ends,
}

/// Keeps a cancel waiting as long as it lives. It is a monitor itself, for what is called meanwhile.
pub struct Protected<'a> {
    inner: &'a dyn Monitor,
}

/// The last chance to cancel; then a cancel waits until the value that this gives is dropped. `what` ends the sentence
/// "Cancelling, as soon as …".
pub fn protect<'a>(inner: &'a dyn Monitor, what: &'static str) -> Result<Protected<'a>, Cancelled> {
    inner.checkpoint()?;
    inner.protected(Protection::Begins(what));
    Ok(Protected { inner })
}

impl Drop for Protected<'_> {
    fn drop(&mut self) {
        self.inner.protected(Protection::Ends);
    }
}

impl Monitor for Protected<'_> {
    fn stages(&self, all: &[Stage]) {
        self.inner.stages(all);
    }
    fn stage(&self, stage: Stage) {
        self.inner.stage(stage);
    }
    fn warn(&self, warning: String) {
        self.inner.warn(warning);
    }
    fn progress(&self, progress: Progress) {
        self.inner.progress(progress);
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        Ok(())
    }
    fn log(&self, line: &str) {
        self.inner.log(line);
    }
    fn protected(&self, change: Protection) {
        self.inner.protected(change);
    }
}

/// Nobody watches.
pub struct Unwatched;

impl Monitor for Unwatched {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, _: String) {}
    fn progress(&self, _: Progress) {}
    fn checkpoint(&self) -> Result<(), Cancelled> {
        Ok(())
    }
}
