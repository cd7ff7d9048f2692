//! What the page or a program asks for: a part of an archive and how it meets the camera.
//!
//! Long lists of files are kept on this side and known by their number from then on, so that what
//! Confirm sends back stays small.
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::rel_path::RelPath;
use crate::domain::archive::name::{ArchiveKind, ArchiveName};
use crate::domain::restore::database::DatabaseWays;
use crate::domain::restore::program::Programs;
use crate::domain::restore::request::{Access, Choice, Login, NotWhole, RestoreRequest, SettingsMode, Side};
use crate::panel::parts::http_error::HttpError;
use crate::panel::parts::query;
use crate::panel::state::PanelState;
use crate::work::archive::info;
use crate::work::restore;

/// More names than this are kept as a list.
const MOST_NAMES: usize = 500;

/// At most one of `sections`, `folders`, `files` and `list`; none of them means everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestoreForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sections: Option<Vec<String>>,
    /// Nights and other folders below images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folders: Option<Vec<String>>,
    /// Files, and folders with all they hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<RelPath>>,
    /// With `except`: also takes all that neither names.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub everything: bool,
    /// What is left out again; the nearest name above a file decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<RelPath>,
    /// A list of files that is kept here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Uuid>,
    pub login: Login,
    pub access: Access,
    pub way: SettingsMode,
    /// None = as usual for where the backup was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programs: Option<Programs>,
    pub not_whole: NotWhole,
    #[serde(skip_serializing_if = "DatabaseWays::is_empty")]
    pub databases: DatabaseWays,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub picks: BTreeMap<String, Side>,
    /// Pictures to another folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<PathBuf>,
    /// The digest of the preview that the owner saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl RestoreForm {
    /// A form without scripts: `section`, `folder`, `all`, `login`, `merge`, `to`; or the `form` of a preview.
    pub fn of_form(form: &str) -> Result<Self, HttpError> {
        if let Some(text) = query::field(form, "form") {
            return Self::of_json(&text);
        }
        let texts = |name: &str| -> Vec<String> {
            query::fields(form, name).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
        };
        let asks = |name: &str| query::field(form, name).is_some();
        let to =
            query::field(form, "to").filter(|to| !to.is_empty()).map(|to| String::from_utf8_lossy(&to).into_owned());
        let mut databases = DatabaseWays::default();
        // A database whose way is left to us sends an empty word.
        for word in texts("database").iter().filter(|word| !word.is_empty()) {
            databases
                .add(word)
                .map_err(|why| HttpError::usage(why.to_string(), "Choose one of the ways that the dialog shows."))?;
        }
        Ok(RestoreForm {
            databases,
            sections: asks("by-section").then(|| texts("section")),
            folders: (asks("by-folder") && !asks("all")).then(|| texts("folder")),
            login: if asks("may-keep-login") && !asks("keep-login") { Login::Take } else { Login::Keep },
            access: if asks("access") { Access::Take } else { Access::Keep },
            way: if asks("merge") { SettingsMode::Merge } else { SettingsMode::Replace },
            programs: asks("may-take-programs")
                .then(|| if asks("programs") { Programs::Take } else { Programs::Leave }),
            not_whole: if asks("incomplete") { NotWhole::Take } else { NotWhole::Leave },
            to: to.map(PathBuf::from),
            ..RestoreForm::default()
        })
    }

    pub fn of_json(text: &[u8]) -> Result<Self, HttpError> {
        serde_json::from_slice(text).map_err(|error| {
            HttpError::usage(
                format!("This request to restore could not be understood: {error}"),
                "Send JSON as the documentation of the interface shows it.",
            )
        })
    }

    /// Keeps a long list of files here and replaces it in the form by a reference.
    pub fn settle(mut self, panel: &PanelState, name: &ArchiveName) -> Result<Self, HttpError> {
        let ways = [self.sections.is_some(), self.folders.is_some(), self.files.is_some(), self.list.is_some()];
        if ways.iter().filter(|given| **given).count() > 1 {
            return Err(HttpError::usage(
                "Sections, folders and files were chosen together",
                "Choose either by section, by folder or by file.",
            ));
        }
        if self.everything && self.except.is_empty() {
            (self.everything, self.files) = (false, None);
        }
        if !self.except.is_empty() {
            self.files = Some(self.files_left(panel, name)?);
            self.except.clear();
            self.everything = false;
        }
        if self.files.as_ref().is_some_and(|files| files.len() > MOST_NAMES)
            && let Some(files) = self.files.take()
            && let Choice::Listed(path) = restore::keep_list(&panel.tools(), &files).map_err(HttpError::from)?
        {
            self.list = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        }
        Ok(self)
    }

    /// `files` without `except`, file by file.
    fn files_left(&self, panel: &PanelState, name: &ArchiveName) -> Result<Vec<RelPath>, HttpError> {
        if self.sections.is_some() || self.folders.is_some() || self.list.is_some() {
            return Err(HttpError::usage("Only files can be left out", "Name what is taken in files."));
        }
        let mut marks: HashMap<&[u8], Taken> = HashMap::new();
        marks.extend(self.files.iter().flatten().map(|path| (path.as_bytes(), Taken::Yes)));
        marks.extend(self.except.iter().map(|path| (path.as_bytes(), Taken::No)));
        let all = if self.everything || self.files.is_none() { Taken::Yes } else { Taken::No };
        let mut left = Vec::new();
        info::each_file(&panel.tools(), name, &mut |row| {
            if nearest(&marks, row.path.as_bytes()).unwrap_or(all) == Taken::Yes {
                left.push(row.path);
            }
        })?;
        Ok(left)
    }

    /// The request that it stands for; to be called on a settled form.
    pub fn ask(&self, panel: &PanelState, name: &ArchiveName) -> Result<RestoreRequest, HttpError> {
        let choice = match (&self.sections, &self.folders, &self.files, self.list) {
            (Some(keys), ..) => Choice::Sections(keys.clone()),
            (_, Some(folders), ..) => Choice::Folders(folders.clone()),
            (_, _, Some(files), _) => Choice::Files(files.clone()),
            (.., Some(list)) => Choice::Listed(panel.tools().state_dir.join("choices").join(format!("{list}.list"))),
            _ => Choice::All,
        };
        if let Some(to) = &self.to
            && (name.kind() != Some(ArchiveKind::Images) || !to.is_absolute())
        {
            return Err(HttpError::usage(
                format!("{} is no folder that pictures can be restored to from here", to.display()),
                "Give the whole path of a folder, beginning with a slash; settings go to the camera only.",
            ));
        }
        Ok(RestoreRequest {
            name: name.clone(),
            choice,
            to: self.to.clone(),
            login: self.login,
            access: self.access,
            way: self.way,
            programs: self.programs,
            not_whole: self.not_whole,
            databases: self.databases.clone(),
            picks: self.picks.clone(),
            seen: self.digest.clone(),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}

/// The mark on `path` or on the nearest folder above it.
fn nearest(marks: &HashMap<&[u8], Taken>, path: &[u8]) -> Option<Taken> {
    let mut end = path.len();
    loop {
        if let Some(mark) = marks.get(&path[..end]) {
            return Some(*mark);
        }
        end = path[..end].iter().rposition(|byte| *byte == b'/')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mark_above_a_file_decides() {
        let marks = HashMap::from([(&b"a"[..], Taken::Yes), (&b"a/b"[..], Taken::No), (&b"a/b/c.txt"[..], Taken::Yes)]);
        assert_eq!(nearest(&marks, b"a/x/y"), Some(Taken::Yes));
        assert_eq!(nearest(&marks, b"a/b/d.txt"), Some(Taken::No));
        assert_eq!(nearest(&marks, b"a/b/c.txt"), Some(Taken::Yes));
        assert_eq!(nearest(&marks, b"ab/c"), None);
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let form =
            RestoreForm::of_form("csrf=x&by-section=1&section=core&section=modules&may-keep-login=1&merge=1").unwrap();
        let json = RestoreForm::of_json(br#"{"sections":["core","modules"],"login":"take","way":"merge"}"#).unwrap();
        assert_eq!(format!("{form:?}"), format!("{json:?}"));
        assert_eq!(RestoreForm::of_form("by-folder=1&all=1&folder=20261117").unwrap().folders, None);
        assert_eq!(RestoreForm::of_form("by-folder=1&may-keep-login=1&keep-login=1").unwrap().login, Login::Keep);
        let form = RestoreForm::of_form("database=config%2FmyFiles%2Fallsky.db%3Dmerge&database=").unwrap();
        let json = RestoreForm::of_json(br#"{"databases":{"each":{"config/myFiles/allsky.db":"merge"}}}"#).unwrap();
        assert_eq!(form.databases, json.databases);
        assert!(RestoreForm::of_form("database=allsky.db%3Dmix").is_err());
        assert!(RestoreForm::of_json(br#"{"list":"../../etc/passwd"}"#).is_err());
        assert!(RestoreForm::of_json(br#"{"seen":"misspelt"}"#).is_err());
    }
}
