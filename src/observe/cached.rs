//! A finding that takes long to make, kept until it is too old.
//!
//! A share whose server is gone can hold a thread for minutes, and a database of many years is slow on a small
//! computer. So each subject is looked at by a thread of its own, one look at a time. Pages show the newest
//! finding and are told when a later one differs.
//!
//! Invariant: a caller waits at most the patience that it gives.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::catalog::EventKind;
use crate::domain::failure::Failure;
use crate::work::Tools;

/// A finding stays fresh for at least this many times the duration of its look, so that slow looks stay rare.
const REST: u32 = 10;

type Look<T> = Box<dyn Fn(&Tools) -> Result<T, Failure> + Send + Sync>;

/// What is looked at, and which differences are worth telling.
pub struct Subject<T> {
    pub name: &'static str,
    pub look: Look<T>,
    /// True when two findings differ in nothing that a page shows.
    pub is_same: fn(&T, &T) -> bool,
    /// What a finding that differs tells besides that it does.
    pub also: fn(&T) -> Option<EventKind>,
    /// Findings up to this age are fresh.
    pub fresh: Duration,
}

/// The result of one finished look.
#[derive(Debug, Clone)]
pub struct Seen<T> {
    pub found: Result<T, Failure>,
    begun: Instant,
    /// The newest event of all jobs when the look began. Events are counted, so no clock can mislead.
    event: i64,
    took: Duration,
}

/// The newest finding, and the look that is under way.
#[derive(Debug, Clone)]
pub struct Latest<T> {
    /// `None` until the first look has finished.
    pub seen: Option<Seen<T>>,
    /// How long the present look has taken so far; `None` while nothing is looked at.
    pub looking: Option<Duration>,
}

/// How new a finding must be.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// Any finding; a stale one starts the next look.
    Any,
    /// A finding that is still fresh.
    Fresh,
    /// A finding of a look that began when this event had happened.
    Since(i64),
    /// A finding of a look that begins now or later.
    New,
}

struct State<T> {
    newest: Option<Seen<T>>,
    looking_since: Option<Instant>,
}

pub struct Cached<T> {
    subject: Subject<T>,
    tools: Arc<Tools>,
    state: Mutex<State<T>>,
    /// Notified whenever a look ends.
    finished: Condvar,
}

/// Pages hear of it with the events of jobs.
pub(super) fn tell(tools: &Tools, what: &str) {
    remember(tools, &EventKind::Look { what: what.to_owned() });
}

/// A history that takes nothing now leaves pages as they are.
fn remember(tools: &Tools, kind: &EventKind) {
    if let Err(error) = tools.catalog.tell(kind, (tools.now)().timestamp()) {
        tracing::warn!("{kind:?} was not remembered: {}", Failure::of(&error).message);
    }
}

impl<T: Clone + Send + 'static> Cached<T> {
    pub fn new(subject: Subject<T>, tools: Arc<Tools>) -> Arc<Self> {
        let state = Mutex::new(State { newest: None, looking_since: None });
        Arc::new(Cached { subject, tools, state, finished: Condvar::new() })
    }

    /// The newest finding. Waits at most `patience` for one that is as new as `wanted`.
    pub fn seen(self: &Arc<Self>, wanted: Wanted, patience: Duration) -> Latest<T> {
        let asked = Instant::now();
        let is_fresh =
            |seen: &Seen<T>| seen.begun >= asked || seen.begun.elapsed() < self.subject.fresh.max(seen.took * REST);
        let fits = |seen: &Seen<T>| match wanted {
            Wanted::Any => true,
            Wanted::Fresh => is_fresh(seen),
            Wanted::Since(event) => seen.event >= event,
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
            (state, _) = self.finished.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        Latest { seen: state.newest.clone(), looking: state.looking_since.map(|since| since.elapsed()) }
    }

    /// Starts one look in the background; false when no thread could be started.
    fn look(self: &Arc<Self>) -> bool {
        let cached = self.clone();
        let work = move || {
            let begun = Instant::now();
            // Where the history cannot be read, the pages that ask for an event of it cannot ask either.
            let event = cached.tools.catalog.newest_event().unwrap_or(i64::MAX);
            // A look that panicked has ended too, and the next caller starts another.
            let found = catch_unwind(AssertUnwindSafe(|| (cached.subject.look)(&cached.tools)));
            let Ok(found) = found else {
                cached.state().looking_since = None;
                cached.finished.notify_all();
                return;
            };
            let also = found.as_ref().ok().and_then(cached.subject.also);
            let mut state = cached.state();
            let is_news = !state.newest.as_ref().is_some_and(|before| cached.says_the_same(&before.found, &found));
            *state = State { newest: Some(Seen { found, begun, event, took: begun.elapsed() }), looking_since: None };
            drop(state);
            cached.finished.notify_all();
            if is_news {
                tell(&cached.tools, cached.subject.name);
                also.iter().for_each(|kind| remember(&cached.tools, kind));
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
