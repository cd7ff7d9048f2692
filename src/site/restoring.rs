//! What a restore must know of the camera: where each member of an archive belongs, whose machine
//! this is, and what the camera will do with what comes back.
//!
//! A member that no section knows belongs nowhere and is not restored: an archive never decides
//! where it writes.
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::base::rel_path::RelPath;
use crate::domain::restore::machine::Machine;
use crate::domain::restore::options::Options;
use crate::domain::software::Software;

/// Numbers of the camera's owner and of the web server's group on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    pub uid: u32,
    pub gid: u32,
    /// `None` where this machine has no such group.
    pub web_gid: Option<u32>,
}

/// A path and all below it belong to a section, whether or not it exists now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belongs {
    pub section: String,
    pub path: RelPath,
}

/// A folder that members of a config archive go to, and the part of their names that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRoot {
    /// The member that lies there, with all below it; `None` for every member.
    pub member: Option<RelPath>,
    pub root: PathBuf,
    /// Its name below `root`; `None` when it is the root itself.
    pub path: Option<RelPath>,
}

/// A file without whose key a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    pub member: RelPath,
    /// The setting in it that is the key.
    pub setting: &'static str,
    pub database: RelPath,
    /// The key of today; never shown.
    pub here: Option<String>,
    /// There is a database on this machine.
    pub has_database: bool,
}

/// The camera as a restore sees it.
#[derive(Debug, Clone)]
pub struct Restoring {
    pub software: Software,
    /// Where members of config archives go; the first that takes one wins.
    pub restore_roots: Vec<RestoreRoot>,
    pub key: Option<KeyFile>,
    pub home: PathBuf,
    /// Where pictures really lie; members `images/…` go there.
    pub images: PathBuf,
    /// The first that holds a path wins.
    pub belongs: Vec<Belongs>,
    pub machine: Machine,
    pub ownership: Ownership,
    /// The camera's own number of days; 0 = for ever.
    pub days_to_keep: u32,
    /// The panel's names for settings.
    pub options: Options,
    /// Module files that are installed.
    pub modules: BTreeSet<String>,
    /// Names of overlays that are there.
    pub overlays: BTreeSet<String>,
}

impl Restoring {
    /// The section of a member of a config archive whose own camera files are `own`.
    pub fn section_of(&self, member: &RelPath, own: &[&RelPath]) -> Option<&str> {
        if own.contains(&member) {
            return Some("core");
        }
        let named = self.belongs.iter().find(|b| member.is_within(&b.path));
        // The installer's list has a folder in another case than the disk; where the folder itself is
        // gone, only the archive still knows its true name.
        let named = named.or_else(|| self.belongs.iter().find(|b| is_within_but_for_case(member, &b.path)));
        named
            .map(|b| b.section.as_str())
            .or_else(|| (self.key.is_none() && is_of_another_camera(member)).then_some("cameras"))
    }
}

fn is_within_but_for_case(member: &RelPath, folder: &RelPath) -> bool {
    let mut parts = member.parts();
    folder.parts().all(|part| parts.next().is_some_and(|ours| ours.eq_ignore_ascii_case(part)))
}

/// `config/settings_ZWO_ASI294.json`, `config/cc_ZWO_ASI294.json`.
fn is_of_another_camera(member: &RelPath) -> bool {
    let bytes = member.as_bytes();
    let name = bytes.strip_prefix(b"config/").unwrap_or_default();
    name.ends_with(b".json") && !name.contains(&b'/') && (name.starts_with(b"settings_") || name.starts_with(b"cc_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_no_section_knows_belongs_nowhere() {
        let path = |text: &str| RelPath::parse(text).unwrap();
        let camera = Restoring {
            software: Software::Allsky,
            restore_roots: Vec::new(),
            key: None,
            home: "/c".into(),
            images: "/c/images".into(),
            belongs: [("core", "config/modules"), ("core", "env.json"), ("myfiles", "config/myFiles")]
                .map(|(section, at)| Belongs { section: section.into(), path: path(at) })
                .to_vec(),
            machine: Machine { home: "/c".into(), owner: "pi".into() },
            ownership: Ownership { uid: 0, gid: 0, web_gid: None },
            days_to_keep: 14,
            options: Options::default(),
            modules: BTreeSet::new(),
            overlays: BTreeSet::new(),
        };
        let own = path("config/settings_RPi_HQ.json");
        for (member, section) in [
            ("config/settings_RPi_HQ.json", Some("core")),
            ("config/settings_ZWO_ASI294.json", Some("cameras")),
            ("config/modules/a.json", Some("core")),
            ("config/myFiles/x", Some("myfiles")),
            ("env.json", Some("core")),
            ("config/Modules/a.json", Some("core")),
            ("env.json2", None),
            ("scripts/endOfNight.sh", None),
            ("config/deep/settings_x.json", None),
            (".ssh/authorized_keys", None),
        ] {
            assert_eq!(camera.section_of(&path(member), &[&own]), section, "{member}");
        }
    }
}
