//! `alerts`: what is wrong until its cause is gone.
use clap::Subcommand;

use super::Session;
use super::reading::ReadingSession;
use super::screen::{Align, Table, stamp};
use crate::api::list::Items;
use crate::domain::failure::{Code, Failure};

#[derive(Debug, Subcommand)]
pub enum Alerts {
    /// What is wrong first, then what was
    List {
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Say that you have seen an alert; it stays until its cause is gone
    Ack {
        /// Its number, as `alerts list` shows it
        id: i64,
    },
}

impl Session {
    pub(super) fn acknowledge(&self, id: i64) -> Result<(), Failure> {
        if !self.tools.catalog.acknowledge(id, (self.tools.now)().timestamp())? {
            return Err(Failure {
                code: Code::NotFound,
                message: format!("there is no open alert {id}"),
                advice: "`allsky-backups alerts list` shows all alerts.".into(),
            });
        }
        self.reading().list_alerts(20)
    }
}

impl ReadingSession {
    pub(super) fn list_alerts(&self, limit: u32) -> Result<(), Failure> {
        self.needs_history()?;
        let (alerts, now) = (self.tools.catalog.alerts(limit)?, (self.tools.now)());
        self.screen.show(&Items::all(&alerts), |out| {
            if alerts.is_empty() {
                return writeln!(out, "no alerts");
            }
            let left = Align::Left;
            let columns =
                [("ID", Align::Right), ("SINCE", left), ("LAST SEEN", left), ("STATE", left), ("ALERT", left)];
            let mut table = Table::new(&columns);
            for alert in &alerts {
                let (since, last) = (stamp(alert.since, &now), stamp(alert.last_seen, &now));
                let state = alert.state.word().to_owned();
                table.row([alert.id.to_string(), since, last, state, alert.detail.clone()]);
            }
            table.print(out)
        })
    }
}
