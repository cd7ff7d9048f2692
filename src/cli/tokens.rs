//! `tokens`: what programs show to the web interface.
use clap::Subcommand;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table, say, stamp};
use crate::api::list::Items;
use crate::api::token::TokenRemoved;
use crate::domain::api_token::{Right, TokenName};
use crate::domain::failure::Failure;
use crate::work::tokens;

#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make a token and print it, once
    Add {
        /// What you call it: grafana
        name: TokenName,
        /// read sees states and lists; run also starts and cancels backups and checks; admin also deletes, restores,
        /// downloads and changes settings
        #[arg(long, value_name = "RIGHT", default_value_t = Right::Read)]
        right: Right,
    },
    /// Every token with its right and when it was last used; nobody can read its text again
    List,
    /// Revoke a token: it opens nothing any more
    Remove { name: TokenName },
}

impl Session {
    pub(super) fn tokens(&self, what: Tokens) -> Result<(), Failure> {
        match what {
            Tokens::Add { name, right } => {
                let made = tokens::add(&self.tools, &name, right)?;
                self.screen.show(&made, |out| writeln!(out, "{}", made.token))?;
                say("note: this is shown once. Programs send it as: Authorization: Bearer TOKEN");
                Ok(())
            }
            Tokens::List => self.reading().list_tokens(),
            Tokens::Remove { name } => {
                tokens::remove(&self.tools, &name)?;
                let told = TokenRemoved::now(&name);
                self.screen.show(&told, |out| writeln!(out, "token {name} opens nothing any more"))
            }
        }
    }
}

impl ReadingSession {
    pub(super) fn list_tokens(&self) -> Result<(), Failure> {
        self.needs_history()?;
        let (all, now) = (tokens::list(&self.tools)?, (self.tools.now)());
        self.screen.show(&Items::all(&all), |out| {
            if all.is_empty() {
                return writeln!(out, "there are no tokens");
            }
            let left = Align::Left;
            let mut table = Table::new(&[("NAME", left), ("RIGHT", left), ("MADE", left), ("LAST USED", left)]);
            for one in &all {
                let used = one.last_used_at.map_or_else(|| "never".to_owned(), |at| stamp(at, &now));
                table.row([one.name.to_string(), one.right.to_string(), stamp(one.made_at, &now), used]);
            }
            table.print(out)
        })
    }
}
