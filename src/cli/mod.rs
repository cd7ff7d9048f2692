//! Floor 7: the terminal, a thin shell. Arguments become orders, outcomes become lines and exit codes.
//!
//! * `args`, `screen`, `watch`, `interrupt` — what is typed, printed, drawn while it runs, and Ctrl-C
//! * `as_owner` — root at work for somebody else
//! * `reading` — the session of verbs that only show something
//! * one file for each verb or family of verbs
//!
//! Results go to standard output, everything else to standard error. With `--json` every outcome is
//! one JSON value on standard output, errors too.
mod alerts;
mod args;
mod as_owner;
mod bars;
mod command;
mod config;
mod copy;
mod create;
mod delete;
mod demo;
mod demo_args;
mod demo_past;
mod dest;
mod doctor;
mod estimate;
mod extract;
mod hosts;
mod import;
mod info;
mod interrupt;
mod job_lines;
mod jobs;
mod list;
mod mail;
mod marks;
mod night_args;
mod nights;
mod nights_restore;
mod nights_run;
mod notify;
mod outcome;
mod plans;
mod reading;
mod recover;
mod restore;
mod restored;
mod schedule;
mod screen;
mod serve;
mod shell_files;
mod snapshot_alerts;
mod snapshot_words;
mod snapshots;
mod snapshots_adopted;
mod snapshots_back;
mod snapshots_moved;
mod status;
mod tokens;
mod verify;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use clap::error::ErrorKind;

pub use self::command::command;

use self::alerts::Alerts;
use self::args::{Line, Verb};
use self::hosts::Hosts;
use self::mail::Mail;
use self::night_args::{Dest, Nights, Run};
use self::notify::Notify;
use self::plans::Plans;
use self::reading::ReadingSession;
use self::screen::{Screen, Speech, say};
use self::snapshots::Snapshots;
use self::tokens::Tokens;
use self::watch::Watch;
use crate::api::list::Items;
use crate::app::{self, Options};
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{NightsOrder, Order, Original};
use crate::domain::retention::nights::Pinned;
use crate::jobs::{CameraStart, Jobs};
use crate::work::Tools;
use crate::work::archive::find;
use crate::work::outcome::Outcome;

/// Runs what the arguments ask for.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    crate::base::priority::survive_size_limit();
    crate::base::priority::share_memory();
    let args: Vec<OsString> = args.into_iter().collect();
    let line = match Line::try_parse_from(&args) {
        Ok(line) => line,
        Err(error) => return misunderstood(&error, speech_of(&args)),
    };
    let screen = Screen { speech: if line.common.json { Speech::Json } else { Speech::Words } };
    log_to_stderr(&line.verb);
    match perform(screen, line) {
        Ok(code) => code,
        Err(failure) => {
            screen.fail(&failure);
            ExitCode::from(failure.code.exit())
        }
    }
}

