//! The test mail: sent at once, so that its owner sees the result, and remembered with the others.
use uuid::Uuid;

use super::{Error, origin};
use crate::domain::failure::Failure;
use crate::domain::mail::letter::{Letter, Posted};
use crate::domain::mail::{Kind, trial};
use crate::domain::notify::Transport;
use crate::mail;
use crate::work::Tools;

/// Sends a test mail to everybody who gets mails; comes back when the server has it, or with why not.
pub fn send_trial(tools: &Tools) -> Result<Posted, Error> {
    if tools.notify.transport == Transport::None {
        return Err(mail::Error::Off.into());
    }
    let occasion = format!("{}:{}", Kind::Test.as_str(), Uuid::now_v7());
    let message_id = mail::message_id(&tools.notify, &occasion);
    let letter = Letter {
        channel: String::new(),
        kind: Kind::Test,
        message_id,
        message: trial::message(&origin(tools)),
        occasion,
        attachments: Vec::new(),
    };
    let now = || (tools.now)().timestamp();
    let sent = mail::send(&tools.notify, &letter, now(), &tools.nights.host);
    let error = sent.as_ref().err().map(|error| Failure::of(error).message);
    let posted = tools.catalog.remember_trial(&letter, error.as_deref(), now())?;
    sent?;
    Ok(posted)
}
