//! What the camera's database says of its nights, remembered for a moment: averages over years of
//! pictures take a while on a small computer, and a page is looked at often.
//!
//! What became of the nights is in our own catalog and is never remembered here.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::failure::Failure;
use crate::panel::desk::Desk;
use crate::panel::trouble::Trouble;
use crate::site::nights::Survey;
use crate::work::Tools;
use crate::work::nights::list::{Nights, look_with};

/// So old a look counts as new.
const FRESH: Duration = Duration::from_secs(10);
/// An older one is shown while the next is under way, up to this age.
const USABLE: Duration = Duration::from_secs(15 * 60);

#[derive(Default)]
pub struct SurveyCache {
    newest: Mutex<Option<(Instant, Survey)>>,
    is_looking: AtomicBool,
}

/// All nights as of now, or of a few seconds ago.
pub fn nights(desk: &Desk) -> Result<Nights, Trouble> {
    let cache = &desk.surveys;
    let known = cache.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let survey = match known {
        Some((at, survey)) if at.elapsed() < FRESH => survey,
        Some((at, survey)) if at.elapsed() < USABLE => {
            look_again(desk);
            survey
        }
        _ => cache.look(&desk.tools)?,
    };
    Ok(look_with(&desk.tools, survey)?)
}

/// In the background, one at a time; whoever shows nights is told when they have changed.
pub fn look_again(desk: &Desk) {
    let (cache, tools, told) = (desk.surveys.clone(), desk.tools.clone(), desk.measured.clone());
    if cache.is_looking.swap(true, Ordering::AcqRel) {
        return;
    }
    let look = move || {
        let before = cache.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match cache.look(&tools) {
            Ok(survey) if before.is_none_or(|(_, before)| before.nights != survey.nights) => {
                told.send_modify(|count| *count += 1);
            }
            Ok(_) => {}
            Err(error) => tracing::info!("the nights could not be read: {}", Failure::from(&error).message),
        }
        cache.is_looking.store(false, Ordering::Release);
    };
    if let Err(error) = thread::Builder::new().name("nights".into()).spawn(look) {
        desk.surveys.is_looking.store(false, Ordering::Release);
        tracing::warn!(%error, "the nights are not read again");
    }
}

impl SurveyCache {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn look(&self, tools: &Tools) -> Result<Survey, crate::site::nights::Error> {
        let survey = tools.nights.source.survey()?;
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), survey.clone()));
        Ok(survey)
    }
}
