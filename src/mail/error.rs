//! Why a letter did not leave.
use std::io;
use std::path::PathBuf;

use crate::domain::failure::{Advice, Code};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("mails are turned off")]
    Off,
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{key} is no address that mail servers understand: {why}")]
    Address { key: &'static str, why: lettre::address::AddressError },
    #[error("{account} is an account of this machine, and {server} is another machine")]
    Account { account: String, server: String },
    #[error("{address} has letters that {server} does not take before the @ (it does not offer SMTPUTF8): {how}")]
    Letters { address: String, server: String, how: String },
    #[error("the mail could not be written")]
    Letter(#[source] lettre::error::Error),
    #[error("the password could not be read")]
    Password(#[source] io::Error),
    #[error("{program}, which should tell the password, {how}")]
    PasswordCommand { program: String, how: String },
    #[error("the password would go to {0} without protection")]
    InTheClear(String),
    #[error("{}: the certificates could not be read: {why}", .path.display())]
    Authority { path: PathBuf, why: String },
    #[error("{server} could not be reached: {how}")]
    Unreachable { server: String, how: String },
    #[error("there is no safe connection to {server}: {how}")]
    Unsafe { server: String, how: String },
    #[error("{server} did not take the name or the password: {how}")]
    Login { server: String, how: String },
    #[error("{server} did not take the mail: {how}")]
    Refused { server: String, how: String },
    #[error("the program sendmail {0}")]
    Sendmail(String),
}

/// What has to change before a try can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The way: no other letter will get through now.
    Way,
    /// This letter alone.
    Letter,
}

impl Error {
    pub fn blame(&self) -> Blame {
        match self {
            Error::Letter(_) | Error::Refused { .. } => Blame::Letter,
            _ => Blame::Way,
        }
    }
}

impl Advice for Error {
    fn code(&self) -> Code {
        match self {
            Error::Off | Error::Missing(_) | Error::Address { .. } | Error::InTheClear(_) => Code::Usage,
            Error::Account { .. } | Error::Letters { .. } => Code::Usage,
            Error::Password(_) | Error::Authority { .. } => Code::Usage,
            _ => Code::Failed,
        }
    }

    fn advice(&self) -> String {
        match self {
            Error::Off => "Set transport in [notify] to \"smtp\" or \"sendmail\".",
            Error::Missing(_) | Error::Address { .. } => "Write it into [notify] of the configuration.",
            Error::Account { .. } => "Write an address with an @, or set transport in [notify] to \"sendmail\".",
            Error::Letters { .. } => "Use an address with plain letters before the @, or a mail server that offers SMTPUTF8.",
            Error::Letter(_) => "This is a mistake in the program: please report it with these words.",
            Error::Password(_) => "Put the password alone into a file that only you can read, and name it in password_file.",
            Error::PasswordCommand { .. } => "Run password_command of [notify] by hand: its first line must be the password.",
            Error::InTheClear(_) => "Set smtp_security to \"ssl\" or \"starttls\"; without a password \"none\" works as well.",
            Error::Authority { .. } => "Name a PEM file with the certificate in smtp_ca_file.",
            Error::Unreachable { .. } => "Check smtp_host and smtp_port, and whether this machine is on the network.",
            Error::Unsafe { .. } => {
                "Port 465 wants smtp_security \"ssl\", port 587 \"starttls\"; a mail server of your own may need smtp_ca_file."
            }
            Error::Login { .. } => {
                "Check smtp_user and the password; many providers want a password made for programs alone."
            }
            Error::Refused { .. } => "Check email_sender, email_report and email_admin.",
            Error::Sendmail(_) => "Install a mail program such as msmtp-mta, or use smtp.",
        }
        .to_owned()
    }
}
