//! Verify: read all of it again and remember what was found.
use crate::archive::glance::{Glance, glance, metadata_of_damaged};
use crate::archive::verify::verify as read_again;
use crate::catalog::{Knowledge, Known};
use crate::destination::folder::{self, Found};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveName;
use crate::domain::failure::{Advice, Code, Failure};
use crate::domain::monitor::{Monitor, Stage};
use crate::domain::restore::program::Origin;
pub use crate::work::archive::checked::{Checked, Finding};
use crate::work::archive::inspect::read_in_full;
use crate::work::archive::salvage::{in_words, salvage};
use crate::work::noted::PartMonitor;
use crate::work::{Error, Tools};

pub fn verify(tools: &Tools, name: &ArchiveName, monitor: &dyn Monitor) -> Result<Checked, Error> {
    monitor.stages(&[Stage::Verify]);
    monitor.stage(Stage::Verify);
    check(tools, &tools.folder.found(name)?, monitor)
}

/// By name. An archive that is deleted meanwhile is left out; one that cannot be read is not whole; a file
/// that is no backup is named and does not count as damage.
pub fn verify_all(tools: &Tools, monitor: &dyn Monitor) -> Result<Vec<Checked>, Error> {
    monitor.stages(&[Stage::Verify]);
    monitor.stage(Stage::Verify);
    let mut all = tools.folder.archives()?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let total = all.iter().map(|found| found.bytes).sum();
    let mut before = 0;
    let mut checked = Vec::new();
    for found in &all {
        monitor.checkpoint()?;
        match check(tools, found, &PartMonitor { inner: monitor, before, share: found.bytes, total }) {
            Err(Error::Folder(folder::Error::NoArchive(_))) => {}
            Ok(one) => checked.push(one),
            Err(error) if error.code() == Code::Cancelled || matches!(error, Error::Catalog(_)) => return Err(error),
            // An archive that cannot be read says nothing of the others, so the check goes on.
            Err(error) => {
                let Failure { message, advice, .. } = Failure::of(&error);
                checked.push(Checked::unread(&found.name, format!("{message}. {advice}")));
            }
        }
        before += found.bytes;
    }
    Ok(checked)
}

pub(crate) fn check(tools: &Tools, found: &Found, monitor: &dyn Monitor) -> Result<Checked, Error> {
    let file = tools.folder.open(&found.name)?;
    let path = || tools.folder.path().join(found.name.as_str());
    let metadata = match glance(&file).map_err(|source| Error::Source { path: path(), source })? {
        Glance::Other => return Ok(read_in_full(tools, found, monitor)?.1),
        Glance::Foreign(reason) => {
            remember(tools, found, Knowledge::Foreign, &reason, None)?;
            return Ok(Checked::foreign(&found.name, reason));
        }
        Glance::Ours(metadata) => Some(*metadata),
        Glance::Cut(_) => metadata_of_damaged(&file),
    };
    let verdict = read_again(&file, monitor)?;
    let error = match verdict.damage {
        Some(damage) => {
            let salvaged = salvage(tools, found, metadata.clone(), monitor)?;
            Some(in_words(&damage.what, salvaged.as_ref()))
        }
        None => None,
    };
    match &error {
        None => remember(tools, found, Knowledge::Verified, "every byte was read", metadata)?,
        Some(what) => remember(tools, found, Knowledge::Damaged, what, metadata)?,
    }
    let (members, bytes) = (verdict.members, verdict.bytes);
    let finding = if error.is_none() { Finding::Whole } else { Finding::Damaged };
    Ok(Checked { name: found.name.to_string(), ok: error.is_none(), finding, members, bytes, error })
}

fn remember(
    tools: &Tools,
    found: &Found,
    state: Knowledge,
    reason: &str,
    metadata: Option<Metadata>,
) -> Result<(), Error> {
    let before = tools.records().recall(&found.name, &found.fingerprint)?;
    let known = Known {
        fingerprint: found.fingerprint.clone(),
        state,
        reason: reason.to_owned(),
        metadata: metadata.or_else(|| before.as_ref().and_then(|known| known.metadata.clone())),
        verified_at: Some((tools.now)().timestamp()),
        origin: before.as_ref().map_or(Origin::Elsewhere, |known| known.origin),
        sha256: before.and_then(|known| known.sha256),
    };
    Ok(tools.records().remember(&found.name, &known)?)
}
