//! Work that may never end, waited for as long as somebody has patience.
//!
//! A share whose server is gone holds a thread, and no signal but SIGKILL ends that. So the work has a thread of its
//! own, which ends when the share answers or the program ends.
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What `work` returned; `None` when it took longer than `patience`, or could not be started.
pub fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    let started = thread::Builder::new().name("patience".into()).spawn(move || {
        // Nobody listens any more when it took too long.
        let _ = answer.send(work());
    });
    started.ok()?;
    answered.recv_timeout(patience).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_end_is_waited_for_no_longer_than_that() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        let (hold, held) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(1), move || held.recv().is_ok()), None);
        drop(hold);
    }
}
