//! `serve`: the Backups page of a real camera, alone or behind the panel's web server.
//!
//! Where others could reach it, it asks for the panel's login or for a token, or does not start.
use std::sync::Arc;
use std::time::Duration;

use super::screen::Screen;
use crate::api::program::Listening;
use crate::app::{self, Options};
use crate::base::priority;
use crate::domain::failure::{Code, Failure};
use crate::domain::server::{Bind, ServerConfig};
use crate::jobs::{self, CameraStart, Jobs};
use crate::panel::{self, Anew};

/// How long a running job may go on after somebody told us to end.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn serve(screen: Screen, options: &Options, bind: Option<Bind>) -> Result<(), Failure> {
    priority::give_memory_back();
    let places = app::places(options)?;
    let config = ServerConfig::of(&places.server, &places.panel, bind)?;
    // Before the history, which may be on a disk that fails: the camera does not wait for us to start.
    let first = jobs::recover_camera(app::camera_at(&places).as_ref(), &places.state, CameraStart::Now);
    first.lines.iter().for_each(|line| tracing::info!("{line}"));
    let tools = app::open_at(places.clone())?;
    if let Some(absence) = tools.site.absence() {
        tracing::warn!("{}", Failure::of(&absence).message);
    }
    let jobs = Jobs::start(tools.clone(), super::command::command)?;
    if let Some(told) = jobs.lost_history() {
        tracing::warn!("{told}");
    }
    let options = options.clone();
    let anew = move || Ok(app::renewed(&places.changed_to(app::places(&options)?), &tools));
    page(screen, jobs, &config, Box::new(anew))
}

/// Serves until SIGINT or SIGTERM, then lets the running job end or cancels it.
pub(super) fn page(screen: Screen, jobs: Arc<Jobs>, config: &ServerConfig, anew: Anew) -> Result<(), Failure> {
    let ready = move |at: &str| {
        // The page is served even when standard output is closed.
        let _ = screen.show(&Listening { listening: at }, |out| writeln!(out, "listening on {at}"));
    };
    let served = actix_web::rt::System::new().block_on(panel::serve(jobs.clone(), config, anew, ready));
    jobs.stop(PATIENCE);
    served.map_err(|error| cannot_listen(&config.bind, &error))
}

fn cannot_listen(bind: &Bind, error: &std::io::Error) -> Failure {
    Failure {
        code: Code::Usage,
        message: format!("cannot serve on {bind}: {error}"),
        advice: match bind {
            Bind::Tcp(_) => "Another program may use this port; choose another one.",
            Bind::Unix(_) => "Check that its folder exists, belongs to this user, and that no other one serves there.",
        }
        .into(),
    }
}
