//! `metadata.json`: what an archive says of itself. All keys of the panel's format 1, and ours under
//! one key of our own, so that archives travel both ways.
use serde::{Deserialize, Serialize};

use super::left_out;
use crate::domain::archive::left_out::LeftOut;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::software::Software;

/// The part of `metadata.json` that is small however many files there are. `permissions` and `files`
/// are streamed past by the reader and written by the archive writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_file: Option<String>,
    pub backup_type: ArchiveKind,
    /// Local time without a zone, `2026-11-21 00:03:09`.
    #[serde(default)]
    pub created: String,
    #[serde(default)]
    pub version: String,
    #[serde(rename = "cameratype", default, skip_serializing_if = "Option::is_none")]
    pub camera_type: Option<String>,
    #[serde(rename = "cameramodel", default, skip_serializing_if = "Option::is_none")]
    pub camera_model: Option<String>,
    #[serde(rename = "settingsfile", default, skip_serializing_if = "Option::is_none")]
    pub settings_file: Option<String>,
    #[serde(rename = "ccfile", default, skip_serializing_if = "Option::is_none")]
    pub cc_file: Option<String>,
    #[serde(default)]
    pub included_optional_targets: Vec<String>,
    #[serde(default)]
    pub included_sections: Vec<IncludedSection>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_modules: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_modules: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_has_modules: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_backup_all: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_folders: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_targets: Option<Vec<String>>,
    /// 1; absent in sidecars that the panel derived from an upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    #[serde(rename = "allskyBackups", default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<Ours>,
    /// What the check found that an archive of another maker cannot bring; in our memory alone, and
    /// never believed of an archive.
    #[serde(rename = "leftOutHere", default, skip_serializing_if = "Vec::is_empty")]
    pub left_out_here: Vec<LeftOut>,
    #[serde(rename = "leftOutHereMore", default, skip_serializing_if = "is_zero")]
    pub left_out_here_more: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedSection {
    pub key: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub shortdescription: String,
    #[serde(default)]
    pub required: bool,
}

/// What only our archives have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ours {
    /// Version of our part of the format; 1.
    pub format: u32,
    /// `allsky-backups 0.1.0`.
    pub tool: String,
    /// ISO 8601 with offset.
    pub created: String,
    /// `allsky` or `indi-allsky`.
    pub site: String,
    /// Where the camera's software lay, absolute, and whose it was: paths are moved by it on another
    /// computer. Older archives of ours have neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Files and bytes of each section (config) or folder (images) when the survey was made.
    pub sections: Vec<SectionSize>,
    /// What is not, or not wholly, in the archive. Older archives of ours do not say.
    #[serde(rename = "left_out", default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// How many more there are than the list has room for.
    #[serde(rename = "left_out_more", default, skip_serializing_if = "is_zero")]
    pub left_out_more: u64,
    /// What an owner should know of the archive as a whole, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionSize {
    pub key: String,
    pub files: u64,
    pub bytes: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The settings and keys of an indi-allsky, as a member.
const FLASK: &str = "etc/indi-allsky/flask.json";

impl Metadata {
    /// What is not, or not wholly, in the archive; nothing for archives that do not say.
    pub fn left_out(&self) -> &[LeftOut] {
        self.ours.as_ref().map_or(&self.left_out_here, |ours| &ours.left_out)
    }

    /// True for an archive that may take the place of an older one: no file in it is half a file, and of a config
    /// archive the file is there by which the camera finds all others.
    pub fn is_whole(&self) -> bool {
        self.has_settings() && !self.left_out().iter().any(LeftOut::is_doubtful)
    }

    /// False for a config archive without the file by which the camera finds all others.
    pub fn has_settings(&self) -> bool {
        let software = self.ours.as_ref().map_or(Some(Software::Allsky), |ours| Software::named(&ours.site));
        match (self.backup_type, software) {
            (ArchiveKind::Config, Some(Software::Allsky)) => self.settings_file.is_some(),
            (ArchiveKind::Config, Some(Software::IndiAllsky)) => !self.left_out().iter().any(|one| one.path == FLASK),
            _ => true,
        }
    }

    /// How many more there are than that list has room for.
    pub fn left_out_more(&self) -> u64 {
        self.ours.as_ref().map_or(self.left_out_here_more, |ours| ours.left_out_more)
    }

    /// What an owner should know of the archive as a whole.
    pub fn remarks(&self) -> &[String] {
        self.ours.as_ref().map_or(&[], |ours| &ours.remarks)
    }

    /// Adds what a check has found missing to what the archive itself tells.
    pub fn also_without(&mut self, found: Vec<LeftOut>, more: u64) {
        let (all, counted) = match &mut self.ours {
            Some(ours) => (&mut ours.left_out, &mut ours.left_out_more),
            None => (&mut self.left_out_here, &mut self.left_out_here_more),
        };
        all.extend(found);
        let (named, beyond) = left_out::bounded(std::mem::take(all));
        *all = named;
        *counted += beyond + more;
    }
}
