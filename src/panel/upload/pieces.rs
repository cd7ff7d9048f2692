//! Upload in pieces, after tus 1.0: `POST` announces a file, `PATCH` brings more of it, `HEAD` tells how much is
//! here, `DELETE` gives it up. Whatever is cut goes on later, also after a restart.
//!
//! Invariant: what was acknowledged is on the disk. A refusal is told with the piece that breaks the rule, or
//! the next, and nothing of the file stays. Only the login that began an upload finds it.
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use tokio::time::Instant;
use uuid::Uuid;

use super::ended::ended;
use super::protocol::{self, JOB, LENGTH, OFFSET};
use super::under_way::{RunningUpload, RunningUploads, WriteTurn};
use crate::api::list::Items;
use crate::api::upload::{Begun, UnderWay, Unfinished};
use crate::destination::upload::{About, UploadState};
use crate::destination::upload_reader::UploadWriter;
use crate::domain::failure::{Code, Failure};
use crate::domain::job::Job;
use crate::panel::access::login::Visitor;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::resume;

/// Bytes that are written down at once.
const WRITE: usize = 256 << 10;
/// A slow line is written down this often.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// After so many bytes of one piece they are made safe, and again at its end.
const SETTLE: u64 = 64 << 20;

type Answer = Result<HttpResponse, HttpError>;
/// What this room remembers between two requests.
type Uploads = web::Data<RunningUploads>;

/// `OPTIONS api/uploads`.
pub async fn options() -> HttpResponse {
    protocol::abilities()
}

/// `GET api/uploads`: what of the visitor's is unfinished, with what it takes to know a file again.
pub async fn list(panel: web::Data<PanelState>, uploads: Uploads, visitor: Visitor) -> Answer {
    let items = unfinished(&panel, &uploads, &visitor).await?;
    let items: Vec<_> = items.iter().map(told).collect();
    Ok(HttpResponse::Ok().json(Items::all(items)))
}

/// Unfinished uploads of the visitor, each with the number of bytes that are here at this moment.
pub async fn unfinished(
    panel: &web::Data<PanelState>,
    uploads: &RunningUploads,
    visitor: &Visitor,
) -> Result<Vec<UploadState>, HttpError> {
    let mut parts = off_loop(panel, |panel| Ok(resume::partial(&panel.tools())?)).await?;
    parts.retain(|part| part.about.whose == visitor.name());
    for part in &mut parts {
        part.received = uploads.written(part.id).unwrap_or(part.received);
    }
    Ok(parts)
}

/// The unfinished uploads for which no request brings bytes at this moment.
pub async fn waiting(
    panel: &web::Data<PanelState>,
    uploads: &RunningUploads,
    visitor: &Visitor,
) -> Result<Vec<UploadState>, HttpError> {
    let mut parts = unfinished(panel, uploads, visitor).await?;
    parts.retain(|part| uploads.is_quiet(part.id));
    Ok(parts)
}

fn told(part: &UploadState) -> Unfinished<'_> {
    Unfinished {
        id: part.id,
        file_name: &part.about.file_name,
        bytes: part.about.bytes,
        received: part.received,
        head_bytes: part.head_bytes,
        head_crc32: part.head_crc32,
    }
}

/// `POST api/uploads` with `Upload-Length` and the name in `Upload-Metadata`.
pub async fn begin(panel: web::Data<PanelState>, visitor: Visitor, request: HttpRequest) -> Answer {
    protocol::speaks_it(&request)?;
    let bytes = protocol::number(&request, LENGTH)?;
    let file_name = protocol::file_name(&request).unwrap_or_else(|| "upload.tar.gz".to_owned());
    let about = About { file_name, bytes, whose: visitor.name().to_owned() };
    let (id, at) = off_loop(&panel, move |panel| {
        let part = resume::begin(&panel.tools(), about)?;
        Ok((part.id(), (panel.tools().now)().timestamp().as_second()))
    })
    .await?;
    Ok(protocol::answer(StatusCode::CREATED)
        .insert_header((header::LOCATION, panel.url(&format!("api/uploads/{id}"))))
        .insert_header((OFFSET, "0"))
        .insert_header(protocol::expires(at + resume::KEPT_S))
        .json(Begun { id, received: 0 }))
}

