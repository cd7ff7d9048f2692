//! A message on request, so that an owner knows that messages reach him.
use uuid::Uuid;

use super::deliver::Patience;
use super::error::Error;
use super::letters::{Told, letter, notice_of};
use crate::channel;
use crate::domain::channel::ChannelEvent;
use crate::domain::failure::Failure;
use crate::domain::mail::letter::Posted;
use crate::work::Tools;

/// Sends a test message to `name`; comes back when the server has it, or with why not.
pub fn send_trial(tools: &Tools, name: &str) -> Result<Posted, Error> {
    let known = tools.notify.channels.iter().find(|channel| channel.name.as_str() == name);
    let channel = known.ok_or_else(|| Error::Unknown(name.to_owned()))?;
    let occasion = Uuid::now_v7().to_string();
    let text = "If you read this, messages of Allsky Backups reach you.";
    let told = Told { event: ChannelEvent::Test, occasion: &occasion, title: "Allsky Backups: test", text, run: None };
    let letter = letter(tools, channel, &told);
    let Some(notice) = notice_of(&letter) else { return Err(Error::Unknown(name.to_owned())) };
    let sent = channel::send(channel, &tools.nights.host, &notice, Patience::OfService.each());
    let error = sent.as_ref().err().map(|error| Failure::of(error).message);
    let posted = tools.catalog.remember_trial(&letter, error.as_deref(), (tools.now)().timestamp())?;
    sent?;
    Ok(posted)
}
