//! Ctrl-C: once asks the work to stop cleanly, twice ends at once.
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::screen::say;
use crate::base::io_advice;
use crate::domain::failure::{Code, Failure};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on, in a thread of its own, to SIGINT, SIGTERM and SIGHUP.
pub fn listen() -> Result<(), Failure> {
    start().map_err(|error| Failure {
        code: Code::Failed,
        message: format!("Ctrl-C cannot be listened to: {error}"),
        advice: io_advice::advice(Path::new("/dev/null"), &error)
            .unwrap_or_else(|| "Close some programs and try again.".into()),
    })
}

/// Files that the listener needs; the library ends the program when it gets none.
const NEEDED_FILES: usize = 16;

fn start() -> std::io::Result<()> {
    let probe: std::io::Result<Vec<File>> = (0..NEEDED_FILES).map(|_| File::open("/dev/null")).collect();
    drop(probe?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut int, mut term, mut hup) = {
        let _inside = runtime.enter();
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?)
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                tokio::select! { _ = int.recv() => {}, _ = term.recv() => {}, _ = hup.recv() => {} }
                if ASKED.swap(true, Ordering::SeqCst) {
                    say("ended at once; what is left half done is removed at the next start");
                    std::process::exit(130);
                }
                say("stopping; once more ends at once");
            }
        })
    })?;
    Ok(())
}

/// What was asked so far is done; whoever asks again means what begins now.
pub fn forget() {
    ASKED.store(false, Ordering::SeqCst);
}

/// True once somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