fn perform(screen: Screen, line: Line) -> Result<ExitCode, Failure> {
    let options = Options::from(line.common);
    as_owner::act_as_owner(&line.verb, &options)?;
    let done = |()| ExitCode::SUCCESS;
    let reading = || ReadingSession::open(screen, &options);
    let session = || Session::open(screen, &options);
    match line.verb {
        Verb::Create(what) => session()?.create(what),
        Verb::List => reading()?.list().map(done),
        Verb::Info { name, files } => {
            reading()?.info(&name, if files { info::Depth::Files } else { info::Depth::Summary }).map(done)
        }
        Verb::Verify { name, .. } => match Session::open_if_writable(screen, &options)? {
            Some(session) => session.verify(name.as_deref()),
            None => reading()?.verify(name.as_deref()),
        },
        Verb::Copy { name, to, from } => session()?.copy(&name, from, to, Original::Stays),
        Verb::Move { name, to, from } => session()?.copy(&name, from, to, Original::Goes),
        Verb::Delete { name, yes } => {
            session()?.delete(&name, if yes { delete::Yes::Said } else { delete::Yes::Unsaid })
        }
        Verb::Import { file } => session()?.import(&file),
        Verb::Extract { name, path, out } => match Session::open_if_writable(screen, &options)? {
            Some(session) => session.reading().extract(&name, &path, &out).map(done),
            None => reading()?.extract(&name, &path, &out).map(done),
        },
        Verb::Restore(restore) => Session::open_to_take(screen, &options)?.restore(restore),
        Verb::Undo { id } => session()?.undo(id),
        Verb::Restores => reading()?.restores().map(done),
        Verb::Nights(Nights::List) => reading()?.list_nights().map(done),
        Verb::Nights(Nights::Show { night }) => reading()?.show_night(night).map(done),
        Verb::Nights(what) => session()?.nights(what),
        Verb::Run(Run::Nights { dry_run: true }) => reading()?.would_run().map(done),
        Verb::Run(Run::Nights { .. }) => session()?.run_nights(NightsOrder::Run),
        Verb::Prune { plan: Some(plan), dry_run: true } if plan.is_nights() => reading()?.would_prune().map(done),
        Verb::Prune { plan: Some(plan), .. } if plan.is_nights() => session()?.run_nights(NightsOrder::Prune),
        Verb::Prune { plan, dry_run: true } => reading()?.would_prune_archives(plan.as_ref()).map(done),
        Verb::Prune { plan, .. } => session()?.prune_archives(plan),
        Verb::Plans(Plans::List) => reading()?.list_plans().map(done),
        Verb::Plans(Plans::Show { name }) => reading()?.show_plan(&name).map(done),
        Verb::Plans(Plans::Run { name, dry_run: true, with_hooks }) => reading()?.rehearse(&name, with_hooks.into()),
        Verb::Plans(what) => session()?.plans(what),
        Verb::Pin { name } => session()?.pin(&name, Pinned::Yes).map(done),
        Verb::Unpin { name } => session()?.pin(&name, Pinned::No).map(done),
        Verb::Note { name, text } => session()?.note(&name, &text.join(" ")).map(done),
        Verb::Schedule { change: None } => reading()?.list_plans().map(done),
        Verb::Schedule { change: Some(change) } => session()?.schedule(change).map(done),
        Verb::Snapshots(Snapshots::List { host }) => reading()?.list_snapshots(host.as_ref()).map(done),
        Verb::Snapshots(Snapshots::Show { host, snapshot }) => reading()?.show_snapshot(&host, snapshot).map(done),
        Verb::Snapshots(Snapshots::Take { host, dry_run: true }) => reading()?.would_take(&host).map(done),
        Verb::Snapshots(Snapshots::Prune { host, dry_run: true }) => reading()?.would_prune_snapshots(&host).map(done),
        Verb::Snapshots(Snapshots::Adopt { path, host, keep, dry_run: true }) => {
            let original = if keep { Original::Stays } else { Original::Goes };
            reading()?.would_adopt(&path, host, original).map(done)
        }
        Verb::Snapshots(Snapshots::Move { host, to, dry_run: true, .. }) => reading()?.would_move(&host, &to).map(done),
        Verb::Snapshots(Snapshots::Alerts { host }) => reading()?.snapshot_alerts(host.as_ref()).map(done),
        Verb::Snapshots(Snapshots::Ls { host, snapshot, path }) => {
            reading()?.ls_snapshot(&host, snapshot, path).map(done)
        }
        Verb::Snapshots(what) => session()?.snapshots(what),
        Verb::Hosts(Hosts::List) => reading()?.list_hosts().map(done),
        Verb::Hosts(Hosts::Test { name }) => reading()?.test_host(&name).map(done),
        Verb::Hosts(what) => session()?.hosts(what).map(done),
        Verb::Dest(Dest::List) => reading()?.list_drives().map(done),
        Verb::Dest(what) => session()?.dest(what).map(done),
        Verb::Status => reading()?.status().map(done),
        Verb::Alerts(Alerts::List { limit }) => reading()?.list_alerts(limit).map(done),
        Verb::Alerts(Alerts::Ack { id }) => session()?.acknowledge(id).map(done),
        Verb::Tokens(Tokens::List) => reading()?.list_tokens().map(done),
        Verb::Tokens(what) => session()?.tokens(what).map(done),
        Verb::Mail(Mail::List { limit }) => reading()?.letters(limit).map(done),
        Verb::Mail(what) => session()?.mail(what).map(done),
        Verb::Notify(Notify::List) => reading()?.channels().map(done),
        Verb::Notify(Notify::Test { name }) => session()?.try_channel(&name).map(done),
        Verb::Jobs(jobs::Jobs { what: Some(jobs::What::Cancel { id }), .. }) => session()?.cancel(&id).map(done),
        Verb::Jobs(what) => reading()?.jobs(&what).map(done),
        Verb::Estimate => reading()?.estimate().map(done),
        Verb::Demo(demo) => demo::demo(screen, &options, &demo).map(done),
        Verb::Serve { bind } => serve::serve(screen, &options, bind).map(done),
        Verb::Config(what) => config::config(screen, options, what),
        Verb::Doctor => doctor::doctor(screen, &options),
        Verb::Completions { shell } => shell_files::completions(screen, shell).map(done),
        Verb::Manual { dir } => shell_files::manual(screen, &dir).map(done),
        Verb::Recover { boot: false } => recover::recover(screen, &options, CameraStart::Now).map(done),
        Verb::Recover { boot: true } => recover::recover(screen, &options, CameraStart::WithMachine).map(done),
    }
}

