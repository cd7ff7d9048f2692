//! The camera's nights, as its database or its folders last told. Averages over years of pictures are slow on a
//! small computer, and pages ask often.
//!
//! What became of the nights is in our own catalog and is read anew each time.
use std::sync::Arc;
use std::time::Duration;

use super::cached::{Cached, Subject};
use crate::domain::failure::Failure;
use crate::site::nights::Survey;
use crate::work::Tools;

pub type CachedSurvey = Cached<Survey>;

/// Nothing is looked at until the first caller asks.
pub fn cached_survey(tools: Arc<Tools>) -> Arc<CachedSurvey> {
    let subject = Subject {
        name: "nights",
        look: Box::new(|tools| tools.nights.source.survey().map_err(Failure::from)),
        is_same: |before, now| before.nights == now.nights,
        also: |_| None,
        fresh: Duration::from_secs(10),
    };
    Cached::new(subject, tools)
}
