//! What becomes of messages: sent in their order, tried again, and an alert about a channel that fails for long.
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use super::letters::notice_of;
use crate::base::lock::try_lock;
use crate::channel;
use crate::domain::alert::AlertKind;
use crate::domain::believable;
use crate::domain::channel::{ChannelEvent, ChannelSettings};
use crate::domain::failure::Failure;
use crate::domain::mail::retry::{Next, next};
use crate::work::Tools;
use crate::work::alerts::{raise, resolve};
use crate::work::mail::Delivery;

/// More wait for the next round.
const MOST: u32 = 20;
/// A server that was restarted is back before.
const LONG: SignedDuration = SignedDuration::from_mins(60);

/// How long a server is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Nobody waits.
    OfService,
    /// Somebody wants his prompt back. What is not sent by then waits for the service, or for the next command.
    OfTerminal,
}

impl Patience {
    /// For one message.
    pub(super) fn each(self) -> Duration {
        match self {
            Patience::OfService => Duration::from_secs(20),
            Patience::OfTerminal => Duration::from_secs(3),
        }
    }

    /// No further message is begun after this.
    fn whole(self) -> Duration {
        match self {
            Patience::OfService => Duration::from_secs(600),
            Patience::OfTerminal => Duration::from_secs(3),
        }
    }
}

/// Sends every message whose turn has come, to all channels side by side; nothing while another process does.
pub fn deliver(tools: &Tools, patience: Patience) -> Result<Delivery, Error> {
    let channels = &tools.notify.channels;
    let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    let now = || (tools.now)().timestamp();
    let mut waiting = Vec::new();
    for channel in channels {
        if tools.catalog.due_letter(channel.name.as_str(), now())?.is_some() {
            waiting.push(channel);
        }
    }
    if tools.catalog.has_letters_of_others(&names)? {
        tools.catalog.give_up_channels(&names)?;
    }
    if waiting.is_empty() {
        return Ok(Delivery::default());
    }
    let path = tools.state_dir.join("notify.lock");
    let locked = try_lock(&path).map_err(|source| Error::Lock { path, source })?;
    let Some(_lock) = locked else { return Ok(Delivery::default()) };
    let parts: Vec<Result<Delivery, Error>> = std::thread::scope(|scope| {
        let started: Vec<_> =
            waiting.iter().map(|channel| scope.spawn(|| deliver_to(tools, channel, patience))).collect();
        started.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let mut all = Delivery::default();
    for (channel, part) in waiting.iter().zip(parts) {
        let part = part?;
        tell_alert(tools, channel, &part)?;
        all.sent += part.sent;
        all.failed += part.failed;
        all.failure = part.failure.or(all.failure);
    }
    Ok(all)
}

/// The oldest first. After a failure the others wait as well, so that they come in their order.
fn deliver_to(tools: &Tools, channel: &ChannelSettings, patience: Patience) -> Result<Delivery, Error> {
    let mut delivery = Delivery::default();
    let end = Instant::now() + patience.whole();
    let now = || (tools.now)().timestamp();
    for _ in 0..MOST {
        if Instant::now() >= end {
            break;
        }
        let Some(due) = tools.catalog.due_letter(channel.name.as_str(), now())? else { break };
        let Some(notice) = notice_of(&due.letter) else {
            tools.catalog.letter_failed(due.id, "the message is of another version of this program", None)?;
            continue;
        };
        match channel::send(channel, &tools.nights.host, &notice, patience.each()) {
            Ok(()) => {
                tools.catalog.letter_sent(due.id, now())?;
                delivery.sent += 1;
            }
            // That a run began is no news later on.
            Err(error) if notice.event == ChannelEvent::Started => {
                tools.catalog.letter_failed(due.id, &Failure::of(&error).message, None)?;
            }
            Err(error) => {
                let failure = Failure::of(&error);
                let again = again(due.attempts + 1, due.queued_at, now(), error.wait());
                tools.catalog.letter_failed(due.id, &failure.message, again)?;
                delivery.failed += 1;
                delivery.failure = Some(failure);
                break;
            }
        }
    }
    Ok(delivery)
}

/// A message that has waited for long says that its channel fails; one that went out, and none behind it that did not,
/// says that it works.
fn tell_alert(tools: &Tools, channel: &ChannelSettings, delivery: &Delivery) -> Result<(), Error> {
    let name = channel.name.as_str();
    match &delivery.failure {
        Some(failure) => {
            let oldest = tools.catalog.oldest_waiting(name)?;
            let now = (tools.now)().timestamp();
            if oldest.is_some_and(|since| believable::passed(since, now) >= LONG) {
                tell_failing(tools, name, &failure.message);
            }
        }
        None if delivery.sent > 0 => resolve(tools, AlertKind::ChannelFails, name),
        None => {}
    }
    Ok(())
}

/// The channel `name` fails, and has done so for long; `why` is its last failure.
pub fn tell_failing(tools: &Tools, name: &str, why: &str) {
    raise(tools, AlertKind::ChannelFails, name, &format!("messages to {name} cannot be sent: {why}"));
}

fn again(attempts: u32, queued: Timestamp, now: Timestamp, wait: Option<std::time::Duration>) -> Option<Timestamp> {
    let Next::At(at) = next(attempts, queued, now) else { return None };
    let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok()).unwrap_or(SignedDuration::ZERO);
    Some(now.checked_add(wait).map_or(at, |earliest| at.max(earliest)))
}
