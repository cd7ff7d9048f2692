//! Floor 5: the web, a thin shell. Pages are drawn on the server and work without scripts; a few
//! small modules in `web/` make them live.
//!
//! * `guard` — who may ask, and with which headers everything is answered
//! * `desk` — what every request has at hand; `trouble` — what went wrong, as page or JSON
//! * one file per page or dialog: `page`, `create_dialog`, `info_page`, `job_page`, `delete_dialog`,
//!   `upload_dialog`; `layout` around them, `icons` and `words` in them
//! * `api` — the same as JSON; `events` — one stream of what happens
//! * `download`, `picture`, `upload` — bytes out and in
//!
//! Invariant: nothing is decided here that a terminal would have to decide again, and no request
//! walks a tree or keeps a worker waiting for the disk.
mod api;
mod archive_table;
mod assets;
mod create_dialog;
mod delete_dialog;
mod desk;
mod download;
mod events;
mod file_tree;
mod forms;
mod guard;
mod icons;
mod info_page;
mod job_page;
mod layout;
mod orders;
mod page;
mod picture;
mod placement;
mod query;
mod recent_work;
mod routes;
mod trouble;
mod upload;
mod upload_dialog;
mod verdict;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::jobs::Jobs;
use crate::work::Tools;

pub use placement::Placement;

/// How long a browser that is still sending is listened to after it was refused, so that it gets
/// to read why.
const LINGER: Duration = Duration::from_secs(5);
/// Seconds that requests in flight get when we are told to stop.
const GRACE_S: u64 = 5;

/// Serves at the root of `bind` until the process is told to stop (SIGTERM, SIGINT).
pub async fn serve(
    tools: Arc<Tools>,
    jobs: Arc<Jobs>,
    bind: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> std::io::Result<()> {
    serve_at(tools, jobs, bind, Placement::default(), ready).await
}

/// Serves below the path, and to the host names, of `placement`.
pub async fn serve_at(
    tools: Arc<Tools>,
    jobs: Arc<Jobs>,
    bind: SocketAddr,
    placement: Placement,
    ready: impl FnOnce(SocketAddr),
) -> std::io::Result<()> {
    let (close, closing) = watch::channel(false);
    let desk = web::Data::new(desk::Desk::new(tools, jobs, placement, closing)?);
    // So that sizes are known before somebody asks.
    desk::measure(&desk);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(desk.clone())
            .wrap(middleware::from_fn(trouble::dress))
            .wrap(middleware::from_fn(guard::guard))
            .configure(|app| routes::all(app, &desk.placement))
            .default_service(web::to(routes::nowhere))
    })
    .workers(2)
    .disable_signals()
    .client_disconnect_timeout(LINGER)
    .shutdown_timeout(GRACE_S)
    .bind(bind)?;
    if let Some(address) = server.addrs().first() {
        ready(*address);
    }
    let running = server.run();
    let handle = running.handle();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Event streams never end by themselves and would hold the shutdown for its whole grace.
        close.send_replace(true);
        handle.stop(true).await;
    });
    running.await
}
