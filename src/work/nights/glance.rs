//! A look at the drive: is it there, which one is it, how full, and what would have to go.
use jiff::Timestamp;
use uuid::Uuid;

use super::prune::{Preview, preview_during};
use super::{Error, ready};
use crate::domain::night::Night;
use crate::domain::retention::forecast::{bytes_a_day, days_left};
use crate::work::Tools;

/// The drive as it was at one moment.
#[derive(Debug, Clone)]
pub struct Glance {
    pub at: Timestamp,
    pub id: Uuid,
    pub plan: Preview,
    /// Bytes that nights of the last month brought to it each day.
    pub bytes_a_day: Option<u64>,
    /// Until it counts as full, at that rate.
    pub days_left: Option<u64>,
}

/// Reads every manifest on the drive while the night `running` is not over; touches nothing. May take as
/// long as the drive takes.
pub fn glance(tools: &Tools, running: Option<Night>) -> Result<Glance, Error> {
    let ready = ready(tools)?;
    let plan = preview_during(tools, &ready, running)?;
    let now = (tools.now)();
    let saved = plan.lines.iter().filter_map(|line| Some((line.key?, line.bytes)));
    let rate = bytes_a_day(saved, now.date());
    let days_left = days_left(&plan.disk, &tools.nights.policy, rate);
    Ok(Glance { at: now.timestamp(), id: ready.id(), bytes_a_day: rate, days_left, plan })
}
