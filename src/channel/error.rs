//! Why a message did not leave.
use std::io;
use std::time::Duration;

use crate::domain::failure::{Advice, Code};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} could not be read")]
    Secret { what: &'static str, source: io::Error },
    #[error("the file of the address holds no address that begins with https:// or http://")]
    Address,
    #[error("the message would go to {0} without protection")]
    InTheClear(String),
    #[error("the certificates could not be read: {0}")]
    Authority(String),
    #[error("{server} could not be reached: {how}")]
    Unreachable { server: String, how: String },
    #[error("there is no safe connection to {server}: {how}")]
    Unsafe { server: String, how: String },
    #[error("{server} answers elsewhere now (status {status})")]
    Moved { server: String, status: u16 },
    #[error("{server} did not take the token or the address (status {status})")]
    Login { server: String, status: u16 },
    #[error("{server} does not know the address (status {status})")]
    Unknown { server: String, status: u16 },
    #[error("{server} wants fewer messages (status 429)")]
    TooMany { server: String, wait: Option<Duration> },
    #[error("{server} did not take the message (status {status})")]
    Refused { server: String, status: u16 },
    #[error("the channel has no address of a broker")]
    NoBroker,
    #[error("{server} did not take user or password")]
    BrokerLogin { server: String },
    #[error("{server} lets nobody in now: {how}")]
    BrokerShut { server: String, how: &'static str },
    #[error("{server} does not let this user hear of presses of buttons")]
    Deaf { server: String },
    #[error("{server} does not speak MQTT 3.1.1")]
    Protocol { server: String },
}

impl Error {
    /// How long the server wants to be left alone.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Error::TooMany { wait, .. } => *wait,
            _ => None,
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Secret { .. } | Error::Address | Error::InTheClear(_) | Error::Authority(_) | Error::NoBroker => {
                Code::Usage
            }
            _ => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Secret { .. } => {
                "Put it alone into a file that only you can read (chmod 600), and name the file in the configuration."
            }
            Error::Address => "Write the whole address into the first line of the file, like https://ntfy.sh/TOPIC.",
            Error::InTheClear(_) => {
                "Write an address with https://; http:// is for servers of this machine and of your own network."
            }
            Error::Authority(_) => "Name a PEM file with certificates in ca_file.",
            Error::Unreachable { .. } => {
                "Check the address, and whether this machine is on the network. It is tried again by itself."
            }
            Error::Unsafe { .. } => "Check the address; a server of your own may need ca_file.",
            Error::Moved { .. } => "Write the address to which it leads into the file; it is never followed by itself.",
            Error::Login { .. } => "Write a new token or address into its file.",
            Error::Unknown { .. } => "Copy the address anew from the server.",
            Error::TooMany { .. } => "It is tried again when the server allows it.",
            Error::NoBroker => "Write address = \"mqtt://HOST:PORT\" into the channel.",
            Error::BrokerLogin { .. } => "Check user, and the file that password_file names.",
            Error::BrokerShut { .. } => "It is tried again by itself; the log of the broker says more.",
            Error::Deaf { .. } => "Allow the user to read below the topic of the channel, or leave buttons off.",
            Error::Protocol { .. } => "Check the port: 1883 is usual for mqtt://, and 8883 for mqtts://.",
            Error::Refused { .. } => "It is tried again by itself; the server's own page may say what is wrong.",
        }
        .to_owned()
    }
}
