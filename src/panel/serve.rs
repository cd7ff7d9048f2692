//! Opens the socket or the address, answers until the process is told to stop, and ends what is under way.
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::base::{socket, supervisor};
use crate::domain::server::{Bind, ServerConfig};
use crate::jobs::Jobs;
use crate::panel::access::guard;
use crate::panel::access::login::Login;
use crate::panel::parts::error_page;
use crate::panel::parts::placement::Placement;
use crate::panel::restore::previews::Previews;
use crate::panel::settings::{Anew, reload};
use crate::panel::state::PanelState;
use crate::panel::upload::under_way::RunningUploads;
use crate::panel::{home, nights, routes};

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
    let panel = web::Data::new(PanelState::new(jobs, Placement::of(config), login, anew, closing)?);
    // So that sizes are known before somebody asks.
    panel.measure();
    nights::look_ahead(&panel);
    let home = home::start(&panel)?;
    let noticing = actix_web::rt::spawn(reload::keep(panel.clone()));
    let (previews, uploads) = (web::Data::new(Previews::default()), web::Data::new(RunningUploads::default()));
    let running_uploads = uploads.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(panel.clone())
            .app_data(previews.clone())
            .app_data(uploads.clone())
            .wrap(middleware::from_fn(error_page::answer_failures))
            .wrap(middleware::from_fn(guard::guard))
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
        running_uploads.leave_off();
        handle.stop(true).await;
    });
    let served = running.await;
    noticing.abort();
    home.wait();
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
