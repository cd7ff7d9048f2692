//! Alerts: raised where something is found to be wrong, resolved where it is found to be right again.
//!
//! Invariant: an alert keeps no work from being done. A history that takes nothing now is told in the log.
use crate::catalog;
use crate::domain::alert::{AlertKind, AlertState};
use crate::domain::channel::ChannelEvent;
use crate::domain::failure::Failure;
use crate::domain::mail::letter::Letter;
use crate::domain::mail::{Course, Kind, Origin, alert_state};
use crate::work::Tools;
use crate::work::mail::letter;
use crate::work::notify::{self, Told};

/// Whether mails tell of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByMail {
    Yes,
    /// Another mail does.
    No,
}

/// Something is wrong; `detail` says what, without a full stop.
pub fn raise(tools: &Tools, kind: AlertKind, subject: &str, detail: &str) {
    raise_by(tools, kind, subject, detail, ByMail::Yes);
}

/// [`raise`] for what another mail tells.
pub fn raise_told(tools: &Tools, kind: AlertKind, subject: &str, detail: &str) {
    raise_by(tools, kind, subject, detail, ByMail::No);
}

fn raise_by(tools: &Tools, kind: AlertKind, subject: &str, detail: &str, by_mail: ByMail) {
    logged(kind, || {
        let is_new = tools.catalog.alert(kind, subject)?.is_none();
        let letters = if is_new { told(tools, kind, subject, detail, AlertState::Open, by_mail) } else { Vec::new() };
        tools.catalog.raise(kind, subject, detail, &letters, (tools.now)().timestamp()).map(drop)
    });
}

/// It is right again.
pub fn resolve(tools: &Tools, kind: AlertKind, subject: &str) {
    resolve_by(tools, kind, subject, ByMail::Yes);
}

/// [`resolve`] for what another mail tells.
pub fn resolve_told(tools: &Tools, kind: AlertKind, subject: &str) {
    resolve_by(tools, kind, subject, ByMail::No);
}

fn resolve_by(tools: &Tools, kind: AlertKind, subject: &str, by_mail: ByMail) {
    logged(kind, || {
        let Some(alert) = tools.catalog.alert(kind, subject)? else { return Ok(()) };
        let letters = told(tools, kind, subject, &alert.detail, AlertState::Resolved, by_mail);
        tools.catalog.resolve(alert.id, &letters, (tools.now)().timestamp()).map(drop)
    });
}

fn told(
    tools: &Tools,
    kind: AlertKind,
    subject: &str,
    detail: &str,
    state: AlertState,
    by_mail: ByMail,
) -> Vec<Letter> {
    let at = (tools.now)().timestamp().as_millisecond();
    let occasion = format!("{kind:?}:{subject}:{}:{at}", state.word());
    let mut letters = Vec::new();
    if kind.is_mailed() && by_mail == ByMail::Yes {
        let message = |origin: &Origin| alert_state::message(origin, detail, state);
        letters.extend(letter(tools, Kind::Alert, Course::Warned, &occasion, message));
    }
    // A new camera has one disk.
    if kind != AlertKind::OneDisk {
        let (event, title) = match state {
            AlertState::Resolved => (ChannelEvent::Recovered, "Backup alert resolved"),
            AlertState::Open | AlertState::Acknowledged => (ChannelEvent::Problem, "Backup ALERT"),
        };
        let told = Told { event, occasion: &occasion, title, text: detail, run: None };
        let all = notify::letters(tools, &told).into_iter();
        // A channel that fails cannot tell of it.
        letters.extend(all.filter(|letter| kind != AlertKind::ChannelFails || letter.channel != subject));
    }
    letters
}

fn logged(kind: AlertKind, work: impl FnOnce() -> Result<(), catalog::Error>) {
    if let Err(error) = work() {
        tracing::error!("an alert ({kind:?}) was not remembered: {}", Failure::of(&error).message);
    }
}
