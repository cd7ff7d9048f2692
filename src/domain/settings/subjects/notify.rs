//! Keys about mails and messages.
use crate::domain::notify::MaybeAddress;
use crate::domain::plan::schedule::Daily;
use crate::domain::receivers::Receivers;
use crate::domain::server::DomainName;
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const NOTIFY: Subject = Subject {
    section: "notify",
    title: "Mails",
    about: "Who hears of a run. Passwords are never written here: only the file that holds one, or the program that \
            tells it.",
    hand: Hand::Page,
    keys: &[
        key(
            "transport",
            Kind::OneOf(&["none", "smtp", "sendmail"]),
            "Mails",
            "none sends nothing, smtp uses a mail server, sendmail the program of this machine.",
        ),
        key("email_sender", ADDRESS, "From", "The address that mails come from.").else_is("nobody"),
        key(
            "email_report",
            RECEIVERS,
            "To",
            "Get the summary of every run; several are set apart by commas. root or another account of this machine \
             takes part where its mail program or its mail server sends.",
        )
        .else_is("nobody"),
        key("email_admin", RECEIVERS, "Failures also to", "Hear of failures, where they are other addresses.")
            .else_is("nobody"),
        key(
            "report",
            Kind::OneOf(&["always", "on_problem", "never"]),
            "When",
            "on_problem leaves out runs without warning or failure. A plan may say otherwise.",
        ),
        key(
            "report_at",
            Kind::Text { rule: is::<Daily>, code: Rule::BadSchedule },
            "Daily reports at",
            "When the runs of a day are told in one mail, of plans that want it so.",
        ),
        key(
            "jobs_by_hand",
            Kind::Flag,
            "Failures of jobs started by hand too",
            "Off: you see how a job that you start ends. Failed runs of the nights are always mailed.",
        ),
        key(
            "smtp_host",
            Kind::Text { rule: is::<DomainName>, code: Rule::BadName },
            "Mail server",
            "The name of the server for outgoing mail.",
        ),
        key("smtp_port", Kind::Whole { least: 1, most: 65_535 }, "Port", "465 with ssl, 587 with starttls."),
        key(
            "smtp_security",
            Kind::OneOf(&["ssl", "starttls", "none"]),
            "Encryption",
            "none only for a server on this machine or your own network.",
        ),
        key("smtp_user", Kind::Text { rule: line, code: Rule::BadName }, "User", "The name to log in with.")
            .else_is("the sender's address"),
        key(
            "smtp_ca_file",
            Kind::Path,
            "Certificates in",
            "A PEM file with the authority of a mail server of your own, beside those that this machine trusts.",
        )
        .else_is("none"),
        key(
            "password_file",
            Kind::Path,
            "Password in",
            "A file whose first line is the password, readable by its owner alone.",
        )
        .else_is("none"),
        key(
            "password_command",
            Kind::Command,
            "Password from",
            "A program and its arguments, in place of the file; the first line that it prints is the password.",
        ),
        key(
            "command",
            Kind::Command,
            "Program to run",
            "A program and its arguments; gets the summary of every run on its standard input.",
        ),
    ],
};

const RECEIVERS: Kind = Kind::Text { rule: is::<Receivers>, code: Rule::EmailIncomplete };
const ADDRESS: Kind = Kind::Text { rule: is::<MaybeAddress>, code: Rule::EmailIncomplete };

fn line(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) { Err("this must be one line".into()) } else { Ok(()) }
}
