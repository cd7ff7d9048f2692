//! Info: what an archive says of itself and what is in it.
//!
//! Answered from catalog and index, as fast for a hundred thousand files as for ten. Only a small
//! archive without an index is read here.
use serde::Serialize;

use crate::archive::about_itself::is_about_itself;
use crate::archive::agreement::agree;
use crate::archive::index::{Index, Row};
use crate::archive::spot_check::fits;
use crate::base::rel_path::RelPath;
use crate::catalog::Knowledge;
use crate::destination::folder::Found;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::monitor::Unwatched;
use crate::domain::restore::program::Origin;
use crate::work::archive::inspect::{index_apart, read_in_full};
use crate::work::archive::list::{Item, SMALL, also_on, describe, look};
use crate::work::{Error, Tools};

#[derive(Debug, Clone, Serialize)]
pub struct Info {
    #[serde(flatten)]
    pub item: Item,
    /// `None` until the archive has been read once (`inspect`).
    pub metadata: Option<Metadata>,
    pub files: Option<u64>,
    /// Uncompressed.
    pub raw_bytes: Option<u64>,
    /// Hex; known of archives that came from outside.
    pub sha256: Option<String>,
    pub origin: Origin,
}

pub fn info(tools: &Tools, name: &ArchiveName) -> Result<Info, Error> {
    let found = tools.folder.found(name)?;
    let known = look(tools, &found)?;
    let (_, mut item) = describe(&found, &known, tools.records().marks()?.get(name.as_str()), &(tools.now)());
    item.also_on = also_on(tools, tools.catalog.copies()?.get(&item.name), item.bytes);
    let totals = match index(tools, &found)? {
        Some(index) => Some(index.totals()?),
        None => None,
    };
    Ok(Info {
        item,
        metadata: known.metadata,
        files: totals.map(|(files, _)| files),
        raw_bytes: totals.map(|(_, bytes)| bytes),
        sha256: known.sha256,
        origin: known.origin,
    })
}

/// A page of a folder of the file tree; `None` when the archive has no index yet.
pub fn folder(
    tools: &Tools,
    name: &ArchiveName,
    folder: Option<&RelPath>,
    offset: u64,
    limit: u64,
) -> Result<Option<Vec<Row>>, Error> {
    match index(tools, &tools.folder.found(name)?)? {
        Some(index) => Ok(Some(index.folder(folder, offset, limit)?)),
        None => Ok(None),
    }
}

/// Files whose path contains `text`, and whether there are more; `None` when the archive has no
/// index yet.
pub fn search(tools: &Tools, name: &ArchiveName, text: &str, limit: u64) -> Result<Option<(Vec<Row>, bool)>, Error> {
    match index(tools, &tools.folder.found(name)?)? {
        Some(index) => Ok(Some(index.search(text, limit)?)),
        None => Ok(None),
    }
}

/// Every file of the owner, in archive order; false when the archive has no index yet.
pub fn each_file(tools: &Tools, name: &ArchiveName, row: &mut dyn FnMut(Row)) -> Result<bool, Error> {
    match index(tools, &tools.folder.found(name)?)? {
        Some(index) => {
            index.each(&mut |file| {
                // What the archive says of itself is no file of the camera.
                if !is_about_itself(&file.path) {
                    row(file);
                }
            })?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The index of an archive. A small good archive without one gets it now.
pub(crate) fn index(tools: &Tools, found: &Found) -> Result<Option<Index>, Error> {
    match open_fitting_index(tools, found)? {
        Some(index) => Ok(Some(index)),
        None if found.bytes <= SMALL && is_worth_reading(tools, found)? => {
            read_in_full(tools, found, &Unwatched)?;
            match open_index(tools, found)? {
                Some(index) => Ok(Some(index)),
                None => index_apart(tools, found, &Unwatched),
            }
        }
        None => Ok(None),
    }
}

pub(crate) fn open_index(tools: &Tools, found: &Found) -> Result<Option<Index>, Error> {
    let file = tools.folder.open(&found.name)?;
    // A broken index is none: it can be made again.
    Ok(Index::open(&tools.folder.index_path(&found.name), &file).unwrap_or(None))
}

/// The index of an archive for showing lists: one that chance finds to say something else than the archive is none.
fn open_fitting_index(tools: &Tools, found: &Found) -> Result<Option<Index>, Error> {
    let Some(index) = open_index(tools, found)? else { return Ok(None) };
    let fits = fits(&index, &tools.folder.open(&found.name)?).unwrap_or(false);
    Ok(fits.then_some(index))
}

/// The index of an archive for reading files by it: one that says something else than the archive is none.
pub(crate) fn open_agreeing_index(tools: &Tools, found: &Found) -> Result<Option<Index>, Error> {
    let Some(index) = open_index(tools, found)? else { return Ok(None) };
    let agrees = agree(&index, &tools.folder.open(&found.name)?).unwrap_or(false);
    Ok(agrees.then_some(index))
}

/// Damaged and foreign files were read or looked at, and have no index.
fn is_worth_reading(tools: &Tools, found: &Found) -> Result<bool, Error> {
    let known = tools.records().recall(&found.name, &found.fingerprint)?;
    Ok(known.is_none_or(|known| matches!(known.state, Knowledge::Verified | Knowledge::Unverified)))
}
