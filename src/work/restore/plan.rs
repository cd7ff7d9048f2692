//! What a restore would write: the chosen members, each with what lies in its place today, and the
//! files whose content is ours (today's login kept, settings merged, paths moved).
//!
//! A plan only reads. Preview shows it, apply draws it again and compares.
use std::collections::BTreeMap;

use super::ground::Grounds;
use super::key;
use super::live::{self, Closeness, Today};
use super::select::{self, Chosen};
use super::source::Source;
use super::texts::{self, Texts};
use super::{Error, facts};
use crate::archive::index::Row;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive_name::ArchiveKind;
use crate::domain::monitor::{Monitor, Progress};
use crate::domain::restore::ask::Ask;
use crate::domain::restore::check::Keys;
use crate::domain::restore::merge::Decision;
use crate::domain::restore::preview::{Change, FileChange, Preview, Seal, TextChange};
use crate::domain::restore::setting::SettingChange;
use crate::site::{Camera, Restoring};
use crate::work::Tools;

/// A member that is restored as it is.
pub(super) struct Item {
    pub row: Row,
    pub change: Change,
    /// What lay there when the plan was drawn.
    pub seal: String,
}

impl Item {
    pub fn is_work(&self) -> bool {
        is_work(self.change)
    }
}

/// A file with content of ours, below the camera's home.
pub(super) struct Own {
    pub path: RelPath,
    pub bytes: Vec<u8>,
    pub mtime: i64,
    pub change: Change,
    /// What lay there when the plan was drawn.
    pub seal: String,
}

impl Own {
    pub fn is_work(&self) -> bool {
        is_work(self.change)
    }
}

/// Everything that apply needs, read from archive and camera at one moment.
pub(super) struct Plan {
    pub source: Source,
    pub camera: Camera,
    pub restoring: Restoring,
    pub grounds: Grounds,
    pub items: Vec<Item>,
    pub own: Vec<Own>,
    /// Members that are empty folders and missing on the camera.
    pub folders: Vec<RelPath>,
    pub chosen: Chosen,
    /// Newer files that will be replaced.
    pub newer: Vec<String>,
    pub settings: Vec<SettingChange>,
    pub texts: Vec<TextChange>,
    pub decisions: Vec<Decision>,
    pub only_here: Vec<RelPath>,
    /// Programs of the choice that are not as on the camera, and stay in the backup.
    pub left: Vec<RelPath>,
    /// Texts of the flows that name the modules that they need.
    pub flows: Vec<Vec<u8>>,
    /// Whether the database and its key will fit each other.
    pub keys: Keys,
    pub warnings: Vec<String>,
    pub digest: String,
}

impl Plan {
    pub fn draw(tools: &Tools, ask: &Ask, monitor: &dyn Monitor) -> Result<Self, Error> {
        let source = Source::open(tools, &ask.name, monitor)?;
        let restoring = tools.site.restoring()?;
        let camera = tools.site.camera()?;
        let grounds = Grounds::of(ask, &source, &restoring);
        let mut chosen = select::choose(ask, &source, &restoring, &camera)?;
        let mut drawn = Drawn::new(ask, &source, &grounds)?;
        let own = if texts::are_ours(ask, &source) && drawn.roots.iter().any(Option::is_some) {
            Texts { ask, source: &source, restoring: &restoring, camera: &camera, grounds: &grounds }.write(
                &mut chosen,
                &mut drawn,
                monitor,
            )?
        } else {
            Vec::new()
        };
        let rows = std::mem::take(&mut chosen.rows);
        let items = drawn.compare(rows, &grounds, ask, source.metadata.backup_type, monitor)?;
        let folders = drawn.missing(&chosen.hollow, &grounds)?;
        let left = drawn.compare(chosen.programs.clone(), &grounds, ask, source.metadata.backup_type, monitor)?;
        let left = left.into_iter().filter(Item::is_work).map(|item| item.row.path).collect();
        let only_here = match ask.to {
            None => select::only_here(&grounds, &drawn.roots, &source, &restoring, &chosen, &items, &own),
            Some(_) => Vec::new(),
        };
        let keys = key::look(&source, &restoring, &items, ask, monitor)?;
        let warnings = select::left_out(&chosen);
        let Drawn { seal, newer, settings, texts, decisions, read, .. } = drawn;
        let is_flow = |path: &RelPath| path.as_bytes().starts_with(b"config/modules/postprocessing_");
        let flows = read.into_iter().filter(|(path, _)| is_flow(path)).map(|(_, text)| text).collect();
        Ok(Plan {
            source,
            camera,
            restoring,
            grounds,
            items,
            own,
            folders,
            chosen,
            newer,
            settings,
            texts,
            decisions,
            only_here,
            left,
            flows,
            keys,
            warnings,
            digest: seal.close(),
        })
    }

