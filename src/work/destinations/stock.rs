//! What lies on a destination: how many archives and nights, their bytes, and the days that they are of.
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::catalog;
use crate::destination::folder::{self, Folder};
use crate::domain::archive::name::ArchiveName;
use crate::domain::destination::DestinationName;
use crate::domain::drives::full_on::Arrival;
use crate::domain::nights::state::NightState;
use crate::work::Tools;

/// Backups of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stock {
    pub number: u64,
    pub bytes: u64,
}

impl Stock {
    pub(super) fn of(arrivals: &[Arrival]) -> Stock {
        Stock { number: arrivals.len() as u64, bytes: arrivals.iter().map(|arrival| arrival.bytes).sum() }
    }
}

/// The archives that lie in `folder` now.
pub(super) fn archives_in(tools: &Tools, folder: &Folder) -> Result<Vec<Arrival>, folder::Error> {
    let found = folder.archives()?;
    Ok(found.iter().map(|one| Arrival { day: day(tools, &one.name, one.mtime), bytes: one.bytes }).collect())
}

/// The archives that were seen when the destination was last looked at.
pub(super) fn archives_seen(tools: &Tools, name: &DestinationName) -> Result<Vec<Arrival>, catalog::Error> {
    let seen = tools.catalog.archives_on(name).seen()?.into_iter();
    let known = seen.filter_map(|one| Some((ArchiveName::parse(&one.name).ok()?, one)));
    Ok(known.map(|(name, one)| Arrival { day: day(tools, &name, one.mtime), bytes: one.bytes }).collect())
}

/// The nights of this camera that are on the drive with this id, as the history knows them.
pub(super) fn nights_on(tools: &Tools, id: &str) -> Result<Vec<Arrival>, catalog::Error> {
    let known = tools.catalog.nights(tools.nights.source.software())?.into_iter();
    let has_copy = |state| matches!(state, NightState::Verified | NightState::Copying | NightState::Failed);
    let there = known.filter(|night| night.drive.as_deref() == Some(id) && has_copy(night.state));
    Ok(there.map(|night| Arrival { day: night.night.date(), bytes: night.bytes }).collect())
}

/// The day in the name, else that of the file.
fn day(tools: &Tools, name: &ArchiveName, mtime: i64) -> Date {
    let of_file =
        || Timestamp::from_second(mtime).unwrap_or_default().to_zoned((tools.now)().time_zone().clone()).date();
    name.made().map_or_else(of_file, |made| made.date())
}
