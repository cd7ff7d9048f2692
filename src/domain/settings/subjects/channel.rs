//! Keys of a `[[notify_to]]`: there may be many of them, so they are no part of the table of single keys.
use crate::domain::broker::{BrokerAddress, TopicPrefix};
use crate::domain::channel::{ChannelEvent, ChannelKind, ChannelName};
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const NOTIFY_TO: Subject = Subject {
    section: "notify_to",
    title: "Messages besides mail",
    about: "Where you hear of your backups besides mail. Each begins with [[notify_to]]. `notify test NAME` tries one.",
    hand: Hand::File,
    keys: &[
        key(
            "name",
            Kind::Text { rule: is::<ChannelName>, code: Rule::BadName },
            "Name",
            "Small letters, digits and -, beginning with a letter, each name once.",
        ),
        key(
            "kind",
            Kind::OneOf(ChannelKind::WORDS),
            "Kind",
            "ntfy, discord, webhook (JSON for programs), healthchecks, which hears when each run of a plan begins and how it ends, or mqtt, for home automation.",
        ),
        key(
            "url_file",
            Kind::Path,
            "Address in",
            "A file whose first line is the address, like https://ntfy.sh/TOPIC, readable by its owner alone: whoever has it can write there. Not for mqtt.",
        )
        .else_is("needed, but by mqtt"),
        key(
            "token_file",
            Kind::Path,
            "Token in",
            "A file whose first line is a token that is sent along, readable by its owner alone.",
        )
        .else_is("none"),
        key("ca_file", Kind::Path, "Certificates in", "A PEM file with the authority of a server of your own.")
            .else_is("none"),
        key(
            "on",
            Kind::Texts { rule: event, code: Rule::OutOfRange },
            "Tells of",
            "A list of problem (something is wrong, told once), recovered, success (of each run) and report (each run with its steps).",
        )
        .else_is("problem and recovered"),
        key(
            "address",
            Kind::Text { rule: is::<BrokerAddress>, code: Rule::BadType },
            "Broker",
            "For mqtt: mqtt://HOST:PORT, or mqtts:// with TLS. Without TLS only in your own network.",
        )
        .else_is("needed by mqtt"),
        key("user", Kind::Text { rule: |_| Ok(()), code: Rule::BadType }, "User", "For mqtt: the name at the broker.").else_is("none"),
        key(
            "password_file",
            Kind::Path,
            "Password in",
            "For mqtt: a file whose first line is the password, readable by its owner alone.",
        )
        .else_is("none"),
        key(
            "topic",
            Kind::Text { rule: is::<TopicPrefix>, code: Rule::BadName },
            "Topics begin with",
            "For mqtt: what stands before every topic. Two machines at one broker need two of them.",
        )
        .else_is("allsky-backups/ and the name of the machine"),
        key(
            "discovery",
            Kind::Flag,
            "Home Assistant",
            "For mqtt: tell Home Assistant what there is, below homeassistant/, so that it shows everything by itself.",
        )
        .else_is("true"),
        key(
            "buttons",
            Kind::Flag,
            "Buttons",
            "For mqtt: listen at the broker for presses that run a plan. Whoever may write there can start plans, and nothing else.",
        )
        .else_is("false"),
    ],
};

fn event(text: &str) -> Result<(), String> {
    let words = ChannelEvent::WORDS;
    if words.contains(&text) { Ok(()) } else { Err(format!("\"{text}\" is none of {}", words.join(", "))) }
}
