//! One night in full: what it is worth, how it went, and where its copy is.
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::Error;
use super::list::{Item, Nights, list_of};
use crate::domain::night::Night;
use crate::domain::nights::course::{Step, steps};
use crate::site::nights::Stills;
use crate::work::Tools;

/// Steps of a night's course: as many as a phone has room for.
const STEPS: usize = 120;

#[derive(Debug, Clone)]
pub struct Portrait {
    pub item: Item,
    /// Local times of the first and last frame, while the camera knows them.
    pub first_at: Option<DateTime>,
    pub last_at: Option<DateTime>,
    pub course: Vec<Step>,
    pub stills: Stills,
    pub copy: Option<CopyOnDrive>,
}

/// What the catalog remembers of a copy.
#[derive(Debug, Clone)]
pub struct CopyOnDrive {
    pub files: u64,
    pub bytes: u64,
    /// Id of the drive.
    pub drive: Option<String>,
    pub verified_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

/// `night` among `nights`, which were looked at a moment ago.
pub fn portrait(tools: &Tools, nights: &Nights, night: Night) -> Result<Portrait, Error> {
    let item = list_of(tools, nights)?.into_iter().find(|item| item.key == night).ok_or(Error::NoNight(night))?;
    let source = &tools.nights.source;
    let measure = nights.judged.iter().map(|judged| &judged.measure).find(|measure| measure.night == night);
    let known = nights.known.get(&night).filter(|known| known.drive.is_some() || known.files > 0);
    Ok(Portrait {
        first_at: measure.and_then(|measure| measure.first_at),
        last_at: measure.and_then(|measure| measure.last_at),
        course: steps(&source.course(night)?, STEPS),
        stills: source.stills(night)?,
        copy: known.map(|known| CopyOnDrive {
            files: known.files,
            bytes: known.bytes,
            drive: known.drive.clone(),
            verified_at: known.verified_at,
            deleted_at: known.deleted_at,
        }),
        item,
    })
}
