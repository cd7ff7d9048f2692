//! Target lists, as the owner or the installer wrote them into `config/backup.json`.
//!
//! A target names a file or a folder below the home. One that is spelled in the wrong case is found
//! and reported: the installer itself ships such a line, and with it no overlay template was ever
//! saved. One that points out of the home is refused and reported; one that is not there is left out.
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use super::camera::json;
use crate::base::plain::open_plain;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::left_out::LeftOut;
use crate::domain::remark::Remark;
use crate::site::Camera;
use crate::site::walk::names;

/// A section of the owner's list: key, what to call it, what it is for, its targets.
#[derive(Debug, Clone)]
pub struct Listed {
    pub key: String,
    pub label: String,
    pub description: String,
    pub targets: Vec<String>,
}

const CORE: [&str; 9] = [
    "config/settings.json",
    "config/cc.json",
    "config/overlay/myTemplates",
    "config/overlay/images",
    "config/overlay/imagethumbnails",
    "config/overlay/fonts",
    "config/overlay/config",
    "config/modules",
    "env.json",
];

/// The section that every config archive has.
pub const CORE_KEY: &str = "core";
/// The section of the owner's modules.
pub const MODULES: &str = "modules";
/// The section that has the records.
pub const DATABASES: &str = "databases";

/// Core first, then optional ones; what the owner's list does not say is as usual.
pub fn lists(home: &Path) -> Vec<Listed> {
    let own = json(&home.join("config/backup.json")).unwrap_or_default();
    let mut core = strings(own.get("backupTargets"));
    if core.is_empty() {
        core = CORE.map(str::to_owned).to_vec();
    }
    let mut all = vec![listed(CORE_KEY, "Core Files", "Core Files", core)];
    if let Some(Value::Object(optional)) = own.get("optionalTargets") {
        for (key, entry) in optional {
            let targets = strings(entry.get("path"));
            let key = key.trim();
            if targets.is_empty() || key.is_empty() || all.iter().any(|known| known.key == key) {
                continue;
            }
            let said = |name: &str| entry.get(name).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty());
            let label = said("shortdescription").or(said("description")).unwrap_or(key);
            all.push(listed(key, label, said("description").unwrap_or(label), targets));
        }
    }
    for usual in usual() {
        if !all.iter().any(|known| known.key == usual.key) {
            all.push(usual);
        }
    }
    all
}

fn usual() -> [Listed; 2] {
    let modules = ["config/myFiles/modules"];
    let databases = ["config/myFiles/allsky.db", "config/myFiles/db_data.json", "config/myFiles/secrets.json"];
    [
        listed(
            "modules",
            "User Modules",
            "Modules that were installed or written by you, with their data, so that they work again after a restore.",
            modules.map(str::to_owned).to_vec(),
        ),
        listed(
            DATABASES,
            "Allsky Databases",
            "What the camera recorded for each picture (allsky.db), and the secrets of modules. Can be large.",
            databases.map(str::to_owned).to_vec(),
        ),
    ]
}

fn listed(key: &str, label: &str, description: &str, targets: Vec<String>) -> Listed {
    Listed { key: key.to_owned(), label: label.to_owned(), description: description.to_owned(), targets }
}

/// A string, or a list with strings in it.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a target is on this disk.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    There(RelPath),
    /// There under another spelling, or not usable; the remark tells the owner.
    Noted(Option<RelPath>, Remark),
    Missing,
}

/// A target as it is written, wherever it is; `settings.json` and `cc.json` stand for others.
pub fn written(target: &str) -> Option<RelPath> {
    RelPath::parse(bare(target)).ok().filter(|path| !is_link_of_the_moment(path))
}

/// Without what the panel's lists put around a path: `/config/modules/*`.
fn bare(target: &str) -> &str {
    let clean = target.trim();
    let clean = clean.strip_prefix("./").unwrap_or(clean);
    let clean = clean.strip_suffix("/*").unwrap_or(clean);
    clean.strip_prefix('/').unwrap_or(clean).trim_end_matches('/')
}

