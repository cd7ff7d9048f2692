//! What happened, in a job or outside of all jobs, one row for each thing. The row id is the id that browsers resume at, so
//! rows are only ever added, in the order in which things happened.
use jiff::Timestamp;
use rusqlite::{Row, Transaction, TransactionBehavior, params};

use super::columns::{from_json, from_millis, job_id, state_text, to_json};
use super::run_state::follow;
use super::{Catalog, Error, steps};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::host::settings::HostName;
use crate::domain::job::{JobId, JobState};
use crate::domain::monitor::Stage;
use crate::domain::plan::name::PlanName;
use crate::domain::retention::decision::Reason;
use crate::domain::snapshot::name::SnapshotName;

/// A remembered event. The row id is the id of the SSE event.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: i64,
    /// `None` for what belongs to no job.
    pub job: Option<JobId>,
    pub kind: EventKind,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    State {
        state: JobState,
    },
    Stages {
        stages: Vec<Stage>,
    },
    Stage {
        stage: Stage,
    },
    Warning {
        text: String,
    },
    /// Somebody wants it to stop.
    Cancelling,
    /// The settings were changed, and count from now on.
    Settings,
    /// A plan was paused, or goes on.
    Plan {
        plan: PlanName,
        paused: bool,
    },
    /// An archive, a night or a snapshot was pinned, or is marked otherwise by its owner.
    Mark {
        name: String,
    },
    /// A look has found something else than the one before: at nights, a drive, a destination, snapshots or sizes.
    Look {
        what: String,
    },
    /// An alert was opened, acknowledged or resolved.
    Alert {
        id: i64,
        kind: AlertKind,
        subject: String,
        state: AlertState,
    },
    /// A snapshot of a host was taken, or is gone.
    Snapshot {
        host: HostName,
        name: SnapshotName,
        /// `taken`, `suspect` or `deleted`.
        state: String,
    },
    /// A night that was known is in another state or class now.
    Night {
        source: String,
        night: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        state: String,
    },
    /// There is more or less room on a destination than there was, by a look at it.
    Disk {
        destination: String,
        /// Bytes, as the other two.
        total: u64,
        used: u64,
        free: u64,
        /// Of the room, how much is used.
        pct: u8,
    },
    /// Retention has deleted something.
    Retention {
        plan: String,
        item: String,
        reason: Reason,
        bytes: u64,
    },
}

impl EventKind {
    /// The type of the SSE event.
    pub fn word(&self) -> &'static str {
        match self {
            EventKind::Settings => "settings",
            EventKind::Plan { .. } => "plan",
            EventKind::Mark { .. } => "mark",
            EventKind::Look { .. } => "look",
            EventKind::Alert { .. } => "alert",
            EventKind::Retention { .. } => "retention",
            EventKind::Snapshot { .. } => "snapshot",
            EventKind::Night { .. } => "night",
            EventKind::Disk { .. } => "disk",
            EventKind::State { .. }
            | EventKind::Stages { .. }
            | EventKind::Stage { .. }
            | EventKind::Warning { .. }
            | EventKind::Cancelling => "job",
        }
    }
}

/// How many events that belong to no job are kept: a page that was away for longer draws itself anew.
const NEWS_KEPT: u32 = 1000;

impl Catalog {
    /// Applies and remembers an event; returns its id.
    pub fn record(&self, job: JobId, kind: &EventKind, at: Timestamp) -> Result<i64, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        apply(&transaction, job, kind, at)?;
        let id = insert(&transaction, job, kind, at)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Remembers what belongs to no job; returns its id.
    pub fn tell(&self, kind: &EventKind, at: Timestamp) -> Result<i64, Error> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = tell(&transaction, kind, at)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Oldest first, at most `limit`.
    pub fn events_after(&self, id: i64, limit: u32) -> Result<Vec<Event>, Error> {
        let connection = self.reading();
        let mut query =
            connection.prepare_cached("SELECT id, job, at, kind FROM events WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let rows = query.query_map(params![id, limit], event)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest `limit` events of a job, oldest first.
    pub fn last_events(&self, job: JobId, limit: u32) -> Result<Vec<Event>, Error> {
        let connection = self.reading();
        let mut query = connection
            .prepare_cached("SELECT id, job, at, kind FROM events WHERE job = ?1 ORDER BY id DESC LIMIT ?2")?;
        let rows = query.query_map(params![job.to_string(), limit], event)?;
        let mut events: Vec<Event> = rows.collect::<Result<_, _>>()?;
        events.reverse();
        Ok(events)
    }

    /// The last event of any of these jobs; `None` when there is none.
    pub fn last_event_of(&self, jobs: &[JobId]) -> Result<Option<i64>, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT max(id) FROM events WHERE job = ?1")?;
        let mut last = None;
        for job in jobs {
            last = last.max(query.query_row([job.to_string()], |row| row.get(0))?);
        }
        Ok(last)
    }

    /// 0 when nothing has happened yet.
    pub fn newest_event(&self) -> Result<i64, Error> {
        let connection = self.reading();
        let mut query = connection.prepare_cached("SELECT coalesce(max(id), 0) FROM events")?;
        Ok(query.query_row([], |row| row.get(0))?)
    }
}

fn event(row: &Row) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get("id")?,
        job: row.get::<_, Option<String>>("job")?.is_some().then(|| job_id(row, "job")).transpose()?,
        kind: from_json(row, "kind")?.ok_or(rusqlite::Error::InvalidQuery)?,
        at: from_millis(row.get("at")?),
    })
}

