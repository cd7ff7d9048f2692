//! Opening for verbs that only show something: the catalog is copied into memory, the backups folder is opened for
//! reading, and nothing is made, repaired or written in either.
use std::sync::Arc;

use super::{Error, Options, Places, places, tools};
use crate::base::space::shut;
use crate::catalog::Catalog;
use crate::destination::folder::Folder;
use crate::domain::destination::DestinationName;
use crate::domain::failure::Failure;
use crate::work::Tools;

/// What was opened for reading.
pub struct Opened {
    pub tools: Arc<Tools>,
    /// Why nothing is known of what was done before.
    pub unknown: Option<Failure>,
    /// Why nothing could be written to the state folder now, with what to do.
    pub shut: Option<Failure>,
}

/// Opens folder and camera for reading, and what the catalog knows. A catalog that cannot be read keeps nobody from
/// looking at backups.
pub fn open_to_read(options: &Options) -> Result<Opened, Failure> {
    let opened = open_places_to_read(places(options)?)?;
    match &options.on {
        Some(destination) => Ok(Opened { tools: Arc::new(opened.tools.to_read_on(destination)?), ..opened }),
        None => Ok(opened),
    }
}

/// [`open_to_read`] for places that are known.
pub fn open_places_to_read(places: Places) -> Result<Opened, Failure> {
    let (catalog, unknown) = match Catalog::copy_of(&places.state.join("catalog.db")) {
        Ok(catalog) => (catalog, None),
        Err(why) => (Catalog::empty()?, Some(Failure::of(&why))),
    };
    let shut = shut(&places.state).map(|source| Failure::of(&Error::Shut { path: places.state.clone(), source }));
    let folder = Folder::to_read(places.backups.clone(), DestinationName::backups());
    Ok(Opened { tools: tools(places, folder, catalog), unknown, shut })
}
