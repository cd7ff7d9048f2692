//! Telling the owner: what is worth a mail, what becomes of it, and a try on request.
//!
//! Invariant: whatever becomes of a mail, the work that it tells of is not touched by it.
mod deliver;
mod delivery;
mod error;
mod trial;

use crate::domain::mail::letter::{Attachment, Letter};
use crate::domain::mail::{Course, Kind, Message, Origin};
use crate::domain::notify::{Transport, WayOut};
use crate::work::Tools;

pub use deliver::{deliver, retry};
pub use delivery::Delivery;
pub use error::Error;
pub use trial::send_trial;

/// Where and when something happens now.
pub fn origin(tools: &Tools) -> Origin {
    Origin { system: tools.site.software().title().to_owned(), host: tools.nights.host.clone(), at: (tools.now)() }
}

/// What keeps mails here, or lets out more than has to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Mails are on, and the service may not leave this machine.
    KeepsMailsIn,
    /// Mails are off, and the service still may.
    StandsOpen,
}

/// Whether the service's way out fits the settings; `None` when it does.
pub fn gate(tools: &Tools) -> Option<Gate> {
    match (tools.notify.goes_out(), tools.way_out) {
        (true, WayOut::Shut) => Some(Gate::KeepsMailsIn),
        (false, WayOut::Opened) => Some(Gate::StandsOpen),
        _ => None,
    }
}

/// `message` as a letter, when the owner wants to hear of this. `occasion` names what happened, once
/// and for ever.
pub fn letter(
    tools: &Tools,
    kind: Kind,
    course: Course,
    occasion: &str,
    message: impl FnOnce(&Origin) -> Message,
) -> Option<Letter> {
    let is_wanted = is_on(tools) && kind.is_wanted(tools.notify.report, course);
    is_wanted.then(|| written(tools, kind, occasion, message(&origin(tools)), Vec::new()))
}

/// Whether there are mails at all.
pub fn is_on(tools: &Tools) -> bool {
    tools.notify.transport != Transport::None
}

/// A letter about what its owner wants to hear of; see [`letter`].
pub fn written(tools: &Tools, kind: Kind, occasion: &str, message: Message, attachments: Vec<Attachment>) -> Letter {
    let occasion = format!("{}:{occasion}", kind.as_str());
    let message_id = crate::mail::message_id(&tools.notify, &occasion);
    Letter { channel: String::new(), kind, message_id, occasion, message, attachments }
}
