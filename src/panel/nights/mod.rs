//! The room of nights: which the camera will delete soon, what each is worth and why, where its copy
//! is, what the drive does next, and what other limits would keep.
//!
//! * `page` — all of it on one page; `sky` — what it shows, read at one moment
//! * `at_risk`, `calendar`, `filter`, `gallery`, `plans_card`, `drive_card` — its parts
//! * `detail`, `plot`, `pictures` — one night; `preview`, `dry_run`, `calibration` — before anything is done
//! * `orders` — what its buttons do
//! * `survey_cache`, `drive_cache` — the camera's database and the drive as last seen
//!
//! Invariant: no request waits for the drive longer than a moment, and none counts files.
pub mod at_risk;
pub mod calendar;
pub mod calibration;
pub mod detail;
mod drive_cache;
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
mod sky;
mod survey_cache;

pub use drive_cache::DriveCache;
pub use sky::Runs;
pub use survey_cache::{SurveyCache, look_again as look_ahead};

use super::desk::Desk;
use super::trouble::Trouble;
use crate::work::nights::list::{Item, list_of};

/// Every night with what is known of it, oldest first.
pub fn items(desk: &Desk) -> Result<Vec<Item>, Trouble> {
    Ok(list_of(&desk.tools, &survey_cache::nights(desk)?)?)
}
