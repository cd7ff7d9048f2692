//! The configuration leads to the new drive. This is the point from which on the new set counts.
use std::path::Path;

use super::Error;
use crate::domain::destination::DestinationName;
use crate::domain::host::settings::HostName;
use crate::domain::settings::host_edit;
use crate::work::Tools;
use crate::work::settings::save;

/// Refuses what could not be saved at the end, before anything is copied.
pub(super) fn refuse_unwritable(tools: &Tools, host: &HostName, to: &DestinationName) -> Result<(), Error> {
    let file = file(tools)?;
    host_edit::set_destination(&save::look(file)?.text, host, to)?;
    if save::is_writable(file) { Ok(()) } else { Err(Error::Unwritable(file.to_owned())) }
}

/// The file may have been changed by others while the set was copied: what they wrote stays.
pub(super) fn switch(tools: &Tools, host: &HostName, to: &DestinationName) -> Result<(), Error> {
    let file = file(tools)?;
    let now = save::look(file)?;
    Ok(save::save_entry_of("host", file, &now.digest, &host_edit::set_destination(&now.text, host, to)?)?)
}

fn file(tools: &Tools) -> Result<&Path, Error> {
    tools.config.as_deref().ok_or(Error::NoFile)
}
