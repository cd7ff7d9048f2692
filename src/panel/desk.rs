//! What every request has at hand: the tools, the jobs, the login, and the measuring of
//! sizes that goes on in the background.
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web;
use tokio::sync::watch;

use super::login::Login;
use super::nights::Lookout;
use super::placement::Placement;
use super::restore::preview::Previews;
use super::settings::{Anew, InUse};
use super::trouble::Trouble;
use super::upload::UnderWay;
use crate::domain::monitor::{Cancelled, Monitor, Progress, Stage};
use crate::jobs::Jobs;
use crate::work::{Tools, estimate};

/// New sizes are told at most this often.
const TELL_EVERY: Duration = Duration::from_secs(1);

pub struct Desk {
    pub jobs: Arc<Jobs>,
    pub placement: Placement,
    pub login: Arc<Login>,
    /// For visitors without a session of the panel: must come with everything that changes something.
    /// New with every start.
    pub token: String,
    /// Turns true once, when the process is told to stop.
    pub closing: watch::Receiver<bool>,
    /// Counts up when sizes were measured, or something outside of jobs has changed.
    pub measured: watch::Sender<u64>,
    measuring: AtomicBool,
    /// What owners are looking at before they confirm a restore.
    pub previews: Previews,
    lookout: Mutex<Arc<Lookout>>,
    pub uploads: UnderWay,
    pub in_use: InUse,
}

impl Desk {
    pub fn new(
        jobs: Arc<Jobs>,
        placement: Placement,
        login: Login,
        anew: Anew,
        closing: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        let measured = watch::Sender::new(0);
        Ok(Desk {
            lookout: Mutex::new(Lookout::new(jobs.tools(), &measured)),
            in_use: InUse::new(jobs.tools().config.clone(), anew),
            jobs,
            placement,
            login: Arc::new(login),
            token: random_token()?,
            closing,
            measured,
            measuring: AtomicBool::new(false),
            previews: Previews::default(),
            uploads: UnderWay::default(),
        })
    }

    /// As of now: settings may be changed while a page is looked at.
    pub fn tools(&self) -> Arc<Tools> {
        self.jobs.tools()
    }

    /// The camera's nights and their drive as last seen, by the settings of now.
    pub fn lookout(&self) -> Arc<Lookout> {
        let tools = self.tools();
        let mut lookout = self.lookout.lock().unwrap_or_else(PoisonError::into_inner);
        if !lookout.is_by(&tools) {
            *lookout = Lookout::new(tools, &self.measured);
        }
        lookout.clone()
    }

    pub fn url(&self, path: &str) -> String {
        self.placement.url(path)
    }

    /// Tells when sizes have been measured anew.
    pub fn measurements(&self) -> watch::Receiver<u64> {
        self.measured.subscribe()
    }

    pub fn is_measuring(&self) -> bool {
        self.measuring.load(Ordering::Acquire)
    }
}

/// Runs `task` where it may wait for the disk.
pub async fn off_loop<T, F>(desk: &web::Data<Desk>, task: F) -> Result<T, Trouble>
where
    T: Send + 'static,
    F: FnOnce(&Desk) -> Result<T, Trouble> + Send + 'static,
{
    let desk = desk.clone();
    web::block(move || task(&desk)).await.map_err(|_| Trouble::stopping())?
}

/// Looks at sizes again in the background, once at a time; whoever shows them is told.
pub fn measure(desk: &web::Data<Desk>) {
    if desk.measuring.swap(true, Ordering::AcqRel) {
        return;
    }
    let desk = desk.clone();
    // Not awaited: the page shows what is remembered meanwhile.
    drop(web::block(move || {
        let telling = Telling { desk: &desk, told: std::sync::Mutex::new(Instant::now()) };
        if let Err(error) = estimate::refresh(&desk.tools(), &telling) {
            tracing::warn!(%error, "sizes could not be measured");
        }
        desk.measuring.store(false, Ordering::Release);
        desk.measured.send_modify(|count| *count += 1);
    }));
}

/// Passes on that some sizes are known by now.
struct Telling<'a> {
    desk: &'a Desk,
    told: std::sync::Mutex<Instant>,
}

impl Monitor for Telling<'_> {
    fn stages(&self, _: &[Stage]) {}
    fn stage(&self, _: Stage) {}
    fn warn(&self, warning: String) {
        tracing::info!(%warning, "while measuring sizes");
    }
    fn progress(&self, _: Progress) {
        if let Ok(mut told) = self.told.lock()
            && told.elapsed() >= TELL_EVERY
        {
            *told = Instant::now();
            self.desk.measured.send_modify(|count| *count += 1);
        }
    }
    fn checkpoint(&self) -> Result<(), Cancelled> {
        if *self.desk.closing.borrow() { Err(Cancelled) } else { Ok(()) }
    }
}

/// 64 hex digits that nobody can guess.
fn random_token() -> io::Result<String> {
    let mut bytes = [0u8; 32];
    io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
