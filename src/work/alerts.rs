//! Alerts: raised where something is found to be wrong, resolved where it is found to be right again.
//!
//! Invariant: an alert keeps no work from being done. A history that takes nothing now is told in the log.
use crate::catalog;
use crate::domain::alert::{Alert, AlertKind, AlertState};
use crate::domain::failure::Failure;
use crate::domain::mail::letter::Letter;
use crate::domain::mail::{Course, Kind, alert_state};
use crate::work::Tools;
use crate::work::mail::letter;

/// Something is wrong; `detail` says what, without a full stop.
pub fn raise(tools: &Tools, kind: AlertKind, subject: &str, detail: &str) {
    logged(kind, || {
        let is_new = tools.catalog.alert(kind, subject)?.is_none();
        let letter = if is_new { told(tools, kind, subject, detail, AlertState::Open) } else { None };
        tools.catalog.raise(kind, subject, detail, letter.as_ref(), (tools.now)().timestamp()).map(drop)
    });
}

/// [`raise`] for what another mail tells.
pub fn raise_told(tools: &Tools, kind: AlertKind, subject: &str, detail: &str) {
    logged(kind, || tools.catalog.raise(kind, subject, detail, None, (tools.now)().timestamp()).map(drop));
}

/// It is right again.
pub fn resolve(tools: &Tools, kind: AlertKind, subject: &str) {
    logged(kind, || match tools.catalog.alert(kind, subject)? {
        Some(alert) => resolve_one(tools, &alert),
        None => Ok(()),
    });
}

fn resolve_one(tools: &Tools, alert: &Alert) -> Result<(), catalog::Error> {
    let letter = told(tools, alert.kind, &alert.subject, &alert.detail, AlertState::Resolved);
    tools.catalog.resolve(alert.id, letter.as_ref(), (tools.now)().timestamp()).map(drop)
}

fn told(tools: &Tools, kind: AlertKind, subject: &str, detail: &str, state: AlertState) -> Option<Letter> {
    if !kind.is_mailed() {
        return None;
    }
    let at = (tools.now)().timestamp().as_millisecond();
    let occasion = format!("{kind:?}:{subject}:{}:{at}", state.word());
    letter(tools, Kind::Alert, Course::Warned, &occasion, |origin| alert_state::message(origin, detail, state))
}

fn logged(kind: AlertKind, work: impl FnOnce() -> Result<(), catalog::Error>) {
    if let Err(error) = work() {
        tracing::error!("an alert ({kind:?}) was not remembered: {}", Failure::of(&error).message);
    }
}
