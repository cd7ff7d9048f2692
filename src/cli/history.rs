//! `jobs`: what was done and how it ended.
use serde_json::json;

use super::reading::ReadingSession;
use super::screen::{Align, Table, stamp};
use crate::domain::failure::Failure;
use crate::domain::job::Job;
use crate::domain::order::{ArchiveOrder, CameraOrder, DriveOrder, NightChoice, Order, SectionChoice, SnapshotOrder};
use crate::work::outcome::Outcome;

impl ReadingSession {
    pub(super) fn history(&self, limit: u32) -> Result<(), Failure> {
        self.needs_history()?;
        let (jobs, now) = (self.tools.catalog.jobs(limit)?, (self.tools.now)());
        self.screen.show(&json!({ "items": jobs }), |out| {
            if jobs.is_empty() {
                return writeln!(out, "nothing was done yet");
            }
            let left = Align::Left;
            let mut table = Table::new(&[
                ("STARTED", left),
                ("WHAT", left),
                ("SECONDS", Align::Right),
                ("STATE", left),
                ("OUTCOME", left),
            ]);
            for job in &jobs {
                let seconds = match (job.started_at, job.ended_at) {
                    (Some(start), Some(end)) => format!("{:.1}", end.duration_since(start).as_secs_f64()),
                    _ => "-".into(),
                };
                let at = stamp(job.started_at.unwrap_or(job.queued_at), &now);
                table.row([at, what(&job.order), seconds, job.state.word().into(), outcome(job)]);
            }
            table.print(out)
        })
    }
}

fn what(order: &Order) -> String {
    let verb = order.verb().replace('_', " ");
    match order {
        Order::Archive(ArchiveOrder::CreateConfig { sections: SectionChoice::Keys(keys), .. }) => {
            format!("{verb} ({})", keys.join(", "))
        }
        Order::Archive(ArchiveOrder::CreateImages { nights: NightChoice::Folders(names) }) => {
            format!("{verb} ({})", names.join(", "))
        }
        Order::Archive(ArchiveOrder::Verify { name })
        | Order::Archive(ArchiveOrder::Inspect { name })
        | Order::Archive(ArchiveOrder::Delete { name }) => format!("{verb} {name}"),
        Order::Archive(ArchiveOrder::Copy { name, from, to, .. }) => format!("{verb} {name} from {from} to {to}"),
        Order::Drive(DriveOrder::SetUp { destination }) | Order::Drive(DriveOrder::Check { destination }) => {
            format!("{verb} {destination}")
        }
        Order::Snapshot(SnapshotOrder::Prune { host }) | Order::Snapshot(SnapshotOrder::Verify { host, .. }) => {
            format!("{verb} {host}")
        }
        Order::Snapshot(SnapshotOrder::Restore { request }) => format!("{verb} {} {}", request.host, request.snapshot),
        Order::Snapshot(SnapshotOrder::Take { host }) => format!("{verb} {host}"),
        Order::Camera(CameraOrder::Restore { request }) => format!("{verb} {}", request.name),
        Order::Camera(CameraOrder::RestoreNight { request }) => format!("{verb} {}", request.night.date()),
        Order::Camera(CameraOrder::Undo { id: Some(id) }) => format!("{verb} {id}"),
        Order::Archive(ArchiveOrder::Import { file }) => format!("{verb} {}", file.display()),
        Order::Archive(ArchiveOrder::Upload { file_name }) => {
            format!("{verb} {}", crate::base::rel_path::printable(file_name.as_bytes()))
        }
        _ => verb,
    }
}

/// The archive that came out, or why none did.
fn outcome(job: &Job) -> String {
    let kept = job.result.as_ref().and_then(|kept| Outcome::recall(&job.order, kept));
    let made = kept.as_ref().and_then(Outcome::archive).unwrap_or("");
    match (&job.failure, job.warnings.len()) {
        (Some(failure), _) => failure.message.clone(),
        (None, 0) => made.to_owned(),
        (None, n) => format!("{made} ({n} warning{})", if n == 1 { "" } else { "s" }),
    }
}
