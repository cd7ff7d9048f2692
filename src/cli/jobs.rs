//! `jobs`: what was done and how it ended, the runs of plans, and the details of one of them.
use std::io::{self, Write};

use clap::{Args, Subcommand};
use jiff::{Timestamp, Zoned};

use super::reading::ReadingSession;
use super::screen::{Align, Table, stamp};
use super::{Session, job_lines};
use crate::api::job::{JobCancelled, JobDetails, RunCancelled, RunDetails};
use crate::api::list::Items;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::{Job, JobId};
use crate::domain::order::{
    ArchiveOrder, CameraOrder, DriveOrder, NightChoice, Order, PlanOrder, SectionChoice, SnapshotOrder,
};
use crate::domain::plan::name::PlanName;
use crate::domain::recorded_step::RecordedStep;
use crate::domain::run::Run;
use crate::domain::run_id::RunId;
use crate::work::Tools;
use crate::work::outcome::Outcome;

/// How much of an id a table shows: its end, as the beginning is a time.
const ID_SHOWN: usize = 8;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Jobs {
    #[command(subcommand)]
    pub what: Option<What>,
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Runs of plans, newest first
    Runs {
        /// Only those of this plan
        plan: Option<PlanName>,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One job, or one run with all its jobs
    Show {
        /// Its id, or the end of it as `jobs` shows it
        id: String,
    },
    /// What a job and its programs said, line by line; of a run, all of its jobs
    Log {
        /// Its id, or the end of it as `jobs` shows it
        id: String,
        /// Only this step: hook, copy_files, retention …
        #[arg(long)]
        step: Option<String>,
        /// Only so many lines at the end
        #[arg(long, value_name = "LINES")]
        tail: Option<usize>,
    },
    /// Cancel a job, or all jobs of a run
    Cancel {
        /// Its id, or the end of it as `jobs` shows it
        id: String,
    },
}

/// What an id names.
enum Named {
    Job(JobId),
    Run(RunId),
}

/// A job comes before the run of that id, which older versions made for it alone.
fn named(tools: &Tools, id: &str) -> Result<Named, Failure> {
    let of = |message: String, code| Failure {
        code,
        message,
        advice: "`allsky-backups jobs` and `allsky-backups jobs runs` show the ids.".into(),
    };
    let (jobs, runs) = tools.catalog.ids_ending(id)?;
    match (jobs.as_slice(), runs.as_slice()) {
        ([job], runs) if runs.iter().all(|run| run == job) => Ok(Named::Job(*job)),
        ([], [run]) => Ok(Named::Run(*run)),
        ([], []) => Err(of(format!("there is no job and no run {id}"), Code::NotFound)),
        _ => Err(of(format!("several jobs or runs end with {id}"), Code::Usage)),
    }
}

impl Session {
    pub(super) fn cancel(&self, id: &str) -> Result<(), Failure> {
        let words = |cancelled| if cancelled { "it is cancelled at its next step" } else { "it is over already" };
        match named(&self.tools, id)? {
            Named::Job(id) => {
                let told = JobCancelled { job: id.into(), cancelled: self.jobs.cancel(id)? };
                self.screen.show(&told, |out| writeln!(out, "{}", words(told.cancelled)))
            }
            Named::Run(id) => {
                let told = RunCancelled { run: id, cancelled: self.jobs.cancel_run(id)? };
                self.screen.show(&told, |out| writeln!(out, "{}", words(told.cancelled)))
            }
        }
    }
}

impl ReadingSession {
    pub(super) fn jobs(&self, wanted: &Jobs) -> Result<(), Failure> {
        self.needs_history()?;
        match &wanted.what {
            Some(What::Runs { plan, limit }) => self.runs(plan.as_ref(), *limit),
            Some(What::Show { id } | What::Cancel { id }) => match named(&self.tools, id)? {
                Named::Job(id) => self.show_job(id),
                Named::Run(id) => self.show_run(id),
            },
            Some(What::Log { id, step, tail }) => self.log(id, step.as_deref(), *tail),
            None => self.history(wanted.limit),
        }
    }

    fn log(&self, id: &str, step: Option<&str>, tail: Option<usize>) -> Result<(), Failure> {
        let jobs = match named(&self.tools, id)? {
            Named::Job(id) => self.tools.catalog.job(id)?.into_iter().collect(),
            Named::Run(id) => self.tools.catalog.jobs_of_run(id)?,
        };
        let lines = job_lines::lines(&self.tools, &jobs, step)?;
        let lines = &lines[lines.len().saturating_sub(tail.unwrap_or(usize::MAX))..];
        self.screen.show(&Items::all(lines), |out| match lines.is_empty() {
            true => writeln!(out, "nothing was said"),
            false => lines.iter().try_for_each(|line| writeln!(out, "{line}")),
        })
    }

    fn history(&self, limit: u32) -> Result<(), Failure> {
        let (jobs, now) = (self.tools.catalog.jobs(limit)?, (self.tools.now)());
        self.screen.show(&Items::all(&jobs), |out| match jobs.is_empty() {
            true => writeln!(out, "nothing was done yet"),
            false => table(&jobs, &now, out),
        })
    }

    fn runs(&self, plan: Option<&PlanName>, limit: u32) -> Result<(), Failure> {
        let (runs, now) = (self.tools.catalog.runs(plan, limit)?, (self.tools.now)());
        self.screen.show(&Items::all(&runs), |out| {
            if runs.is_empty() {
                return writeln!(out, "no plan has run yet");
            }
            let left = Align::Left;
            let mut table = Table::new(&[
                ("ID", left),
                ("STARTED", left),
                ("PLAN", left),
                ("WHY", left),
                ("SECONDS", Align::Right),
                ("STATE", left),
            ]);
            for run in &runs {
                let at = stamp(run.started_at.unwrap_or(run.queued_at), &now);
                let (plan, state) = (run.plan.to_string(), run.state.word().to_owned());
                table.row([end_of(run.id), at, plan, why(run), seconds(run.started_at, run.ended_at), state]);
            }
            table.print(out)
        })
    }

    fn show_run(&self, id: RunId) -> Result<(), Failure> {
        let (run, jobs) = (self.tools.catalog.run(id)?, self.tools.catalog.jobs_of_run(id)?);
        let now = (self.tools.now)();
        self.screen.show(&RunDetails { run: run.as_ref(), jobs: &jobs }, |out| {
            if let Some(run) = &run {
                let at = stamp(run.started_at.unwrap_or(run.queued_at), &now);
                writeln!(out, "run of plan {}, {}, {at}: {}", run.plan, why(run), run.state.word())?;
            }
            table(&jobs, &now, out)
        })
    }

    fn show_job(&self, id: JobId) -> Result<(), Failure> {
        let (job, steps) = (self.tools.catalog.job(id)?, self.tools.catalog.steps(id)?);
        let now = (self.tools.now)();
        self.screen.show(&JobDetails { job: job.as_ref(), gauge: None, steps: &steps }, |out| match &job {
            Some(job) => details(job, &steps, &now, out),
            None => Ok(()),
        })
    }
}

fn table(jobs: &[Job], now: &Zoned, out: &mut dyn Write) -> io::Result<()> {
    let left = Align::Left;
    let mut table = Table::new(&[
        ("ID", left),
        ("STARTED", left),
        ("WHAT", left),
        ("SECONDS", Align::Right),
        ("STATE", left),
        ("OUTCOME", left),
    ]);
    for job in jobs {
        let at = stamp(job.started_at.unwrap_or(job.queued_at), now);
        let took = seconds(job.started_at, job.ended_at);
        table.row([end_of(job.id), at, what(&job.order), took, job.state.word().into(), outcome(job)]);
    }
    table.print(out)
}

fn details(job: &Job, steps: &[RecordedStep], now: &Zoned, out: &mut dyn Write) -> io::Result<()> {
    let at = stamp(job.started_at.unwrap_or(job.queued_at), now);
    writeln!(out, "{}, {at}: {}", what(&job.order), job.state.word())?;
    if let Some(run) = job.run {
        writeln!(out, "part of run {}", end_of(run))?;
    }
    if let (Some(from), Some(to)) = (&job.way.from, &job.way.to) {
        writeln!(out, "{from} -> {to}")?;
    }
    job.exit_code.iter().try_for_each(|code| writeln!(out, "exit status {code}"))?;
    let left = Align::Left;
    let mut table = Table::new(&[("STARTED", left), ("STEP", left), ("SECONDS", Align::Right), ("RESULT", left)]);
    for step in steps {
        let at = step.started_at.to_zoned(now.time_zone().clone()).strftime("%H:%M:%S").to_string();
        let took = seconds(Some(step.started_at), step.ended_at);
        table.row([at, step.name.label().to_owned(), took, step.result.word().to_owned()]);
    }
    if !steps.is_empty() {
        table.print(out)?;
    }
    job.warnings.iter().try_for_each(|warning| writeln!(out, "warning: {warning}"))?;
    match &job.failure {
        Some(failure) => writeln!(out, "{}\n{}", failure.message, failure.advice),
        None => Ok(()),
    }
}

fn end_of(id: JobId) -> String {
    let text = id.simple().to_string();
    text[text.len() - ID_SHOWN..].to_owned()
}

/// Who wanted a run, as JSON has it.
fn why(run: &Run) -> String {
    let word = serde_json::to_value(run.trigger).ok();
    word.and_then(|word| word.as_str().map(|word| word.replace('_', " "))).unwrap_or_default()
}

fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (Some(start), Some(end)) => format!("{:.1}", end.duration_since(start).as_secs_f64()),
        _ => "-".into(),
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
        Order::Snapshot(SnapshotOrder::VerifyArchive { name, .. }) => format!("{verb} {name}"),
        Order::Snapshot(SnapshotOrder::Delete { host, snapshot }) => format!("{verb} {host} {snapshot}"),
        Order::Snapshot(SnapshotOrder::VerifyGolden { host, month }) => format!("{verb} {host} {month}"),
        Order::Snapshot(
            SnapshotOrder::Prune { host }
            | SnapshotOrder::Verify { host, .. }
            | SnapshotOrder::Archive { host, .. }
            | SnapshotOrder::MakeGolden { host, .. },
        ) => format!("{verb} {host}"),
        Order::Snapshot(SnapshotOrder::Move { host, to, .. }) => format!("{verb} {host} to {to}"),
        Order::Snapshot(SnapshotOrder::Adopt { host, from, .. }) => format!("{verb} {} for {host}", from.display()),
        Order::Snapshot(SnapshotOrder::Restore { request }) => format!("{verb} {} {}", request.host, request.snapshot),
        Order::Snapshot(SnapshotOrder::Take { host }) => format!("{verb} {host}"),
        Order::Camera(CameraOrder::Restore { request }) => format!("{verb} {}", request.name),
        Order::Camera(CameraOrder::RestoreNight { request }) => format!("{verb} {}", request.night.date()),
        Order::Camera(CameraOrder::Undo { id: Some(id) }) => format!("{verb} {id}"),
        Order::Archive(ArchiveOrder::Import { file }) => format!("{verb} {}", file.display()),
        Order::Archive(ArchiveOrder::Upload { file_name }) => {
            format!("{verb} {}", crate::base::rel_path::printable(file_name.as_bytes()))
        }
        Order::Plan(PlanOrder::Run { plan, source }) => format!("{verb} {plan} ({})", String::from(source.clone())),
        Order::Plan(PlanOrder::Copy { plan, to: Some(to) }) => format!("{verb} {plan} to {to}"),
        Order::Plan(PlanOrder::Hooks { plan, time, .. }) => format!("{verb} {plan} ({})", time.words()),
        Order::Plan(
            PlanOrder::Copy { plan, to: None } | PlanOrder::Retention { plan, .. } | PlanOrder::Sync { plan, .. },
        ) => format!("{verb} {plan}"),
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
