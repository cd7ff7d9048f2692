//! What is looked at in the background, by the settings of one moment: when they change, another one takes its
//! place, and nothing of the old drive or the old database is shown any more.
use std::sync::Arc;

use tokio::sync::watch;

use super::{DriveCache, SurveyCache, drive_cache, survey_cache};
use crate::work::Tools;

pub struct Lookout {
    tools: Arc<Tools>,
    /// The camera's nights.
    pub surveys: Arc<SurveyCache>,
    /// The drive that they are kept on.
    pub drives: Arc<DriveCache>,
}

impl Lookout {
    /// `told` counts up when something looks otherwise than before.
    pub fn new(tools: Arc<Tools>, told: &watch::Sender<u64>) -> Arc<Self> {
        let surveys = survey_cache(tools.clone(), told.clone());
        let drives = drive_cache(tools.clone(), surveys.clone(), told.clone());
        Arc::new(Lookout { tools, surveys, drives })
    }

    /// Whether it looks by these settings.
    pub fn is_by(&self, tools: &Arc<Tools>) -> bool {
        Arc::ptr_eq(&self.tools, tools)
    }
}
