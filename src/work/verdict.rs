//! Gathers what a verdict is made of: the history here, and what the caller has observed.
//!
//! Invariant: nothing here touches a disk. Archives, drives and nights are those that the caller has seen.
use jiff::{SignedDuration, Timestamp, Zoned};

use super::archive::list::Item;
use super::retention_gate::is_sound_between;
use super::{Tools, one_disk};
use crate::catalog::{Error, Knowledge};
use crate::domain::alert::AlertState;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::destination::DestinationName;
use crate::domain::drives::state::DriveState;
use crate::domain::failure::Failure;
use crate::domain::host::silence::longest_between;
use crate::domain::plan::{Plan, Source};
use crate::domain::verdict::facts::{ArchiveFacts, Clock, Config, Facts};
use crate::domain::verdict::{Verdict, judge};

/// Alerts that are looked through. Those that are not over come first.
const ALERTS: u32 = 500;

/// What was seen by the caller; `None` is not known yet.
#[derive(Debug)]
pub struct Seen<'a> {
    pub archives: Option<Result<&'a [Item], Failure>>,
    pub places: Vec<(DestinationName, DriveState)>,
    pub is_one_disk: bool,
    pub nights_at_risk: Option<u64>,
}

/// How everything stands.
pub fn verdict(tools: &Tools, seen: Seen<'_>) -> Result<Verdict, Error> {
    let now = (tools.now)();
    let mut alerts = tools.catalog.alerts(ALERTS)?;
    alerts.retain(|alert| alert.state != AlertState::Resolved);
    let archives = match seen.archives {
        None => None,
        Some(Err(failure)) => Some(Err(failure)),
        Some(Ok(items)) => Some(Ok(archive_facts(tools, items, &now)?)),
    };
    let mut paused = Vec::new();
    for plan in tools.plans.iter().filter(|plan| plan.enabled) {
        if tools.catalog.turn(plan.name.as_str())?.is_some_and(|turn| turn.is_paused) {
            paused.push(plan.name.clone());
        }
    }
    let between = |plan: &Plan| longest_between(&plan.schedule, &now);
    let working = || tools.plans.iter().filter(|plan| plan.enabled && !paused.contains(&plan.name));
    let longest = working().filter_map(between).max().unwrap_or(SignedDuration::ZERO);
    let takes = |host| {
        working().any(|plan| {
            plan.sources.iter().any(|source| source.host() == Some(host) && matches!(source, Source::Host(_)))
        })
    };
    let facts = Facts {
        archives,
        is_one_disk: seen.is_one_disk,
        places: seen.places,
        nights_at_risk: seen.nights_at_risk,
        night_saved_at: tools.catalog.newest_verified_night(tools.nights.source.software())?,
        alerts,
        hosts_without_plan: tools.hosts.iter().map(|host| &host.name).filter(|host| !takes(host)).cloned().collect(),
        config_between: working().filter(|plan| plan.sources.contains(&Source::Config)).filter_map(between).min(),
        paused: paused.clone(),
        clock: if is_sound_between(tools, longest) { Clock::Sound } else { Clock::InDoubt },
    };
    Ok(judge(&facts, &now))
}

/// Whether all lies on one disk, for a caller that may ask the disk.
pub fn is_one_disk(tools: &Tools) -> bool {
    one_disk::holds_every_backup(tools)
}

fn archive_facts(tools: &Tools, items: &[Item], now: &Zoned) -> Result<ArchiveFacts, Error> {
    let ours: Vec<&Item> = items.iter().filter(|item| item.state != Knowledge::Foreign).collect();
    let number = |state| ours.iter().filter(|item| item.state == state).count() as u64;
    let verified = |kind| {
        let is_it = move |item: &&&Item| {
            item.kind == Some(kind) && item.state == Knowledge::Verified && item.date_in_doubt.is_none()
        };
        // The newest comes first.
        ours.iter().find(is_it).copied()
    };
    let made_at = |item: &Item| item.created.parse::<Timestamp>().ok();
    let elsewhere = config_elsewhere(tools, now)?;
    let here = verified(ArchiveKind::Config).and_then(|item| Some((made_at(item)?, item.lacks_settings)));
    let has_config = ours.iter().any(|item| item.kind == Some(ArchiveKind::Config));
    let config = match here {
        Some((at, _)) if elsewhere.is_some_and(|other| other > at) => {
            Config::Verified { made_at: elsewhere.unwrap_or(at) }
        }
        Some((made_at, true)) => Config::Incomplete { made_at },
        Some((made_at, false)) => Config::Verified { made_at },
        None => match elsewhere {
            Some(made_at) => Config::Verified { made_at },
            None if has_config => Config::NotVerified,
            None => Config::None,
        },
    };
    Ok(ArchiveFacts {
        number: ours.len() as u64 + u64::from(elsewhere.is_some()),
        damaged: number(Knowledge::Damaged),
        not_verified: number(Knowledge::Unverified),
        config,
        images_at: verified(ArchiveKind::Images).and_then(made_at),
    })
}

/// The newest config archive that was verified on another destination, by its name.
fn config_elsewhere(tools: &Tools, now: &Zoned) -> Result<Option<Timestamp>, Error> {
    let mut newest = None;
    for (name, copies) in tools.catalog.copies()? {
        let is_good = copies.iter().any(|copy| !copy.destination.is_backups() && copy.state == Knowledge::Verified);
        let Some(name) =
            ArchiveName::parse(&name).ok().filter(|name| is_good && name.kind() == Some(ArchiveKind::Config))
        else {
            continue;
        };
        let made =
            name.made().and_then(|made| made.to_zoned(now.time_zone().clone()).ok()).map(|made| made.timestamp());
        newest = newest.max(made.filter(|made| *made <= now.timestamp()));
    }
    Ok(newest)
}
