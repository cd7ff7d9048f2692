//! What the buttons of destinations do: a drive comes into the list or goes out of it at once, and work on a drive is a
//! job.
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::mark::Configured;
use crate::domain::destination::DestinationName;
use crate::domain::order::{DriveOrder, Order};
use crate::panel::archives::orders;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{error_page, query};
use crate::panel::state::{PanelState, off_loop};
use crate::work;
use crate::work::destinations::configure;

type Answer = Result<HttpResponse, HttpError>;

/// `POST destinations/add` with `name` and `path`.
pub async fn add(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let text = |name: &str| query::field(&form, name).unwrap_or_default();
    let name = String::from_utf8_lossy(&text("name")).trim().to_owned();
    let name: DestinationName = name
        .parse()
        .map_err(|why: String| HttpError::usage(why, "Nothing was changed; go back and change the name."))?;
    let path = PathBuf::from(OsString::from_vec(text("path")));
    change(panel, request, move |panel| Ok(configure::add(&panel.tools(), &name, &path)?)).await
}

/// `POST destinations/NAME/unlist`: out of the list; nothing on the drive is deleted.
pub async fn unlist(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<DestinationName>) -> Answer {
    let name = name.into_inner();
    change(panel, request, move |panel| Ok(configure::remove(&panel.tools(), &name)?)).await
}

/// Into the configuration, where it counts at once.
async fn change(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    edit: impl FnOnce(&PanelState) -> Result<(), HttpError> + Send + 'static,
) -> Answer {
    off_loop(&panel, move |panel| {
        edit(panel)?;
        panel.in_use.adopt(&panel.jobs);
        Ok(())
    })
    .await?;
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Configured::with(panel.in_use.trouble())));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url("destinations"))).finish())
}

/// `POST destinations/NAME/set-up`.
pub async fn set_up(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<DestinationName>) -> Answer {
    let destination = known(&panel, name.into_inner())?;
    orders::submit(panel, request, Order::Drive(DriveOrder::SetUp { destination })).await
}

/// `POST destinations/NAME/check`.
pub async fn check(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<DestinationName>) -> Answer {
    let destination = known(&panel, name.into_inner())?;
    orders::submit(panel, request, Order::Drive(DriveOrder::Check { destination })).await
}

/// Refuses at once what a job would refuse later.
fn known(panel: &PanelState, name: DestinationName) -> Result<DestinationName, HttpError> {
    if panel.tools().drives.iter().any(|drive| drive.name == name) {
        return Ok(name);
    }
    Err(work::Error::NoDestination(name).into())
}
