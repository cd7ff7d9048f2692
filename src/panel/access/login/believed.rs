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

/// How long a session that was good has a lane of its own.
const LATELY: Duration = Duration::from_secs(60 * 60);

pub struct Believed<T> {
    told: Mutex<HashMap<[u8; 32], (Instant, T)>>,
    /// Sessions that were good, and when last. No stranger gets in here.
    good: Mutex<HashMap<[u8; 32], Instant>>,
}

impl<T: Clone> Believed<T> {
    pub fn nothing() -> Self {
        Believed { told: Mutex::default(), good: Mutex::default() }
    }

    /// Whether the session was good within the last hour. That proves nothing; it only says who need
    /// not wait behind strangers.
    pub fn lately(&self, session: &[u8; 32]) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.get(session).is_some_and(|since| since.elapsed() < LATELY)
    }

    pub fn recall(&self, session: &[u8; 32]) -> Option<T> {
        let known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(session).filter(|(since, _)| since.elapsed() < KEEP).map(|(_, told)| told.clone())
    }

    /// `since` is when the question was asked.
    pub fn remember(&self, session: [u8; 32], since: Instant, told: T) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.len() >= MOST && !good.contains_key(&session) {
            let oldest = good.iter().min_by_key(|(_, since)| **since).map(|(session, _)| *session);
            oldest.map(|oldest| good.remove(&oldest));
        }
        good.insert(session, since);
        drop(good);
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (since, _)| since.elapsed() < KEEP);
        }
        if known.len() < MOST {
            known.insert(session, (since, told));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_was_good_lately_is_known_and_no_number_of_others_grows_without_end() {
        let believed = Believed::nothing();
        let now = Instant::now();
        let session = |n: usize| {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&n.to_le_bytes());
            digest
        };
        assert!(!believed.lately(&session(1)));
        for n in 0..MOST + 10 {
            believed.remember(session(n), now + Duration::from_millis(n as u64), ());
        }
        assert!(believed.lately(&session(MOST + 9)) && !believed.lately(&session(0)));
        assert_eq!(believed.good.lock().unwrap().len(), MOST);
    }
}
