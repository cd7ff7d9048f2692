//! What the buttons of snapshots do: work that reads or writes many files is a job, a mark is made at once.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::PATIENCE;
use crate::api::mark::Done;
use crate::api::snapshot::Marked;
use crate::destination::snapshots::store::{Mark, Said};
use crate::domain::archive::name::ArchiveName;
use crate::domain::host::settings::HostName;
use crate::domain::order::{Order, SnapshotOrder, When};
use crate::domain::snapshot::month::Month;
use crate::domain::snapshot::name::SnapshotName;
use crate::panel::archives::orders;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::{alerts, mark, places};

type Answer = Result<HttpResponse, HttpError>;

/// `POST snapshots/HOST/take`.
pub async fn take(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let host = known(&panel, host.into_inner())?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Take { host })).await
}

/// `POST snapshots/HOST/prune`.
pub async fn prune(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let host = known(&panel, host.into_inner())?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Prune { host })).await
}

/// `POST snapshots/HOST/archive`.
pub async fn archive(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let host = known(&panel, host.into_inner())?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Archive { host, when: When::Now })).await
}

/// `POST snapshots/HOST/golden`.
pub async fn golden(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let host = known(&panel, host.into_inner())?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::MakeGolden { host, when: When::Now })).await
}

/// `POST snapshots/HOST/archive/NAME/verify`.
pub async fn verify_archive(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    which: web::Path<(HostName, ArchiveName)>,
) -> Answer {
    let (host, name) = which.into_inner();
    let host = known(&panel, host)?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::VerifyArchive { host, name })).await
}

/// `POST snapshots/HOST/golden/MONTH/verify`.
pub async fn verify_golden(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    which: web::Path<(HostName, Month)>,
) -> Answer {
    let (host, month) = which.into_inner();
    let host = known(&panel, host)?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::VerifyGolden { host, month })).await
}

/// `POST snapshots/HOST/SNAPSHOT/verify`.
pub async fn verify(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    let (host, snapshot) = which.into_inner();
    let host = known(&panel, host)?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Verify { host, snapshot: Some(snapshot) })).await
}

/// `POST snapshots/HOST/SNAPSHOT/pin`.
pub async fn pin(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    say(panel, request, which.into_inner(), Mark::Pinned, Said::Yes).await
}

/// `POST snapshots/HOST/SNAPSHOT/unpin`.
pub async fn unpin(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    say(panel, request, which.into_inner(), Mark::Pinned, Said::No).await
}

/// `POST snapshots/HOST/SNAPSHOT/trust`.
pub async fn trust(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    say(panel, request, which.into_inner(), Mark::Trusted, Said::Yes).await
}

/// `POST snapshots/HOST/SNAPSHOT/false-alarm`.
pub async fn false_alarm(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    answer(panel, request, which.into_inner(), alerts::Answer::FalseAlarm).await
}

/// `POST snapshots/HOST/SNAPSHOT/resolve`.
pub async fn resolve(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    answer(panel, request, which.into_inner(), alerts::Answer::Resolved).await
}

async fn answer(panel: web::Data<PanelState>, request: HttpRequest, which: Which, said: alerts::Answer) -> Answer {
    let (host, snapshot) = which;
    let place = format!("snapshots/{host}/{snapshot}");
    off_loop(&panel, move |panel| {
        let tools = panel.tools();
        alerts::answer(&tools, &host, snapshot, said)?;
        panel.observer.observed(tools).snapshots.look_again(&host, PATIENCE);
        Ok(())
    })
    .await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Done::now()));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(&place))).finish())
}

/// A snapshot of a host, in an address.
type Which = (HostName, SnapshotName);

async fn say(panel: web::Data<PanelState>, request: HttpRequest, which: Which, mark: Mark, said: Said) -> Answer {
    let (host, snapshot) = which;
    let place = format!("snapshots/{host}/{snapshot}");
    let marked = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let marked = mark::mark(&tools, &host, snapshot, mark, said)?;
        // All windows show it.
        panel.observer.observed(tools).snapshots.look_again(&host, PATIENCE);
        Ok(marked)
    })
    .await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Marked::now(marked)));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(&place))).finish())
}

/// Refuses at once what a job would refuse later.
fn known(panel: &PanelState, host: HostName) -> Result<HostName, HttpError> {
    places::host(&panel.tools(), &host)?;
    Ok(host)
}
