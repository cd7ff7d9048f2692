//! `plans`, `prune`: what runs by itself, run by hand, and what would be deleted.
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Subcommand;
use uuid::Uuid;

use super::reading::ReadingSession;
use super::screen::stamp;
use super::watch::Watch;
use super::{Session, interrupt, outcome};
use crate::api::dry_run::{DryRun, Previews, Rehearsed};
use crate::api::list::Items;
use crate::api::plan::{PlanDetails, RunDone};
use crate::base::size::Bytes;
use crate::domain::failure::{Code, Failure};
use crate::domain::order::{Order, PlanOrder, SyncWish};
use crate::domain::plan::name::PlanName;
use crate::domain::retention::decision::Fate;
use crate::domain::turn::{Part, Turn, part};
use crate::jobs::{Scheduled, StartedRun, Switch, scheduled, switch};
use crate::work::hooks::rehearse::rehearse;
use crate::work::hosts::{host_key, target};
use crate::work::outcome::Outcome;
use crate::work::plan;
use crate::work::prune::{Preview, would_prune};
use crate::work::sync::key::send_line;

#[derive(Debug, Subcommand)]
pub enum Plans {
    /// Every plan in words, with its next and its last run
    List,
    /// One plan, with its next five turns, its hooks and where it sends what it keeps
    Show { name: PlanName },
    /// Do now what the plan does in its turn
    Run {
        name: PlanName,
        /// Only say what would be deleted, and why everything else stays
        #[arg(long)]
        dry_run: bool,
        /// In a dry run, also run the hooks of the plan, with AB_STATUS=dry-run
        #[arg(long, requires = "dry_run")]
        with_hooks: bool,
    },
    /// Copy what is missing to the other destinations of a plan, as the service does it by itself
    Copy { name: PlanName },
    /// Send all that a plan keeps to its remote now, as each of its runs does
    Sync {
        name: PlanName,
        /// Also when much more goes there than stays
        #[arg(long, conflicts_with = "begin_anew")]
        delete_anyway: bool,
        /// The folder there was emptied, or belongs to an earlier state folder of this camera
        #[arg(long)]
        begin_anew: bool,
    },
    /// Confirm the host key of the machine that a plan sends to and that is no host of the configuration
    Trust {
        name: PlanName,
        /// Its host key, as the machine itself shows it; without this you are asked
        #[arg(long, value_name = "SHA256:...")]
        fingerprint: Option<String>,
    },
    /// Let a plan rest
    Pause { name: PlanName },
    /// Let a plan go on with its next turn
    Resume { name: PlanName },
}

