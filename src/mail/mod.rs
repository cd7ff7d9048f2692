//! Floor 2: how a letter leaves this machine.
//!
//! * `envelope` — from, to and the bytes of a mail
//! * `smtp` — to the owner's mail server; `sendmail` — to the mail program of this machine
//! * `password` — what opens the server, read at the moment when it is needed
//! * `words` — what servers say, for people
//!
//! Invariant: no password in an error, a log or an argument list; and addresses come from the
//! configuration alone.
mod envelope;
mod error;
mod password;
mod sendmail;
mod smtp;
mod words;

use jiff::Timestamp;

use crate::domain::mail::letter::Letter;
use crate::domain::notify::{NotifySettings, Transport};

pub use envelope::message_id;
pub use error::{Blame, Error};

/// Sends `letter`, written at `queued`, as `settings` say; comes back when somebody has taken it.
/// `host` is the name of this machine.
pub fn send(settings: &NotifySettings, letter: &Letter, queued: Timestamp, host: &str) -> Result<(), Error> {
    let mail = envelope::pack(settings, letter, queued)?;
    match settings.transport {
        Transport::None => Err(Error::Off),
        Transport::Smtp => smtp::send(settings, &mail, host),
        Transport::Sendmail => sendmail::send(&mail),
    }
}
