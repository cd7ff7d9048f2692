//! What the camera's database says of its nights, as last read: averages over years of pictures take a
//! while on a small computer, and a page is looked at often.
//!
//! What became of the nights is in our own catalog and is never remembered here.
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;

use super::lately::{Lately, Subject, Wanted};
use crate::domain::failure::{Code, Failure};
use crate::panel::desk::Desk;
use crate::panel::trouble::Trouble;
use crate::site::nights::Survey;
use crate::work::Tools;
use crate::work::nights::list::{Nights, look_with};

/// So long a page waits for a newer look before it shows the last one.
pub const MOMENT: Duration = Duration::from_millis(600);
/// Programs want the answer, however long it takes.
pub const PATIENT: Duration = Duration::from_secs(10 * 60);

pub type SurveyCache = Lately<Survey>;

pub fn survey_cache(tools: Arc<Tools>, told: tokio::sync::watch::Sender<u64>) -> Arc<SurveyCache> {
    let subject = Subject {
        name: "nights",
        look: Box::new(|tools| tools.nights.source.survey().map_err(|error| Failure::from(&error))),
        is_same: |before, now| before.nights == now.nights,
        fresh: Duration::from_secs(10),
    };
    Lately::new(subject, tools, told)
}

/// All nights as of now or of a few seconds ago; those of the last look when a newer one takes longer than
/// `patience`, and `None` when there was none yet.
pub fn known(desk: &Desk, patience: Duration) -> Result<Option<Nights>, Trouble> {
    match desk.lookout().surveys.seen(Wanted::Fresh, patience).seen {
        Some(seen) => Ok(Some(look_with(&desk.tools(), seen.found?)?)),
        None => Ok(None),
    }
}

/// The same for who can show nothing without them.
pub fn nights(desk: &Desk, patience: Duration) -> Result<Nights, Trouble> {
    known(desk, patience)?.ok_or_else(still_reading)
}

pub fn still_reading() -> Trouble {
    Trouble::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::NotReady,
        "The camera's nights are still being read",
        "Try again in a moment: it takes longer the more pictures its database knows.",
    )
}

/// Begins to read, so that nights are known before somebody asks.
pub fn look_ahead(desk: &Desk) {
    desk.lookout().surveys.seen(Wanted::Any, Duration::ZERO);
}