/// An opened camera and somebody at the terminal.
struct Session {
    screen: Screen,
    tools: Arc<Tools>,
    jobs: Arc<Jobs>,
}

impl Session {
    fn open(screen: Screen, options: &Options) -> Result<Self, Failure> {
        Session::with(screen, app::open(options)?)
    }

    /// For verbs that take archives from a destination and change nothing there.
    fn open_to_take(screen: Screen, options: &Options) -> Result<Self, Failure> {
        let tools = app::open_at(app::places(options)?)?;
        Session::with(screen, app::from_destination(tools, options)?)
    }

    /// `None` when the state folder takes nothing, for verbs that also serve without a history.
    fn open_if_writable(screen: Screen, options: &Options) -> Result<Option<Self>, Failure> {
        let places = app::places(options)?;
        match app::open_at(places) {
            Ok(tools) if tools.catalog.try_to_write().is_ok() => {
                Session::with(screen, app::from_destination(tools, options)?).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn with(screen: Screen, tools: Arc<Tools>) -> Result<Self, Failure> {
        interrupt::listen()?;
        if let Some(absence) = tools.site.absence() {
            say(&format!("warning: {}", Failure::of(&absence).message));
        }
        // The queue is the service's; a terminal does its own order only.
        let jobs = Jobs::attend(tools.clone(), command)?;
        if let Some(told) = jobs.lost_history() {
            say(&format!("warning: {told}"));
        }
        Ok(Session { screen, tools, jobs })
    }

    /// Runs an order to its end in front of the owner.
    fn run(&self, order: Order) -> Result<Outcome, Failure> {
        self.run_with(|watch| self.jobs.run(order, watch).map(|(_, outcome)| outcome))
    }

    fn run_with(&self, work: impl FnOnce(&Watch) -> Result<Outcome, Failure>) -> Result<Outcome, Failure> {
        let watch = Watch::new();
        let outcome = work(&watch);
        watch.finish(outcome.as_ref().map(Outcome::warnings).unwrap_or_default());
        self.post();
        outcome
    }

    /// Runs an order and shows what came out. Damage that was found is the exit code.
    fn carry_out(&self, order: Order) -> Result<ExitCode, Failure> {
        show(self.screen, &self.run(order)?)
    }

    /// Shows what there is after something was changed.
    fn reading(&self) -> ReadingSession {
        ReadingSession::of(self.screen, self.tools.clone())
    }
}

/// Shows what came out of an order. Damage that was found is the exit code.
fn show(screen: Screen, outcome: &Outcome) -> Result<ExitCode, Failure> {
    outcome::notes(outcome).iter().for_each(|note| say(&format!("note: {note}")));
    match outcome {
        Outcome::AllChecked(items) => {
            let words = |out: &mut dyn Write| outcome::words(outcome, out);
            screen.show(&Items::all(&items), words)?;
        }
        other => screen.show(other, |out| outcome::words(other, out))?,
    }
    Ok(ExitCode::from(outcome.finding().map_or(0, |finding| finding.code.exit())))
}

/// The archive that `text` means. A name that was not typed in full is told before anything is done with it.
fn archive_name(tools: &Tools, text: &str) -> Result<ArchiveName, Failure> {
    let name = find::find(tools, text)?;
    if name.as_str() != text {
        say(&format!("note: {text} is {name}"));
    }
    Ok(name)
}

/// What was asked for by a line that could not be understood as a whole.
fn speech_of(args: &[OsString]) -> Speech {
    if args.iter().any(|arg| arg == "--json") { Speech::Json } else { Speech::Words }
}

fn misunderstood(error: &clap::Error, speech: Speech) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) || speech == Speech::Words {
        // Prints help on standard output and mistakes on standard error; a closed one changes nothing.
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { Code::Usage.exit() } else { 0 });
    }
    let text = error.render().to_string();
    let message = text.split("\n\n").next().unwrap_or(&text);
    let message = message.strip_prefix("error: ").unwrap_or(message).split_whitespace().collect::<Vec<_>>().join(" ");
    let advice = "See `allsky-backups --help`.".to_owned();
    Screen { speech }.fail(&Failure { code: Code::Usage, message, advice });
    ExitCode::from(Code::Usage.exit())
}

/// The log goes to standard error, where journald adds its own time. `RUST_LOG` chooses how much.
fn log_to_stderr(verb: &Verb) {
    let standard = if matches!(verb, Verb::Serve { .. } | Verb::Demo(_)) { "info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(standard));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // It would tell by a print that panics, and a terminal that hung up must not end a backup.
    let log = log.log_internal_errors(false);
    // Only a second subscriber in one process could fail here, and then the first one serves.
    let _ = match std::env::var_os("JOURNAL_STREAM") {
        Some(_) => log.without_time().try_init(),
        None => log.try_init(),
    };
}
