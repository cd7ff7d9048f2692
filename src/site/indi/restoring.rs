//! What a restore onto this installation must know.
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::{Indi, camera, config, spots};
use crate::base::rel_path::RelPath;
use crate::domain::restore::machine::Machine;
use crate::domain::restore::options::Options;
use crate::domain::software::Software;
use crate::site::restoring::{Belongs, KeyFile, Ownership};
use crate::site::{Error, Restoring};

pub(super) fn read(site: &Indi, images: PathBuf) -> Result<Restoring, Error> {
    let looks = std::fs::metadata(&site.home).map_err(|source| Error::Read { path: site.home.clone(), source })?;
    let belongs = site.spots.iter().map(|spot| Belongs { section: spot.section.to_owned(), path: spot.member.clone() });
    let flask = site.places.flask.as_ref();
    Ok(Restoring {
        software: Software::IndiAllsky,
        restore_roots: site.spots.restore_roots(),
        belongs: belongs.collect(),
        machine: Machine { home: site.home.display().to_string(), owner: crate::site::allsky::owner(&site.home) },
        // Its installer gives all of it to the owner; the web server only reads.
        ownership: Ownership { uid: looks.uid(), gid: looks.gid(), web_gid: None },
        days_to_keep: camera::days_to_keep(&site.places),
        options: Options::default(),
        modules: BTreeSet::new(),
        overlays: BTreeSet::new(),
        key: flask.map(|flask| KeyFile {
            member: RelPath::of_our_own(spots::FLASK),
            setting: "PASSWORD_KEY",
            database: RelPath::of_our_own(spots::RECORDS),
            here: config::key_of(flask),
            has_database: site.places.database.file().is_some_and(|file| file.exists()),
        }),
        home: site.home.clone(),
        images,
    })
}
