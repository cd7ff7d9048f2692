//! Members compared with the camera, and what the comparison brings to light on its way.
use std::collections::BTreeMap;

use super::Error;
use super::item::Item;
use super::live::{self, Closeness, Today};
use super::obstacles;
use super::owners::Owners;
use super::roots::RestoreRoots;
use super::select::Chosen;
use super::source::Source;
use super::{CC_NAME, SETTINGS_NAME};
use crate::archive::index::Row;
use crate::base::attributes::Kind;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::restore::access::AccessChange;
use crate::domain::restore::database::is_database;
use crate::domain::restore::merge::Decision;
use crate::domain::restore::preview::{Change, Seal, TextChange};
use crate::domain::restore::request::RestoreRequest;
use crate::domain::restore::setting::SettingChange;
use crate::site::Camera;
use crate::site::restoring::Ownership;

/// What is gathered while members are compared with the camera.
pub(super) struct Drawn {
    /// The roots in the order of the restore_roots; `None` for a folder that does not exist yet.
    pub roots: Vec<Option<Dir>>,
    pub seal: Seal,
    /// Names by which the camera reads files of its own, each with the file that it stands for.
    pub second_names: Vec<(RelPath, RelPath)>,
    pub newer: Vec<String>,
    pub settings: Vec<SettingChange>,
    pub texts: Vec<TextChange>,
    pub decisions: Vec<Decision>,
    /// The changes of access by the files that the choice takes.
    pub access: Vec<AccessChange>,
    /// Texts of the archive that have been read anyway.
    pub read: BTreeMap<RelPath, Vec<u8>>,
    /// Whose files are and who may read them; `None` where that is not looked at, as in another folder, and
    /// among pictures, which the camera makes as it likes.
    pub owners: Option<Owners>,
    /// Members that stay in the archive because of what lies in their place, each with the reason.
    pub obstructed: BTreeMap<RelPath, String>,
}

impl Drawn {
    /// The open folder that holds the place of `member`, and the place below it.
    pub fn place(&self, restore_roots: &RestoreRoots, member: &RelPath) -> Option<(&Dir, RelPath)> {
        let target = restore_roots.target(member)?;
        Some((self.roots.get(target.root)?.as_ref()?, target.path))
    }

    pub fn new(
        request: &RestoreRequest,
        source: &Source,
        restore_roots: &RestoreRoots,
        camera: &Camera,
        ownership: Ownership,
        chosen: &Chosen,
    ) -> Result<Self, Error> {
        let onto_a_camera = request.to.is_none() && source.metadata.backup_type == ArchiveKind::Config;
        let own = [
            (SETTINGS_NAME, camera.settings_file.as_ref().or(chosen.settings.as_ref())),
            (CC_NAME, camera.cc_file.as_ref().or(chosen.cc.as_ref())),
        ];
        let own = own.into_iter().filter(|_| onto_a_camera);
        Ok(Drawn {
            second_names: own.filter_map(|(name, of)| Some((RelPath::parse(name).ok()?, of?.clone()))).collect(),
            roots: restore_roots.open()?,
            seal: Seal::new(request, &source.fingerprint),
            newer: Vec::new(),
            settings: Vec::new(),
            texts: Vec::new(),
            decisions: Vec::new(),
            access: Vec::new(),
            read: BTreeMap::new(),
            owners: onto_a_camera.then(|| Owners::new(ownership, 0)),
            obstructed: BTreeMap::new(),
        })
    }

