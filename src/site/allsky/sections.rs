//! The parts of a config archive: what the panel saves, and what it forgets.
//!
//! Every path belongs to one section, the first that claims it; so a restore of one section never
//! touches another, and nothing is stored twice.
use std::fs;
use std::io;
use std::path::Path;

use super::modules::ModulesElsewhere;
use super::remarks;
use super::targets::{self, Found};
use crate::base::rel_path::RelPath;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::section::{Capture, Place, Section, SectionKey};
use crate::domain::remark::Remark;
use crate::site::walk::{PYCACHE, names};
use crate::site::{Camera, database};

/// Key, label, description, paths below the home that are taken when they exist.
pub(super) type Forgotten = (&'static str, &'static str, &'static str, &'static [&'static str]);

pub(super) const FORGOTTEN: [Forgotten; 7] = [
    (
        "uservariables",
        "User Variables",
        "uservariables.sh: your own changes to how Allsky's scripts work. It is run as a program.",
        &["config/uservariables.sh", "uservariables.sh"],
    ),
    (
        "website",
        "Website Settings",
        "Settings and your own files of the local and the remote Allsky Website.",
        &["config/remote_configuration.json", "html/allsky/configuration.json", "html/allsky/myFiles"],
    ),
    (
        "notifications",
        "Notification Images",
        "Your own pictures for messages such as 'Camera off during the day'.",
        &["config/myFiles/notificationImages"],
    ),
    (
        "devices",
        "Devices and Lists",
        "Sensors, devices, variables and table definitions that the panel keeps in config.",
        &[
            "config/db_data.json",
            "config/onewire.json",
            "config/devicemanager.json",
            "config/suggested_modules.json",
            "config/allskyvariables.json",
        ],
    ),
    ("darks", "Dark Frames", "Dark frames that are subtracted from night pictures. Can be large.", &["darks"]),
    ("ssl", "Certificates", "Certificate and private key of the panel's own web server.", &["config/ssl"]),
    ("login", "Login of the Panel", "Name and password of the released panel's login.", &["config/raspap.auth"]),
];

/// Passwords and keys.
fn is_secret(path: &RelPath) -> bool {
    matches!(path.name(), b"env.json" | b"secrets.json" | b"raspap.auth") || path.as_bytes() == b"config/ssl"
}

/// All sections, core first. Those of ours appear only on cameras that have something for them.
pub fn read(home: &Path, camera: &Camera) -> Vec<Section> {
    let mut list = SectionList { home, sections: Vec::new() };
    for listed in targets::lists(home) {
        list.open(&listed.key, &listed.label, &listed.description);
        if listed.key == targets::CORE_KEY {
            remarks::config_folder(home).into_iter().for_each(|remark| list.note(remark));
        }
        for target in &listed.targets {
            match targets::find(home, camera, target) {
                Found::There(path) => list.claim_with_twins(path),
                Found::Noted(path, remark) => {
                    list.note(remark);
                    path.into_iter().for_each(|path| list.claim_with_twins(path));
                }
                Found::Missing => {
                    let hidden = targets::written(target).is_some_and(|path| list.tell_hidden(&path));
                    let missing = remarks::missing(target).filter(|_| !hidden);
                    missing.into_iter().for_each(|remark| list.note(remark));
                }
            }
        }
        if listed.key == targets::MODULES {
            let elsewhere = ModulesElsewhere::find(home).filter(ModulesElsewhere::has_any);
            elsewhere.into_iter().for_each(|modules| list.claim_elsewhere(modules.member));
        }
        if listed.key == targets::DATABASES {
            remarks::database_on_a_server(home).into_iter().for_each(|remark| list.note(remark));
        }
    }
    let optional = list.sections.len();
    for (key, label, description, paths) in FORGOTTEN {
        list.open(key, label, description);
        for path in paths.iter().filter_map(|path| RelPath::parse(path).ok()) {
            list.claim(path);
        }
    }
    list.open(
        "cameras",
        "Other Cameras",
        "Settings of cameras that were connected before, so that changing back finds them.",
    );
    list.claim_children("config", |name| {
        name.ends_with(b".json") && (name.starts_with(b"settings_") || name.starts_with(b"cc_"))
    });
    list.open("myfiles", "More of My Files", "Everything else in config/myFiles.");
    list.claim_children("config/myFiles", |_| true);
    let mut order = 0;
    list.sections.retain(|section| {
        order += 1;
        order <= optional || !section.places.is_empty()
    });
    list.sections
}

struct SectionList<'a> {
    home: &'a Path,
    sections: Vec<Section>,
}

impl SectionList<'_> {
    /// A section whose key is taken already (by the owner's list) goes on where that one is.
    fn open(&mut self, key: &str, label: &str, description: &str) {
        if let Some(at) = self.sections.iter().position(|known| known.key.as_str() == key) {
            let known = self.sections.remove(at);
            return self.sections.push(known);
        }
        self.sections.push(Section {
            key: SectionKey::new(key),
            label: label.to_owned(),
            description: description.to_owned(),
            required: key == "core",
            places: Vec::new(),
            notes: Vec::new(),
        });
    }

    fn note(&mut self, remark: Remark) {
        if let Some(section) = self.sections.last_mut() {
            section.notes.push(remark);
        }
    }

    fn leave_out(&mut self, path: &RelPath, why: impl Into<String>) {
        self.note(Remark::LeftOut(LeftOut::missing(path, why)));
    }

    /// Nobody knows whether there is something under `path` when the way to it is not whole; that is
    /// told. False when nothing is there.
    fn tell_hidden(&mut self, path: &RelPath) -> bool {
        let hidden = hidden_by(self.home, path);
        let is_hidden = hidden.is_some();
        hidden.into_iter().for_each(|why| self.leave_out(path, why));
        is_hidden
    }

    /// Where two names differ in case alone, nobody can tell which of them the camera reads.
    fn claim_with_twins(&mut self, path: RelPath) {
        for twin in targets::twins(self.home, &path) {
            self.note(Remark::Warning(format!(
                "{path} and {twin} are both there and differ in case alone; both are in this backup: \
                 find out which of them the camera uses, and remove the other"
            )));
            self.claim(twin);
        }
        self.claim(path);
    }

    /// What lies outside of the home, under its name in the archive.
    fn claim_elsewhere(&mut self, path: RelPath) {
        if let Some(section) = self.sections.last_mut() {
            section.places.push(Place { secret: false, path, capture: Capture::Files });
        }
    }

    fn claim(&mut self, path: RelPath) {
        let full = self.home.join(path.as_path());
        let stands_for_a_missing_file =
            path.as_bytes().starts_with(b"config/settings_") || path.as_bytes().starts_with(b"config/cc_");
        if targets::is_link_of_the_moment(&path) || section_of(&self.sections, &path).is_some() {
            return;
        }
        match fs::symlink_metadata(&full) {
            Ok(found) if found.is_symlink() => {
                return self.leave_out(&path, "is a link; it is not followed and not backed up");
            }
            Ok(found) if found.is_dir() && names_a_file(&path) => {
                return self.leave_out(&path, "is a folder where the camera has a file, and is left out");
            }
            Err(_) if !stands_for_a_missing_file => {
                self.tell_hidden(&path);
                return;
            }
            _ => {}
        }
        if let Some(link) = link_on_the_way(self.home, &path) {
            return self.leave_out(&path, format!("is behind the link {link}, which is not followed"));
        }
        let capture = if database::is_database(&full) { Capture::LiveDatabase } else { Capture::Files };
        if let Some(section) = self.sections.last_mut() {
            section.places.retain(|place| !place.path.is_within(&path));
            section.places.push(Place { secret: is_secret(&path), path, capture });
            section.places.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }

    fn claim_children(&mut self, folder: &str, wanted: impl Fn(&[u8]) -> bool) {
        let Ok(folder) = RelPath::parse(folder) else { return };
        if link_on_the_way(self.home, &folder).is_some() {
            return;
        }
        let mut children = match names(&self.home.join(folder.as_path())) {
            Ok(children) => children,
            Err(why) => {
                if !self.tell_hidden(&folder) && why.kind() != io::ErrorKind::NotFound {
                    self.leave_out(&folder, format!("cannot be read and is left out: {why}"));
                }
                return;
            }
        };
        children.sort_unstable();
        for child in children.into_iter().filter(|name| wanted(name) && name != PYCACHE) {
            let Ok(path) = folder.join(&child) else { continue };
            if !database::is_side_file(&self.home.join(path.as_path())) {
                self.claim(path);
            }
        }
    }
}

/// True for a place that camera and panel use as a file, whatever lies there.
fn names_a_file(path: &RelPath) -> bool {
    [".json", ".db", ".sh"].iter().any(|ending| path.name().ends_with(ending.as_bytes()))
}

/// What on the way to `path` keeps us from seeing whether it is there: a link into nowhere, a file in
/// place of a folder, a folder that is closed to us.
fn hidden_by(home: &Path, path: &RelPath) -> Option<String> {
    let mut way = vec![path.clone()];
    while let Some(above) = way.last().and_then(RelPath::parent) {
        way.push(above);
    }
    for part in way.into_iter().rev() {
        let full = home.join(part.as_path());
        let is_link = || fs::symlink_metadata(&full).is_ok_and(|found| found.is_symlink());
        match fs::metadata(&full) {
            Ok(found) if found.is_dir() || part == *path => {}
            Ok(_) => return Some(format!("should be in {part}, which is no folder")),
            Err(_) if is_link() => return Some(format!("is behind the link {part}, which leads nowhere")),
            Err(why) if why.kind() == io::ErrorKind::NotFound => return None,
            Err(why) => return Some(format!("cannot be looked at and is left out: {why}")),
        }
    }
    None
}

/// The first part of `path`, its last part not counted, that is a link.
fn link_on_the_way(home: &Path, path: &RelPath) -> Option<RelPath> {
    let mut here = path.parent();
    let mut link = None;
    while let Some(folder) = here {
        if fs::symlink_metadata(home.join(folder.as_path())).is_ok_and(|found| found.is_symlink()) {
            link = Some(folder.clone());
        }
        here = folder.parent();
    }
    link
}

/// The one section that holds `path`: where a place is in the archive and where it belongs on the
/// disk are the same name, so this reads in both directions.
pub fn section_of<'a>(sections: &'a [Section], path: &RelPath) -> Option<&'a Section> {
    sections.iter().find(|section| section.places.iter().any(|place| path.is_within(&place.path)))
}
