//! The drive as last seen. It is looked at in a thread of its own, because a share whose server is
//! gone may hold whoever asks for minutes; pages show the last look and its age.
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::destination::drive;
use crate::domain::failure::Failure;
use crate::panel::desk::Desk;
use crate::work::nights::glance::{Glance, glance};

/// So old a look counts as new.
const FRESH: Duration = Duration::from_secs(30);
/// A drive that has not answered for so long is said to hang.
const HANGS: Duration = Duration::from_secs(12);

/// A look that came to its end.
#[derive(Debug, Clone)]
pub struct Seen {
    pub found: Result<Glance, Failure>,
    begun: Instant,
    /// The same by the clock that jobs are dated with.
    stamp: Timestamp,
}

#[derive(Default)]
struct State {
    newest: Option<Seen>,
    looking_since: Option<Instant>,
}

#[derive(Default)]
pub struct DriveCache {
    state: Mutex<State>,
    bell: Condvar,
}

/// How new a look must be.
#[derive(Debug, Clone, Copy)]
pub enum Wanted {
    /// The last one, while the next is under way.
    Any,
    /// One from after this moment.
    Since(Timestamp),
    New,
}

impl DriveCache {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The drive, waited for at most `patience`; `None` while nobody has seen it yet.
pub fn seen(desk: &Desk, wanted: Wanted, patience: Duration) -> Option<Seen> {
    let drive = desk.tools.nights.drive.as_ref()?;
    let (cache, begun) = (&desk.drives, Instant::now());
    let fits = |seen: &Seen| match wanted {
        Wanted::Any => true,
        Wanted::Since(moment) => seen.stamp >= moment,
        Wanted::New => seen.begun >= begun,
    };
    let mut state = cache.state();
    loop {
        let newest = state.newest.as_ref().filter(|seen| fits(seen));
        let is_fresh = newest.is_some_and(|seen| seen.begun >= begun || seen.begun.elapsed() < FRESH);
        let is_usable = newest.is_some();
        if !is_fresh && state.looking_since.is_none() && look(desk) {
            state.looking_since = Some(Instant::now());
        }
        let left = patience.saturating_sub(begun.elapsed());
        if is_usable || left.is_zero() {
            break;
        }
        (state, _) = cache.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
    }
    if state.looking_since.is_some_and(|since| since.elapsed() > HANGS) {
        let found = Err(Failure::from(&drive::Error::Hung(drive.path.clone())));
        return Some(Seen { found, begun, stamp: (desk.tools.now)().timestamp() });
    }
    state.newest.clone()
}

/// One look in the background; pages that show it are told when something has changed. False when it
/// could not begin.
fn look(desk: &Desk) -> bool {
    let (cache, tools, told) = (desk.drives.clone(), desk.tools.clone(), desk.measured.clone());
    let work = move || {
        let (begun, stamp) = (Instant::now(), (tools.now)().timestamp());
        let found = glance(&tools).map_err(|error| Failure::from(&error));
        let mut state = cache.state();
        let is_news = !state.newest.as_ref().is_some_and(|before| says_the_same(&before.found, &found));
        *state = State { newest: Some(Seen { found, begun, stamp }), looking_since: None };
        drop(state);
        cache.bell.notify_all();
        if is_news {
            told.send_modify(|count| *count += 1);
        }
    };
    let started = thread::Builder::new().name("drive".into()).spawn(work);
    started.inspect_err(|error| tracing::warn!(%error, "the drive is not looked at")).is_ok()
}

fn says_the_same(before: &Result<Glance, Failure>, now: &Result<Glance, Failure>) -> bool {
    match (before, now) {
        (Ok(before), Ok(now)) => before.id == now.id && before.plan.lines.len() == now.plan.lines.len(),
        (Err(before), Err(now)) => before.message == now.message,
        _ => false,
    }
}
