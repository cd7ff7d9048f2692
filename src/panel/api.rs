//! What the pages show, as JSON. Names and shapes are those of the terminal's `--json`.
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::state::{PanelState, off_loop};
use crate::api::archive::{EstimateTold, Rows};
use crate::api::job::JobDetails;
use crate::api::list::Items;
use crate::domain::archive::name::ArchiveName;
use crate::domain::job::JobId;
use crate::panel::archives::file_tree;
use crate::panel::jobs::job_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::work::archive::{estimate, info, list};

/// Most rows in one answer.
const MOST: u64 = 1000;
const JOBS: u32 = 100;

type Answer = Result<HttpResponse, HttpError>;

/// `GET api/status`: camera, folder, running jobs, newest event.
pub async fn status(panel: web::Data<PanelState>) -> Answer {
    let status = off_loop(&panel, |panel| {
        let camera = panel.tools().site.camera().ok();
        let room = panel.tools().folder.room().ok();
        let event = panel.tools().catalog.newest_event()?;
        let active: Vec<_> = panel.jobs.history(JOBS)?.into_iter().filter(|job| !job.state.is_over()).collect();
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "site": { "kind": panel.tools().site.software(), "home": panel.tools().site.home().display().to_string() },
            "camera": camera,
            "backups": {
                "path": panel.tools().folder.path().display().to_string(),
                "free_bytes": room.map(|room| room.free_bytes),
                "total_bytes": room.map(|room| room.total_bytes),
            },
            "active": active,
            "gauges": panel.jobs.newest_gauges(),
            "newest_event": event,
            "measuring": panel.observer.is_measuring(),
        }))
    })
    .await?;
    Ok(HttpResponse::Ok().json(status))
}

/// `GET api/archives`.
pub async fn archives(panel: web::Data<PanelState>) -> Answer {
    let items = off_loop(&panel, |panel| Ok(list::list(&panel.tools())?)).await?;
    Ok(HttpResponse::Ok().json(Items::all(items)))
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

/// `GET api/jobs`, newest first.
pub async fn jobs(panel: web::Data<PanelState>) -> Answer {
    let jobs = off_loop(&panel, |panel| Ok(panel.jobs.history(JOBS)?)).await?;
    Ok(HttpResponse::Ok().json(Items::all(jobs)))
}

/// `GET api/jobs/ID`.
pub async fn job(panel: web::Data<PanelState>, id: web::Path<JobId>) -> Answer {
    let (job, gauge, steps) = off_loop(&panel, move |panel| job_page::read(panel, *id)).await?;
    Ok(HttpResponse::Ok().json(JobDetails { job: Some(&job), gauge: gauge.as_ref(), steps: &steps }))
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
