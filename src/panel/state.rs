//! What every request has at hand: the jobs, the login, and what is observed in the background. What a
//! single room remembers between two requests is a state of its own, which `serve` registers for it.
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use jiff::Timestamp;
use tokio::sync::watch;

use super::settings::{Anew, InUse};
use crate::base::random;
use crate::domain::failure::Failure;
use crate::jobs::Jobs;
use crate::observe::cached::Wanted;
use crate::observe::tried_hosts::TriedHosts;
use crate::observe::{Observed, Observer, drive};
use crate::panel::access::api_token::ApiTokens;
use crate::panel::access::login::Login;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::placement::Placement;
use crate::work::Tools;
use crate::work::nights::glance::Glance;

pub struct PanelState {
    pub jobs: Arc<Jobs>,
    pub placement: Arc<Placement>,
    pub login: Arc<Login>,
    /// For visitors without a session of the panel: must come with everything that changes something.
    /// New with every start.
    pub token: String,
    /// Turns true once, when the process is told to stop.
    pub closing: watch::Receiver<bool>,
    pub observer: Arc<Observer>,
    /// What programs show in place of a login.
    pub api_tokens: Arc<ApiTokens>,
    /// Hosts that somebody wants to know whether they answer.
    pub tried_hosts: TriedHosts,
    /// When this program began to serve.
    pub started_at: Timestamp,
    pub in_use: InUse,
}

impl PanelState {
    pub fn new(
        jobs: Arc<Jobs>,
        placement: Placement,
        login: Login,
        anew: Anew,
        closing: watch::Receiver<bool>,
    ) -> io::Result<Self> {
        Ok(PanelState {
            observer: Observer::new(jobs.tools(), closing.clone()),
            api_tokens: Arc::new(ApiTokens::new(jobs.tools().catalog.clone())),
            tried_hosts: TriedHosts::default(),
            started_at: (jobs.tools().now)().timestamp(),
            in_use: InUse::new(jobs.tools().config.clone(), jobs.tools().state_dir.clone(), anew),
            jobs,
            placement: Arc::new(placement),
            login: Arc::new(login),
            token: random_token()?,
            closing,
        })
    }

    /// The tools with the settings of this moment: a visitor may change settings while a page is open.
    pub fn tools(&self) -> Arc<Tools> {
        self.jobs.tools()
    }

    /// The camera's nights and their drive as last seen, by the settings of now.
    pub fn observed(&self) -> Arc<Observed> {
        self.observer.observed(self.tools())
    }

    /// The configured drive, waited for at most `patience`; `None` without a drive, or until it was seen once.
    pub fn seen_drive(&self, wanted: Wanted, patience: Duration) -> Option<Result<Glance, Failure>> {
        let tools = self.tools();
        drive::seen(&tools, &self.observer.observed(tools.clone()).drive, wanted, patience)
    }

    /// Measures in the background how large backups would be.
    pub fn measure(&self) {
        self.observer.measure(self.tools());
    }

    pub fn url(&self, path: &str) -> String {
        self.placement.url(path)
    }
}

/// Runs `task` where it may wait for the disk.
pub async fn off_loop<T, F>(panel: &web::Data<PanelState>, task: F) -> Result<T, HttpError>
where
    T: Send + 'static,
    F: FnOnce(&PanelState) -> Result<T, HttpError> + Send + 'static,
{
    let panel = panel.clone();
    web::block(move || task(&panel)).await.map_err(|_| HttpError::stopping())?
}

/// 64 hex digits that nobody can guess.
fn random_token() -> io::Result<String> {
    Ok(random::bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
