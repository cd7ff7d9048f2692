//! Copy the archives of a plan to another destination that it names, so that no disk holds the only one.
//!
//! Invariant: what would be deleted there at once is not brought there, so that a second run does nothing. Only what the
//! plan made is copied.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::noted::{Noted, PartMonitor};
use super::prune;
use super::{Error, Tools, plan};
use crate::base::size::Bytes;
use crate::destination::folder::{self, Found};
use crate::domain::destination::DestinationName;
use crate::domain::failure::{Advice as _, Code, Failure};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::order::Original;
use crate::domain::plan::Plan;
use crate::domain::plan::name::PlanName;
use crate::work::archive::copy;
use crate::work::archive::copy::{Copied, Route};

/// What was done on one destination.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Brought {
    pub destination: DestinationName,
    pub copied: Vec<Copied>,
    /// Why nothing could be brought there; `None` when the destination was ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_ready: Option<String>,
}

/// What a run did, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub plan: PlanName,
    pub destinations: Vec<Brought>,
    pub warnings: Vec<String>,
}

impl Report {
    /// True when everything lay there already.
    pub fn is_nothing(&self) -> bool {
        self.destinations.iter().all(|one| one.copied.is_empty() && one.not_ready.is_none())
    }

    /// That a destination was away; its copies are brought when it is back.
    pub fn missed(&self) -> Option<Failure> {
        let (away, why) = self.destinations.iter().find_map(|one| Some((&one.destination, one.not_ready.as_ref()?)))?;
        Some(Failure {
            code: Code::NotReady,
            message: format!("the archives of plan {} were not copied to {away}: {why}", self.plan),
            advice: "Connect it; what is missing there is copied by itself within ten minutes.".into(),
        })
    }
}

/// Brings what is missing to the destination `to` of the plan, or to all of them.
pub fn copy_plan(
    tools: &Tools,
    name: &PlanName,
    to: Option<&DestinationName>,
    monitor: &dyn Monitor,
) -> Result<Report, Error> {
    let plan = plan::named(tools, name)?;
    let noted = Noted::new(monitor);
    noted.stages(&[Stage::CopyArchive]);
    noted.stage(Stage::CopyArchive);
    let of = plan.clone();
    let (from, made) = tools.watched(&[&plan.destination], &noted, move |tools, _| {
        let from = tools.on(&of.destination)?;
        let made = made_by(&from, &of)?;
        Ok((from, made))
    })?;
    let mut destinations = Vec::new();
    let is_wanted = |one: &DestinationName| *one != plan.destination && to.is_none_or(|to| to == one);
    for to in plan.copies.iter().filter(|one| is_wanted(one)) {
        destinations.push(bring(tools, plan, &from, &made, to, &noted)?);
    }
    Ok(Report { plan: name.clone(), destinations, warnings: noted.warnings() })
}

/// Archives of the plan where it makes them, oldest first.
fn made_by(from: &Tools, plan: &Plan) -> Result<Vec<Found>, Error> {
    let marks = from.records().marks()?;
    let is_ours = |found: &Found| {
        let marks = marks.get(found.name.as_str());
        marks.and_then(|marks| marks.plan_of(&found.fingerprint)) == Some(plan.name.as_str())
    };
    let mut made: Vec<Found> = from.folder.archives()?.into_iter().filter(is_ours).collect();
    made.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(made)
}

fn bring(
    tools: &Tools,
    plan: &Plan,
    from: &Tools,
    made: &[Found],
    to: &DestinationName,
    noted: &Noted<'_>,
) -> Result<Brought, Error> {
    let mut brought = Brought { destination: to.clone(), copied: Vec::new(), not_ready: None };
    let (of, made_here, ours, target) = (plan.clone(), from.clone(), made.to_vec(), to.clone());
    let looked = tools.watched(&[&plan.destination, to], noted, move |tools, monitor| {
        let there = tools.on(&target)?;
        let missing = missing(&there, &of, &made_here, ours, monitor)?;
        Ok((there, missing))
    });
    let (there, missing) = match looked {
        Ok(looked) => looked,
        Err(error) if error.code() == Code::NotReady => {
            let why = Failure::of(&error).message;
            noted.warn(format!("nothing was copied to {to}, and will be when it is back: {why}"));
            brought.not_ready = Some(why);
            return Ok(brought);
        }
        Err(error) => return Err(error),
    };
    let total = missing.iter().map(|found| found.bytes).sum();
    let mut before = 0;
    for found in missing {
        noted.checkpoint()?;
        let part = PartMonitor { inner: noted, before, share: found.bytes, total };
        before += found.bytes;
        let way = Route { from: &plan.destination, to };
        match copy::copy(tools, &found.name, &way, Original::Stays, &part) {
            Ok(copied) => {
                mark(&there, plan, &copied, &found)?;
                brought.copied.push(copied);
            }
            Err(error) if error.code() == Code::Cancelled => return Err(error),
            // Pruned or deleted since it was listed.
            Err(Error::Folder(folder::Error::NoArchive(_))) => {}
            // Each of the others would wait for it in vain.
            Err(Error::Drive(error)) => {
                let why = Failure::of(&error).message;
                noted.warn(format!("no more was copied to {to}, and will be when it is back: {why}"));
                brought.not_ready = Some(why);
                break;
            }
            Err(error) => {
                noted.warn(format!("{} was not copied to {to}: {}", found.name, Failure::of(&error).message));
            }
        }
    }
    Ok(brought)
}

/// Those of `made` that do not lie on the destination of `there` and would stay there.
fn missing(
    there: &Tools,
    plan: &Plan,
    from: &Tools,
    made: Vec<Found>,
    monitor: &dyn Monitor,
) -> Result<Vec<Found>, Error> {
    let (lying, to) = (there.folder.archives()?, there.folder.destination());
    let mut missing = Vec::new();
    for found in made {
        match lying.iter().find(|one| one.name == found.name) {
            None => missing.push(found),
            Some(one) if one.bytes != found.bytes => {
                monitor.warn(format!(
                    "{} was not copied to {to}: another archive of that name lies there, of {}",
                    found.name,
                    Bytes(one.bytes)
                ));
            }
            Some(_) => {}
        }
    }
    let stays: BTreeSet<_> = prune::would_stay(there, plan, from, &missing.iter().collect::<Vec<_>>())?;
    missing.retain(|found| stays.contains(&found.name));
    Ok(missing)
}

/// The copy is the plan's as well, so that its rules hold there. A damaged one is nobody's, and stays.
fn mark(there: &Tools, plan: &Plan, copied: &Copied, found: &Found) -> Result<(), Error> {
    if copied.damage.is_none() {
        let copy = there.folder.found(&found.name)?;
        there.records().made_by_plan(&found.name, &copy.fingerprint, &plan.name)?;
    }
    Ok(())
}