pub(super) fn insert(transaction: &Transaction, job: JobId, kind: &EventKind, at: Timestamp) -> rusqlite::Result<i64> {
    transaction.prepare_cached("INSERT INTO events (job, at, kind) VALUES (?1, ?2, ?3)")?.execute(params![
        job.to_string(),
        at.as_millisecond(),
        to_json(kind)?
    ])?;
    Ok(transaction.last_insert_rowid())
}

/// Part of the transaction that changes what it tells of.
pub(super) fn tell(transaction: &Transaction, kind: &EventKind, at: Timestamp) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached("INSERT INTO events (job, at, kind) VALUES (NULL, ?1, ?2)")?
        .execute(params![at.as_millisecond(), to_json(kind)?])?;
    let id = transaction.last_insert_rowid();
    transaction
        .prepare_cached(
            "DELETE FROM events WHERE job IS NULL AND id <=
             (SELECT id FROM events WHERE job IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([NEWS_KEPT])?;
    Ok(id)
}

fn apply(transaction: &Transaction, job: JobId, kind: &EventKind, at: Timestamp) -> rusqlite::Result<()> {
    let id = job.to_string();
    match kind {
        EventKind::State { state } => {
            let running = (*state == JobState::Running).then(|| at.as_millisecond());
            let over = state.is_over().then(|| at.as_millisecond());
            if state.is_over() {
                steps::end(transaction, job, *state, at)?;
            }
            transaction.execute(
                "UPDATE jobs SET state = ?2, started_at = coalesce(started_at, ?3), ended_at = ?4 WHERE id = ?1",
                params![id, state_text(*state)?, running, over],
            )?;
            follow(transaction, job, at)?;
        }
        EventKind::Stages { stages } => {
            transaction.execute("UPDATE jobs SET stages = ?2 WHERE id = ?1", params![id, to_json(stages)?])?;
        }
        EventKind::Stage { stage } => {
            steps::begin(transaction, job, *stage, at)?;
            let (stages, present) =
                transaction.query_row("SELECT stages, stage FROM jobs WHERE id = ?1", params![id], |row| {
                    Ok((from_json::<Vec<Stage>>(row, "stages")?.unwrap_or_default(), row.get::<_, Option<i64>>(1)?))
                })?;
            // The staircase is climbed: a stage that comes twice is the next one of its kind.
            let from = present.and_then(|n| usize::try_from(n + 1).ok()).unwrap_or(0);
            let next = stages.iter().skip(from).position(|s| s == stage).map(|n| n + from);
            let index = next.or_else(|| stages.iter().position(|s| s == stage));
            transaction.execute(
                "UPDATE jobs SET stage = ?2 WHERE id = ?1",
                params![id, index.and_then(|n| i64::try_from(n).ok())],
            )?;
        }
        EventKind::Warning { text } => steps::warn(transaction, job, text)?,
        EventKind::Cancelling
        | EventKind::Settings
        | EventKind::Plan { .. }
        | EventKind::Mark { .. }
        | EventKind::Look { .. }
        | EventKind::Snapshot { .. }
        | EventKind::Night { .. }
        | EventKind::Disk { .. }
        | EventKind::Alert { .. }
        | EventKind::Retention { .. } => {}
    }
    Ok(())
}
