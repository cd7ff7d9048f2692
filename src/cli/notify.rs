//! `notify`: the channels besides mail, what they were sent last, and a message to try one out.
use clap::Subcommand;
use serde_json::json;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table};
use crate::domain::failure::Failure;
use crate::domain::mail::letter::{Fate, Posted};
use crate::work::notify::send_trial;

/// Messages that are looked through for the last of each channel.
const SHOWN: u32 = 500;

#[derive(Debug, Subcommand)]
pub enum Notify {
    /// Every `[[notify_to]]` of the configuration, with its last message and why it was not sent
    List,
    /// Send a test message to a channel now; says in words what is wrong
    Test { name: String },
}

impl Session {
    pub(super) fn try_channel(&self, name: &str) -> Result<(), Failure> {
        let posted = send_trial(&self.tools, name)?;
        self.screen.show(&posted, |out| writeln!(out, "sent to {name}: {}", posted.subject))
    }
}

impl ReadingSession {
    pub(super) fn channels(&self) -> Result<(), Failure> {
        self.needs_history()?;
        let letters = self.tools.catalog.letters(SHOWN)?;
        let channels = &self.tools.notify.channels;
        let of = |name: &str| letters.iter().filter(|letter| letter.channel == name).collect::<Vec<&Posted>>();
        let items: Vec<_> = channels
            .iter()
            .map(|channel| {
                let all = of(channel.name.as_str());
                let waiting = all.iter().filter(|one| one.fate == Fate::Waiting).count();
                json!({ "name": channel.name, "kind": channel.kind, "on": channel.on, "waiting": waiting, "last": all.first() })
            })
            .collect();
        self.screen.show(&json!({ "items": items }), |out| {
            if channels.is_empty() {
                return writeln!(out, "no channels yet; the guide tells how to write a [[notify_to]]");
            }
            let columns =
                [("NAME", Align::Left), ("KIND", Align::Left), ("LAST", Align::Left), ("REMARK", Align::Left)];
            let mut table = Table::new(&columns);
            for channel in channels {
                let all = of(channel.name.as_str());
                let last = all.first().map_or("nothing yet", |one| one.fate.word());
                let why = all.first().and_then(|one| one.error.clone()).unwrap_or_default();
                table.row([channel.name.as_str().to_owned(), channel.kind.word().to_owned(), last.to_owned(), why]);
            }
            table.print(out)
        })
    }
}
