//! Upload in one request: bytes flow from the browser straight into the job that checks and writes them.
//!
//! Invariant: a connection that breaks is a read error to the job, never an end of file; and a
//! refusal is answered at once, not after gigabytes.
use std::io::{self, Read};
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::ended::ended;
use crate::api::job::Started;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::JobId;
use crate::panel::archives::orders;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::{PanelState, off_loop};

/// Pieces of at most 64 KiB that wait between network and job.
const PIECES: usize = 16;
/// After this long without a byte the job looks whether it was cancelled.
const SILENCE: Duration = Duration::from_millis(250);

/// `POST api/upload`, multipart with the file in its first part that has a file name. Answers with
/// what was stored, or why not. With `?answer=job` it answers with the job as soon as all bytes are
/// here, for those who watch the job anyway; `?size=` tells the length of the file beforehand.
///
/// `POST upload` is the same for a form of the page without scripts, which is led to its job.
pub async fn upload(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    mut parts: Multipart,
) -> Result<HttpResponse, HttpError> {
    let expected = query::number(request.query_string(), "size");
    let answer_job = query::field(request.query_string(), "answer").is_some_and(|what| what == b"job")
        || !error_page::wants_json(&panel, &request);
    while let Some(mut part) = parts.try_next().await.map_err(broken_form)? {
        let name = part.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
        let Some(name) = name else {
            while part.try_next().await.map_err(broken_form)?.is_some() {}
            continue;
        };
        let events = panel.jobs.events();
        let (send, receive) = mpsc::channel(PIECES);
        let id =
            off_loop(&panel, move |panel| Ok(panel.jobs.receive(&name, expected, Box::new(Incoming::new(receive)))?))
                .await?;
        let complete = pump(&panel, &mut part, send).await;
        if complete && answer_job {
            return Ok(orders::started(&panel, &request, id, &Started::from(id)));
        }
        let job = ended(&panel, id, events).await?;
        return match (job.failure, &job.result) {
            (None, Some(result)) => Ok(HttpResponse::Ok().json(with_job(result, id))),
            (Some(failure), _) => Err(failure.into()),
            (None, None) => Err(cancelled().into()),
        };
    }
    Err(HttpError::usage("The form has no file in it", "Choose a .tar.gz backup and send it again."))
}

/// What the network has for the job.
enum Piece {
    Bytes(Bytes),
    /// Nothing for a while.
    Later,
    Broken(String),
    /// The whole file was here. A channel that ends without this is a connection that broke.
    End,
}

/// True when the whole file went to the job; false when the job stopped reading before.
async fn pump(panel: &PanelState, part: &mut actix_multipart::Field, send: mpsc::Sender<Piece>) -> bool {
    let mut closing = panel.closing.clone();
    loop {
        let piece = tokio::select! {
            piece = part.next() => match piece {
                Some(Ok(bytes)) => Piece::Bytes(bytes),
                Some(Err(error)) => Piece::Broken(broken(&error)),
                None => Piece::End,
            },
            // The job is over, while the browser still sends.
            () = send.closed() => return false,
            _ = closing.wait_for(|closing| *closing) => Piece::Broken("the program was stopped".to_owned()),
            () = tokio::time::sleep(SILENCE) => Piece::Later,
        };
        let (ended, broken) = (matches!(piece, Piece::End), matches!(piece, Piece::Broken(_)));
        if send.send(piece).await.is_err() || broken {
            return false;
        }
        if ended {
            return true;
        }
    }
}

fn broken(error: &actix_multipart::MultipartError) -> String {
    format!("the connection broke off before the whole file was here ({error})")
}

fn broken_form(error: actix_multipart::MultipartError) -> HttpError {
    HttpError::usage(format!("The upload could not be read: {error}"), "Reload the page and send the file again.")
}

/// The reading end that the job has, in a thread that may wait.
struct Incoming {
    receive: mpsc::Receiver<Piece>,
    piece: Bytes,
    ended: bool,
}

impl Incoming {
    fn new(receive: mpsc::Receiver<Piece>) -> Self {
        Incoming { receive, piece: Bytes::new(), ended: false }
    }
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended {
            match self.receive.blocking_recv() {
                Some(Piece::Bytes(piece)) => self.piece = piece,
                Some(Piece::End) => self.ended = true,
                Some(Piece::Later) => return Err(io::ErrorKind::TimedOut.into()),
                Some(Piece::Broken(why)) => return Err(io::Error::new(io::ErrorKind::ConnectionReset, why)),
                None => {
                    let why = "the connection broke off before the whole file was here";
                    return Err(io::Error::new(io::ErrorKind::ConnectionReset, why));
                }
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

fn with_job(result: &serde_json::Value, id: JobId) -> serde_json::Value {
    let mut told = result.clone();
    if let Some(fields) = told.as_object_mut() {
        fields.insert("job".to_owned(), serde_json::json!(id));
    }
    told
}

fn cancelled() -> Failure {
    Failure {
        code: Code::Cancelled,
        message: "The upload was cancelled".to_owned(),
        advice: "Nothing of it was kept; send it again when you like.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(pieces: Vec<Piece>) -> io::Result<Vec<u8>> {
        let (send, receive) = mpsc::channel(pieces.len().max(1));
        pieces.into_iter().for_each(|piece| assert!(send.try_send(piece).is_ok()));
        drop(send);
        let mut all = Vec::new();
        Incoming::new(receive).read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn only_a_file_that_was_sent_to_its_end_has_an_end() {
        let bytes = || Piece::Bytes(Bytes::from_static(b"abc"));
        assert_eq!(read_all(vec![bytes(), bytes(), Piece::End]).unwrap(), b"abcabc");
        for pieces in [vec![], vec![bytes()], vec![bytes(), Piece::Broken("gone".to_owned())]] {
            assert_eq!(read_all(pieces).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        }
        assert_eq!(read_all(vec![bytes(), Piece::Later]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
