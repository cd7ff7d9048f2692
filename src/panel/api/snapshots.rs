//! Snapshots of one host: in parts, one of them, what its owner says of it, and what is done with it.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::paging::{Page, paged};
use crate::api::snapshot::Marked;
use crate::destination::snapshots::store::{Mark, Said};
use crate::domain::host::settings::{HostName, Source};
use crate::domain::order::{Order, SnapshotOrder};
use crate::domain::snapshot::name::SnapshotName;
use crate::domain::snapshot::request::{CameSince, Existing, SnapshotPath, SnapshotRequest};
use crate::observe::snapshots::Listed;
use crate::panel::archives::orders;
use crate::panel::parts::http_error::HttpError;
use crate::panel::snapshots::give_back::elsewhere;
use crate::panel::snapshots::view::{PATIENCE, PATIENT, View};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::delete::may_delete;
use crate::work::snapshot::{alerts, list, mark, places};

type Answer = Result<HttpResponse, HttpError>;
type Which = (HostName, SnapshotName);

/// `GET api/snapshots/HOST?limit=&cursor=`, newest first.
pub async fn of_host(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let page = Page::of("snapshots", request.query_string())?;
    let item = off_loop(&panel, move |panel| {
        places::host(&panel.tools(), &host)?;
        let all = View::read(panel, PATIENT)?.hosts;
        match all.into_iter().find(|(name, _)| *name == *host).map(|(_, listed)| listed) {
            Some(Listed::Seen(item)) => Ok(item),
            Some(Listed::Failed(why)) => Err(unseen(why)),
            _ => Err(unseen("the drive does not answer".to_owned())),
        }
    })
    .await?;
    let newest_first: Vec<_> = item.snapshots.iter().rev().collect();
    Ok(HttpResponse::Ok().json(paged(newest_first, &page, |one| one.name.to_string())?))
}

fn unseen(why: String) -> HttpError {
    use crate::domain::failure::{Code, Failure};
    Failure { code: Code::NotReady, message: why, advice: "Check the drive, and try again.".to_owned() }.into()
}

/// `GET api/snapshots/HOST/SNAPSHOT`.
pub async fn one(panel: web::Data<PanelState>, which: web::Path<Which>) -> Answer {
    let (host, name) = which.into_inner();
    let item = off_loop(&panel, move |panel| Ok(list::show(&panel.tools(), &host, Some(name))?)).await?;
    Ok(HttpResponse::Ok().json(item))
}

/// What an owner says of the alarm of a snapshot.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmAnswer {
    Acknowledge,
    FalsePositive,
    Resolve,
}

impl From<AlarmAnswer> for alerts::Answer {
    fn from(said: AlarmAnswer) -> Self {
        match said {
            AlarmAnswer::Acknowledge => alerts::Answer::Acknowledged,
            AlarmAnswer::FalsePositive => alerts::Answer::FalseAlarm,
            AlarmAnswer::Resolve => alerts::Answer::Resolved,
        }
    }
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotChange {
    #[serde(default)]
    pinned: Option<bool>,
    /// Its owner says that it is good.
    #[serde(default)]
    trusted: Option<bool>,
    #[serde(default)]
    alarm: Option<AlarmAnswer>,
}

/// `PATCH api/snapshots/HOST/SNAPSHOT`.
pub async fn change(panel: web::Data<PanelState>, which: web::Path<Which>, sent: web::Json<SnapshotChange>) -> Answer {
    let (host, name) = which.into_inner();
    let change = sent.into_inner();
    let item = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let said = |yes: bool| if yes { Said::Yes } else { Said::No };
        if let Some(pinned) = change.pinned {
            mark::mark(&tools, &host, name, Mark::Pinned, said(pinned))?;
        }
        if let Some(trusted) = change.trusted {
            mark::mark(&tools, &host, name, Mark::Trusted, said(trusted))?;
        }
        if let Some(alarm) = change.alarm {
            alerts::answer(&tools, &host, name, alarm.into())?;
        }
        let item = list::show(&tools, &host, Some(name))?;
        panel.observer.observed(tools).snapshots.look_again(&host, PATIENCE);
        Ok(item)
    })
    .await?;
    panel.jobs.pass_on();
    Ok(HttpResponse::Ok().json(Marked::now(item)))
}

/// `POST api/snapshots/HOST/SNAPSHOT/verify`.
pub async fn verify(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    let (host, snapshot) = which.into_inner();
    places::host(&panel.tools(), &host)?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Verify { host, snapshot: Some(snapshot) })).await
}

/// `DELETE api/snapshots/HOST/SNAPSHOT`: what retention never deletes is refused with 409.
pub async fn delete(panel: web::Data<PanelState>, request: HttpRequest, which: web::Path<Which>) -> Answer {
    let (host, snapshot) = which.into_inner();
    let asked = host.clone();
    off_loop(&panel, move |panel| Ok(may_delete(&panel.tools(), &asked, snapshot)?)).await?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Delete { host, snapshot })).await
}

/// `POST api/snapshots/HOST/take`.
pub async fn take(panel: web::Data<PanelState>, request: HttpRequest, host: web::Path<HostName>) -> Answer {
    let host = host.into_inner();
    places::host(&panel.tools(), &host)?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Take { host })).await
}

/// What goes back, and where to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreFiles {
    /// Below the host's folder; all of it when left out.
    #[serde(default)]
    paths: Vec<String>,
    /// A folder of this machine; where they came from when left out.
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    replace: bool,
    /// Files that came since stay in folders that are replaced.
    #[serde(default)]
    keep_newer: bool,
}

/// `POST api/snapshots/HOST/SNAPSHOT/restore`.
pub async fn restore(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    which: web::Path<Which>,
    sent: web::Json<RestoreFiles>,
) -> Answer {
    let (host, snapshot) = which.into_inner();
    let RestoreFiles { paths, target, replace, keep_newer } = sent.into_inner();
    let odd = |why: String| HttpError::usage(why, "Nothing was changed; correct the path.");
    let paths =
        paths.into_iter().map(|path| SnapshotPath::try_from(path.into_bytes()).map_err(|why| odd(why.to_string())));
    let paths = paths.collect::<Result<Vec<_>, _>>()?;
    let wanted = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let source = list::show(&tools, &host, Some(snapshot))?.marker.source;
        let to = match (target, &places::host(&tools, &host)?.source) {
            (Some(target), _) => elsewhere(&tools, target.as_bytes())?,
            (None, Source::Here(_)) => source,
            (None, Source::Ssh(_)) => {
                return Err(HttpError::usage("No folder is named", "Name a folder of this machine as target."));
            }
        };
        let existing = if replace { Existing::IsReplaced } else { Existing::Stays };
        let since = if keep_newer { CameSince::Stays } else { CameSince::Goes };
        Ok(SnapshotRequest { host, snapshot, paths, to, existing, since })
    })
    .await?;
    orders::submit(panel, request, Order::Snapshot(SnapshotOrder::Restore { request: Box::new(wanted) })).await
}
