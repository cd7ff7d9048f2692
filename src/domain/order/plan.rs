//! Orders that carry out what a plan asks for.
use serde::{Deserialize, Serialize};

use crate::domain::plan::Source;
use crate::domain::plan::name::PlanName;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order")]
pub enum PlanOrder {
    /// One source of a plan, in its turn or by hand.
    #[serde(rename = "run_plan")]
    Run { plan: PlanName, source: Source },
    /// Archives of a plan go to the other destinations that it names.
    #[serde(rename = "copy_plan")]
    Copy { plan: PlanName },
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
            PlanOrder::Prune { .. } => "prune_archives",
        }
    }

    pub(super) fn title(&self) -> String {
        match self {
            PlanOrder::Run { plan, .. } => format!("Plan {plan}"),
            PlanOrder::Copy { plan } => format!("Copy the archives of plan {plan}"),
            PlanOrder::Prune { .. } => "Delete what plans no longer keep".to_owned(),
        }
    }
}
