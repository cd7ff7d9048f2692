//! Keys of a `[[notify_to]]`: there may be many of them, so they are no part of the table of single keys.
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
            "ntfy, discord, webhook (JSON for programs), or healthchecks, which hears when each run of a plan begins and how it ends.",
        ),
        key(
            "url_file",
            Kind::Path,
            "Address in",
            "A file whose first line is the address, like https://ntfy.sh/TOPIC, readable by its owner alone: whoever has it can write there.",
        ),
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
    ],
};

fn event(text: &str) -> Result<(), String> {
    let words = ChannelEvent::WORDS;
    if words.contains(&text) { Ok(()) } else { Err(format!("\"{text}\" is none of {}", words.join(", "))) }
}