    /// What became of a comparison of `member` with the camera; `None` for one that could not be made, which
    /// costs this member alone.
    pub fn unless_obstructed<T>(
        &mut self,
        restore_roots: &RestoreRoots,
        member: &RelPath,
        outcome: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match outcome {
            Err(Error::Live { path, source }) => {
                let own =
                    self.place(restore_roots, member).filter(|(root, below)| root.path().join(below.as_path()) == path);
                let why = match own {
                    Some((root, below)) => obstacles::in_words(root, &below, &source),
                    None => format!("{} cannot be read: {source}", path.display()),
                };
                self.obstruct(member, why);
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    pub fn obstruct(&mut self, member: &RelPath, why: String) {
        self.seal.file(member, Change::Obstructed, &why);
        self.obstructed.entry(member.clone()).or_insert(why);
    }

    /// The second name of `path`, where the camera has another file there by now, as after an editor that writes
    /// a new file and renames it. The camera reads the file under the second name.
    pub fn parted_from(&self, restore_roots: &RestoreRoots, path: &RelPath) -> Result<Option<(&Dir, RelPath)>, Error> {
        let Some((name, of)) = self.second_names.iter().find(|(name, of)| of == path && name != of) else {
            return Ok(None);
        };
        let (Some((root, name)), Some((other, of))) = (self.place(restore_roots, name), self.place(restore_roots, of))
        else {
            return Ok(None);
        };
        let look = |root: &Dir, path: &RelPath| {
            root.seen(path).map_err(|source| Error::Live { path: root.path().join(path.as_path()), source })
        };
        let (there, own) = (look(root, &name)?, look(other, &of)?);
        let parted = there.is_some_and(|there| {
            there.kind == Kind::File && own.is_none_or(|own| (there.inode, there.device) != (own.inode, own.device))
        });
        Ok(parted.then_some((root, name)))
    }

    /// Where the camera reads what `path` holds.
    pub fn in_force(&self, restore_roots: &RestoreRoots, path: &RelPath) -> Result<Option<(&Dir, RelPath)>, Error> {
        Ok(self.parted_from(restore_roots, path)?.or_else(|| self.place(restore_roots, path)))
    }

    /// The folders of `hollow` that do not exist; another thing in the place of one is not touched.
    pub fn missing(&mut self, hollow: &[RelPath], restore_roots: &RestoreRoots) -> Result<Vec<RelPath>, Error> {
        let mut missing = Vec::new();
        for path in hollow {
            if restore_roots.target(path).is_none() {
                continue;
            }
            let looked = match self.place(restore_roots, path) {
                Some((root, below)) => {
                    root.seen(&below).map_err(|source| Error::Live { path: root.path().join(below.as_path()), source })
                }
                None => Ok(None),
            };
            let Some(there) = self.unless_obstructed(restore_roots, path, looked)? else { continue };
            if there.is_none() {
                self.seal.file(path, Change::New, "folder");
                missing.push(path.clone());
            }
        }
        Ok(missing)
    }

    /// The rows that could be compared; the others are in [`Drawn::obstructed`].
    pub fn compare(
        &mut self,
        rows: Vec<Row>,
        restore_roots: &RestoreRoots,
        request: &RestoreRequest,
        kind: ArchiveKind,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Item>, Error> {
        let total_files = rows.len() as u64;
        let mut items = Vec::with_capacity(rows.len());
        for (done, row) in rows.into_iter().enumerate() {
            monitor.checkpoint()?;
            if done % 64 == 0 {
                let now = row.path.to_string();
                monitor.progress(Progress { done_files: done as u64, total_files, now, ..Progress::default() });
            }
            if restore_roots.target(&row.path).is_none() {
                continue;
            }
            let compared = self.compare_row(&row, restore_roots, kind, monitor);
            let Some(today) = self.unless_obstructed(restore_roots, &row.path, compared)? else { continue };
            self.seal.file(&row.path, today.change, &today.seal);
            let replaces_newer = today.change == Change::Changed && today.mtime > row.mtime;
            if replaces_newer && (kind == ArchiveKind::Images || request.to.is_some()) {
                self.newer.push(row.path.to_string());
            }
            items.push(Item { row, change: today.change, seal: today.seal });
        }
        Ok(items)
    }

    fn compare_row(
        &mut self,
        row: &Row,
        restore_roots: &RestoreRoots,
        kind: ArchiveKind,
        monitor: &dyn Monitor,
    ) -> Result<Today, Error> {
        let closeness = match kind {
            ArchiveKind::Images => Closeness::Looks,
            ArchiveKind::Config if is_database(&row.path) => Closeness::Database,
            ArchiveKind::Config => Closeness::Content,
        };
        let today = match self.place(restore_roots, &row.path) {
            Some((root, path)) => live::against_row(root, &path, row, closeness, monitor)?,
            None => Today::nothing(),
        };
        let mut today = today.with_rights(&row.path, self.owners.as_ref());
        if let Some((root, name)) = self.parted_from(restore_roots, &row.path)? {
            let read = live::against_row(root, &name, row, closeness, monitor)?;
            self.seal.file(&name, read.change, &read.seal);
            today.change = today.change.or_changed(read.change);
        }
        Ok(today)
    }
}
