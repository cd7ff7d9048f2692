//! Home automation: every broker of the configuration is told how backups stand, and heard when a button is pressed.
//!
//! * `states` — how they stand; `visit` — one session at a broker
//!
//! Invariant: a broker that is away costs nothing but its own thread, and a press starts a plan as the page does, or
//! not at all.
mod states;
mod visit;

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use actix_web::web;

use self::visit::Visit;
use super::state::PanelState;
use crate::domain::channel::{ChannelKind, ChannelSettings};
use crate::domain::failure::Failure;
use crate::work::notify::tell_failing;

/// How soon a changed configuration counts.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After the first failure; doubled with each that follows.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A broker that was restarted is back before.
const LONG: Duration = Duration::from_secs(3600);
/// How long brokers get for a good-bye when the program ends. A broker that gets none tells the will.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// The thread that looks after the sessions.
pub struct Running {
    ended: Receiver<()>,
}

impl Running {
    /// Waits for the good-byes, not for long.
    pub fn wait(self) {
        // It has ended, or it takes too long; the program goes on in both cases.
        let _ = self.ended.recv_timeout(GOOD_BYE);
    }
}

/// Looks after a session for each broker until the program is told to stop.
pub fn start(panel: &web::Data<PanelState>) -> std::io::Result<Running> {
    let (end, ended) = mpsc::channel();
    let panel = panel.clone();
    thread::Builder::new().name("home".into()).spawn(move || {
        keep(&panel);
        // Nobody listens where the program did not wait.
        let _ = end.send(());
    })?;
    Ok(Running { ended })
}

fn keep(panel: &web::Data<PanelState>) {
    let mut sessions: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
    while !*panel.closing.borrow() {
        sessions.retain(|_, session| !session.is_finished());
        for channel in brokers(panel) {
            let name = channel.name.as_str().to_owned();
            if sessions.contains_key(&name) {
                continue;
            }
            let panel = panel.clone();
            let started = thread::Builder::new().name("broker".into()).spawn(move || attend(&panel, &channel));
            match started {
                Ok(session) => drop(sessions.insert(name, session)),
                Err(error) => tracing::warn!(%error, "the broker of {name} is not told"),
            }
        }
        thread::park_timeout(LOOK_EVERY);
    }
    for session in sessions.into_values() {
        // One that panicked has ended, too.
        let _ = session.join();
    }
}

fn brokers(panel: &PanelState) -> Vec<ChannelSettings> {
    let is_broker = |channel: &&ChannelSettings| channel.kind == ChannelKind::Mqtt;
    panel.tools().notify.channels.iter().filter(is_broker).cloned().collect()
}

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Yes,
    /// The program ends, or the channel was changed.
    NotNow,
    /// Its owner has taken the channel out.
    NoMore,
}

fn wanted(panel: &PanelState, channel: &ChannelSettings) -> Wanted {
    let all = brokers(panel);
    match all.iter().find(|one| one.name == channel.name) {
        _ if *panel.closing.borrow() => Wanted::NotNow,
        Some(now) if now == channel => Wanted::Yes,
        Some(_) => Wanted::NotNow,
        None => Wanted::NoMore,
    }
}

/// Until `channel` is not wanted in this way any more.
fn attend(panel: &PanelState, channel: &ChannelSettings) {
    let name = channel.name.as_str();
    let (mut wait, mut failing_since) = (SHORTEST_WAIT, None);
    while wanted(panel, channel) == Wanted::Yes {
        let error = match Visit::begin(panel, channel) {
            Ok(visit) => {
                if failing_since.take().is_some() {
                    tracing::info!("the broker of {name} is told again");
                }
                wait = SHORTEST_WAIT;
                match visit.keep(panel, || wanted(panel, channel)) {
                    Ok(()) => return,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        let failure = Failure::of(&error);
        let since = *failing_since.get_or_insert_with(|| {
            tracing::warn!("the broker of {name} is told nothing now: {}. {}", failure.message, failure.advice);
            Instant::now()
        });
        if since.elapsed() >= LONG {
            tell_failing(&panel.tools(), name, &failure.message);
        }
        let end = Instant::now() + wait;
        wait = (wait * 2).min(LONGEST_WAIT);
        while Instant::now() < end && wanted(panel, channel) == Wanted::Yes {
            thread::park_timeout(LOOK_EVERY);
        }
    }
}
