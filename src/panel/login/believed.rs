//! What another program said of a session, believed for a few seconds: a "yes" alone, so that a login
//! counts at once and a logout soon.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a "yes" is believed. With the time between two looks at an open stream this is how long
/// a logout may take to be noticed.
const KEEP: Duration = Duration::from_secs(3);
/// Sessions that are remembered.
const MOST: usize = 256;

pub struct Believed<T>(Mutex<HashMap<[u8; 32], (Instant, T)>>);

impl<T: Clone> Believed<T> {
    pub fn nothing() -> Self {
        Believed(Mutex::default())
    }

    pub fn recall(&self, session: &[u8; 32]) -> Option<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(session).filter(|(since, _)| since.elapsed() < KEEP).map(|(_, told)| told.clone())
    }

    /// `since` is when the question was asked.
    pub fn remember(&self, session: [u8; 32], since: Instant, told: T) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (since, _)| since.elapsed() < KEEP);
        }
        if known.len() < MOST {
            known.insert(session, (since, told));
        }
    }
}
