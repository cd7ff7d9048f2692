//! One stream of everything that happens, for the whole page.
//!
//! Invariant: what is remembered is told once, in order, to everyone, also after a lost connection:
//! we subscribe first and replay second, and the id of an event is the id of its row. Gauges
//! carry no id; the newest is enough.
use std::collections::VecDeque;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use tokio::sync::{broadcast, watch};

use crate::catalog::Event;
use crate::jobs::Gauge;
use crate::panel::access::login::Visitor;
use crate::panel::access::welcome::LOOK_EVERY;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::{PanelState, off_loop};

/// So that proxies and browsers see that the line is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between two gauges.
const GAUGE_EVERY: Duration = Duration::from_millis(250);
/// Remembered events read at once.
const REPLAY: u32 = 500;
/// A browser that lost us tries again after this.
const RETRY_MS: u32 = 2000;
/// Milliseconds until a browser asks again, where streams end by themselves every few seconds.
const AGAIN_MS: u32 = 100;

/// Where one browser is in the stream.
struct Listener {
    panel: web::Data<PanelState>,
    events: broadcast::Receiver<Event>,
    gauges: watch::Receiver<Vec<Gauge>>,
    closing: watch::Receiver<bool>,
    /// Id of the last event that was told.
    last: i64,
    /// Must read the rows after `last` before listening.
    behind: bool,
    ready: VecDeque<Bytes>,
    gauge_due: tokio::time::Instant,
    visitor: Visitor,
    /// When the stream must be asked for again.
    end: Option<tokio::time::Instant>,
    look_due: tokio::time::Instant,
    heartbeat_due: tokio::time::Instant,
}

/// `GET events`. Starts after `Last-Event-ID`, or after `?after=ID`, or now.
pub async fn events(
    panel: web::Data<PanelState>,
    visitor: Visitor,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let told = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let asked = query::number(request.query_string(), "after").and_then(|id| i64::try_from(id).ok());
    let mut listener = Listener {
        events: panel.jobs.events(),
        gauges: panel.jobs.gauges(),
        closing: panel.closing.clone(),
        last: 0,
        behind: true,
        ready: VecDeque::new(),
        gauge_due: tokio::time::Instant::now(),
        visitor,
        end: None,
        look_due: tokio::time::Instant::now() + LOOK_EVERY,
        heartbeat_due: tokio::time::Instant::now() + HEARTBEAT,
        panel,
    };
    let newest = off_loop(&listener.panel, |panel| Ok(panel.tools().catalog.newest_event()?)).await?;
    // An id from the future belongs to another catalog: start afresh.
    listener.last = told.or(asked).filter(|id| *id <= newest).unwrap_or(newest);
    let leash = listener.visitor.pass().leash();
    listener.end = leash.map(|leash| tokio::time::Instant::now() + leash);
    listener.ready.push_back(hello(
        newest,
        listener.visitor.token(),
        if leash.is_some() { AGAIN_MS } else { RETRY_MS },
    ));
    listener.gauges.mark_changed();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CONTENT_ENCODING, "identity"))
        // Proxies that would collect the stream are asked not to.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(listener, next)))
}

/// Says who speaks, so that a page notices a restart.
fn hello(newest: i64, token: &str, retry_ms: u32) -> Bytes {
    let told = serde_json::json!({ "newest": newest, "token": token });
    Bytes::from(format!("retry: {retry_ms}\nevent: hello\ndata: {told}\n\n"))
}

async fn next(mut listener: Listener) -> Option<(Result<Bytes, actix_web::Error>, Listener)> {
    loop {
        if tokio::time::Instant::now() >= listener.look_due && !listener.is_welcome().await {
            return None;
        }
        if let Some(text) = listener.ready.pop_front() {
            return Some((Ok(text), listener));
        }
        if listener.behind {
            if let Err(trouble) = listener.catch_up().await {
                return Some((Err(trouble.into()), listener));
            }
            continue;
        }
        match listener.wait().await {
            Happened::Event(Ok(event)) => listener.tell(&event),
            Happened::Event(Err(broadcast::error::RecvError::Lagged(_))) => listener.behind = true,
            Happened::Event(Err(broadcast::error::RecvError::Closed)) | Happened::End => return None,
            Happened::Gauges(text) => {
                listener.gauge_due = tokio::time::Instant::now() + GAUGE_EVERY;
                listener.ready.push_back(text);
            }
            Happened::LookDue => {}
            Happened::Nothing => listener.ready.push_back(Bytes::from_static(b": still here\n\n")),
        }
    }
}

/// Comes at `end`, or never.
async fn until(end: Option<tokio::time::Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

enum Happened {
    Event(Result<Event, broadcast::error::RecvError>),
    Gauges(Bytes),
    LookDue,
    Nothing,
    End,
}

/// The newest gauges, not before `due`.
async fn gauges(from: &mut watch::Receiver<Vec<Gauge>>, due: tokio::time::Instant) -> Option<Bytes> {
    // The pause comes first: a caller that drops this future during the pause loses no change.
    tokio::time::sleep_until(due).await;
    from.changed().await.ok()?;
    let text = serde_json::to_string(&*from.borrow_and_update()).ok()?;
    Some(Bytes::from(format!("event: gauges\ndata: {text}\n\n")))
}

impl Listener {
    async fn wait(&mut self) -> Happened {
        tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => Happened::End,
            event = self.events.recv() => Happened::Event(event),
            text = gauges(&mut self.gauges, self.gauge_due) => text.map_or(Happened::End, Happened::Gauges),
            () = tokio::time::sleep_until(self.look_due) => Happened::LookDue,
            () = until(self.end) => Happened::End,
            () = tokio::time::sleep_until(self.heartbeat_due) => {
                self.heartbeat_due = tokio::time::Instant::now() + HEARTBEAT;
                Happened::Nothing
            }
        }
    }

    /// Whether the listener would still be let in.
    async fn is_welcome(&mut self) -> bool {
        self.look_due = tokio::time::Instant::now() + LOOK_EVERY;
        self.visitor.pass().look().await.is_ok()
    }

    /// Rows after `last`; listens again when there are no more.
    async fn catch_up(&mut self) -> Result<(), HttpError> {
        let last = self.last;
        let missed = off_loop(&self.panel, move |panel| Ok(panel.tools().catalog.events_after(last, REPLAY)?)).await?;
        self.behind = missed.len() == REPLAY as usize;
        missed.iter().for_each(|event| self.tell(event));
        Ok(())
    }

    /// Tells an event unless it was told already.
    fn tell(&mut self, event: &Event) {
        if event.id <= self.last {
            return;
        }
        self.last = event.id;
        let (id, word) = (event.id, event.kind.word());
        let told = match event.job {
            Some(job) => serde_json::json!({ "job": job, "at": event.at, "what": event.kind }),
            None => serde_json::json!({ "at": event.at, "what": event.kind }),
        };
        self.ready.push_back(Bytes::from(format!("id: {id}\nevent: {word}\ndata: {told}\n\n")));
    }
}
