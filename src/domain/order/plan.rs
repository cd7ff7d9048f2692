//! Orders that carry out what a plan asks for.
use serde::{Deserialize, Serialize};

use crate::domain::destination::DestinationName;
use crate::domain::plan::Source;
use crate::domain::plan::hook::HookTime;
use crate::domain::plan::name::PlanName;
use crate::domain::run_id::RunId;

/// What its owner wants of a sync besides the usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncWish {
    #[default]
    Usual,
    /// The target may become much smaller.
    DeleteAnyway,
    /// The target is empty, or was used by another state folder.
    BeginAnew,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum PlanOrder {
    /// One source of a plan, in its turn or by hand.
    #[serde(rename = "run_plan")]
    Run { plan: PlanName, source: Source },
    /// Archives of a plan go to another destination that it names.
    #[serde(rename = "copy_plan")]
    Copy {
        plan: PlanName,
        /// `None` = all of them, in the history of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<DestinationName>,
    },
    /// What the rules of a plan no longer keep goes, where its run made something new.
    #[serde(rename = "prune_plan")]
    Retention { plan: PlanName, run: RunId },
    /// All that a plan keeps goes to its target.
    #[serde(rename = "sync_plan")]
    Sync {
        plan: PlanName,
        run: RunId,
        #[serde(default)]
        wish: SyncWish,
    },
    /// Programs of the owner around a run of his plan.
    #[serde(rename = "run_hooks")]
    Hooks { plan: PlanName, run: RunId, time: HookTime },
    /// Archives that the rules of their plans no longer keep.
    #[serde(rename = "prune_archives")]
    Prune {
        /// `None` = all plans.
        plan: Option<PlanName>,
    },
}

impl PlanOrder {
    pub(super) fn verb(&self) -> &'static str {
        match self {
            PlanOrder::Run { .. } => "run_plan",
            PlanOrder::Copy { .. } => "copy_plan",
            PlanOrder::Retention { .. } => "prune_plan",
            PlanOrder::Sync { .. } => "sync_plan",
            PlanOrder::Hooks { .. } => "run_hooks",
            PlanOrder::Prune { .. } => "prune_archives",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            PlanOrder::Run { plan, .. } => format!("Plan {plan}"),
            PlanOrder::Copy { plan, to: Some(to) } => format!("Copy the archives of plan {plan} to {to}"),
            PlanOrder::Copy { plan, to: None } => format!("Copy the archives of plan {plan}"),
            PlanOrder::Retention { plan, .. } => format!("Delete what plan {plan} no longer keeps"),
            PlanOrder::Sync { plan, .. } => format!("Send what plan {plan} keeps to its target"),
            PlanOrder::Hooks { plan, time, .. } => format!("Hooks of plan {plan} {}", time.words()),
            PlanOrder::Prune { .. } => "Delete what plans no longer keep".to_owned(),
        }
    }
}