impl Session {
    pub(super) fn plans(&self, what: Plans) -> Result<ExitCode, Failure> {
        match what {
            Plans::Run { name, dry_run: false, .. } => return self.run_plan(&name),
            Plans::Sync { name, delete_anyway, begin_anew } => {
                let wish = match (delete_anyway, begin_anew) {
                    (true, _) => SyncWish::DeleteAnyway,
                    (_, true) => SyncWish::BeginAnew,
                    _ => SyncWish::Usual,
                };
                return self.run_turn(&Turn::of_sync(plan::named(&self.tools, &name)?, wish, Uuid::now_v7()));
            }
            Plans::Copy { name } => return self.copy_plan(&name),
            Plans::List => self.reading().list_plans()?,
            Plans::Show { name } => self.reading().show_plan(&name)?,
            Plans::Run { name, dry_run: true, with_hooks } => return self.reading().rehearse(&name, with_hooks.into()),
            Plans::Trust { name, fingerprint } => self.trust_target(&name, fingerprint.as_deref())?,
            Plans::Pause { name } => self.switch_plan(&name, Switch::Pause)?,
            Plans::Resume { name } => self.switch_plan(&name, Switch::Resume)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn trust_target(&self, name: &PlanName, fingerprint: Option<&str>) -> Result<(), Failure> {
        let remote = target::remote(&self.tools, name)?;
        let found = target::ask(&self.tools, name, &remote, &Watch::new())?;
        let confirmed = match fingerprint {
            Some(fingerprint) => host_key::confirm(found, fingerprint)?,
            None => self.confirm(&remote, found)?,
        };
        let trusted = target::trust(&self.tools, name, &remote, &confirmed)?;
        self.screen.show(&trusted, |out| {
            writeln!(out, "{} is the host key of {} for the plan {name}", trusted.fingerprint, trusted.target)
        })
    }

    fn switch_plan(&self, name: &PlanName, to: Switch) -> Result<(), Failure> {
        switch(&self.tools, name, to)?;
        self.reading().list_plans()
    }

    /// All that a turn of the plan takes, as the schedule does it.
    fn run_plan(&self, name: &PlanName) -> Result<ExitCode, Failure> {
        if name.is_nights() {
            return Err(Failure {
                code: Code::Usage,
                message: "the nights are not a plan of archives".into(),
                advice: "allsky-backups run nights".into(),
            });
        }
        self.run_turn(&Turn::of(plan::named(&self.tools, name)?, Uuid::now_v7()))
    }

    /// One job after the other. One that fails ends no other that does not need it; a cancel ends all but the hooks
    /// behind the run.
    fn run_turn(&self, turn: &Turn) -> Result<ExitCode, Failure> {
        let StartedRun { run, jobs } = self.jobs.begin_run(turn)?;
        let (mut reports, mut failures) = (Vec::new(), Vec::new());
        let mut cancel: Option<Failure> = None;
        for job in &jobs {
            if let Some(cancel) = &cancel
                && !part(&job.1).is_some_and(Part::comes_in_any_case)
            {
                self.jobs.give_up(std::slice::from_ref(job), cancel);
                continue;
            }
            match self.run_with(|watch| self.jobs.run_part(job, watch)) {
                Ok(report) => reports.push(report),
                Err(failure) => {
                    if failure.code == Code::Cancelled {
                        interrupt::forget();
                        cancel = Some(failure.clone());
                    }
                    failures.push(failure);
                }
            }
        }
        // What could not be begun at all is told as that of any other verb.
        if let (true, Some(first)) = (reports.iter().all(Outcome::is_nothing), failures.first()) {
            return Err(first.clone());
        }
        failures.extend(reports.iter().filter_map(Outcome::finding));
        self.screen.show(&RunDone { run, items: &reports, failures: &failures }, |out| {
            reports.iter().try_for_each(|report| outcome::words(report, out))?;
            failures.iter().try_for_each(|failure| writeln!(out, "FAILED: {}\n{}", failure.message, failure.advice))
        })?;
        Ok(ExitCode::from(failures.first().map_or(0, |failure| failure.code.exit())))
    }

    fn copy_plan(&self, name: &PlanName) -> Result<ExitCode, Failure> {
        let plan = plan::named(&self.tools, name)?;
        if plan.copies.is_empty() {
            return Err(Failure {
                code: Code::Usage,
                message: format!("plan {name} names no other destination to copy to"),
                advice: "Write copies = [\"usb\"] into the plan, or choose it on the page Plans.".into(),
            });
        }
        self.run_turn(&Turn::of_copies(plan, &plan.copies, Uuid::now_v7()))
    }

    pub(super) fn prune_archives(&self, plan: Option<PlanName>) -> Result<ExitCode, Failure> {
        self.carry_out(Order::Plan(PlanOrder::Prune { plan }))
    }
}

/// Whether a dry run also runs hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hooks {
    Run,
    Left,
}

impl From<bool> for Hooks {
    fn from(with_hooks: bool) -> Self {
        if with_hooks { Hooks::Run } else { Hooks::Left }
    }
}

impl ReadingSession {
    /// A dry run of a plan: what would go; the hooks only when that is asked for.
    pub(super) fn rehearse(&self, name: &PlanName, hooks: Hooks) -> Result<ExitCode, Failure> {
        if hooks == Hooks::Left {
            self.would_prune_archives(Some(name))?;
            return Ok(ExitCode::SUCCESS);
        }
        let plan = plan::named(&self.tools, name)?;
        let watch = Watch::showing_logs();
        let rehearsal = rehearse(plan, &watch);
        watch.finish(&[]);
        let rehearsal = rehearsal?;
        let previews = would_prune(&self.tools, plan)?;
        let failure = rehearsal.events.iter().find_map(|report| report.failure.as_ref());
        self.screen.show(&DryRun::of(Rehearsed { hooks: &rehearsal.events, items: &previews }), |out| {
            rehearsal.events.iter().try_for_each(|report| outcome::hooks(report, out))?;
            previews.iter().try_for_each(|preview| shown(preview, out))
        })?;
        Ok(ExitCode::from(failure.map_or(0, |failure| failure.code.exit())))
    }

