//! Run a plan: make the archive of one of its sources, or the snapshot of a host. What its rules no longer keep is
//! deleted by another job of its run, `prune_plan`.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::nights::list;
use super::noted::Noted;
use super::one_disk;
use super::prune::{self, Pruned};
use super::snapshot::archive::HostArchived;
use super::snapshot::golden::GoldenMade;
use super::snapshot::pull::Taken;
use super::{Error, Tools, snapshot};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::believable::is_day_ahead;
use crate::domain::failure::Failure;
use crate::domain::host::settings::HostName;
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::night::Night;
use crate::domain::nights::decision::Class;
use crate::domain::order::{NightChoice, PauseChoice, SectionChoice, When};
use crate::domain::plan::name::PlanName;
use crate::domain::plan::{Plan, Source};
use crate::work::archive::create;
use crate::work::archive::create::Created;

/// What a run did, as `--json` prints it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub plan: PlanName,
    pub source: Source,
    /// `None` when there was nothing to back up.
    pub created: Option<Created>,
    /// Why there is no archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
    /// The snapshot of a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Taken>,
    /// The archive of a host, or its golden month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_archive: Option<HostArchived>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<GoldenMade>,
    pub warnings: Vec<String>,
}

impl Report {
    fn new(plan: &PlanName, source: &Source) -> Report {
        let (plan, source) = (plan.clone(), source.clone());
        Report {
            plan,
            source,
            created: None,
            nothing: None,
            snapshot: None,
            host_archive: None,
            golden: None,
            warnings: Vec::new(),
        }
    }
}

/// The plan of this name among those of the owner.
pub fn named<'a>(tools: &'a Tools, name: &PlanName) -> Result<&'a Plan, Error> {
    tools.plans.iter().find(|plan| plan.name == *name).ok_or_else(|| Error::NoPlan(name.clone()))
}

pub fn run(tools: &Tools, name: &PlanName, source: &Source, monitor: &dyn Monitor) -> Result<Report, Failure> {
    match source.host() {
        Some(host) => run_host(tools, name, (source, host), monitor),
        None => run_archives(tools, name, source, monitor).map_err(Failure::from),
    }
}

/// A snapshot, or an archive or a golden month of one when it is owed.
fn run_host(
    tools: &Tools,
    name: &PlanName,
    (source, host): (&Source, &HostName),
    monitor: &dyn Monitor,
) -> Result<Report, Failure> {
    named(tools, name)?;
    let report = Report::new(name, source);
    Ok(match source {
        Source::HostArchive(_) => {
            let archived = snapshot::archive::archive(tools, host, When::Due, monitor)?;
            let warnings = archived.warnings.clone();
            Report { host_archive: Some(archived), warnings, ..report }
        }
        Source::HostGolden(_) => {
            let made = snapshot::golden::make(tools, host, When::Due, monitor)?;
            let warnings = made.warnings.clone();
            Report { golden: Some(made), warnings, ..report }
        }
        _ => {
            let taken = snapshot::pull::take(tools, host, monitor)?;
            let warnings = taken.warnings.clone();
            Report { snapshot: Some(taken), warnings, ..report }
        }
    })
}

fn run_archives(tools: &Tools, name: &PlanName, source: &Source, monitor: &dyn Monitor) -> Result<Report, Error> {
    let plan = named(tools, name)?;
    let tools = &tools.on(&plan.destination)?;
    let noted = Noted::new(monitor);
    let mut report = Report::new(name, source);
    match make(tools, plan, source, &noted)? {
        Some(created) => {
            remember(tools, name, &created, &noted);
            report.created = Some(created);
        }
        None => report.nothing = Some("there are no new nights since the last one".to_owned()),
    }
    report.warnings = noted.warnings();
    Ok(report)
}

fn make(tools: &Tools, plan: &Plan, source: &Source, monitor: &dyn Monitor) -> Result<Option<Created>, Error> {
    match source {
        Source::Nights | Source::Host(_) | Source::HostArchive(_) | Source::HostGolden(_) => Ok(None),
        Source::Config => {
            let limit = plan
                .largest_database_on_card
                .map(|size| size.0)
                .filter(|_| one_disk::of_camera_and_backups(tools).unwrap_or(true));
            let choice = create::Databases { pause: PauseChoice::WhenNeeded, largest: limit };
            create::config_with(tools, &SectionChoice::All, choice, monitor).map(Some)
        }
        Source::Images => create::images(tools, &NightChoice::All, monitor).map(Some),
        Source::ImagesNew | Source::ImagesGood => match new_nights(tools, plan, source)? {
            nights if nights.is_empty() => Ok(None),
            nights => create::images(tools, &NightChoice::nights(&nights), monitor).map(Some),
        },
    }
}

