//! `serve`: the Backups page of a real camera.
//!
//! Without a login in front of it the page belongs to whoever sits at this machine; other addresses
//! are refused.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::screen::Screen;
use crate::app::{self, Options};
use crate::domain::failure::{Code, Failure};
use crate::jobs::Jobs;
use crate::panel;
use crate::work::Tools;

/// How long a running job may go on after somebody told us to end.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn serve(screen: Screen, options: &Options, bind: Option<SocketAddr>) -> Result<(), Failure> {
    let places = app::places(options)?;
    let bind = bind.unwrap_or(places.bind);
    if !bind.ip().is_loopback() {
        return Err(Failure {
            code: Code::Usage,
            message: format!("{bind} can be reached from other machines, and there is no login here"),
            advice: "Use 127.0.0.1, and from elsewhere an SSH tunnel: ssh -L 8085:127.0.0.1:8085 pi@camera".into(),
        });
    }
    let tools = app::open_at(places)?;
    let jobs = Jobs::start(tools.clone())?;
    page(screen, tools, jobs, bind).map_err(|error| cannot_listen(bind, &error))
}

/// Serves until SIGINT or SIGTERM, then lets the running job end or cancels it.
pub(super) fn page(screen: Screen, tools: Arc<Tools>, jobs: Arc<Jobs>, bind: SocketAddr) -> std::io::Result<()> {
    let ready = move |at: SocketAddr| {
        // Whoever closed standard output still wants the page.
        let _ = screen
            .show(&json!({ "listening": format!("http://{at}") }), |out| writeln!(out, "listening on http://{at}"));
    };
    let served = actix_web::rt::System::new().block_on(panel::serve(tools, jobs.clone(), bind, ready));
    jobs.stop(PATIENCE);
    served
}

pub(super) fn cannot_listen(bind: SocketAddr, error: &std::io::Error) -> Failure {
    Failure {
        code: Code::Usage,
        message: format!("cannot listen on {bind}: {error}"),
        advice: "Another program may use this port; choose another one.".into(),
    }
}