    pub(super) fn list_plans(&self) -> Result<(), Failure> {
        let plans = scheduled(&self.tools)?;
        self.screen.show(&Items::all(&plans), |out| lines(&plans, &(self.tools.now)(), out))
    }

    pub(super) fn show_plan(&self, name: &PlanName) -> Result<(), Failure> {
        let plans = scheduled(&self.tools)?;
        let none = || Failure::from(crate::work::Error::NoPlan(name.clone()));
        let plan = plans.iter().find(|plan| plan.plan == *name).ok_or_else(none)?;
        let line = send_line(&self.tools, name);
        let shown = PlanDetails { plan, authorized_keys: line.as_deref() };
        self.screen.show(&shown, |out| {
            let now = (self.tools.now)();
            lines(std::slice::from_ref(plan), &now, out)?;
            for slot in &plan.coming {
                writeln!(out, "    {}", slot.to_zoned(now.time_zone().clone()).strftime("%a %Y-%m-%d %H:%M"))?;
            }
            for hook in &plan.hooks {
                writeln!(out, "    hook {}", hook.word())?;
            }
            plan.remote.iter().try_for_each(|target| writeln!(out, "    sends to {target}"))?;
            match &line {
                Some(line) => writeln!(out, "The line for ~/.ssh/authorized_keys there:\n{line}"),
                None => Ok(()),
            }
        })
    }

    /// Touches nothing.
    pub(super) fn would_prune_archives(&self, name: Option<&PlanName>) -> Result<(), Failure> {
        let failed = Failure::from;
        let mut previews: Vec<Preview> = Vec::new();
        for plan in plan::chosen(&self.tools, name).map_err(failed)? {
            previews.extend(would_prune(&self.tools, plan).map_err(failed)?);
        }
        self.screen.show(&DryRun::of(Previews { items: &previews }), |out| {
            previews.iter().try_for_each(|preview| shown(preview, out))
        })
    }
}

pub(super) fn lines(plans: &[Scheduled], now: &jiff::Zoned, out: &mut dyn Write) -> io::Result<()> {
    if plans.is_empty() {
        return writeln!(out, "nothing runs by itself");
    }
    let at = |time: jiff::Timestamp| time.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M").to_string();
    plans.iter().try_for_each(|plan| {
        let next = match (plan.next, plan.why_not) {
            (Some(next), _) => format!("next {}", at(next)),
            (None, why) => format!("does not run: {}", why.unwrap_or("no time")),
        };
        let last = match (plan.last, plan.last_state) {
            (Some(last), Some(state)) => format!("last {}, {}", stamp(last, now), state.word()),
            _ => "never ran".to_owned(),
        };
        writeln!(out, "{}  {next}  {last}\n    {}", plan.plan, plan.sentence)
    })
}

fn shown(preview: &Preview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "PLAN {}  {} archives", preview.plan, preview.kind)?;
    for line in &preview.lines {
        let action = if line.action == Fate::Drop { "delete" } else { "keep" };
        writeln!(out, "{action:<6}  {}  {}  {}", line.name, Bytes(line.bytes), line.why)?;
    }
    let gone = preview.going().count();
    writeln!(out, "RESULT {gone} would go, {}", Bytes(preview.bytes))
}
