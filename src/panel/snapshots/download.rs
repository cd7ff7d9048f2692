//! A file of a snapshot, or a folder as a `.tar.gz`, for the visitor's own machine.
//!
//! Invariant: what a host holds is saved and never shown or run, and a folder that could not be sent whole ends in a
//! broken connection.
use std::io::{self, Write};

use actix_web::body::BodyStream;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use tokio::sync::mpsc;

use super::browse::asked;
use super::patience::{PATIENCE, within};
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::panel::access::login::Visitor;
use crate::panel::access::welcome;
use crate::panel::archives::picture::{SANDBOX, disposition};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::ranged;
use crate::panel::parts::ranged::Content;
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::read::{self, OpenFolder};

/// Pieces that wait between drive and browser.
const PIECES: usize = 4;

/// `GET snapshots/HOST/SNAPSHOT/file?path=`.
pub async fn file(
    panel: web::Data<PanelState>,
    visitor: Visitor,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let path = asked(request.query_string())?;
    let path = path.ok_or_else(|| HttpError::usage("No file was named", "Choose a file on the page."))?;
    let called = disposition("attachment", path.name());
    let opened = off_loop(&panel, move |panel| Ok(read::file(&panel.tools(), &host, name, &path)?));
    let opened = within(PATIENCE, opened).await?;
    let (kind, bytes, tag) = ("application/octet-stream", opened.bytes, opened.digest);
    let content = Content { file: opened.file, bytes, tag, kind, disposition: called };
    let mut answer = ranged::answer(&request, visitor, content).map_err(|why| {
        HttpError::new(
            actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
            crate::domain::failure::Code::NotReady,
            format!("The file cannot be read: {why}"),
            "Check the drive and its cable.",
        )
    })?;
    let sandbox = header::HeaderValue::from_static(SANDBOX);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    Ok(answer)
}

/// `GET snapshots/HOST/SNAPSHOT/folder?path=`; without a path all of the snapshot.
pub async fn folder(
    panel: web::Data<PanelState>,
    visitor: Visitor,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let path = asked(request.query_string())?;
    let own = path.as_ref().map_or_else(|| host.as_str().as_bytes().to_vec(), |path| path.name().to_vec());
    let called = disposition("attachment", &[&own, format!("-{name}.tar.gz").as_bytes()].concat());
    let found = off_loop(&panel, move |panel| Ok(read::folder(&panel.tools(), &host, name, path.as_ref())?));
    let found = within(PATIENCE, found).await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, "application/gzip"));
    answer.insert_header((header::CONTENT_DISPOSITION, called));
    if request.method() == actix_web::http::Method::HEAD {
        return Ok(answer.finish());
    }
    Ok(welcome::while_welcome(visitor, answer.body(BodyStream::new(pieces(found)))))
}

/// Reads in a thread of its own, a few pieces ahead of the browser.
fn pieces(folder: OpenFolder) -> impl stream::Stream<Item = io::Result<Bytes>> + 'static {
    let (send, receive) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    drop(web::block(move || {
        let out = io::BufWriter::with_capacity(64 << 10, Sender(send.clone()));
        if let Err(error) = folder.send(out) {
            let told = Failure::of(&error).message;
            tracing::warn!("a folder of a snapshot could not be sent: {told}");
            drop(send.blocking_send(Err(io::Error::other(told))));
        }
    }));
    stream::unfold(receive, |mut receive| async move { receive.recv().await.map(|piece| (piece, receive)) })
}

struct Sender(mpsc::Sender<io::Result<Bytes>>);

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
