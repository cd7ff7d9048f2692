//! The page "Snapshots": a card for each host, with its snapshots.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::host_card;
use super::view::{PATIENCE, PATIENT, View};
use crate::api::snapshot::HostSnapshots;
use crate::domain::host::settings::HostName;
use crate::observe::snapshots::Listed;
use crate::panel::api::paging::{Page, paged};
use crate::panel::parts::error_page;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::room;
use crate::panel::parts::room::{Live, Room};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::list::HostItem;

/// `GET snapshots`; as JSON what the terminal's `snapshots list --json` says.
pub async fn snapshots(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    if error_page::is_for_program(&panel, &request) {
        return listed(panel, request).await;
    }
    let view = off_loop(&panel, |panel| View::read(panel, PATIENCE)).await?;
    Ok(room::answer(&frame, &request, Room::Snapshots, body(&frame, &view)))
}

/// `GET api/snapshots`.
pub async fn listed(panel: web::Data<PanelState>, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = Page::of("hosts", request.query_string())?;
    let view = off_loop(&panel, |panel| View::read(panel, PATIENT)).await?;
    let told = |(host, listed): &(HostName, Listed)| match listed {
        Listed::Seen(item) => HostSnapshots::Listed(item.as_ref().clone()),
        Listed::NotYet | Listed::Hanging => {
            HostSnapshots::Unlisted { host: host.clone(), why: "the drive does not answer".to_owned(), snapshots: [] }
        }
        Listed::Failed(why) => HostSnapshots::Unlisted { host: host.clone(), why: why.clone(), snapshots: [] },
    };
    Ok(HttpResponse::Ok().json(paged(view.hosts.iter().map(told).collect(), &page, host_of)?))
}

fn host_of(item: &HostSnapshots<HostItem>) -> String {
    match item {
        HostSnapshots::Listed(item) => item.host.to_string(),
        HostSnapshots::Unlisted { host, .. } => host.to_string(),
    }
}

fn body(frame: &Frame, view: &View) -> Markup {
    let inside = html! {
        section #ab-snapshots-told {
            p.text-muted {
                "A snapshot is a whole folder as it was at one hour, in plain files on a drive. What did not change since the one before takes no room."
            }
            @if view.hosts.is_empty() { (none_yet()) }
        }
        section #ab-snapshots aria-label="Hosts" {
            @for (host, listed) in &view.hosts { (host_card::draw(frame, host, listed, &view.now)) }
        }
    };
    let live = Live {
        address: frame.url("snapshots"),
        event: view.event,
        alerts: &view.alerts,
        jobs: &view.jobs,
        gauges: &view.gauges,
    };
    room::draw(frame, Room::Snapshots, &html! {}, &live, &inside)
}

fn none_yet() -> Markup {
    html! {
        div.ab-nothing-yet #ab-no-hosts {
            p { (icon(Icon::About)) " No folder is taken yet. Add a drive on the page Destinations, then name the folder in the configuration:" }
            pre.ab-command { "[[host]]\nname = \"pi\"\npath = \"/home/pi\"" }
            p { "It is shown here at once." }
        }
    }
}
