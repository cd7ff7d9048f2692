//! Floor 5: the web, a thin shell.
use std::net::SocketAddr;
use std::sync::Arc;

use crate::jobs::Jobs;
use crate::work::Tools;

/// Serves until the process is told to stop (SIGTERM, SIGINT).
pub async fn serve(
    _tools: Arc<Tools>,
    _jobs: Arc<Jobs>,
    _bind: SocketAddr,
    _ready: impl FnOnce(SocketAddr),
) -> std::io::Result<()> {
    unimplemented!()
}
