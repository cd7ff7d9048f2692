//! What a restore onto this camera must know: the sections' places, whether or not they exist now,
//! whose files they are, and what the camera will do with pictures that come back.
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::camera::{self, json};
use super::modules::ModulesElsewhere;
use super::overlays;
use super::sections::FORGOTTEN;
use super::targets::{self, Found};
use crate::base::plain::{self, read_plain};
use crate::base::rel_path::RelPath;
use crate::domain::restore::machine::Machine;
use crate::domain::restore::options::Options;
use crate::domain::software::Software;
use crate::site::accounts::Accounts;
use crate::site::restoring::{Belongs, Ownership, RestoreRoot};
use crate::site::walk::names;
use crate::site::{Error, Restoring};

/// Where the web server's user stands when the camera does not say.
const WEB_GROUP: &str = "www-data";

pub fn read(home: &Path, images: PathBuf) -> Result<Restoring, Error> {
    let variables = json(&home.join("variables.json")).unwrap_or_default();
    let settings = json(&home.join("config/settings.json")).unwrap_or_default();
    let looks = std::fs::metadata(home).map_err(|source| Error::Read { path: home.to_owned(), source })?;
    let web = variables.get("WEBSERVER_GROUP").and_then(Value::as_str).unwrap_or(WEB_GROUP);
    let options = read_plain(&home.join("config/options.json"), plain::TEXT).unwrap_or_default();
    let elsewhere = ModulesElsewhere::find(home);
    Ok(Restoring {
        software: Software::Allsky,
        restore_roots: restore_roots(home, elsewhere.as_ref()),
        key: None,
        belongs: belongs(home, elsewhere.as_ref()),
        machine: Machine { home: home.display().to_string(), owner: camera::owner(home) },
        ownership: Ownership { uid: looks.uid(), gid: looks.gid(), web_gid: Accounts::read().group_number(web) },
        days_to_keep: days(&settings),
        options: Options::parse(&options),
        modules: modules(home, elsewhere.as_ref()),
        overlays: overlays::names_of(home),
        home: home.to_owned(),
        images,
    })
}

/// The home takes all that no other place takes.
fn restore_roots(home: &Path, elsewhere: Option<&ModulesElsewhere>) -> Vec<RestoreRoot> {
    let modules = |modules: &ModulesElsewhere| RestoreRoot {
        member: Some(modules.member.clone()),
        root: modules.location.clone(),
        path: Some(modules.below()),
    };
    let home = RestoreRoot { member: None, root: home.to_owned(), path: None };
    elsewhere.map(modules).into_iter().chain([home]).collect()
}

/// The owner's list and the installer's, then what the panel forgets; the first that names a path wins.
fn belongs(home: &Path, elsewhere: Option<&ModulesElsewhere>) -> Vec<Belongs> {
    let camera = camera::read(home);
    let mut all = Vec::new();
    let mut add = |section: &str, path: RelPath| all.push(Belongs { section: section.to_owned(), path });
    for listed in targets::lists(home) {
        for target in &listed.targets {
            let (real, written) = match targets::find(home, &camera, target) {
                Found::There(path) => (Some(path), None),
                // A backup may have been made where it was spelled as written.
                Found::Noted(path, _) => (path, targets::written(target)),
                Found::Missing => (None, targets::written(target)),
            };
            real.into_iter().chain(written).for_each(|path| add(&listed.key, path));
        }
    }
    for (key, _, _, paths) in FORGOTTEN {
        paths.iter().filter_map(|path| RelPath::parse(path).ok()).for_each(|path| add(key, path));
    }
    elsewhere.into_iter().for_each(|modules| add(targets::MODULES, modules.member.clone()));
    if let Ok(rest) = RelPath::parse("config/myFiles") {
        add("myfiles", rest);
    }
    all
}

/// A number, or a number in quotes; anything else keeps for ever.
fn days(settings: &Value) -> u32 {
    let days = match settings.get("daystokeep") {
        Some(Value::Number(days)) => days.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    days.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
}

/// Modules of the camera software and of the owner.
fn modules(home: &Path, elsewhere: Option<&ModulesElsewhere>) -> BTreeSet<String> {
    let folders = ["scripts/modules", "config/myFiles/modules"].map(|folder| home.join(folder));
    let folders = folders.into_iter().chain(elsewhere.map(ModulesElsewhere::folder));
    let found = folders.flat_map(|folder| names(&folder).unwrap_or_default());
    found.filter_map(|name| String::from_utf8(name).ok()).filter(|name| name.ends_with(".py")).collect()
}
