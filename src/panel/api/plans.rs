//! Plans, their turns, and what their rules would delete.
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::paging::{Page, paged, parsed};
use crate::api::dry_run::{DryRun, Previews, Pruning};
use crate::api::mark::Done;
use crate::api::schedule::ScheduleLine;
use crate::domain::order::{NightsOrder, Order, PlanOrder};
use crate::domain::plan::name::PlanName;
use crate::jobs::{Scheduled, Switch, scheduled, switch};
use crate::panel::archives::orders;
use crate::panel::nights::preview::now_on_drive;
use crate::panel::parts::http_error::HttpError;
use crate::panel::plans::orders::run as run_plan;
use crate::panel::state::{PanelState, off_loop};
use crate::work::plan;
use crate::work::prune::would_prune;

type Answer = Result<HttpResponse, HttpError>;

/// `GET api/plans`: what `plans list --json` says.
pub async fn plans(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let page = Page::of("plans", request.query_string())?;
    let items = off_loop(&panel, |panel| Ok(scheduled(&panel.tools())?)).await?;
    Ok(HttpResponse::Ok().json(paged(items, &page, |plan| plan.plan.to_string())?))
}

/// `GET api/plans/NAME`.
pub async fn one(panel: web::Data<PanelState>, name: web::Path<PlanName>) -> Answer {
    let found = off_loop(&panel, move |panel| named(panel, &name)).await?;
    Ok(HttpResponse::Ok().json(found))
}

fn named(panel: &PanelState, name: &PlanName) -> Result<Scheduled, HttpError> {
    let mut all = scheduled(&panel.tools())?.into_iter();
    all.find(|plan| plan.plan == *name).ok_or_else(|| HttpError::not_found(format!("There is no plan {name}")))
}

/// `GET api/schedule`.
pub async fn schedule(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let page = Page::of("turns", request.query_string())?;
    let items = off_loop(&panel, |panel| Ok(scheduled(&panel.tools())?)).await?;
    let items: Vec<ScheduleLine> = items.into_iter().map(ScheduleLine::from).collect();
    Ok(HttpResponse::Ok().json(paged(items, &page, |turn| turn.plan.to_string())?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turns {
    paused: bool,
}

/// `PUT api/schedule/PLAN`.
pub async fn pause(panel: web::Data<PanelState>, name: web::Path<PlanName>, sent: web::Json<Turns>) -> Answer {
    let to = if sent.paused { Switch::Pause } else { Switch::Resume };
    off_loop(&panel, move |panel| Ok(switch(&panel.tools(), &name, to)?)).await?;
    panel.jobs.pass_on();
    Ok(HttpResponse::Ok().json(Done::now()))
}

/// Whether something is done, or only told.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunForm {
    #[serde(default)]
    dry_run: bool,
}

/// `POST api/plans/NAME/run`: 202 with the jobs; of a dry run 200 with what the rules would delete.
pub async fn run(
    panel: web::Data<PanelState>,
    request: HttpRequest,
    name: web::Path<PlanName>,
    body: web::Bytes,
) -> Answer {
    let form: RunForm = if body.is_empty() { RunForm::default() } else { understood(&body)? };
    if form.dry_run {
        return would(panel, name.into_inner()).await;
    }
    let plan = name.clone();
    let is_open = off_loop(&panel, move |panel| {
        plan::named(&panel.tools(), &plan)?;
        Ok(panel.tools().catalog.has_open_run(&plan)?)
    })
    .await?;
    if is_open {
        let message = format!("the plan {name} is running");
        let advice = "Wait until it is over, or cancel it.";
        return Err(HttpError::conflict("already_running", message, advice, json!({ "plan": &*name })));
    }
    run_plan(panel, request, name).await
}

/// `GET api/retention/preview?plan=`.
pub async fn preview(panel: web::Data<PanelState>, request: HttpRequest) -> Answer {
    let Some(name) = parsed::<PlanName>(request.query_string(), "plan")? else {
        return Err(HttpError::usage("No plan is named", "Add plan=NAME to the address."));
    };
    would(panel, name).await
}

async fn would(panel: web::Data<PanelState>, name: PlanName) -> Answer {
    if name.is_nights() {
        let plan = off_loop(&panel, |panel| Ok(now_on_drive(panel)?.plan)).await?;
        return Ok(HttpResponse::Ok().json(DryRun::of(Pruning { plan })));
    }
    let items = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        Ok(would_prune(&tools, plan::named(&tools, &name)?)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(DryRun::of(Previews { items })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionForm {
    plan: PlanName,
    #[serde(default)]
    dry_run: bool,
}

/// `POST api/retention/run`.
pub async fn prune(panel: web::Data<PanelState>, request: HttpRequest, sent: web::Json<RetentionForm>) -> Answer {
    let RetentionForm { plan: name, dry_run } = sent.into_inner();
    if dry_run {
        return would(panel, name).await;
    }
    if name.is_nights() {
        return orders::submit(panel, request, Order::Nights(NightsOrder::Prune)).await;
    }
    let known = name.clone();
    off_loop(&panel, move |panel| Ok(plan::named(&panel.tools(), &known).map(drop)?)).await?;
    orders::submit(panel, request, Order::Plan(PlanOrder::Prune { plan: Some(name) })).await
}

fn understood<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, HttpError> {
    serde_json::from_slice(body).map_err(|why| {
        let advice = "Send JSON as api/openapi.json describes it.";
        HttpError::usage(format!("The request could not be understood: {why}"), advice)
    })
}