/// `HEAD api/uploads/ID`. The browser is about to go on, so a request that still brings bytes ends first.
pub async fn offset(
    panel: web::Data<PanelState>,
    uploads: Uploads,
    visitor: Visitor,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Answer {
    protocol::speaks_it(&request)?;
    let (written, total) = match uploads.find(*id, visitor.name()) {
        Some(one) if !has_left_off(&one) => {
            one.take_turn().await.ok_or_else(taken)?;
            (one.progress.written(), one.progress.total())
        }
        _ => {
            let part = on_disk(&panel, &visitor, *id).await?;
            (part.received, part.about.bytes)
        }
    };
    Ok(protocol::answer(StatusCode::OK)
        .insert_header((OFFSET, written.to_string()))
        .insert_header((LENGTH, total.to_string()))
        .finish())
}

/// `GET api/uploads/ID`: the same for reading, with the job; an upload that was refused answers with why.
pub async fn look(panel: web::Data<PanelState>, uploads: Uploads, visitor: Visitor, id: web::Path<Uuid>) -> Answer {
    let Some(one) = uploads.find(*id, visitor.name()) else {
        return Ok(HttpResponse::Ok().json(told(&on_disk(&panel, &visitor, *id).await?)));
    };
    if has_left_off(&one) {
        let job = wait(&panel, &one).await?;
        return match (job.failure, on_disk(&panel, &visitor, *id).await) {
            (_, Ok(part)) => Ok(HttpResponse::Ok().json(told(&part))),
            (Some(failure), Err(_)) => Err(failure.into()),
            (None, Err(gone)) => Err(gone),
        };
    }
    let (written, total) = (one.progress.written(), one.progress.total());
    Ok(HttpResponse::Ok().json(UnderWay { id: *id, bytes: total, received: written, job: one.job }))
}

/// `PATCH api/uploads/ID` with `Upload-Offset`: more of the file. `Upload-Job` in the answer is the job that
/// checks it; with the last byte here it goes on to store it.
pub async fn append(
    panel: web::Data<PanelState>,
    uploads: Uploads,
    visitor: Visitor,
    request: HttpRequest,
    id: web::Path<Uuid>,
    mut body: web::Payload,
) -> Answer {
    protocol::speaks_it(&request)?;
    protocol::brings_a_piece(&request)?;
    let offset = protocol::number(&request, OFFSET)?;
    let one = live(&panel, &uploads, &visitor, *id).await?;
    let turn = one.take_turn().await.ok_or_else(taken)?;
    let written = one.progress.written();
    if offset != written {
        let words = format!("The upload is at byte {written}, not {offset}");
        return Err(HttpError::new(StatusCode::CONFLICT, Code::Usage, words, "Ask where it is, and go on from there."));
    }
    let poured = pour(&panel, turn, &mut body).await;
    match poured {
        Poured::All => {}
        Poured::Refused => {
            let job = wait(&panel, &one).await?;
            return Err(job.failure.unwrap_or_else(gone_by).into());
        }
        Poured::Failed(trouble) => return Err(trouble),
    }
    let now = (panel.tools().now)().timestamp().as_second();
    Ok(protocol::answer(StatusCode::NO_CONTENT)
        .insert_header((OFFSET, one.progress.written().to_string()))
        .insert_header((JOB, one.job.to_string()))
        .insert_header(protocol::expires(now + resume::KEPT_S))
        .finish())
}

/// `DELETE api/uploads/ID`: nothing of it stays.
pub async fn remove(
    panel: web::Data<PanelState>,
    uploads: Uploads,
    visitor: Visitor,
    request: HttpRequest,
    id: web::Path<Uuid>,
) -> Answer {
    protocol::speaks_it(&request)?;
    give_up(&panel, &uploads, &visitor, *id).await?;
    Ok(protocol::answer(StatusCode::NO_CONTENT).finish())
}

/// Cancels the check of an upload, where there is one, and removes what came.
pub async fn give_up(
    panel: &web::Data<PanelState>,
    uploads: &RunningUploads,
    visitor: &Visitor,
    id: Uuid,
) -> Result<(), HttpError> {
    let whose = visitor.name().to_owned();
    let live = uploads.find(id, &whose);
    if let Some(one) = &live {
        let job = one.job;
        off_loop(panel, move |panel| Ok(panel.jobs.cancel(job)?)).await?;
        wait(panel, one).await?;
        uploads.forget(id);
    }
    let removed = off_loop(panel, move |panel| {
        resume::owned(&panel.tools(), id, &whose)?;
        Ok(panel.tools().folder.remove_part(id)?)
    })
    .await;
    match removed {
        // Gone with its job.
        Err(gone) if live.is_some() && gone.failure.code == Code::NotFound => Ok(()),
        other => other,
    }
}

/// The upload `id`, with a job that checks what comes; begun anew when there is none.
async fn live(
    panel: &web::Data<PanelState>,
    uploads: &Uploads,
    visitor: &Visitor,
    id: Uuid,
) -> Result<Arc<RunningUpload>, HttpError> {
    let whose = visitor.name().to_owned();
    if let Some(one) = uploads.find(id, &whose) {
        if !has_left_off(&one) {
            return Ok(one);
        }
        let job = wait(panel, &one).await?;
        if on_disk(panel, visitor, id).await.is_err() {
            return Err(job.failure.unwrap_or_else(gone_by).into());
        }
    }
    let uploads = uploads.clone();
    off_loop(panel, move |panel| {
        let part = resume::reopen(&panel.tools(), id, &whose)?;
        let (head, tail) = resume::ends(&part)?;
        let job = panel.jobs.follow(part, tail)?;
        Ok(uploads.add(id, RunningUpload::new(job, whose, head)))
    })
    .await
}

/// Its check ended before all had come.
fn has_left_off(one: &RunningUpload) -> bool {
    one.progress.is_over() && one.progress.written() < one.progress.total()
}

async fn on_disk(panel: &web::Data<PanelState>, visitor: &Visitor, id: Uuid) -> Result<UploadState, HttpError> {
    let whose = visitor.name().to_owned();
    off_loop(panel, move |panel| Ok(resume::owned(&panel.tools(), id, &whose)?)).await
}

async fn wait(panel: &web::Data<PanelState>, one: &RunningUpload) -> Result<Job, HttpError> {
    ended(panel, one.job, panel.jobs.events()).await
}

fn taken() -> HttpError {
    let advice = "Try again in a minute.";
    HttpError::new(StatusCode::LOCKED, Code::Protected, "Another request still brings bytes for this upload", advice)
}

fn gone_by() -> Failure {
    Failure {
        code: Code::NotFound,
        message: "This upload is over".to_owned(),
        advice: "Look at the list of backups; if it is not there, send it again.".to_owned(),
    }
}

/// How a piece ended.
enum Poured {
    All,
    /// Nobody reads any more: the job says why.
    Refused,
    Failed(HttpError),
}

/// Writes down what comes. What came before a cut is kept.
async fn pour(panel: &PanelState, mut turn: WriteTurn, body: &mut web::Payload) -> Poured {
    let mut closing = panel.closing.clone();
    let (mut held, mut unsettled, mut due) = (Vec::with_capacity(WRITE), 0, Instant::now() + WRITE_EVERY);
    let ended = loop {
        let piece: Option<Result<Bytes, _>> = tokio::select! {
            piece = body.next() => piece,
            () = turn.is_wanted() => break Poured::Failed(overtaken()),
            _ = closing.wait_for(|closing| *closing) => break Poured::Failed(HttpError::stopping()),
            () = tokio::time::sleep_until(due), if !held.is_empty() => Some(Ok(Bytes::new())),
        };
        match piece {
            Some(Ok(bytes)) => held.extend_from_slice(&bytes),
            Some(Err(why)) => {
                break Poured::Failed(HttpError::usage(format!("The line broke: {why}"), "Go on from there."));
            }
            None => break Poured::All,
        }
        if held.len() >= WRITE || Instant::now() >= due {
            unsettled += held.len() as u64;
            let settle = if unsettled >= SETTLE { Settle::Now } else { Settle::Later };
            unsettled = if settle == Settle::Now { 0 } else { unsettled };
            match write(turn, held, settle).await {
                Ok((same, empty)) => (turn, held) = (same, empty),
                Err(ended) => return ended,
            }
            due = Instant::now() + WRITE_EVERY;
        }
    };
    match write(turn, held, Settle::Now).await {
        Ok(_) => ended,
        Err(worse) => worse,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Settle {
    Now,
    Later,
}

/// Where it may wait for the disk.
async fn write(mut turn: WriteTurn, mut held: Vec<u8>, settle: Settle) -> Result<(WriteTurn, Vec<u8>), Poured> {
    let written = web::block(move || {
        let done = put(&mut turn.head, &held, settle);
        held.clear();
        (done, turn, held)
    })
    .await;
    match written {
        Ok((Ok(()), turn, held)) => Ok((turn, held)),
        Ok((Err(e), ..)) if e.kind() == std::io::ErrorKind::BrokenPipe => Err(Poured::Refused),
        Ok((Err(e), ..)) if e.kind() == std::io::ErrorKind::InvalidInput => {
            Err(Poured::Failed(HttpError::usage("More came than was announced", "Begin again with the right length.")))
        }
        Ok((Err(e), ..)) => {
            let failure = Failure {
                code: Code::NotReady,
                message: format!("The upload could not be written: {e}"),
                advice: "Is the disk of the backups folder full or failing? What came is kept.".to_owned(),
            };
            Err(Poured::Failed(failure.into()))
        }
        Err(_) => Err(Poured::Failed(HttpError::stopping())),
    }
}

fn put(head: &mut UploadWriter, bytes: &[u8], settle: Settle) -> std::io::Result<()> {
    if !bytes.is_empty() {
        head.append(bytes)?;
    }
    if settle == Settle::Now { head.settle() } else { Ok(()) }
}

fn overtaken() -> HttpError {
    let advice = "Nothing is lost: that one goes on.";
    HttpError::new(StatusCode::CONFLICT, Code::Protected, "Another request goes on with this upload", advice)
}
