//! Is it a real backup of the kind that it says? What the panel demands of an upload, and what
//! `metadata.json` promises, against the members that came.
use super::about_itself::is_about_itself;
use super::names::{Bearer, Names};
use super::refusal::Refusal;
use crate::base::rel_path::{RelPath, printable};
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveKind;

/// What was seen going by.
#[derive(Debug, Default)]
pub struct KindCheck {
    env: bool,
    settings: bool,
    cc: bool,
    /// The first member below `images/`, and the first of the owner's that is elsewhere.
    image: Option<RelPath>,
    other: Option<RelPath>,
}

impl KindCheck {
    pub fn note(&mut self, name: &RelPath, bearer: Bearer) {
        let top = name.parts().next().unwrap_or_default();
        match top {
            _ if is_about_itself(name) => return,
            b"images" => self.image.get_or_insert_with(|| name.clone()),
            _ => self.other.get_or_insert_with(|| name.clone()),
        };
        if bearer == Bearer::Folder {
            return;
        }
        let of_camera = |stem: &str| {
            name.as_str()
                .and_then(|n| n.strip_prefix("config/")?.strip_prefix(stem)?.strip_suffix(".json"))
                .is_some_and(|camera| {
                    camera.is_empty() || (camera.starts_with('_') && !camera.contains('/') && camera.len() > 1)
                })
        };
        self.env |= name.as_bytes() == b"env.json";
        self.settings |= of_camera("settings");
        self.cc |= of_camera("cc");
    }

    /// Our own archives say what they left out and why; what the panel's must have is there, or is told.
    pub fn judge(&self, metadata: &Metadata, names: &Names<'_>) -> Result<Option<LeftOut>, Refusal> {
        let kind = metadata.backup_type;
        let misplaced = match kind {
            ArchiveKind::Config => &self.image,
            ArchiveKind::Images => &self.other,
        };
        if let Some(name) = misplaced {
            return Err(Refusal::WrongKind { member: name.to_string(), kind });
        }
        let ours = metadata.ours.is_some();
        if kind == ArchiveKind::Images {
            let lacks = Refusal::Lacks { what: "images", kind };
            return if self.image.is_some() || ours { Ok(None) } else { Err(lacks) };
        }
        for (key, file) in [("settingsfile", &metadata.settings_file), ("ccfile", &metadata.cc_file)] {
            if let Some(file) = file.as_deref().filter(|file| !file.is_empty()) {
                let there = file.starts_with("config/") && RelPath::parse(file).is_ok_and(|name| names.has_file(&name));
                if !there {
                    return Err(Refusal::NotThere { key, member: printable(file.as_bytes()) });
                }
            }
        }
        if ours {
            return Ok(None);
        }
        let demands = [(self.settings, "camera settings"), (self.cc, "camera capabilities")];
        for (there, what) in demands {
            if !there {
                return Err(Refusal::Lacks { what, kind });
            }
        }
        let said = |text: Option<&str>| text.is_some_and(|t| !t.is_empty() && !t.eq_ignore_ascii_case("unknown"));
        for (key, text) in [
            ("version", Some(metadata.version.as_str())),
            ("type", metadata.camera_type.as_deref()),
            ("model", metadata.camera_model.as_deref()),
        ] {
            if !said(text) {
                return Err(Refusal::Unsaid { key });
            }
        }
        // Without it the camera keeps the passwords that it has.
        let no_env = || LeftOut::missing("env.json", "is not in this backup; passwords of uploads stay as they are");
        Ok((!self.env).then(no_env))
    }
}
