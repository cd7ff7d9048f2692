//! What the buttons of nights do: work becomes a job, a decision of the owner is done at once.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::mark::Done;
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::order::{Damaged, NightsOrder, Order};
use crate::domain::plan::name::PlanName;
use crate::domain::retention::nights::Pinned;
use crate::jobs::{Switch, switch};
use crate::panel::archives::orders;
use crate::panel::parts::error_page;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::{PanelState, off_loop};
use crate::work::nights::mark::{Mark, mark};

type Answer = Result<HttpResponse, HttpError>;

/// `POST nights/save` with any number of `night`.
pub async fn save(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    let order = NightsOrder::Save { nights: named(&form)?, damaged: Damaged::Refuse };
    orders::submit(panel, request, Order::Nights(order)).await
}

/// `POST nights/verify` with any number of `night`.
pub async fn verify(panel: web::Data<PanelState>, request: HttpRequest, form: web::Bytes) -> Answer {
    orders::submit(panel, request, Order::Nights(NightsOrder::Verify { nights: named(&form)? })).await
}

/// `POST nights/run`.
pub async fn run(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    orders::submit(panel, request, Order::Nights(NightsOrder::Run)).await
}

/// `POST nights/NIGHT/pin`.
pub async fn pin(panel: web::Data<PanelState>, request: HttpRequest, night: web::Path<String>) -> Answer {
    decide(panel, request, &night, Mark::Pin(Pinned::Yes)).await
}

/// `POST nights/NIGHT/unpin`.
pub async fn unpin(panel: web::Data<PanelState>, request: HttpRequest, night: web::Path<String>) -> Answer {
    decide(panel, request, &night, Mark::Pin(Pinned::No)).await
}

/// `POST nights/NIGHT/class` with `class` FOREVER or ROLLING.
pub async fn class(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    night: web::Path<String>,
    form: web::Bytes,
) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let class = match query::field(&form, "class").as_deref() {
        Some(b"FOREVER") => Class::Forever,
        Some(b"ROLLING") => Class::Rolling,
        _ => {
            return Err(HttpError::usage(
                "This is no class",
                "Choose to keep the night for ever, or as a rolling one.",
            ));
        }
    };
    decide(panel, request, &night, Mark::Class(class)).await
}

/// `POST nights/pause`.
pub async fn pause(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    turn(panel, request, Switch::Pause).await
}

/// `POST nights/resume`.
pub async fn resume(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    turn(panel, request, Switch::Resume).await
}

async fn turn(panel: web::Data<PanelState>, request: HttpRequest, to: Switch) -> Answer {
    off_loop(&panel, move |panel| Ok(switch(&panel.tools(), &PlanName::nights(), to)?)).await?;
    Ok(done(&panel, &request, "nights"))
}

async fn decide(panel: web::Data<PanelState>, request: HttpRequest, night: &str, decision: Mark) -> Answer {
    let night = parse(night)?;
    off_loop(&panel, move |panel| Ok(mark(&panel.tools(), night, decision)?)).await?;
    Ok(done(&panel, &request, &format!("nights/{}", night.date())))
}

/// Scripts draw anew what they show; a plain form is led to the page at `place`.
fn done(panel: &PanelState, request: &HttpRequest, place: &str) -> HttpResponse {
    // Other windows show it, too.
    panel.jobs.pass_on();
    if error_page::wants_json(panel, request) {
        return HttpResponse::Ok().json(Done::now());
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url(place))).finish()
}

fn named(form: &[u8]) -> Result<Vec<Night>, HttpError> {
    let form = String::from_utf8_lossy(form);
    let nights: Result<Vec<Night>, HttpError> =
        query::fields(&form, "night").iter().map(|name| parse(&String::from_utf8_lossy(name))).collect();
    match nights? {
        nights if nights.is_empty() => Err(HttpError::usage("No night was named", "Choose at least one night.")),
        nights => Ok(nights),
    }
}

/// A night in an address.
pub fn parse(text: &str) -> Result<Night, HttpError> {
    Night::parse_any(text).map_err(|_| HttpError::not_found("There is no such night"))
}
