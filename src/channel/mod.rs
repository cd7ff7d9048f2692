//! Floor 2: how a message leaves for a channel.
//!
//! * `http` — to the server of a channel; `bodies` — what each kind of server wants to be told
//! * `mqtt` — to a broker, and what is heard from it
//! * `server`, `certificates` — who may be talked to, and who is believed; `error` — why a message did not leave
//!
//! Invariant: no address and no token is in an error, a log or a message, and no answer of a server is repeated.
mod bodies;
mod certificates;
mod error;
mod http;
mod mqtt;
mod server;

use std::time::Duration;

pub use error::Error;
pub use mqtt::session::{Arrived, Login, Retained, Session, Topic};

use crate::domain::channel::{ChannelKind, ChannelSettings, Notice};

/// Sends `notice`; comes back when the server has taken it, or after about `patience`.
pub fn send(channel: &ChannelSettings, host: &str, notice: &Notice, patience: Duration) -> Result<(), Error> {
    match channel.kind {
        ChannelKind::Mqtt => mqtt::notice::send(channel, host, notice, patience),
        _ => http::send(channel, notice, patience),
    }
}
