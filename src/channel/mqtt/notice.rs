//! One message to a broker, in a session of its own: a terminal tells it like the service.
use std::time::Duration;

use super::super::error::Error;
use super::session::{Login, Retained, Session, Topic};
use crate::base::random;
use crate::domain::broker::TopicPrefix;
use crate::domain::channel::{ChannelSettings, Notice};

/// Below the prefix of the channel. Messages are not kept: a problem of last week would be told to everybody who comes.
const TOPIC: &str = "message";

/// Comes back when the broker has `notice`. `host` is this machine.
pub(in super::super) fn send(
    channel: &ChannelSettings,
    host: &str,
    notice: &Notice,
    limit: Duration,
) -> Result<(), Error> {
    let source = |source| Error::Secret { what: "random bytes of the kernel", source };
    let number = random::bytes::<8>().map_err(source)?;
    let client = format!("ab-{:016x}", u64::from_be_bytes(number));
    let prefix = channel.broker.topic.clone().unwrap_or_else(|| TopicPrefix::of_machine(host));
    let text = serde_json::to_string(notice).unwrap_or_default();
    let topic = Topic { name: prefix.topic(TOPIC), text, retained: Retained::No };
    let mut session = Session::open(&Login { channel, client: &client, will: None }, limit)?;
    session.publish(&topic)?;
    session.close();
    Ok(())
}
