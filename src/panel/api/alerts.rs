//! Alerts, in parts, and what is said of one.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::paging::{Page, paged, text};
use super::snapshots::AlarmAnswer;
use crate::api::mark::Done;
use crate::domain::alert::AlertKind;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::panel::alerts;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::alerts::answer;

type Answer = Result<HttpResponse, HttpError>;

/// `GET api/alerts?state=&limit=&cursor=`; what is wrong comes first.
pub async fn listed(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let query = request.query_string();
    let page = Page::of("alerts", query)?;
    let state = text(query, "state")?;
    let mut all = off_loop(&panel, alerts::all).await?;
    all.retain(|alert| state.as_deref().is_none_or(|wanted| wanted == alert.state.word()));
    Ok(HttpResponse::Ok().json(paged(all, &page, |alert| alert.id.to_string())?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertForm {
    action: AlarmAnswer,
}

/// `POST api/alerts/ID`. That an alert was seen is said of every kind; of a snapshot that is not trusted also that it
/// is good, or that the harm is over. Every other alert is over when its cause is gone.
pub async fn said(panel: web::Data<PanelState>, id: web::Path<i64>, sent: web::Json<AlertForm>) -> Answer {
    let (id, action) = (id.into_inner(), sent.action);
    off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let alert = alerts::all(panel)?.into_iter().find(|alert| alert.id == id);
        let alert = alert.ok_or_else(|| HttpError::not_found(format!("There is no alert {id}")))?;
        if let AlarmAnswer::Acknowledge = action {
            tools.catalog.acknowledge(id, (tools.now)().timestamp())?;
            return Ok(());
        }
        let of_snapshot = alert.subject.split_once(' ').filter(|_| alert.kind == AlertKind::SnapshotNotTrusted);
        let which = of_snapshot.and_then(|(host, name)| {
            Some((HostName::try_from(host.to_owned()).ok()?, name.parse::<SnapshotName>().ok()?))
        });
        let Some((host, name)) = which else {
            return Err(HttpError::usage(
                "This alert resolves itself when its cause is gone",
                "Acknowledge it, and mend what it tells of.",
            ));
        };
        answer(&tools, &host, name, action.into())?;
        Ok(())
    })
    .await?;
    panel.jobs.pass_on();
    Ok(HttpResponse::Ok().json(Done::now()))
}
