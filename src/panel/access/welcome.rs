//! Long answers end when their reader's login ends.
//!
//! Invariant: no byte goes out while it is not certain that its reader would still be let in. A reader that
//! is cut off gets fewer bytes than were announced, and can go on from there after a new login.
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody, SizedStream};
use actix_web::web::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::panel::access::login::{Denied, Visitor};

/// Between two looks. Together with the time for which a "yes" of the panel is believed, this is how long
/// an answer may outlive a logout.
pub const LOOK_EVERY: Duration = Duration::from_secs(4);
/// A panel that is too busy to answer is asked again, and the reader waits meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const ASK_AT_MOST: u32 = 15;

/// `answer`, which ends early when the login of its `visitor` ends. An announced length stays.
pub fn while_welcome(visitor: Visitor, answer: HttpResponse) -> HttpResponse {
    let size = answer.body().size();
    answer.map_body(|_, body| {
        let reader = |body| Reader { body, visitor, look_due: Instant::now() + LOOK_EVERY };
        match size {
            BodySize::Sized(bytes) => BoxBody::new(SizedStream::new(bytes, stream::unfold(reader(body), next).fuse())),
            BodySize::Stream => BoxBody::new(BodyStream::new(stream::unfold(reader(body), next).fuse())),
            BodySize::None => body,
        }
    })
}

struct Reader {
    body: BoxBody,
    visitor: Visitor,
    look_due: Instant,
}

async fn next(mut reader: Reader) -> Option<(io::Result<Bytes>, Reader)> {
    if Instant::now() >= reader.look_due {
        if let Err(away) = reader.look().await {
            return Some((Err(io::Error::new(io::ErrorKind::PermissionDenied, away)), reader));
        }
        reader.look_due = Instant::now() + LOOK_EVERY;
    }
    let piece = poll_fn(|context| Pin::new(&mut reader.body).poll_next(context)).await?;
    Some((piece.map_err(|why| io::Error::other(why.to_string())), reader))
}

impl Reader {
    async fn look(&self) -> Result<(), Denied> {
        let mut asked = 1;
        loop {
            match self.visitor.pass().look().await {
                Err(Denied::Unanswered) if asked < ASK_AT_MOST => tokio::time::sleep(ASK_AGAIN).await,
                told => return told,
            }
            asked += 1;
        }
    }
}
