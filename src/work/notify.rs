//! Telling an owner besides by mail: which channels hear of something, what becomes of it, and a try on request.
//!
//! Invariant: whatever becomes of a message, the work that it tells of is not touched by it, and one channel that does
//! not answer holds up no other.
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::mail::{Delivery, origin};
use crate::base::lock::try_lock;
use crate::catalog;
use crate::channel;
use crate::domain::channel::{ChannelEvent, ChannelSettings, Notice, without_paths};
use crate::domain::failure::{Advice, Code, Failure};
use crate::domain::mail::letter::{Letter, Posted};
use crate::domain::mail::one_line::one_line;
use crate::domain::mail::retry::{Next, next};
use crate::domain::mail::{Kind, Message};
use crate::work::Tools;

/// Longest title, in characters.
const TITLE: usize = 120;
/// More wait for the next round.
const MOST: u32 = 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(transparent)]
    Channel(#[from] channel::Error),
    #[error("there is no channel {0}")]
    Unknown(String),
    #[error("{}: the lock cannot be used", .path.display())]
    Lock { path: PathBuf, source: std::io::Error },
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Catalog(e) => e.code(),
            Error::Channel(e) => e.code(),
            Error::Unknown(_) => Code::NotFound,
            Error::Lock { .. } => Code::Usage,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Catalog(e) => e.advice(),
            Error::Channel(e) => e.advice(),
            Error::Unknown(_) => "Each [[notify_to]] of the configuration is a channel.".to_owned(),
            Error::Lock { .. } => "Choose a state folder that belongs to you, with --state.".to_owned(),
        }
    }
}

/// What happened, for channels.
pub struct Told<'a> {
    pub event: ChannelEvent,
    /// Names it once and for ever.
    pub occasion: &'a str,
    pub title: &'a str,
    pub text: &'a str,
    /// Names of the plan and of the run.
    pub run: Option<(String, String)>,
}

/// A letter to each channel that wants to hear of it.
pub fn letters(tools: &Tools, told: &Told<'_>) -> Vec<Letter> {
    let channels = tools.notify.channels.iter().filter(|channel| channel.hears(told.event));
    channels.map(|channel| letter(tools, channel, told)).collect()
}

fn letter(tools: &Tools, channel: &ChannelSettings, told: &Told<'_>) -> Letter {
    let origin = origin(tools);
    let (plan, run) = told.run.clone().unzip();
    let notice = Notice {
        event: told.event,
        title: one_line(&format!("{} ({})", without_paths(told.title), origin.host), TITLE),
        text: without_paths(told.text),
        host: origin.host,
        at: origin.at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        plan,
        run,
    };
    let name = channel.name.as_str();
    // Its own data become text without fail.
    let text = serde_json::to_string(&notice).unwrap_or_default();
    Letter {
        channel: name.to_owned(),
        kind: if told.event == ChannelEvent::Test { Kind::Test } else { Kind::Alert },
        occasion: format!("channel:{name}:{}:{}", told.event.word(), told.occasion),
        message_id: String::new(),
        message: Message { subject: notice.title, text, html: String::new() },
        attachments: Vec::new(),
    }
}

fn notice_of(letter: &Letter) -> Option<Notice> {
    serde_json::from_str(&letter.message.text).ok()
}

/// Sends every message whose turn has come, to all channels side by side; nothing while another process does.
pub fn deliver(tools: &Tools) -> Result<Delivery, Error> {
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
        let started: Vec<_> = waiting.iter().map(|channel| scope.spawn(|| deliver_to(tools, channel))).collect();
        started.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let mut all = Delivery::default();
    for part in parts {
        let part = part?;
        all.sent += part.sent;
        all.failed += part.failed;
        all.failure = part.failure.or(all.failure);
    }
    Ok(all)
}

/// The oldest first. After a failure the others wait as well, so that they come in their order.
fn deliver_to(tools: &Tools, channel: &ChannelSettings) -> Result<Delivery, Error> {
    let mut delivery = Delivery::default();
    let now = || (tools.now)().timestamp();
    for _ in 0..MOST {
        let Some(due) = tools.catalog.due_letter(channel.name.as_str(), now())? else { break };
        let Some(notice) = notice_of(&due.letter) else {
            tools.catalog.letter_failed(due.id, "the message is of another version of this program", None)?;
            continue;
        };
        match channel::send(channel, &notice) {
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

fn again(attempts: u32, queued: Timestamp, now: Timestamp, wait: Option<std::time::Duration>) -> Option<Timestamp> {
    let Next::At(at) = next(attempts, queued, now) else { return None };
    let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok()).unwrap_or(SignedDuration::ZERO);
    Some(now.checked_add(wait).map_or(at, |earliest| at.max(earliest)))
}

/// Sends a test message to `name`; comes back when the server has it, or with why not.
pub fn send_trial(tools: &Tools, name: &str) -> Result<Posted, Error> {
    let known = tools.notify.channels.iter().find(|channel| channel.name.as_str() == name);
    let channel = known.ok_or_else(|| Error::Unknown(name.to_owned()))?;
    let occasion = Uuid::now_v7().to_string();
    let text = "If you read this, messages of Allsky Backups reach you.";
    let told = Told { event: ChannelEvent::Test, occasion: &occasion, title: "Allsky Backups: test", text, run: None };
    let letter = letter(tools, channel, &told);
    let Some(notice) = notice_of(&letter) else { return Err(Error::Unknown(name.to_owned())) };
    let sent = channel::send(channel, &notice);
    let error = sent.as_ref().err().map(|error| Failure::of(error).message);
    let posted = tools.catalog.remember_trial(&letter, error.as_deref(), (tools.now)().timestamp())?;
    sent?;
    Ok(posted)
}
