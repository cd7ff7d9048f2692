//! The tables of the history that programs may ask, and the columns of each. Names and meanings stay.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Real,
    Text,
    /// Kept as Unix milliseconds, told as ISO 8601 in UTC.
    Time,
    /// Kept as 0 or 1.
    Truth,
    /// Kept as JSON text.
    Json,
}

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// A table of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Jobs,
    JobHosts,
    Snapshots,
    AnomalyAlerts,
    TaskRun,
}

impl Table {
    pub const ALL: [Table; 5] = [Table::Jobs, Table::JobHosts, Table::Snapshots, Table::AnomalyAlerts, Table::TaskRun];

    pub fn name(self) -> &'static str {
        match self {
            Table::Jobs => "jobs",
            Table::JobHosts => "job_hosts",
            Table::Snapshots => "snapshots",
            Table::AnomalyAlerts => "anomaly_alerts",
            Table::TaskRun => "task_run",
        }
    }

    pub fn named(text: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == text)
    }

    pub fn columns(self) -> &'static [Column] {
        use Kind::{Integer, Real, Text, Time, Truth};
        const JOBS: &[Column] = &[
            column("id", Integer),
            column("uid", Text),
            column("plan", Text),
            column("type", Text),
            column("trigger", Text),
            column("status", Text),
            column("queued", Time),
            column("started", Time),
            column("finished", Time),
            column("warnings", Integer),
            column("error", Text),
        ];
        const JOB_HOSTS: &[Column] = &[
            column("id", Integer),
            column("job_id", Integer),
            column("host", Text),
            column("type", Text),
            column("status", Text),
            column("started", Time),
            column("finished", Time),
            column("error", Text),
            column("metrics", Kind::Json),
        ];
        const SNAPSHOTS: &[Column] = &[
            column("id", Integer),
            column("job_id", Integer),
            column("host", Text),
            column("destination", Text),
            column("kind", Text),
            column("slot", Text),
            column("taken", Time),
            column("size_bytes", Integer),
            column("added_bytes", Integer),
            column("file_count", Integer),
            column("files_new", Integer),
            column("files_modified", Integer),
            column("files_deleted", Integer),
            column("change_ratio", Real),
            column("suspect", Truth),
        ];
        const ALERTS: &[Column] = &[
            column("id", Integer),
            column("created", Time),
            column("last_seen", Time),
            column("host", Text),
            column("kind", Text),
            column("subject", Text),
            column("severity", Text),
            column("message", Text),
            column("state", Text),
        ];
        const TASK_RUN: &[Column] = &[
            column("id_task", Text),
            column("dt_task_start", Time),
            column("dt_task_end", Time),
            column("success_task", Truth),
            column("id_step", Text),
            column("dt_step_start", Time),
            column("dt_step_end", Time),
            column("success_step", Truth),
            column("dir_from", Text),
            column("dir_to", Text),
            column("time_elapsed", Text),
        ];
        match self {
            Table::Jobs => JOBS,
            Table::JobHosts => JOB_HOSTS,
            Table::Snapshots => SNAPSHOTS,
            Table::AnomalyAlerts => ALERTS,
            Table::TaskRun => TASK_RUN,
        }
    }
}
