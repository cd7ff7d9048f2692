//! Who is told, and how: what an owner writes into `[notify]`.
//!
//! Invariant: a password is never in the configuration, only the name of what holds it.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use super::address::MaybeAddress;
use super::channel::ChannelSettings;
use super::plan::schedule::Daily;
use super::receivers::Receivers;

/// `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifySettings {
    /// Program and arguments; gets the summary of a run on its standard input.
    pub command: Vec<String>,
    pub transport: Transport,
    pub email_sender: MaybeAddress,
    /// Gets the summaries and reports.
    pub email_report: Receivers,
    /// Gets what failed as well, when it is another one.
    pub email_admin: Receivers,
    pub report: ReportWhen,
    /// When the runs of a day are told in one mail.
    pub report_at: Daily,
    /// Failures of jobs that somebody started by hand are told as well; a run of the nights always is.
    pub jobs_by_hand: bool,
    pub smtp_host: String,
    pub smtp_port: u16,
    pub smtp_security: SmtpSecurity,
    /// Empty = the sender's address.
    pub smtp_user: String,
    /// Certificates (PEM) of authorities that signed the server's, besides those that this machine trusts.
    pub smtp_ca_file: Option<PathBuf>,
    /// Its first line is the password; readable by its owner alone.
    pub password_file: Option<PathBuf>,
    /// Program and arguments; the first line that it prints is the password.
    pub password_command: Vec<String>,
    /// Where else it is told.
    #[serde(skip)]
    pub channels: Vec<ChannelSettings>,
}

impl Default for NotifySettings {
    fn default() -> Self {
        NotifySettings {
            command: Vec::new(),
            transport: Transport::default(),
            email_sender: MaybeAddress::default(),
            email_report: Receivers::default(),
            email_admin: Receivers::default(),
            report: ReportWhen::default(),
            report_at: Daily(jiff::civil::time(8, 0, 0, 0)),
            jobs_by_hand: false,
            smtp_host: "smtp.gmail.com".into(),
            smtp_port: 465,
            smtp_security: SmtpSecurity::default(),
            smtp_user: String::new(),
            smtp_ca_file: None,
            password_file: None,
            password_command: Vec::new(),
            channels: Vec::new(),
        }
    }
}

impl NotifySettings {
    /// Whether mails or messages have to leave this machine.
    pub fn goes_out(&self) -> bool {
        match self.transport {
            _ if !self.channels.is_empty() => true,
            Transport::None => false,
            Transport::Smtp => !matches!(self.smtp_host.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Transport::Sendmail => true,
        }
    }
}

/// How mails leave this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// There are no mails.
    #[default]
    None,
    Smtp,
    /// The program `sendmail` of this machine.
    Sendmail,
}

/// Whether this process may reach other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WayOut {
    /// Nobody keeps it from doing so.
    #[default]
    Free,
    /// systemd does.
    Shut,
    /// systemd would, and was told to let mails out.
    Opened,
}

impl WayOut {
    /// Reads the word that the unit of the service puts into the environment.
    pub fn named(word: Option<&str>) -> WayOut {
        match word {
            Some("shut") => WayOut::Shut,
            Some("opened") => WayOut::Opened,
            _ => WayOut::Free,
        }
    }
}

/// Which runs are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportWhen {
    #[default]
    Always,
    /// Warnings and failures.
    OnProblem,
    Never,
}

/// How often a plan is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportEvery {
    Run,
    /// All runs since the last mail in one, at the time of `[notify]`.
    Day,
}

/// What protects the way to the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte, as on port 465.
    #[default]
    Ssl,
    /// TLS after a first word in the clear, as on port 587; without it nothing is sent.
    Starttls,
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_are_read_and_mails_are_off_by_default() {
        assert_eq!(toml::from_str::<NotifySettings>("").unwrap(), NotifySettings::default());
        let text = "transport = 'smtp'\nemail_sender = 'pi@a.example'\nemail_report = 'me@b.example'\nemail_admin = ''\n\
                    report = 'on_problem'\nsmtp_host = 'mail.a.example'\nsmtp_port = 587\nsmtp_security = 'starttls'\n\
                    smtp_user = 'pi'\npassword_file = '/etc/p'\npassword_command = ['pass', 'mail']\ncommand = ['logger']\n";
        let read: NotifySettings = toml::from_str(text).unwrap();
        assert_eq!((read.transport, read.report), (Transport::Smtp, ReportWhen::OnProblem));
        assert_eq!((read.smtp_port, read.smtp_security), (587, SmtpSecurity::Starttls));
        assert_eq!((read.email_sender.as_deref(), read.email_admin.as_deref()), (Some("pi@a.example"), None));
    }
}
