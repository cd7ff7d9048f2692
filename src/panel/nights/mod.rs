//! The room of nights: which the camera will delete soon, what each is worth and why, where its copy
//! is, what the drive does next, and what other limits would keep.
//!
//! * `page` — all of it on one page; `view` — what it shows, read at one moment
//! * `at_risk`, `calendar`, `filter`, `gallery`, `plans_card`, `drive_card` — its parts
//! * `detail`, `plot`, `pictures` — one night; `preview`, `dry_run`, `calibration` — before anything is done
//! * `orders` — what its buttons do
//! * `survey` — the camera's nights as last observed
//!
//! Invariant: no page waits for the drive or the database longer than a moment, and none counts files.
pub mod at_risk;
pub mod calendar;
pub mod calibration;
pub mod detail;
mod drive_card;
pub mod dry_run;
mod filter;
mod gallery;
mod histogram;
pub mod labels;
pub mod orders;
pub mod page;
pub mod pictures;
pub mod plans_card;
mod plot;
pub mod preview;
pub(in crate::panel) mod survey;
mod view;

pub use survey::{MOMENT, look_ahead};
pub use view::Runs;

use std::time::Duration;

use actix_web::HttpRequest;

use super::state::PanelState;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::work::nights::list::{Item, list_of};

/// Every night with what is known of it, oldest first; `None` while the camera's database is read for
/// the first time and that takes longer than `patience`.
pub fn items(panel: &PanelState, patience: Duration) -> Result<Option<Vec<Item>>, HttpError> {
    survey::known(panel, patience)?.map(|nights| Ok(list_of(&panel.tools(), &nights)?)).transpose()
}

/// Pages are drawn at once, programs get all of it.
fn patience(panel: &PanelState, request: &HttpRequest) -> Duration {
    if error_page::is_for_program(panel, request) { survey::PATIENT } else { survey::MOMENT }
}
