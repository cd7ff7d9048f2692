//! A message in its envelope: what it tells of, and the number that stays the same for every try.
use jiff::Timestamp;
use serde::Serialize;

use super::{Kind, Message};

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Name of the channel; empty for mail.
    pub channel: String,
    pub kind: Kind,
    /// The name of the event. There is one mail for each event and kind.
    pub occasion: String,
    /// `<…@…>`, the same for every try.
    pub message_id: String,
    pub message: Message,
    pub attachments: Vec<Attachment>,
}

/// A file that goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `weekly-config_copy-usb.log.zip`; plain ASCII.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Waiting,
    Sent,
    /// The letter was not sent, and the program does not try again by itself.
    GivenUp,
}

impl Fate {
    /// One or two words for lists.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Waiting => "waiting",
            Fate::Sent => "sent",
            Fate::GivenUp => "given up",
        }
    }
}

/// A letter as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Posted {
    /// Higher than that of every letter before.
    pub id: i64,
    /// Name of the channel; empty for mail.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    pub kind: Kind,
    pub subject: String,
    pub message_id: String,
    pub fate: Fate,
    pub queued_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// The time of the next try.
    pub next_at: Option<Timestamp>,
    pub attempts: u32,
    /// Why the last try failed, in words.
    pub error: Option<String>,
}
