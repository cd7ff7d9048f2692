//! The camera's nights for a page: as last surveyed, with what became of each by our own catalog.
use std::time::Duration;

use actix_web::http::StatusCode;

use crate::domain::failure::Code;
use crate::observe::cached::Wanted;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::PanelState;
use crate::work::nights::list::{Nights, look_with};

/// A page waits this long for a newer survey before it shows the last one.
pub const MOMENT: Duration = Duration::from_millis(600);
/// Programs wait until the answer is there.
pub const PATIENT: Duration = Duration::from_secs(10 * 60);

/// All nights as of now or of a few seconds ago; those of the last look when a newer one takes longer than
/// `patience`, and `None` when there was none yet.
pub fn known(panel: &PanelState, patience: Duration) -> Result<Option<Nights>, HttpError> {
    match panel.observed().survey.seen(Wanted::Fresh, patience).seen {
        Some(seen) => Ok(Some(look_with(&panel.tools(), seen.found?)?)),
        None => Ok(None),
    }
}

/// All nights, or an error for pages that show nothing without them.
pub fn nights(panel: &PanelState, patience: Duration) -> Result<Nights, HttpError> {
    known(panel, patience)?.ok_or_else(still_reading)
}

pub fn still_reading() -> HttpError {
    HttpError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::NotReady,
        "The camera's nights are still being read",
        "Try again in a moment: it takes longer the more pictures its database knows.",
    )
}

/// Starts the first survey, so that nights are known before somebody asks.
pub fn look_ahead(panel: &PanelState) {
    panel.observed().survey.seen(Wanted::Any, Duration::ZERO);
}
