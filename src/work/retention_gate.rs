//! Whether the clock can be believed when the past is judged. A Raspberry Pi has no clock of its own:
//! what it says is compared with the last job that ended.
use jiff::SignedDuration;

use super::Tools;
use crate::catalog::Error;
use crate::domain::retention::decision::RetentionGate;

/// A clock that jumps further than this since the last job is not believed.
pub(super) const JUMP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Years before this one are a clock without a battery.
const FIRST_YEAR: i16 = 2024;

/// Whether retention would judge the past now.
pub fn is_clock_sound(tools: &Tools) -> bool {
    // A history that cannot be read proves no clock right.
    retention_gate(tools, JUMP).is_ok_and(|gate| gate == RetentionGate::Sound)
}

/// Whether the clock is believed where so much time may pass between two jobs.
pub fn is_sound_between(tools: &Tools, interval: SignedDuration) -> bool {
    retention_gate(tools, JUMP + interval).is_ok_and(|gate| gate == RetentionGate::Sound)
}

/// `jump` is as long as may pass between two jobs.
pub(super) fn retention_gate(tools: &Tools, jump: SignedDuration) -> Result<RetentionGate, Error> {
    let now = (tools.now)();
    if now.year() < FIRST_YEAR {
        return Ok(RetentionGate::ClockDoubtful);
    }
    let last = tools.catalog.last_end()?;
    let jumped = last.is_some_and(|last| now.timestamp().duration_since(last).abs() > jump);
    Ok(if jumped { RetentionGate::ClockDoubtful } else { RetentionGate::Sound })
}
