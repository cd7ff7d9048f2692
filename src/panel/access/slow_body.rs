//! A body that trickles is given up, so that nobody holds a place by sending a byte now and then.
//!
//! Invariant: a body that keeps coming is read to its end, however large it is and however slow the line. Only the
//! time that we wait for the sender counts, never the time of our own work.
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::{Instant, timeout};

/// Within this time at least so many bytes come; less than any modem sends.
const WINDOW: Duration = Duration::from_secs(30);
const BYTES: usize = 8 << 10;

type Body = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// `payload`, with an error in place of what comes too slowly.
pub fn give_up_when_slow(payload: Payload) -> Payload {
    let heard = Heard { payload, left: WINDOW, bytes: 0 };
    // Some ask again behind the end.
    let body: Body = Box::pin(stream::unfold(heard, next).fuse());
    Payload::Stream { payload: body }
}

struct Heard {
    payload: Payload,
    /// The waiting time that is left in the present window.
    left: Duration,
    bytes: usize,
}

async fn next(mut heard: Heard) -> Option<(Result<Bytes, PayloadError>, Heard)> {
    let waiting = Instant::now();
    let Ok(piece) = timeout(heard.left, heard.payload.next()).await else {
        return Some((Err(too_slow()), heard));
    };
    let piece = piece?;
    heard.left = heard.left.saturating_sub(waiting.elapsed());
    heard.bytes += piece.as_ref().map_or(0, Bytes::len);
    if heard.bytes >= BYTES {
        (heard.left, heard.bytes) = (WINDOW, 0);
    }
    Some((piece, heard))
}

fn too_slow() -> PayloadError {
    PayloadError::Incomplete(Some(std::io::Error::new(std::io::ErrorKind::TimedOut, "it came too slowly")))
}
