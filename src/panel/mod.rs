//! Floor 6: the web, a thin shell. Pages are drawn on the server and work without scripts; a few
//! small modules in `web/` make them live.
//!
//! * `access` — who may come in, who may ask for what, and that a change is meant
//! * `parts` — what pages are made of: layout, frame, forms, icons, words, errors
//! * `archives` — the first page, every archive and its dialogs; `upload` — bytes in; `restore` — everything between
//!   the Restore button and Undo
//! * `nights` — the page, one night, plans, the drive, limits
//! * `plans` — what runs by itself; `jobs` — what runs and ran, and the stream of what happens
//! * `destinations` — where backups are kept; `snapshots` — folders as they were; `hosts` — other machines that they
//!   are taken of
//! * `settings` — the configuration, as form and as text; `mail_page` — what was sent and what waits
//! * `state` — what every request has at hand; `routes` — every address; `api` — answers for programs
//!
//! Invariant: nothing is decided here that a terminal would have to decide again, and no request
//! walks a tree or keeps a worker waiting for the disk.
mod access;
mod alerts;
mod api;
mod archives;
mod assets;
mod destinations;
mod hosts;
mod jobs;
mod mail_page;
mod nights;
mod parts;
mod plan_words;
mod plans;
mod restore;
mod routes;
mod settings;
mod snapshots;
mod state;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

pub use self::settings::Anew;
use crate::base::{socket, supervisor};
use crate::domain::server::{Bind, ServerConfig};
use crate::jobs::Jobs;
use crate::panel::access::login::Login;
use crate::panel::parts::placement::Placement;

/// How long a browser that is still sending is listened to after it was refused, so that it gets
/// to read why.
const LINGER: Duration = Duration::from_secs(5);
/// The group of the web server in front of us.
const WEB_GROUP: &str = "www-data";
/// How many threads wait for the disk at once, for each of two workers. Far below what the unit allows, so that a
/// crowd on the page never takes the threads that a backup needs.
const DISK_THREADS: usize = 24;
/// Seconds that requests in flight get when we are told to stop.
const GRACE_S: u64 = 5;

/// Serves as `config` says until the process is told to stop (SIGTERM, SIGINT). `anew` reads the configuration again,
/// `ready` hears where.
pub async fn serve(
    jobs: Arc<Jobs>,
    config: &ServerConfig,
    anew: Anew,
    ready: impl FnOnce(&str),
) -> std::io::Result<()> {
    let (close, closing) = watch::channel(false);
    let login = Login::new(&config.login, jobs.tools().site.clone())?;
    let panel = web::Data::new(state::PanelState::new(jobs, Placement::of(config), login, anew, closing)?);
    // So that sizes are known before somebody asks.
    panel.measure();
    nights::look_ahead(&panel);
    let noticing = actix_web::rt::spawn(settings::reload::keep(panel.clone()));
    let pieces = panel.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(panel.clone())
            .wrap(middleware::from_fn(parts::error_page::answer_failures))
            .wrap(middleware::from_fn(access::guard::guard))
            .configure(|app| routes::all(app, &panel.placement))
            .default_service(web::to(routes::nowhere))
    })
    .workers(2)
    .worker_max_blocking_threads(DISK_THREADS)
    .disable_signals()
    .client_disconnect_timeout(LINGER)
    .shutdown_timeout(GRACE_S);
    let server = match &config.bind {
        Bind::Tcp(address) => server.bind(address)?,
        Bind::Unix(path) => server.listen_uds(socket::listen(path, WEB_GROUP)?)?,
    };
    match (&config.bind, server.addrs().first()) {
        (Bind::Tcp(_), Some(address)) => {
            ready(&format!("http://{address}{}", config.base.as_str().trim_end_matches('/')))
        }
        (bind, _) => ready(&bind.to_string()),
    }
    let running = server.run();
    let handle = running.handle();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    supervisor::ready();
    let heart = supervisor::patience().map(|patience| actix_web::rt::spawn(beat(patience)));
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        supervisor::stopping();
        // Event streams never end by themselves and would hold the shutdown for its whole grace.
        close.send_replace(true);
        pieces.uploads.leave_off();
        handle.stop(true).await;
    });
    let served = running.await;
    noticing.abort();
    if let Some(heart) = heart {
        heart.abort();
    }
    if let Bind::Unix(path) = &config.bind {
        // A socket that stays is no harm: the next start removes it.
        let _ = std::fs::remove_file(path);
    }
    served
}

/// Says that we are alive, often enough that one lost word does not matter.
async fn beat(patience: Duration) {
    let mut turn = tokio::time::interval(patience / 3);
    loop {
        turn.tick().await;
        supervisor::alive();
    }
}
