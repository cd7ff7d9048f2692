//! `snapshots alerts` and `snapshots alert`: what is out of the ordinary at hosts, and what their owner says of it.
use clap::Args;

use super::Session;
use super::reading::ReadingSession;
use crate::api::list::Items;
use crate::domain::anomaly::rules::Severity;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::work::snapshot::alerts::{Answer, all, answer};

/// One of them must be said.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Answered {
    /// It was seen; nothing else changes
    #[arg(long)]
    acknowledge: bool,
    /// The snapshot is good; its rules speak later from now on
    #[arg(long)]
    false_alarm: bool,
    /// It was harm and is over; the snapshot stays marked, and nothing waits for it any more
    #[arg(long)]
    resolve: bool,
}

impl Answered {
    fn answer(&self) -> Answer {
        match self {
            Answered { false_alarm: true, .. } => Answer::FalseAlarm,
            Answered { resolve: true, .. } => Answer::Resolved,
            _ => Answer::Acknowledged,
        }
    }
}

impl ReadingSession {
    pub(super) fn snapshot_alerts(&self, host: Option<&HostName>) -> Result<(), Failure> {
        let all = all(&self.tools, host)?;
        self.screen.show(&Items::all(&all), |out| {
            for alerts in &all {
                for item in &alerts.snapshots {
                    let state = if item.suspect.is_some() { "NOT TRUSTED" } else { "told" };
                    writeln!(out, "{}  {}  {state}", alerts.host, item.name)?;
                    for finding in &item.marker.findings {
                        let word = if finding.severity == Severity::Critical { "critical" } else { "warning" };
                        writeln!(out, "    {word}  {}: {}", finding.rule.word(), finding.why)?;
                    }
                    let names = item.marker.measure.iter().flat_map(|measure| &measure.samples.names);
                    names.into_iter().try_for_each(|name| writeln!(out, "        {name}"))?;
                }
            }
            if all.iter().all(|alerts| alerts.snapshots.is_empty()) {
                writeln!(out, "nothing is out of the ordinary")
            } else {
                Ok(())
            }
        })
    }
}

impl Session {
    pub(super) fn answer_alert(&self, host: &HostName, name: SnapshotName, said: &Answered) -> Result<(), Failure> {
        let item = answer(&self.tools, host, name, said.answer())?;
        self.screen.show(&item, |out| {
            let trusted = if item.suspect.is_none() { "trusted" } else { "not trusted" };
            writeln!(out, "{} of {host} is {trusted}", item.name)
        })
    }
}
