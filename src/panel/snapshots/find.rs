//! What a search in a snapshot finds, each with its folder and the ways back.
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::browse::{acts, address, asked, search_box};
use super::patience::{PATIENCE, within};
use crate::base::rel_path::printable;
use crate::base::tree::open_path::split;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::panel::parts::frame::Frame;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::icons::{Icon, icon};
use crate::panel::parts::{error_page, layout, query, words};
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::ls::Listed;
use crate::work::snapshot::search::{MOST, search};

/// `GET snapshots/HOST/SNAPSHOT/search?q=&path=`; as JSON what `snapshots find --json` says.
pub async fn find(
    panel: web::Data<PanelState>,
    frame: Frame,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let path = asked(request.query_string())?;
    let text = query::field(request.query_string(), "q").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let below = path.as_ref().map(|path| path.as_bytes().to_vec()).unwrap_or_default();
    let (own, wanted) = (host.clone(), text.clone());
    let looked = off_loop(&panel, move |panel| Ok(search(&panel.tools(), &own, name, path.as_ref(), &wanted)?));
    let found = within(PATIENCE, looked).await?;
    if error_page::is_for_program(&panel, &request) {
        return Ok(HttpResponse::Ok().json(found));
    }
    let body = html! {
        div.ab-browse {
            div.ab-heading {
                h4 { (icon(Icon::Search)) " " (host) ", " (name) }
                div.ab-heading-buttons { a.btn.btn-default.btn-sm href=(frame.url(&address(&host, name, &below))) { "Back to the folder" } }
            }
            (search_box(&frame, &host, name, &below, &text))
            @if found.items.is_empty() { p.ab-nothing-yet { "Nothing is called so." } }
            ul.list-group.ab-snapshot-files { @for item in &found.items { (row(&frame, &host, name, item)) } }
            @if found.more { p.ab-small { "Only the first " (words::count(MOST as u64)) " are shown." } }
        }
    };
    Ok(layout::page(&frame, &request, "Search", body))
}

fn row(frame: &Frame, host: &HostName, name: SnapshotName, item: &Listed) -> Markup {
    let path = item.raw_name();
    let (above, own) = split(path);
    let shown = if item.kind == "folder" { path } else { above };
    html! {
        li.list-group-item {
            (acts(frame, host, name, item, path))
            (icon(if item.kind == "folder" { Icon::Folder } else { Icon::File })) " "
            a href=(frame.url(&address(host, name, shown))) { (printable(own)) }
            @if item.kind == "file" { " " span.ab-small { (words::size(item.bytes)) } }
            @if !above.is_empty() { div.ab-small.ab-break { (printable(above)) } }
        }
    }
}
