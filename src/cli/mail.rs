//! `mail`: what was sent and what waits, a mail to try it out, and another try for what waits.
use std::io::{self, Write};

use clap::Subcommand;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table, say};
use crate::api::list::Items;
use crate::domain::failure::Failure;
use crate::domain::mail::letter::{Fate, Posted};
use crate::jobs::put_down_reports;
use crate::work::mail::{Delivery, deliver, retry, send_trial};
use crate::work::notify::{self, Patience};

#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Newest first, with the reason when one could not be sent
    List {
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Send a test mail now, to everybody who gets mails
    Test,
    /// Try everything that was not sent again now, also what was given up
    Retry,
}

impl Session {
    pub(super) fn mail(&self, what: Mail) -> Result<(), Failure> {
        let told = Failure::from;
        match what {
            Mail::List { limit } => self.reading().letters(limit),
            Mail::Test => {
                let posted = send_trial(&self.tools).map_err(told)?;
                self.screen.show(&posted, |out| writeln!(out, "sent: {}", posted.subject))
            }
            Mail::Retry => {
                let mut delivery = retry(&self.tools).map_err(told)?;
                let messages = notify::deliver(&self.tools, Patience::OfService)?;
                delivery.sent += messages.sent;
                delivery.failed += messages.failed;
                delivery.failure = delivery.failure.or(messages.failure);
                match delivery.failure {
                    None => self.screen.show(&delivery, |out| writeln!(out, "{} sent", delivery.sent)),
                    Some(failure) => Err(failure),
                }
            }
        }
    }

    /// Sends the mails of this program, unless the service sends them already. A failure is shown and changes nothing
    /// else.
    pub(super) fn post(&self) {
        if let Err(failure) = put_down_reports(&self.tools) {
            say(&format!("The run could not be reported: {}", failure.message));
        }
        match notify::deliver(&self.tools, Patience::OfTerminal) {
            Ok(Delivery { failure: Some(failure), .. }) => {
                say(&format!("A message waits and is tried again: {}. {}", failure.message, failure.advice));
            }
            Ok(_) => {}
            Err(error) => say(&format!("The waiting messages could not be read: {}", Failure::of(&error).message)),
        }
        match deliver(&self.tools) {
            Ok(Delivery { failure: Some(failure), .. }) => {
                say(&format!("The mail waits and is tried again: {}. {}", failure.message, failure.advice));
            }
            Ok(_) => {}
            Err(error) => say(&format!("The waiting mails could not be read: {}", Failure::of(&error).message)),
        }
    }
}

impl ReadingSession {
    pub(super) fn letters(&self, limit: u32) -> Result<(), Failure> {
        self.needs_history()?;
        let letters = self.tools.catalog.letters(limit)?;
        self.screen.show(&Items::all(&letters), |out| table(&letters, out))
    }
}

fn table(letters: &[Posted], out: &mut dyn Write) -> io::Result<()> {
    if letters.is_empty() {
        return writeln!(out, "no mails yet");
    }
    let zone = jiff::tz::TimeZone::system();
    let at = |time: jiff::Timestamp| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let mut table = Table::new(&[
        ("QUEUED", Align::Left),
        ("STATE", Align::Left),
        ("TRIES", Align::Right),
        ("SUBJECT", Align::Left),
        ("REMARK", Align::Left),
    ]);
    for letter in letters {
        let remark = match (letter.fate, letter.next_at, letter.sent_at) {
            (Fate::Sent, _, Some(sent)) => format!("sent {}", at(sent)),
            (Fate::Waiting, Some(next), _) if letter.attempts > 0 => format!("again {}", at(next)),
            _ => String::new(),
        };
        let remark = match &letter.error {
            Some(error) if remark.is_empty() => error.clone(),
            Some(error) => format!("{remark}: {error}"),
            None => remark,
        };
        let tries = letter.attempts.to_string();
        table.row([at(letter.queued_at), letter.fate.word().to_owned(), tries, letter.subject.clone(), remark]);
    }
    table.print(out)
}