    /// Members that have to be written.
    pub fn to_write(&self) -> impl Iterator<Item = &Row> {
        self.items.iter().filter(|i| i.is_work()).map(|i| &i.row)
    }

    /// Files of ours that have to be written.
    pub fn own_to_write(&self) -> impl Iterator<Item = &Own> {
        self.own.iter().filter(|o| o.is_work())
    }

    /// What is written: files and bytes.
    pub fn work(&self) -> (u64, u64) {
        let members = self.to_write().map(|row| row.size);
        let own = self.own_to_write().map(|own| own.bytes.len() as u64);
        members.chain(own).fold((0, 0), |(files, bytes), size| (files + 1, bytes + size))
    }

    pub fn into_preview(self, tools: &Tools, ask: &Ask) -> Preview {
        let checks = facts::checks(&self, tools, ask);
        let bytes = self.work().1;
        let mut files: Vec<FileChange> = Vec::with_capacity(self.items.len() + self.own.len());
        files.extend(self.items.into_iter().map(|i| FileChange { path: i.row.path, change: i.change }));
        files.extend(self.own.into_iter().map(|o| FileChange { path: o.path, change: o.change }));
        files.extend(self.only_here.into_iter().map(|path| FileChange { path, change: Change::OnlyHere }));
        files.extend(self.folders.into_iter().map(|path| FileChange { path, change: Change::New }));
        files.extend(self.left.into_iter().map(|path| FileChange { path, change: Change::LeftProgram }));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Preview {
            files,
            settings: self.settings,
            decisions: self.decisions,
            texts: self.texts,
            checks,
            bytes,
            digest: self.digest,
        }
    }
}

fn is_work(change: Change) -> bool {
    matches!(change, Change::New | Change::Changed)
}

/// What is gathered while members are compared with the camera.
pub(super) struct Drawn {
    /// As in the grounds; `None` for a folder that does not exist yet.
    pub roots: Vec<Option<Dir>>,
    pub seal: Seal,
    pub newer: Vec<String>,
    pub settings: Vec<SettingChange>,
    pub texts: Vec<TextChange>,
    pub decisions: Vec<Decision>,
    /// Texts of the archive that have been read anyway.
    pub read: BTreeMap<RelPath, Vec<u8>>,
}

impl Drawn {
    /// The open folder that holds the place of `member`, and the place below it.
    pub fn place(&self, grounds: &Grounds, member: &RelPath) -> Option<(&Dir, RelPath)> {
        let target = grounds.target(member)?;
        Some((self.roots.get(target.root)?.as_ref()?, target.path))
    }

    fn new(ask: &Ask, source: &Source, grounds: &Grounds) -> Result<Self, Error> {
        Ok(Drawn {
            roots: grounds.open()?,
            seal: Seal::new(ask, &source.fingerprint),
            newer: Vec::new(),
            settings: Vec::new(),
            texts: Vec::new(),
            decisions: Vec::new(),
            read: BTreeMap::new(),
        })
    }

    /// Those of `hollow` that are not there; what else may be in their place is not touched.
    fn missing(&mut self, hollow: &[RelPath], grounds: &Grounds) -> Result<Vec<RelPath>, Error> {
        let mut missing = Vec::new();
        for path in hollow {
            if grounds.target(path).is_none() {
                continue;
            }
            let there = match self.place(grounds, path) {
                Some((root, below)) => root
                    .seen(&below)
                    .map_err(|source| Error::Live { path: root.path().join(below.as_path()), source })?,
                None => None,
            };
            if there.is_none() {
                self.seal.file(path, Change::New, "folder");
                missing.push(path.clone());
            }
        }
        Ok(missing)
    }

    fn compare(
        &mut self,
        rows: Vec<Row>,
        grounds: &Grounds,
        ask: &Ask,
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
            let Some(target) = grounds.target(&row.path) else { continue };
            let closeness = match kind {
                ArchiveKind::Images => Closeness::Looks,
                ArchiveKind::Config if is_database(&row.path) => Closeness::Database,
                ArchiveKind::Config => Closeness::Content,
            };
            let today = match &self.roots[target.root] {
                Some(root) => live::against_row(root, &target.path, &row, closeness, monitor)?,
                None => Today { change: Change::New, mtime: 0, seal: String::new() },
            };
            self.seal.file(&row.path, today.change, &today.seal);
            let replaces_newer = today.change == Change::Changed && today.mtime > row.mtime;
            if replaces_newer && (kind == ArchiveKind::Images || ask.to.is_some()) {
                self.newer.push(row.path.to_string());
            }
            items.push(Item { row, change: today.change, seal: today.seal });
        }
        Ok(items)
    }
}

/// Known by its name here; what a database is, is the site's to say when it makes a backup.
pub(super) fn is_database(path: &RelPath) -> bool {
    [&b".db"[..], b".sqlite", b".sqlite3"].iter().any(|end| path.name().ends_with(end))
}
