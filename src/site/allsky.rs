//! AllskyTeam: `~/allsky`.
use std::path::Path;

use super::{Error, Site};

/// Opens the installation at `home`.
pub fn open(_home: &Path) -> Result<Box<dyn Site>, Error> {
    unimplemented!()
}
