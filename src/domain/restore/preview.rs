//! What a restore would do, before it does anything: file by file, setting by setting, with the
//! checks. Its digest covers the request, the archive and what lies on the camera, so that apply
//! notices when any of them is no longer what the owner saw.
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sha2::Digest as _;

use super::check::Check;
use super::database::DatabaseChange;
use super::diff::Line;
use super::merge::Decision;
use super::request::RestoreRequest;
use super::setting::SettingChange;
use crate::base::digest::Sha256;
use crate::base::rel_path::RelPath;

/// What happens to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    New,
    Changed,
    /// Its content stays; its owner or mode is changed.
    Rights,
    Same,
    /// It differs from the saved one and stays, because the owner wants that or because it has newer rows.
    Kept,
    /// Not in the backup: stays as it is.
    OnlyHere,
    /// A program, and programs are not wanted: stays as it is on the camera, or away.
    LeftProgram,
    /// Not whole in the backup: what is on the camera stays.
    NotWhole,
    /// Something else than a file lies in its place, or one that cannot be read: that stays.
    Obstructed,
}

impl Change {
    /// The change of a file with two names: it changes when either name does.
    pub fn or_changed(self, other: Change) -> Change {
        if matches!(self, Change::Same | Change::Rights) && other == Change::Changed { other } else { self }
    }
}

/// A file that the restore looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    pub path: RelPath,
    pub change: Change,
}

/// A file that stays in the backup, because what lies in its place is none that a restore may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstructed {
    pub path: RelPath,
    /// Reads within brackets behind the name: `a symbolic link is in the way`.
    pub why: String,
}

impl fmt::Display for Obstructed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path, self.why)
    }
}

/// The text of a file, old against new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TextChange {
    pub path: RelPath,
    /// `None` when the texts differ in too much to be compared.
    pub lines: Option<Vec<Line>>,
}

/// Everything an owner is shown before Confirm.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub files: Vec<FileChange>,
    /// Each [`Change::Obstructed`] of the files, with the reason.
    pub obstructed: Vec<Obstructed>,
    pub settings: Vec<SettingChange>,
    /// Merge only: how each setting that differs was decided.
    pub decisions: Vec<Decision>,
    pub texts: Vec<TextChange>,
    /// Databases that backup and camera both have, and how they differ.
    pub databases: Vec<DatabaseChange>,
    pub checks: Vec<Check>,
    /// Bytes that will be written.
    pub bytes: u64,
    /// Hex; give it back with the order.
    pub digest: String,
}

impl Preview {
    /// Why `file` stays in the backup, where something lies in its place.
    pub fn why_obstructed(&self, file: &FileChange) -> Option<&str> {
        let mut all = self.obstructed.iter().filter(|_| file.change == Change::Obstructed);
        all.find(|one| one.path == file.path).map(|one| one.why.as_str())
    }

    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::from([
            ("new", 0),
            ("changed", 0),
            ("rights", 0),
            ("same", 0),
            ("kept", 0),
            ("only_here", 0),
            ("left_program", 0),
            ("not_whole", 0),
            ("obstructed", 0),
        ]);
        for file in &self.files {
            let word = match file.change {
                Change::New => "new",
                Change::Changed => "changed",
                Change::Rights => "rights",
                Change::Same => "same",
                Change::Kept => "kept",
                Change::OnlyHere => "only_here",
                Change::LeftProgram => "left_program",
                Change::NotWhole => "not_whole",
                Change::Obstructed => "obstructed",
            };
            *counts.entry(word).or_default() += 1;
        }
        counts
    }
}

/// Gathers the digest of a preview while its files go by, in order.
pub struct Seal(sha2::Sha256);

impl Seal {
    /// `archive` is anything that changes when the archive file does.
    pub fn new(request: &RestoreRequest, archive: &str) -> Self {
        // `seen` is the answer to this digest and no part of it.
        Seal::on(&RestoreRequest { seen: None, ..request.clone() }, archive)
    }

    /// Begins the digest of any request. `origin` must differ whenever the content to restore differs.
    pub fn on(request: &impl std::fmt::Debug, origin: &str) -> Self {
        let mut seal = Seal(sha2::Sha256::new());
        seal.add(&format!("{request:?}"));
        seal.add(origin);
        seal
    }

    /// One file: what happens to it and what lies there now, as a text that changes when it does.
    pub fn file(&mut self, path: &RelPath, change: Change, today: &str) {
        self.add_bytes(path.as_bytes());
        self.add(&format!("{change:?}"));
        self.add(today);
    }

    pub fn close(self) -> String {
        Sha256(self.0.finalize().into()).to_string()
    }

    fn add(&mut self, text: &str) {
        self.add_bytes(text.as_bytes());
    }

    /// With its length, so that no two lists of parts look alike.
    fn add_bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::archive::name::ArchiveName;
    use crate::domain::restore::request::{Choice, Login};

    fn sealed(request: &RestoreRequest, archive: &str, files: &[(&str, Change, &str)]) -> String {
        let mut seal = Seal::new(request, archive);
        for (path, change, today) in files {
            seal.file(&RelPath::parse(path).unwrap(), *change, today);
        }
        seal.close()
    }

    #[test]
    fn anything_that_changes_after_the_preview_changes_its_digest() {
        let request = RestoreRequest::all(ArchiveName::parse("a.tar.gz").unwrap());
        let file = ("a", Change::Changed, "1");
        let first = sealed(&request, "x", &[file]);
        let answered = RestoreRequest { seen: Some(first.clone()), ..request.clone() };
        assert_eq!(sealed(&answered, "x", &[file]), first, "the answer itself is no change");
        let other = RestoreRequest { login: Login::Take, ..request.clone() };
        let fewer = RestoreRequest { choice: Choice::Sections(vec!["core".into()]), ..request.clone() };
        for changed in [
            sealed(&other, "x", &[file]),
            sealed(&fewer, "x", &[file]),
            sealed(&request, "y", &[file]),
            sealed(&request, "x", &[("a", Change::Same, "1")]),
            sealed(&request, "x", &[("a", Change::Changed, "2")]),
            sealed(&request, "x", &[("b", Change::Changed, "1")]),
            sealed(&request, "x", &[file, file]),
        ] {
            assert_ne!(changed, first);
        }
    }
}
