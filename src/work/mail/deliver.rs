//! Sends the waiting mails, oldest turn first. Only the process that holds the lock sends.
//!
//! A letter is marked as sent after a server has taken it. A process that is killed between the two
//! sends it again, with the same number, by which mail programs show it once.
use std::fs::File;

use jiff::Timestamp;

use super::Error;
use super::delivery::Delivery;
use crate::base::lock::try_lock;
use crate::domain::alert::AlertKind;
use crate::domain::failure::Failure;
use crate::domain::mail::retry::{Next, next};
use crate::domain::notify::Transport;
use crate::mail::{self, Blame};
use crate::work::Tools;
use crate::work::alerts::{raise, resolve};

/// More wait for the next round, so that a page of complaints cannot hold up the end of a program.
const MOST: u32 = 50;

/// Sends every letter whose turn has come. Nothing when mails are off or another process sends already.
pub fn deliver(tools: &Tools) -> Result<Delivery, Error> {
    let mut delivery = Delivery::default();
    let now = || (tools.now)().timestamp();
    if tools.notify.transport == Transport::None || tools.catalog.due_letter("", now())?.is_none() {
        return Ok(delivery);
    }
    let Some(_lock) = lock(tools)? else { return Ok(delivery) };
    // When the way is blocked, the others need not find that out one by one.
    let mut blocked: Option<Failure> = None;
    for _ in 0..MOST {
        let Some(due) = tools.catalog.due_letter("", now())? else { break };
        let failure = match &blocked {
            Some(failure) => failure.clone(),
            None => match mail::send(&tools.notify, &due.letter, due.queued_at, &tools.nights.host) {
                Ok(()) => {
                    tools.catalog.letter_sent(due.id, now())?;
                    delivery.sent += 1;
                    continue;
                }
                Err(error) => {
                    let failure = Failure::of(&error);
                    blocked = (error.blame() == Blame::Way).then(|| failure.clone());
                    failure
                }
            },
        };
        let again = match next(due.attempts + 1, due.queued_at, now()) {
            Next::At(at) => Some(at),
            Next::GiveUp => None,
        };
        tools.catalog.letter_failed(due.id, &failure.message, again)?;
        delivery.failed += 1;
        delivery.failure = Some(failure);
    }
    tell_alerts(tools, &delivery);
    Ok(delivery)
}

/// No mail can tell that mails fail, so an alert does, until one was sent and none failed.
fn tell_alerts(tools: &Tools, delivery: &Delivery) {
    match &delivery.failure {
        Some(failure) => {
            let detail = format!("mails cannot be sent: {}", failure.message);
            raise(tools, AlertKind::MailsFail, "", &detail);
        }
        None if delivery.sent > 0 => resolve(tools, AlertKind::MailsFail, ""),
        None => {}
    }
}

/// Tries every unsent letter again, also those that were given up.
pub fn retry(tools: &Tools) -> Result<Delivery, Error> {
    tools.catalog.retry_letters(now(tools))?;
    deliver(tools)
}

fn now(tools: &Tools) -> Timestamp {
    (tools.now)().timestamp()
}

/// Free again when its process ends, however it ends.
fn lock(tools: &Tools) -> Result<Option<File>, Error> {
    let path = tools.state_dir.join("mail.lock");
    try_lock(&path).map_err(|source| Error::Lock { path, source })
}
