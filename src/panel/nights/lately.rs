//! What takes a while to find out, as last seen. It is looked at in a thread of its own, one at a time,
//! because a share whose server is gone may hold whoever asks for minutes, and a database of many years
//! takes its time on a small computer. Pages show the last look and are told when a new one says otherwise.
//!
//! Invariant: nobody waits longer than the patience he came with.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::domain::failure::Failure;
use crate::work::Tools;

/// A look counts as new for so many times as long as it took, so that looking is never most of the work.
const REST: u32 = 10;

type Look<T> = Box<dyn Fn(&Tools) -> Result<T, Failure> + Send + Sync>;

/// How to look, and what of it is worth telling.
pub struct Subject<T> {
    pub name: &'static str,
    pub look: Look<T>,
    /// Whether two looks show the same.
    pub is_same: fn(&T, &T) -> bool,
    /// So old a look counts as new.
    pub fresh: Duration,
}

/// A look that came to its end.
#[derive(Debug, Clone)]
pub struct Seen<T> {
    pub found: Result<T, Failure>,
    begun: Instant,
    /// The same by the clock that jobs are dated with.
    stamp: Timestamp,
    took: Duration,
}

/// What is known at this moment.
#[derive(Debug, Clone)]
pub struct Latest<T> {
    /// `None` while nobody has seen it yet.
    pub seen: Option<Seen<T>>,
    /// How long the look lasts that is under way.
    pub looking: Option<Duration>,
}

/// How new a look must be.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// The last one, while the next is under way.
    Any,
    /// One that counts as new.
    Fresh,
    /// One from after this moment.
    Since(Timestamp),
    /// One that was not begun before now.
    New,
}

struct State<T> {
    newest: Option<Seen<T>>,
    looking_since: Option<Instant>,
}

pub struct Lately<T> {
    subject: Subject<T>,
    tools: Arc<Tools>,
    /// Counts up when a look says something else than the one before.
    told: watch::Sender<u64>,
    state: Mutex<State<T>>,
    bell: Condvar,
}

impl<T: Clone + Send + 'static> Lately<T> {
    pub fn new(subject: Subject<T>, tools: Arc<Tools>, told: watch::Sender<u64>) -> Arc<Self> {
        let state = Mutex::new(State { newest: None, looking_since: None });
        Arc::new(Lately { subject, tools, told, state, bell: Condvar::new() })
    }

    /// The newest look; one as it is `wanted` is waited for at most `patience`.
    pub fn seen(self: &Arc<Self>, wanted: Wanted, patience: Duration) -> Latest<T> {
        let asked = Instant::now();
        let is_fresh =
            |seen: &Seen<T>| seen.begun >= asked || seen.begun.elapsed() < self.subject.fresh.max(seen.took * REST);
        let fits = |seen: &Seen<T>| match wanted {
            Wanted::Any => true,
            Wanted::Fresh => is_fresh(seen),
            Wanted::Since(moment) => seen.stamp >= moment,
            Wanted::New => seen.begun >= asked,
        };
        let mut state = self.state();
        loop {
            let newest = state.newest.as_ref();
            let is_enough = newest.is_some_and(&fits);
            if !(is_enough && newest.is_some_and(is_fresh)) && state.looking_since.is_none() && self.look() {
                state.looking_since = Some(Instant::now());
            }
            let left = patience.saturating_sub(asked.elapsed());
            if is_enough || left.is_zero() {
                break;
            }
            (state, _) = self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        Latest { seen: state.newest.clone(), looking: state.looking_since.map(|since| since.elapsed()) }
    }

    /// One look in the background. False when it could not begin.
    fn look(self: &Arc<Self>) -> bool {
        let lately = self.clone();
        let work = move || {
            let (begun, stamp) = (Instant::now(), (lately.tools.now)().timestamp());
            // One that broke down is over as well: whoever asks next begins anew.
            let found = catch_unwind(AssertUnwindSafe(|| (lately.subject.look)(&lately.tools)));
            let Ok(found) = found else {
                lately.state().looking_since = None;
                lately.bell.notify_all();
                return;
            };
            let mut state = lately.state();
            let is_news = !state.newest.as_ref().is_some_and(|before| lately.says_the_same(&before.found, &found));
            *state = State { newest: Some(Seen { found, begun, stamp, took: begun.elapsed() }), looking_since: None };
            drop(state);
            lately.bell.notify_all();
            if is_news {
                lately.told.send_modify(|count| *count += 1);
            }
        };
        let started = thread::Builder::new().name(self.subject.name.into()).spawn(work);
        started.inspect_err(|error| tracing::warn!(%error, "{} is not looked at", self.subject.name)).is_ok()
    }

    fn says_the_same(&self, before: &Result<T, Failure>, now: &Result<T, Failure>) -> bool {
        match (before, now) {
            (Ok(before), Ok(now)) => (self.subject.is_same)(before, now),
            (Err(before), Err(now)) => before.message == now.message,
            _ => false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
