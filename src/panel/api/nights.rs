//! Nights: all of them, one, what its owner decides, and what is done with it.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::paging::{Page, paged, text};
use crate::domain::night::Night;
use crate::domain::nights::calibration::{Histogram, Tally, histogram, tally};
use crate::domain::nights::decision::Class;
use crate::domain::nights::request::{Differing, NightRequest};
use crate::domain::order::{CameraOrder, Damaged, NightsOrder, Order};
use crate::domain::restore::program::Programs;
use crate::domain::retention::nights::Pinned;
use crate::panel::archives::orders;
use crate::panel::nights::orders::parse;
use crate::panel::nights::survey::{self, PATIENT};
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::calibrate::candidates;
use crate::work::nights::list::{Item, list_of};
use crate::work::nights::mark::{Mark, mark};

type Answer = Result<HttpResponse, HttpError>;

/// A night, and whether its owner keeps it.
#[derive(Debug, Serialize)]
struct NightLine {
    #[serde(flatten)]
    night: Item,
    pinned: bool,
}

/// `GET api/nights?class=&state=&limit=&cursor=`, newest first.
pub async fn nights(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let query = request.query_string();
    let page = Page::of("nights", query)?;
    let (class, state) = (text(query, "class")?, text(query, "state")?);
    let items = off_loop(&panel, all).await?;
    let is = |wanted: &Option<String>, word: &str| wanted.as_ref().is_none_or(|wanted| wanted == word);
    let chosen = items
        .into_iter()
        .rev()
        .filter(|item| is(&class, item.class.map_or("", Class::as_str)) && is(&state, &word(&item.state)));
    let lines: Vec<NightLine> = chosen.map(NightLine::from).collect();
    Ok(HttpResponse::Ok().json(paged(lines, &page, |line| line.night.night.clone())?))
}

impl From<Item> for NightLine {
    fn from(night: Item) -> Self {
        NightLine { pinned: night.pinned, night }
    }
}

fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn all(panel: &PanelState) -> Result<Vec<Item>, HttpError> {
    crate::panel::nights::items(panel, PATIENT)?.ok_or_else(survey::still_reading)
}

/// `GET api/nights/NIGHT`.
pub async fn one(panel: web::Data<PanelState>, night: web::Path<String>) -> Answer {
    let night = parse(&night)?;
    let found = off_loop(&panel, move |panel| shown(panel, night)).await?;
    Ok(HttpResponse::Ok().json(found))
}

fn shown(panel: &PanelState, night: Night) -> Result<NightLine, HttpError> {
    let found = all(panel)?.into_iter().find(|item| item.key == night);
    found.map(NightLine::from).ok_or_else(|| HttpError::not_found("There is no such night"))
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NightChange {
    #[serde(default)]
    pinned: Option<bool>,
    #[serde(default)]
    class: Option<KeptClass>,
}

/// The classes that an owner may give.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeptClass {
    Forever,
    Rolling,
}

/// `PATCH api/nights/NIGHT`.
pub async fn change(panel: web::Data<PanelState>, night: web::Path<String>, sent: web::Json<NightChange>) -> Answer {
    let night = parse(&night)?;
    let NightChange { pinned, class } = sent.into_inner();
    let found = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        if let Some(pinned) = pinned {
            mark(&tools, night, Mark::Pin(if pinned { Pinned::Yes } else { Pinned::No }))?;
        }
        match class {
            Some(KeptClass::Forever) => mark(&tools, night, Mark::Class(Class::Forever))?,
            Some(KeptClass::Rolling) => mark(&tools, night, Mark::Class(Class::Rolling))?,
            None => {}
        }
        shown(panel, night)
    })
    .await?;
    panel.jobs.pass_on();
    Ok(HttpResponse::Ok().json(found))
}

/// `POST api/nights/NIGHT/verify`.
pub async fn verify(panel: web::Data<PanelState>, request: HttpRequest, night: web::Path<String>) -> Answer {
    let nights = vec![parse(&night)?];
    orders::submit(panel, request, Order::Nights(NightsOrder::Verify { nights })).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SaveForm {
    /// Some pictures are missing or cut off at the camera, and its owner knows.
    accept_missing: bool,
}

/// `POST api/nights/NIGHT/backup`. A night that was deleted from the drive is saved again.
pub async fn backup(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    night: web::Path<String>,
    sent: Option<web::Json<SaveForm>>,
) -> Answer {
    let nights = vec![parse(&night)?];
    let form = sent.map(web::Json::into_inner).unwrap_or_default();
    let damaged = if form.accept_missing { Damaged::Take } else { Damaged::Refuse };
    orders::submit(panel, request, Order::Nights(NightsOrder::Save { nights, damaged })).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RestoreNight {
    /// Files on the camera that are not as they were saved.
    replace: bool,
}

/// `POST api/nights/NIGHT/restore`.
pub async fn restore(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    night: web::Path<String>,
    sent: Option<web::Json<RestoreNight>>,
) -> Answer {
    let form = sent.map(web::Json::into_inner).unwrap_or_default();
    let differing = if form.replace { Differing::Replace } else { Differing::Keep };
    let wanted = NightRequest { night: parse(&night)?, differing, programs: Programs::Leave, seen: None, to: None };
    orders::submit(panel, request, Order::Camera(CameraOrder::RestoreNight { request: wanted })).await
}

/// Where the owner's nights lie, and what the limits of now keep of them.
#[derive(Debug, Serialize)]
struct Calibration {
    histogram: Option<Histogram>,
    kept: Tally,
}

/// `GET api/calibration`.
pub async fn calibration(panel: web::Data<PanelState>) -> Answer {
    let told = off_loop(&panel, |panel| {
        let tools = panel.tools();
        let nights = survey::nights(panel, PATIENT)?;
        let candidates = candidates(&tools, &list_of(&tools, &nights)?)?;
        let kept = tally(&candidates, &tools.nights.settings.thresholds());
        Ok(Calibration { histogram: histogram(&candidates), kept })
    })
    .await?;
    Ok(HttpResponse::Ok().json(told))
}