/// Nights that are over and later than the newest in an archive of this plan, oldest first.
fn new_nights(tools: &Tools, plan: &Plan, source: &Source) -> Result<Vec<Night>, Error> {
    let now = (tools.now)().datetime();
    let is_ahead = |night: &Night| is_day_ahead(night.date(), now.date());
    // Nights that are dated ahead are never the newest; of those it counts whether they are in an archive.
    let (marks, mut newest, mut ahead) = (tools.records().marks()?, None, BTreeSet::new());
    for found in tools.folder.archives()? {
        let is_ours = marks.get(found.name.as_str()).and_then(|marks| marks.plan_of(&found.fingerprint));
        if is_ours == Some(plan.name.as_str())
            && let Some(known) = tools.records().recall(&found.name, &found.fingerprint)?
        {
            let (far, near): (Vec<Night>, Vec<Night>) = known.metadata.iter().flat_map(nights_in).partition(is_ahead);
            newest = newest.max(near.into_iter().max());
            ahead.extend(far);
        }
    }
    let over = |night: &Night| match is_ahead(night) {
        true => !ahead.contains(night),
        false => night.is_over(now) && Some(*night) > newest,
    };
    let mut nights: Vec<Night> =
        tools.site.picture_folders()?.into_iter().filter_map(|folder| folder.night).filter(over).collect();
    if *source == Source::ImagesGood {
        let good = good_nights(tools)?;
        nights.retain(|night| good.contains(night));
    }
    nights.sort();
    Ok(nights)
}

fn nights_in(metadata: &Metadata) -> impl Iterator<Item = Night> {
    let sections = metadata.ours.iter().flat_map(|ours| &ours.sections);
    sections.filter_map(|section| Night::parse(section.key.trim_start_matches("images/")).ok())
}

fn good_nights(tools: &Tools) -> Result<Vec<Night>, Error> {
    let looked = list::look(tools).map_err(|error| Error::Nights(Box::new(error)))?;
    let good = looked.judged.iter().filter(|judged| {
        judged.verdict.as_ref().is_some_and(|(class, _)| matches!(class, Class::Forever | Class::Rolling))
    });
    Ok(good.map(|judged| judged.measure.night).collect())
}

/// An archive whose maker could not be remembered counts as made by hand, and is never deleted by itself.
fn remember(tools: &Tools, plan: &PlanName, created: &Created, monitor: &dyn Monitor) {
    let remember = || -> Result<(), Error> {
        let name = ArchiveName::parse(&created.name).map_err(|_| Error::NoPlan(plan.clone()))?;
        let found = tools.folder.found(&name)?;
        Ok(tools.records().made_by_plan(&name, &found.fingerprint, plan)?)
    };
    if let Err(error) = remember() {
        let why = Failure::of(&error).message;
        monitor.warn(format!("{} is stored, but not as one of plan {plan}: {why}", created.name));
    }
}

/// Deletes what goes of every plan, or of the one that is named.
pub fn prune_all(tools: &Tools, name: Option<&PlanName>, monitor: &dyn Monitor) -> Result<Vec<Pruned>, Error> {
    monitor.stages(&[Stage::Delete]);
    let mut pruned = Vec::new();
    for plan in chosen(tools, name)? {
        for destination in std::iter::once(&plan.destination).chain(&plan.copies) {
            let tools = match tools.on(destination) {
                // A drive that is away keeps no other plan, and no other place of this one, from its turn.
                Err(error) if name.is_none() || *destination != plan.destination => {
                    let why = Failure::of(&error).message;
                    monitor.warn(format!("nothing of plan {} was deleted on {destination}: {why}", plan.name));
                    continue;
                }
                other => &other?,
            };
            for kind in plan.kinds() {
                pruned.push(prune::prune(tools, plan, kind, monitor)?);
            }
        }
    }
    Ok(pruned)
}

/// The plans that make archives, or the one that is named.
pub fn chosen<'a>(tools: &'a Tools, name: Option<&PlanName>) -> Result<Vec<&'a Plan>, Error> {
    match name {
        Some(name) => Ok(vec![named(tools, name)?]),
        None => Ok(tools.plans.iter().collect()),
    }
}
