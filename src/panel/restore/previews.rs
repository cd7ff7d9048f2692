//! The previews that owners look at before they confirm, so that their long lists can be turned over.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::restore::preview::Preview;

/// Previews whose long lists of files can be turned over.
const KEPT: usize = 3;

/// The last previews, by digest.
#[derive(Default)]
pub struct Previews(Mutex<VecDeque<Arc<Preview>>>);

impl Previews {
    pub fn keep(&self, preview: Preview) -> Arc<Preview> {
        let preview = Arc::new(preview);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| old.digest != preview.digest);
        kept.truncate(KEPT - 1);
        kept.push_front(preview.clone());
        preview
    }

    pub fn find(&self, digest: &str) -> Option<Arc<Preview>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|preview| preview.digest == digest).cloned()
    }
}