/// Looks a target up. `settings.json` and `cc.json` stand for the camera's own files.
pub fn find(home: &Path, camera: &Camera, target: &str) -> Found {
    let clean = bare(target);
    let shown = printable(target.as_bytes());
    let path = match RelPath::parse(clean) {
        Ok(path) => path,
        Err(why) => {
            let why = format!("is a target of config/backup.json and was left out: it {why}");
            return Found::Noted(None, Remark::LeftOut(LeftOut::missing(format!("{shown:?}"), why)));
        }
    };
    match path.as_bytes() {
        b"config/settings.json" => return own_file(home, camera.settings_file.as_ref(), &path, "settings"),
        b"config/cc.json" => return own_file(home, camera.cc_file.as_ref(), &path, "capabilities"),
        _ => {}
    }
    match spelled(home, &path) {
        Some(real) if real == path => Found::There(path),
        Some(real) => {
            let note = format!("config/backup.json says {path}, but on the disk it is {real}; {real} was taken");
            Found::Noted(Some(real), Remark::Note(note))
        }
        None => Found::Missing,
    }
}

/// The camera's own settings or capabilities file. The link of the moment is what the camera reads,
/// so it counts when the camera's own file is missing.
fn own_file(home: &Path, own: Option<&RelPath>, link: &RelPath, what: &str) -> Found {
    match own {
        Some(own) if home.join(own.as_path()).is_file() => Found::There(own.clone()),
        Some(own) if home.join(link.as_path()).is_file() => {
            let warning = format!("{own} is missing; {link} is saved under that name");
            Found::Noted(Some(own.clone()), Remark::Warning(warning))
        }
        _ => {
            let why = match open_plain(&home.join("config/settings.json")) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    format!("does not tell which camera is in use: the camera's {what} file was not found")
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    let may = "let the user who makes backups read it (chmod u+r, or chown)";
                    format!("was left out: config/settings.json, which names the camera, may not be read: {may}")
                }
                Err(error) => {
                    format!("was left out: config/settings.json, which names the camera, could not be read: {error}")
                }
                Ok(_) => format!("was left out: config/settings.json names no camera whose {what} file is there"),
            };
            Found::Noted(None, Remark::LeftOut(LeftOut::missing(link, why)))
        }
    }
}

/// Other names in the folder of `path` that differ from it in case alone.
pub fn twins(home: &Path, path: &RelPath) -> Vec<RelPath> {
    let Some(folder) = path.parent() else { return Vec::new() };
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase();
    let wanted = lower(path.name());
    let mut here = names(&home.join(folder.as_path())).unwrap_or_default();
    here.sort_unstable();
    let twins = here.iter().filter(|name| name.as_slice() != path.name() && lower(name) == wanted);
    twins.filter_map(|name| folder.join(name).ok()).collect()
}

/// `path` as it is really spelled below `home`: as written when that exists, else the first name that
/// differs in case alone.
fn spelled(home: &Path, path: &RelPath) -> Option<RelPath> {
    if fs::symlink_metadata(home.join(path.as_path())).is_ok() {
        return Some(path.clone());
    }
    let mut real: Option<RelPath> = None;
    for part in path.parts() {
        let folder = real.as_ref().map_or_else(|| home.to_owned(), |real| home.join(real.as_path()));
        let mut here = names(&folder).ok()?;
        here.sort_unstable();
        let wanted = String::from_utf8_lossy(part).to_lowercase();
        let same = here
            .iter()
            .find(|name| name.as_slice() == part)
            .or_else(|| here.iter().find(|name| String::from_utf8_lossy(name).to_lowercase() == wanted))?;
        real = match real {
            Some(real) => Some(real.join(same).ok()?),
            None => Some(RelPath::parse(same).ok()?),
        };
    }
    real
}

/// True for the two links that the camera sets again by itself. A backup saves the files they point at, and a
/// restore makes the links again.
pub fn is_link_of_the_moment(path: &RelPath) -> bool {
    matches!(path.as_bytes(), b"config/settings.json" | b"config/cc.json")
}
