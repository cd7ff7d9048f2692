//! A host as a card: the way to it, its last work, its snapshots in numbers, and what is wrong.
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::status;
use crate::api::status::HostStatus;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::observe::snapshots::Listed;
use crate::panel::alerts;
use crate::panel::parts::http_error::HttpError;
use crate::panel::snapshots::view::{PATIENCE, View};
use crate::panel::state::{PanelState, off_loop};
use crate::work::hosts::list::{self, HostLine};

#[derive(Debug, Serialize)]
struct HostCard {
    #[serde(flatten)]
    line: HostLine,
    last: Option<HostStatus>,
    #[serde(flatten)]
    kept: Option<Kept>,
    /// Why the numbers are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    alerts: Vec<Alert>,
}

/// What lies on the drive.
#[derive(Debug, Serialize)]
struct Kept {
    snapshots: usize,
    archives: usize,
    golden: usize,
    /// Bytes of the files of the newest snapshot.
    bytes: Option<u64>,
    newest: Option<SnapshotName>,
    /// The newest that is trusted.
    current: Option<SnapshotName>,
    suspects: usize,
}

/// `GET api/hosts/HOST`.
pub async fn host(panel: web::Data<PanelState>, name: web::Path<HostName>) -> Result<HttpResponse, HttpError> {
    let told = off_loop(&panel, move |panel| card(panel, &name)).await?;
    Ok(HttpResponse::Ok().json(told))
}

fn card(panel: &PanelState, name: &HostName) -> Result<HostCard, HttpError> {
    let line = list::show(&panel.tools(), name)?;
    let listed =
        View::read(panel, PATIENCE)?.hosts.into_iter().find(|(host, _)| host == name).map(|(_, listed)| listed);
    let (kept, why) = match listed {
        Some(Listed::Seen(item)) => {
            let good = |one: &&crate::work::snapshot::list::Item| one.suspect.is_none();
            let kept = Kept {
                snapshots: item.snapshots.len(),
                archives: item.archives.len(),
                golden: item.golden.len(),
                bytes: item.snapshots.last().map(|one| one.marker.counts.bytes),
                newest: item.snapshots.last().map(|one| one.name),
                current: item.snapshots.iter().rfind(good).map(|one| one.name),
                suspects: item.snapshots.iter().filter(|one| one.suspect.is_some()).count(),
            };
            (Some(kept), item.why.clone())
        }
        Some(Listed::Failed(why)) => (None, Some(why)),
        _ => (None, Some("the drive is being looked at".to_owned())),
    };
    let mut alerts = alerts::all(panel)?;
    let is_about = |alert: &Alert| alert.subject.split(' ').next() == Some(name.as_str());
    alerts.retain(|alert| alert.state != AlertState::Resolved && is_about(alert));
    let last = status::hosts(panel)?.remove(name.as_str());
    Ok(HostCard { line, last, kept, why, alerts })
}
