//! `api/status`, and what starts and stops work on hosts.
use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::job::JobsStarted;
use crate::api::status::{HostStatus, hosts_of, is_about};
use crate::domain::host::settings::HostName;
use crate::domain::job::{Job, JobId};
use crate::domain::order::{Order, SnapshotOrder};
use crate::domain::plan::name::PlanName;
use crate::jobs::scheduled;
use crate::panel::parts::http_error::HttpError;
use crate::panel::state::{PanelState, off_loop};
use crate::panel::verdict;
use crate::work::plan;
use crate::work::snapshot::places;

type Answer = Result<HttpResponse, HttpError>;

/// How long programs wait for archives that are not known yet.
const PATIENCE: Duration = Duration::from_secs(5);
/// Running jobs that are told.
const JOBS: u32 = 100;
const ADVICE: &str = "Wait until it is over, or cancel it.";

/// `GET api/status`: how everything stands, what hosts do, then camera, folder, running jobs, newest event.
pub async fn status(panel: web::Data<PanelState>) -> Answer {
    let status = off_loop(&panel, |panel| {
        let tools = panel.tools();
        let camera = tools.site.camera().ok();
        let room = tools.folder.room().ok();
        let event = tools.catalog.newest_event()?;
        let jobs = panel.jobs.history(JOBS)?;
        let active: Vec<_> = jobs.iter().filter(|job| !job.state.is_over()).collect();
        Ok(json!({
            "job_running": !active.is_empty(),
            "verdict": verdict::observed(panel, &jobs, PATIENCE)?,
            "hosts": hosts(panel)?,
            "version": env!("CARGO_PKG_VERSION"),
            "site": { "kind": tools.site.software(), "home": tools.site.home().display().to_string() },
            "camera": camera,
            "backups": {
                "path": tools.folder.path().display().to_string(),
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

/// Each host of the configuration that was ever worked on or tried.
pub fn hosts(panel: &PanelState) -> Result<BTreeMap<String, HostStatus>, HttpError> {
    let tools = panel.tools();
    let mut all = hosts_of(&tools.catalog.jobs_about_hosts()?);
    all.retain(|name, _| tools.hosts.iter().any(|host| host.name.as_str() == name));
    for (host, state, at) in panel.tried_hosts.all() {
        let name = host.as_str().to_owned();
        // Work that was done since says more.
        if all.get(&name).is_none_or(|known| known.status != "running" && known.started.is_none_or(|begun| begun < at))
        {
            let before = all.remove(&name);
            all.insert(name, HostStatus::after_dry_run(before, &state, at));
        }
    }
    Ok(all)
}

/// What is to be started: these plans, these hosts, or with neither all plans that are not turned off.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerForm {
    #[serde(default)]
    plans: Option<Vec<PlanName>>,
    #[serde(default)]
    hosts: Option<Vec<HostName>>,
}

/// `POST api/trigger`.
pub async fn trigger(panel: web::Data<PanelState>, body: web::Bytes) -> Answer {
    let wanted = read(&body)?;
    let jobs = off_loop(&panel, move |panel| start(panel, wanted)).await?;
    Ok(HttpResponse::Accepted().json(JobsStarted { job_ids: jobs }))
}

/// All or nothing: what cannot be started now keeps the others from being started.
fn start(panel: &PanelState, wanted: TriggerForm) -> Result<Vec<JobId>, HttpError> {
    let tools = panel.tools();
    let hosts = wanted.hosts.unwrap_or_default();
    let plans = match wanted.plans {
        Some(plans) => plans,
        None if hosts.is_empty() => {
            scheduled(&tools)?.into_iter().filter(|plan| plan.why_not.is_none()).map(|plan| plan.plan).collect()
        }
        None => Vec::new(),
    };
    for name in &plans {
        plan::named(&tools, name)?;
        if tools.catalog.has_open_run(name)? {
            return Err(already(format!("the plan {name} is running"), json!({ "plan": name })));
        }
    }
    let active = active(panel)?;
    for host in &hosts {
        places::host(&tools, host)?;
        if active.iter().any(|job| is_about(job, host.as_str())) {
            return Err(already(format!("work on the host {host} is under way"), json!({ "host": host })));
        }
    }
    if plans.is_empty() && hosts.is_empty() {
        return Err(HttpError::usage("There is nothing to start", "Name plans or hosts, or turn a plan on."));
    }
    let mut jobs = Vec::new();
    for name in &plans {
        jobs.extend(panel.jobs.submit_run(name)?.jobs.into_iter().map(|(id, _)| id));
    }
    for host in hosts {
        jobs.push(panel.jobs.submit(Order::Snapshot(SnapshotOrder::Take { host }))?);
    }
    Ok(jobs)
}

/// `POST api/trigger/dry-run`: whether the hosts answer. `api/status` tells how it ended.
pub async fn try_hosts(panel: web::Data<PanelState>, body: web::Bytes) -> Answer {
    let wanted = read(&body)?;
    let hosts = off_loop(&panel, move |panel| {
        let tools = panel.tools();
        let hosts = wanted.hosts.unwrap_or_else(|| tools.hosts.iter().map(|host| host.name.clone()).collect());
        for host in &hosts {
            places::host(&tools, host)?;
        }
        panel.tried_hosts.start(&tools, &hosts)?;
        Ok(hosts)
    })
    .await?;
    Ok(HttpResponse::Accepted().json(Tried { job_ids: [], hosts }))
}

/// Hosts that are asked now. No job does it, because nothing is written.
#[derive(Debug, Serialize)]
struct Tried {
    job_ids: [JobId; 0],
    hosts: Vec<HostName>,
}

fn read(body: &[u8]) -> Result<TriggerForm, HttpError> {
    if body.is_empty() {
        return Ok(TriggerForm::default());
    }
    serde_json::from_slice(body).map_err(|why| {
        HttpError::usage(
            format!("The request could not be understood: {why}"),
            "Send nothing, or {\"plans\": [...], \"hosts\": [...]}.",
        )
    })
}

/// What was cancelled, and when it takes effect: `now`, or `after_stage` when a part that must not be cut is under way.
#[derive(Debug, Serialize)]
struct HostCancelled {
    host: HostName,
    effective: &'static str,
    job_ids: Vec<JobId>,
}

/// `POST api/cancel/HOST`.
pub async fn cancel(panel: web::Data<PanelState>, host: web::Path<HostName>) -> Answer {
    let told = off_loop(&panel, move |panel| {
        places::host(&panel.tools(), &host)?;
        let jobs: Vec<Job> = active(panel)?.into_iter().filter(|job| is_about(job, host.as_str())).collect();
        if jobs.is_empty() {
            let message = format!("nothing is done on the host {host} now");
            return Err(HttpError::conflict("not_cancellable", message, "", json!({ "host": &*host })));
        }
        let is_protected = jobs.iter().any(|job| panel.jobs.protected(job.id).is_some());
        for job in &jobs {
            panel.jobs.cancel(job.id)?;
        }
        let effective = if is_protected { "after_stage" } else { "now" };
        Ok(HostCancelled { host: host.clone(), effective, job_ids: jobs.iter().map(|job| job.id).collect() })
    })
    .await?;
    Ok(HttpResponse::Accepted().json(told))
}

fn active(panel: &PanelState) -> Result<Vec<Job>, HttpError> {
    let jobs = panel.tools().catalog.jobs_about_hosts()?;
    Ok(jobs.into_iter().filter(|job| !job.state.is_over()).collect())
}

fn already(message: String, details: serde_json::Value) -> HttpError {
    HttpError::conflict("already_running", message, ADVICE, details)
}
