//! A session at a broker: it is opened with a name and perhaps a will, tells topics, and hears of others.
//!
//! Invariant: what is published counts only when the broker has said that it has it, and nothing that a broker sends
//! takes more than [`MOST_BYTES`] of memory.
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mqtt_proto::v3::{Connect, ConnectReturnCode, LastWill, Packet, Publish, Subscribe, SubscribeReturnCode};
use mqtt_proto::{Pid, QoS, QosPid, TopicFilter, TopicName};

use super::super::error::Error;
use super::super::server::is_near;
use super::connection::{Connection, failed};
use crate::base::secret;
use crate::domain::broker::{BrokerAddress, BrokerSecurity};
use crate::domain::channel::ChannelSettings;

/// The broker takes us for dead after one and a half of it.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long an answer may take before the broker is taken for dead.
const ANSWER: Duration = Duration::from_secs(10);
/// A longer packet is none that is meant for us.
const MOST_BYTES: usize = 256 << 10;

/// Whether a broker keeps the newest message of a topic for those who come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retained {
    Yes,
    No,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub text: String,
    pub retained: Retained,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub topic: String,
    pub text: String,
    /// It lay there before we came.
    pub retained: Retained,
}

/// Who we are.
pub struct Login<'a> {
    pub channel: &'a ChannelSettings,
    /// A second session of this name ends the first.
    pub client: &'a str,
    /// What the broker tells when we are gone without a good-bye.
    pub will: Option<&'a Topic>,
}

pub struct Session {
    address: BrokerAddress,
    connection: Connection,
    /// Bytes that are no whole packet yet.
    begun: Vec<u8>,
    arrived: VecDeque<Arrived>,
    pid: Pid,
    said: Instant,
    heard: Instant,
}

impl Session {
    /// Waits at most `limit` for the broker to let us in.
    pub fn open(login: &Login<'_>, limit: Duration) -> Result<Session, Error> {
        let end = Instant::now() + limit;
        let broker = &login.channel.broker;
        let address = broker.address.clone().ok_or(Error::NoBroker)?;
        let told = |source| Error::Secret { what: "the password", source };
        let password = broker.password_file.as_deref().map(secret::first_line).transpose().map_err(told)?;
        if address.security == BrokerSecurity::None && !is_near(&address.server()) {
            return Err(Error::InTheClear(address.server()));
        }
        let connection = Connection::open(&address, login.channel.ca_file.as_deref(), limit)?;
        let now = Instant::now();
        let (begun, arrived) = (Vec::new(), VecDeque::new());
        let mut session = Session { address, connection, begun, arrived, pid: Pid::default(), said: now, heard: now };
        let mut connect = Connect::new(login.client.into(), KEEP_ALIVE.as_secs() as u16);
        // The protocol has no password without a user.
        let user = Some(broker.user.as_str()).filter(|user| !user.is_empty() || password.is_some());
        connect.username = user.map(Into::into);
        connect.password = password.map(|password| Bytes::from(password.into_bytes()));
        if let Some(will) = login.will {
            let mut last = LastWill::new(QoS::Level1, session.name(&will.name)?, Bytes::from(will.text.clone()));
            last.retain = will.retained == Retained::Yes;
            connect.last_will = Some(last);
        }
        session.say(&Packet::Connect(connect))?;
        session.let_in(end)?;
        Ok(session)
    }

    fn let_in(&mut self, end: Instant) -> Result<(), Error> {
        let server = self.address.server();
        match self.packet(end)? {
            Some(Packet::Connack(answer)) => match answer.code {
                ConnectReturnCode::Accepted => Ok(()),
                ConnectReturnCode::BadUserNameOrPassword | ConnectReturnCode::NotAuthorized => {
                    Err(Error::BrokerLogin { server })
                }
                ConnectReturnCode::UnacceptableProtocolVersion => Err(Error::Protocol { server }),
                ConnectReturnCode::IdentifierRejected => {
                    Err(Error::BrokerShut { server, how: "it does not take the name of this program" })
                }
                ConnectReturnCode::ServerUnavailable => {
                    Err(Error::BrokerShut { server, how: "it says that it is not ready" })
                }
            },
            Some(_) => Err(Error::Protocol { server }),
            None => Err(self.silent()),
        }
    }

    /// Comes back when the broker has it.
    pub fn publish(&mut self, topic: &Topic) -> Result<(), Error> {
        self.pid += 1;
        let pid = self.pid;
        let name = self.name(&topic.name)?;
        let mut publish = Publish::new(QosPid::Level1(pid), name, Bytes::from(topic.text.clone()));
        publish.retain = topic.retained == Retained::Yes;
        self.say(&Packet::Publish(publish))?;
        self.wait_for(|packet| matches!(packet, Packet::Puback(answered) if *answered == pid).then_some(Ok(())))
    }

