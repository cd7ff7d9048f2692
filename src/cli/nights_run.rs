//! `run nights`, `nights save`, `nights verify`, `prune`: work on the drive, and what it would be.
use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;

use super::Session;
use super::reading::ReadingSession;
use crate::api::dry_run::{DryRun, Pruning, Saving};
use crate::api::night::AlreadyRunning;
use crate::base::lock::try_lock;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{NightsOrder, Order};
use crate::domain::plan::name::PlanName;
use crate::work::nights::prune::{Action, Preview};
use crate::work::nights::{would_prune, would_save};

impl Session {
    /// Works on the nights. A second process ends at once while the first works: there is nothing left for it.
    pub(super) fn run_nights(&self, order: NightsOrder) -> Result<ExitCode, Failure> {
        let Some(_lock) = self.lock()? else { return self.already_running() };
        // The service may work on the run of today.
        if order == NightsOrder::Run && self.tools.catalog.has_open_run(&PlanName::nights())? {
            return self.already_running();
        }
        self.carry_out(Order::Nights(order))
    }

    fn already_running(&self) -> Result<ExitCode, Failure> {
        self.screen.show(&AlreadyRunning::told(), |out| writeln!(out, "already running"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn lock(&self) -> Result<Option<File>, Failure> {
        let path = self.tools.state_dir.join("nights.lock");
        try_lock(&path).map_err(|e| Failure {
            code: Code::Usage,
            message: format!("{}: the lock cannot be used: {e}", path.display()),
            advice: "Choose a state folder that belongs to you, with --state.".into(),
        })
    }
}

impl ReadingSession {
    /// Shows what a run would do. It writes nothing: not even a mark, a folder or a line of history.
    pub(super) fn would_run(&self) -> Result<(), Failure> {
        let told = Failure::from;
        let save = would_save(&self.tools).map_err(told)?;
        let plan = would_prune(&self.tools).map_err(told)?;
        self.screen.show(&DryRun::of(Saving { would_save: &save, plan: &plan }), |out| {
            for item in &save {
                writeln!(out, "would save  {}  {}", item.night, item.reason)?;
            }
            preview(&plan, out)
        })
    }

    pub(super) fn would_prune(&self) -> Result<(), Failure> {
        let plan = would_prune(&self.tools)?;
        self.screen.show(&DryRun::of(Pruning { plan: &plan }), |out| preview(&plan, out))
    }
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// The name of a reason or outcome as JSON has it.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn preview(plan: &Preview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "PLAN nights  disk {}% used, {} free  limit {}% / {}",
        plan.used_pct,
        gib(plan.disk.avail),
        plan.limit_pct,
        gib(plan.floor_bytes)
    )?;
    let (mut nights, mut bytes) = (0, 0);
    for line in &plan.lines {
        let head = format!("{:<6}  {}  {:<7}  {}", line.action.as_str(), line.night, line.class, word(line.reason));
        if line.action == Action::Delete {
            (nights, bytes) = (nights + 1, bytes + line.bytes);
            let one = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.1}"));
            let (stars, moon) = (one(line.avg_stars), one(line.moon_pct));
            writeln!(out, "{head}  {}  Ø stars {stars}  moon {moon} %", gib(line.bytes))?;
        } else {
            writeln!(out, "{head}")?;
        }
    }
    let s = if nights == 1 { "" } else { "s" };
    let outcome = plan.outcome.as_str();
    writeln!(out, "RESULT {outcome}: {nights} night{s}, {}, then {}% used", gib(bytes), plan.after_used_pct)
}
