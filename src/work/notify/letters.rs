//! Which channels hear of something, and how it is put down for them.
use crate::domain::channel::{ChannelEvent, ChannelSettings, Notice, without_paths};
use crate::domain::mail::letter::Letter;
use crate::domain::mail::one_line::one_line;
use crate::domain::mail::{Kind, Message};
use crate::work::Tools;
use crate::work::mail::origin;

/// Longest title, in characters.
const TITLE: usize = 120;

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

pub(super) fn letter(tools: &Tools, channel: &ChannelSettings, told: &Told<'_>) -> Letter {
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

pub(super) fn notice_of(letter: &Letter) -> Option<Notice> {
    serde_json::from_str(&letter.message.text).ok()
}
