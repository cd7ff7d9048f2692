//! Archives and what they could be made of. Names and shapes are those of the terminal's `--json`.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::paging::{Page, paged};
use crate::api::archive::{EstimateTold, Rows};
use crate::api::list::Items;
use crate::api::mark::Done;
use crate::domain::archive::name::ArchiveName;
use crate::domain::archive::note::ArchiveNote;
use crate::domain::retention::nights::Pinned;
use crate::panel::archives::file_tree;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::restore;
use crate::panel::restore::previews::Previews;
use crate::panel::state::{PanelState, off_loop};
use crate::work::archive::mark::{Mark, mark};
use crate::work::archive::{estimate, info, list};

/// Most rows in one answer.
const MOST: u64 = 1000;

type Answer = Result<HttpResponse, HttpError>;

/// `GET api/archives?limit=&cursor=`.
pub async fn archives(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let page = Page::of("archives", request.query_string())?;
    let items = off_loop(&panel, |panel| Ok(list::list(&panel.tools())?)).await?;
    Ok(HttpResponse::Ok().json(paged(items, &page, |item| item.name.to_string())?))
}

/// What is to be changed of an archive; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveChange {
    #[serde(default)]
    pinned: Option<bool>,
    #[serde(default)]
    note: Option<String>,
}

/// `PATCH api/archives/NAME`.
pub async fn change(
    panel: web::Data<PanelState>,
    name: web::Path<ArchiveName>,
    sent: web::Json<ArchiveChange>,
) -> Answer {
    let ArchiveChange { pinned, note } = sent.into_inner();
    let note = note.map(|text| ArchiveNote::parse(&text)).transpose();
    let note = note.map_err(|bad| HttpError::usage(format!("{bad}"), "Write a shorter one; nothing was changed."))?;
    off_loop(&panel, move |panel| {
        let tools = panel.tools();
        if let Some(pinned) = pinned {
            mark(&tools, &name, &Mark::Pin(if pinned { Pinned::Yes } else { Pinned::No }))?;
        }
        if let Some(note) = note {
            mark(&tools, &name, &Mark::Note(note))?;
        }
        Ok(())
    })
    .await?;
    panel.jobs.pass_on();
    Ok(HttpResponse::Ok().json(Done::now()))
}

/// `POST api/archives/NAME/restore`: as `POST api/restore`, with the name in the address.
pub async fn restore(
    panel: web::Data<PanelState>,
    previews: web::Data<Previews>,
    request: HttpRequest,
    name: web::Path<ArchiveName>,
    body: web::Bytes,
) -> Answer {
    let odd = || HttpError::usage("The body is no JSON object", "Send {} for all of it, or what to take of it.");
    let mut sent: Value = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(&body).map_err(|_| odd())?
    };
    sent.as_object_mut().ok_or_else(odd)?.insert("name".to_owned(), Value::from(name.as_str()));
    restore::api::restore(panel, previews, request, web::Bytes::from(sent.to_string())).await
}

/// `GET api/archives/NAME`.
pub async fn archive(panel: web::Data<PanelState>, name: web::Path<ArchiveName>) -> Answer {
    let info = off_loop(&panel, move |panel| Ok(info::info(&panel.tools(), &name)?)).await?;
    Ok(HttpResponse::Ok().json(info))
}

/// `GET api/archives/NAME/folder?path=&offset=&limit=`; `read` is false when nobody knows yet.
pub async fn folder(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    let query = request.query_string();
    let path = query::path(query, "path")?;
    let offset = query::number(query, "offset").unwrap_or(0);
    let limit = query::number(query, "limit").unwrap_or(file_tree::PAGE).clamp(1, MOST);
    let rows =
        off_loop(&panel, move |panel| Ok(info::folder(&panel.tools(), &name, path.as_ref(), offset, limit + 1)?))
            .await?;
    let more = rows.as_ref().is_some_and(|rows| rows.len() as u64 > limit);
    let read = rows.is_some();
    let mut rows = rows.unwrap_or_default();
    rows.truncate(limit as usize);
    Ok(HttpResponse::Ok().json(Rows { read, rows, more }))
}

/// `GET api/archives/NAME/search?q=&limit=`.
pub async fn search(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<ArchiveName>) -> Answer {
    let query = request.query_string();
    let text = String::from_utf8_lossy(&query::field(query, "q").unwrap_or_default()).into_owned();
    let limit = query::number(query, "limit").unwrap_or(file_tree::PAGE).clamp(1, MOST);
    let found = off_loop(&panel, move |panel| Ok(info::search(&panel.tools(), &name, &text, limit)?)).await?;
    let read = found.is_some();
    let (rows, more) = found.unwrap_or_default();
    Ok(HttpResponse::Ok().json(Rows { read, rows, more }))
}

/// `GET api/sections`.
pub async fn sections(panel: web::Data<PanelState>) -> Answer {
    let sections = off_loop(&panel, |panel| Ok(panel.tools().site.sections()?)).await?;
    Ok(HttpResponse::Ok().json(Items::all(sections)))
}

/// `GET api/folders`: picture folders that are on the camera now.
pub async fn folders(panel: web::Data<PanelState>) -> Answer {
    let folders = off_loop(&panel, |panel| Ok(panel.tools().site.picture_folders()?)).await?;
    Ok(HttpResponse::Ok().json(Items::all(folders)))
}

/// `GET api/estimate`: what is remembered; `measuring` while a new look is under way.
pub async fn estimate(panel: web::Data<PanelState>) -> Answer {
    let told = off_loop(&panel, |panel| {
        // This is asked before the sizes are read: the next event tells of sizes that change in between.
        let measuring = panel.observer.is_measuring();
        let free = panel.tools().folder.room().ok().map(|room| room.free_bytes);
        Ok(EstimateTold { estimate: estimate::remembered(&panel.tools())?, free_bytes: free, measuring })
    })
    .await?;
    Ok(HttpResponse::Ok().json(told))
}
