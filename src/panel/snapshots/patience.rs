//! A drive that hangs keeps nobody waiting for its snapshots.
use std::time::Duration;

use actix_web::http::StatusCode;

use crate::domain::failure::Code;
use crate::panel::parts::http_error::HttpError;

/// How long a page waits for one look at a drive.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What `look` finds within `patience`. Later it goes on by itself, and nobody hears of it.
pub async fn within<T>(patience: Duration, look: impl Future<Output = Result<T, HttpError>>) -> Result<T, HttpError> {
    let silent = |_| {
        HttpError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Code::NotReady,
            "The drive of the snapshots does not answer",
            "Check its cable or the network, and try again.",
        )
    };
    actix_web::rt::time::timeout(patience, look).await.map_err(silent)?
}