    /// Hears of all topics that `filters` name, also of what lies there already.
    pub fn subscribe(&mut self, filters: &[String]) -> Result<(), Error> {
        self.pid += 1;
        let (pid, server) = (self.pid, self.address.server());
        // A press that comes twice would start a plan twice, so each is brought at most once.
        let one = |filter: &String| TopicFilter::try_from(filter.as_str()).map(|filter| (filter, QoS::Level0));
        let topics: Result<Vec<_>, _> = filters.iter().map(one).collect();
        let topics = topics.map_err(|_| Error::Protocol { server: server.clone() })?;
        self.say(&Packet::Subscribe(Subscribe::new(pid, topics)))?;
        self.wait_for(|packet| match packet {
            Packet::Suback(answer) if answer.pid == pid => {
                let is_refused = answer.topics.contains(&SubscribeReturnCode::Failure);
                Some(if is_refused { Err(Error::Deaf { server: server.clone() }) } else { Ok(()) })
            }
            _ => None,
        })
    }

    /// What arrived, waited for at most `limit`; keeps the session alive meanwhile.
    pub fn next(&mut self, limit: Duration) -> Result<Option<Arrived>, Error> {
        let end = Instant::now() + limit;
        loop {
            if let Some(arrived) = self.arrived.pop_front() {
                return Ok(Some(arrived));
            }
            if self.said.elapsed() >= KEEP_ALIVE / 2 {
                self.say(&Packet::Pingreq)?;
            }
            if self.heard.elapsed() >= KEEP_ALIVE + ANSWER {
                return Err(self.silent());
            }
            match self.packet(end)? {
                Some(packet) => self.note(packet)?,
                None => return Ok(self.arrived.pop_front()),
            }
        }
    }

    /// Says good-bye, so that the will is not told.
    pub fn close(mut self) {
        // A broker that is gone hears it no more.
        let _ = self.say(&Packet::Disconnect);
        self.connection.close();
    }

    fn wait_for(&mut self, answer: impl Fn(&Packet) -> Option<Result<(), Error>>) -> Result<(), Error> {
        let end = Instant::now() + ANSWER;
        loop {
            let Some(packet) = self.packet(end)? else { return Err(self.silent()) };
            match answer(&packet) {
                Some(answered) => return answered,
                None => self.note(packet)?,
            }
        }
    }

    fn note(&mut self, packet: Packet) -> Result<(), Error> {
        let Packet::Publish(publish) = packet else { return Ok(()) };
        if let QosPid::Level1(pid) = publish.qos_pid {
            self.say(&Packet::Puback(pid))?;
        }
        // What is no text is none of ours.
        if let Ok(text) = String::from_utf8(publish.payload.to_vec()) {
            let retained = if publish.retain { Retained::Yes } else { Retained::No };
            self.arrived.push_back(Arrived { topic: publish.topic_name.to_string(), text, retained });
        }
        Ok(())
    }

    fn say(&mut self, packet: &Packet) -> Result<(), Error> {
        let bytes = packet.encode().map_err(|_| Error::Protocol { server: self.address.server() })?;
        self.said = Instant::now();
        self.connection.write(bytes.as_ref(), ANSWER).map_err(|why| failed(&self.address, &why))
    }

    /// The next whole packet; `None` when there is none until `end`.
    fn packet(&mut self, end: Instant) -> Result<Option<Packet>, Error> {
        let protocol = || Error::Protocol { server: self.address.server() };
        let mut read = [0; 4096];
        loop {
            let length = length_of(&self.begun);
            if length.is_some_and(|length| length > MOST_BYTES) {
                return Err(protocol());
            }
            // It is decoded once it is whole: the decoder makes room for all that a head promises.
            if let Some(whole) = length.and_then(|length| self.begun.get(..length)) {
                let packet = Packet::decode(whole).ok().flatten().ok_or_else(protocol)?;
                self.begun.drain(..whole.len());
                self.heard = Instant::now();
                return Ok(Some(packet));
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.connection.read(&mut read, left) {
                Ok(0) => return Err(failed(&self.address, &ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.begun.extend_from_slice(read.get(..count).unwrap_or_default()),
                Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if Instant::now() >= end {
                        return Ok(None);
                    }
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(failed(&self.address, &why)),
            }
        }
    }

    fn name(&self, topic: &str) -> Result<TopicName, Error> {
        TopicName::try_from(topic).map_err(|_| Error::Protocol { server: self.address.server() })
    }

    fn silent(&self) -> Error {
        failed(&self.address, &ErrorKind::TimedOut.into())
    }
}

/// Bytes of the packet that begins here, by its head; `None` while the head is not whole.
fn length_of(begun: &[u8]) -> Option<usize> {
    let mut rest = 0;
    for (number, byte) in begun.iter().skip(1).take(4).enumerate() {
        rest |= usize::from(byte & 0x7f) << (7 * number);
        if byte & 0x80 == 0 {
            return Some(2 + number + rest);
        }
    }
    // Four bytes that all promise another one are no head; no packet is as long as this.
    (begun.len() > 4).then_some(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_packet_is_known_from_its_head_alone() {
        for (begun, length) in [
            (&[][..], None),
            (&[0x30], None),
            (&[0x30, 0x80], None),
            (&[0xd0, 0], Some(2)),
            (&[0x30, 127, 1], Some(129)),
            (&[0x30, 0x80, 0x01], Some(131)),
            (&[0x30, 0xff, 0xff, 0xff, 0x7f], Some(268_435_460)),
            (&[0x30, 0xff, 0xff, 0xff, 0xff], Some(usize::MAX)),
        ] {
            assert_eq!(length_of(begun), length, "{begun:x?}");
        }
    }
}
