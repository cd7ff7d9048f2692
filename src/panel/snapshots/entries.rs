//! What lies in a folder of a snapshot, for programs, in parts.
use actix_web::{HttpRequest, HttpResponse, web};

use super::browse::asked;
use super::patience::{PATIENCE, within};
use crate::api::snapshot::FolderEntry;
use crate::domain::host::settings::HostName;
use crate::domain::snapshot::name::SnapshotName;
use crate::panel::api::paging::{Page, paged};
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::snapshot::ls::ls;

/// `GET api/snapshots/HOST/SNAPSHOT/browse?path=&limit=&cursor=`; of a file, the file alone.
pub async fn entries(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    which: web::Path<(HostName, SnapshotName)>,
) -> Result<HttpResponse, HttpError> {
    let (host, name) = which.into_inner();
    let page = Page::of("files", request.query_string())?;
    let path = asked(request.query_string())?;
    let read = off_loop(&panel, move |panel| Ok(ls(&panel.tools(), &host, name, path.as_ref())?));
    let found = within(PATIENCE, read).await?;
    let entries: Vec<FolderEntry> = found.into_iter().map(FolderEntry::from).collect();
    Ok(HttpResponse::Ok().json(paged(entries, &page, |entry| entry.name.clone())?))
}
