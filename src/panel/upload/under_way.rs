//! Uploads in pieces that this program takes at this moment. Others lie on the disk and wait.
//!
//! Invariant: one request at a time brings bytes for an upload, and the newest wins: a line that is dead
//! without knowing it must not hold up the one that goes on.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, watch};
use uuid::Uuid;

use crate::destination::upload_reader::{Progress, UploadWriter};
use crate::domain::job::JobId;

/// How long the request before may take to write down what it has.
const HAND_OVER: Duration = Duration::from_secs(20);
/// Between two pieces it is quiet for a moment.
const QUIET: Duration = Duration::from_secs(10);
/// How many ended uploads are remembered, for browsers that missed the last answer.
const REMEMBERED: usize = 64;

#[derive(Default)]
pub struct RunningUploads(Mutex<HashMap<Uuid, Arc<RunningUpload>>>);

pub struct RunningUpload {
    pub job: JobId,
    pub whose: String,
    pub progress: Progress,
    head: Arc<tokio::sync::Mutex<UploadWriter>>,
    turn: watch::Sender<u64>,
}

/// Somebody's turn to bring bytes.
pub struct WriteTurn {
    pub head: OwnedMutexGuard<UploadWriter>,
    next: watch::Receiver<u64>,
}

impl WriteTurn {
    /// Comes back when somebody else wants the turn.
    pub async fn is_wanted(&mut self) {
        // The sender lives as long as the upload.
        let _ = self.next.changed().await;
    }
}

impl RunningUpload {
    pub fn new(job: JobId, whose: String, head: UploadWriter) -> RunningUpload {
        let progress = head.progress();
        RunningUpload {
            job,
            whose,
            progress,
            head: Arc::new(tokio::sync::Mutex::new(head)),
            turn: watch::Sender::new(0),
        }
    }

    /// Asks the request that has the turn to end and takes its turn; `None` when that request does not end in time.
    pub async fn take_turn(&self) -> Option<WriteTurn> {
        self.turn.send_modify(|count| *count += 1);
        let next = self.turn.subscribe();
        let head = tokio::time::timeout(HAND_OVER, self.head.clone().lock_owned()).await.ok()?;
        Some(WriteTurn { head, next })
    }
}

impl RunningUploads {
    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<RunningUpload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The upload `id` of `whose`.
    pub fn find(&self, id: Uuid, whose: &str) -> Option<Arc<RunningUpload>> {
        self.all().get(&id).filter(|one| one.whose == whose).cloned()
    }

    pub fn add(&self, id: Uuid, one: RunningUpload) -> Arc<RunningUpload> {
        let one = Arc::new(one);
        let mut all = self.all();
        if all.len() >= REMEMBERED {
            all.retain(|_, one| !one.progress.is_over());
        }
        all.insert(id, one.clone());
        one
    }

    pub fn forget(&self, id: Uuid) {
        self.all().remove(&id);
    }

    /// Bytes that are here of an upload that is being taken.
    pub fn written(&self, id: Uuid) -> Option<u64> {
        self.all().get(&id).map(|one| one.progress.written())
    }

    /// Whether nobody sends at this moment.
    pub fn is_quiet(&self, id: Uuid) -> bool {
        self.all().get(&id).is_none_or(|one| one.progress.is_over() || one.progress.silence() >= QUIET)
    }

    /// The program ends: what came is kept.
    pub fn leave_off(&self) {
        self.all().values().for_each(|one| one.progress.leave_off("the program was stopped"));
    }
}
