//! How backups stand, from what is known already: nothing here waits for a disk, a host or the camera.
use std::time::Duration;

use crate::api::home::{HomeStates, PlanHome};
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::job::JobState;
use crate::jobs::scheduled;
use crate::observe::cached::Wanted;
use crate::panel::nights;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;

/// Alerts and jobs that are looked through for those that are not over.
const MOST: u32 = 200;

pub(super) fn states(panel: &PanelState) -> Result<HomeStates, HttpError> {
    let tools = panel.tools();
    let good = tools.catalog.last_successes()?;
    let plans = scheduled(&tools)?.into_iter().map(|plan| PlanHome {
        last_success: good.iter().find(|(name, _)| *name == plan.plan.as_str()).map(|(_, at)| *at),
        name: plan.plan.to_string(),
        next: plan.next,
        state: plan.last_state,
    });
    let places = panel.observed().destinations.seen(Wanted::Any, Duration::ZERO);
    let destinations =
        places.into_iter().map(|(name, place)| (name.to_string(), place.and_then(|place| place.free_bytes)));
    // A camera whose nights cannot be read has none to count.
    let nights = nights::items(panel, Duration::ZERO).ok().flatten();
    let mut alerts = tools.catalog.alerts(MOST)?;
    // A new camera has one disk.
    alerts.retain(|alert| alert.state != AlertState::Resolved && alert.kind != AlertKind::OneDisk);
    Ok(HomeStates {
        plans: plans.collect(),
        destinations: destinations.collect(),
        nights_at_risk: nights.map(|items| items.iter().filter(|item| item.is_worth_saving_now()).count()),
        is_working: panel.jobs.history(MOST)?.iter().any(|job| job.state == JobState::Running),
        alerts,
    })
}
