//! Something that the owner should look at: remembered for the page, and told by mail.
use super::Error;
use crate::domain::mail::{Course, Kind, alert};
use crate::work::Tools;
use crate::work::mail::letter;

/// Once a day for each kind.
pub(super) fn tell(tools: &Tools, kind: &str, message: &str) -> Result<(), Error> {
    let now = (tools.now)().timestamp();
    let occasion = format!("{kind}:{}", now.as_millisecond());
    let letter = letter(tools, Kind::Alert, Course::Warned, &occasion, |origin| alert::message(origin, message));
    Ok(tools.catalog.notice(kind, message, letter.as_ref(), now)?)
}

/// Writes a note that asks the owner for nothing: once, and without a mail. True when it was written now.
pub(super) fn note_once(tools: &Tools, kind: &str, message: &str) -> Result<bool, Error> {
    let is_new = !tools.catalog.was_told(kind, message)?;
    if is_new {
        tools.catalog.notice(kind, message, None, (tools.now)().timestamp())?;
    }
    Ok(is_new)
}

/// Tells the owner once of something that may last for months. True when it was told now.
pub(super) fn tell_once(tools: &Tools, kind: &str, message: &str) -> Result<bool, Error> {
    if tools.catalog.was_told(kind, message)? {
        return Ok(false);
    }
    tell(tools, kind, message).map(|()| true)
}
