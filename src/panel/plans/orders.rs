//! What the buttons of plans do, and what the form saves.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use crate::api::job::RunStarted;
use crate::api::mark::Done;
use crate::domain::job::JobId;
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::domain::settings::plan_edit;
use crate::jobs::{Switch, switch};
use crate::panel::archives::orders;
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::{error_page, query};
use crate::panel::state::{PanelState, off_loop};
use crate::work::plan;
use crate::work::settings::save;

type Answer = Result<HttpResponse, HttpError>;

/// `POST plans/NAME/run`: a run with a job for each source, each copy and retention; the first job is shown.
pub async fn run(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<PlanName>) -> Answer {
    let name = name.into_inner();
    let started = off_loop(&panel, move |panel| Ok(panel.jobs.submit_run(&name)?)).await?;
    let jobs: Vec<JobId> = started.jobs.iter().map(|(id, _)| *id).collect();
    match jobs.first() {
        Some(first) => Ok(orders::started(
            &panel,
            &request,
            *first,
            &RunStarted { run: started.run, first: (*first).into(), jobs: jobs.clone() },
        )),
        None => Err(HttpError::usage("This plan backs nothing up", "Choose what it backs up.")),
    }
}

/// `POST plans/NAME/pause`.
pub async fn pause(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<PlanName>) -> Answer {
    turn(panel, request, name.into_inner(), Switch::Pause).await
}

/// `POST plans/NAME/resume`.
pub async fn resume(panel: web::Data<PanelState>, request: HttpRequest, name: web::Path<PlanName>) -> Answer {
    turn(panel, request, name.into_inner(), Switch::Resume).await
}

async fn turn(panel: web::Data<PanelState>, request: HttpRequest, name: PlanName, to: Switch) -> Answer {
    off_loop(&panel, move |panel| Ok(switch(&panel.tools(), &name, to)?)).await?;
    // Other windows show it, too.
    panel.jobs.pass_on();
    if error_page::wants_json(&panel, &request) {
        return Ok(HttpResponse::Ok().json(Done::now()));
    }
    Ok(to_plans(&panel))
}

fn to_plans(panel: &PanelState) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, panel.url("plans"))).finish()
}

/// `POST plans/new` with the fields of the form.
pub async fn add(panel: web::Data<PanelState>, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let name = text(&form, "name").parse().map_err(refused)?;
    off_loop(&panel, move |panel| {
        if panel.tools().plans.iter().any(|plan| plan.name == name) || name.is_nights() {
            return Err(HttpError::usage(format!("There is a plan {name} already"), "Choose another name."));
        }
        store(panel, &filled(&form, &name, None)?)
    })
    .await?;
    Ok(to_plans(&panel))
}

/// `POST plans/NAME/edit`: what the form does not show stays as it is.
pub async fn change(panel: web::Data<PanelState>, name: web::Path<PlanName>, form: web::Bytes) -> Answer {
    let form = String::from_utf8_lossy(&form).into_owned();
    let name = name.into_inner();
    off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let before = plan::named(&tools, &name)?;
        store(panel, &filled(&form, &name, Some(before))?)
    })
    .await?;
    Ok(to_plans(&panel))
}

/// Into the configuration, where it counts at once.
fn store(panel: &PanelState, plan: &Plan) -> Result<(), HttpError> {
    let file = panel.tools().config.clone().ok_or_else(|| {
        HttpError::not_found("There is no place for a configuration file, because no home folder is known")
    })?;
    let now = save::look(&file)?;
    let text = plan_edit::put(&now.text, plan).map_err(|error| {
        HttpError::usage(format!("{error}"), "Mend the configuration on the page Settings, or change the plan there.")
    })?;
    save::save(&file, &now.digest, &text)?;
    panel.in_use.adopt(&panel.jobs);
    Ok(())
}

/// The plan that the fields say; every value is read by the same rules as one in the file.
fn filled(form: &str, name: &PlanName, before: Option<&Plan>) -> Result<Plan, HttpError> {
    let mut plan = match before {
        Some(before) => serde_json::to_value(before).map_err(|error| refused(error.to_string()))?,
        None => json!({ "name": name }),
    };
    let schedule = match text(form, "when").as_str() {
        "daily" => json!({ "daily": text(form, "time") }),
        "every" => json!({ "every": text(form, "period") }),
        "cron" => json!({ "cron": text(form, "period") }),
        _ => json!({ "weekly": format!("{} {}", text(form, "day"), text(form, "time")) }),
    };
    let sources: Vec<String> =
        query::fields(form, "source").iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    if sources.is_empty() {
        return Err(HttpError::usage(
            "Nothing is chosen to back up",
            "Choose at least one thing; nothing was changed.",
        ));
    }
    let mut keep = plan["retention"].as_object().cloned().unwrap_or_else(Map::new);
    for part in ["keep_last", "days", "daily", "monthly"] {
        match text(form, part).as_str() {
            "" => drop(keep.remove(part)),
            number => {
                let number: u32 =
                    number.parse().ok().filter(|number| (1..=100_000).contains(number)).ok_or_else(|| {
                        HttpError::usage(format!("{number:?} is not within 1 to 100000"), "Nothing was changed.")
                    })?;
                keep.insert(part.to_owned(), Value::from(number));
            }
        }
    }
    if let Some(destination) = query::field(form, "destination") {
        let destination = Value::from(String::from_utf8_lossy(&destination).into_owned());
        let copies = query::fields(form, "copies").into_iter().map(|name| String::from_utf8_lossy(&name).into_owned());
        plan["copies"] = copies.map(Value::from).filter(|copy| *copy != destination).collect();
        plan["destination"] = destination;
    }
    plan["schedule"] = schedule;
    plan["sources"] = json!(sources);
    plan["retention"] = Value::Object(keep);
    plan["enabled"] = Value::Bool(query::field(form, "enabled").is_some());
    serde_json::from_value(plan).map_err(|error| refused(error.to_string()))
}

fn text(form: &str, name: &str) -> String {
    let value = query::field(form, name).unwrap_or_default();
    String::from_utf8_lossy(&value).trim().to_owned()
}

fn refused(why: String) -> HttpError {
    HttpError::usage(why, "Nothing was changed; go back and change that field.")
}
