//! What a restore would write: the chosen members, each with what lies in its place today, and the
//! files whose content is ours (today's login kept, settings merged, paths moved).
//!
//! A plan only reads. Preview shows it, apply draws it again and compares.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// The folder that members go to, and the start of their names that it stands for.
pub(super) struct Ground {
    pub root: PathBuf,
    /// `images/` lies wherever the camera's pictures lie.
    strip: usize,
}

impl Ground {
    /// Where a member goes, below the root.
    pub fn target(&self, member: &RelPath) -> Option<RelPath> {
        RelPath::parse(member.as_bytes().get(self.strip..)?).ok()
    }
}

/// Everything that apply needs, read from archive and camera at one moment.
pub(super) struct Plan {
    pub source: Source,
    pub camera: Camera,
    pub restoring: Restoring,
    pub ground: Ground,
    pub items: Vec<Item>,
    pub own: Vec<Own>,
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
    pub warnings: Vec<String>,
    pub digest: String,
}

impl Plan {
    pub fn draw(tools: &Tools, ask: &Ask, monitor: &dyn Monitor) -> Result<Self, Error> {
        let source = Source::open(tools, &ask.name, monitor)?;
        let restoring = tools.site.restoring()?;
        let camera = tools.site.camera()?;
        let ground = ground(ask, &source, &restoring);
        let mut chosen = select::choose(ask, &source, &restoring, &camera)?;
        let mut drawn = Drawn::new(ask, &source, &ground)?;
        let own = if texts::are_ours(ask, &source) && drawn.root.is_some() {
            Texts { ask, source: &source, restoring: &restoring, camera: &camera }.write(
                &mut chosen,
                &mut drawn,
                monitor,
            )?
        } else {
            Vec::new()
        };
        let rows = std::mem::take(&mut chosen.rows);
        let items = drawn.compare(rows, &ground, ask, source.metadata.backup_type, monitor)?;
        let left = drawn.compare(chosen.programs.clone(), &ground, ask, source.metadata.backup_type, monitor)?;
        let left = left.into_iter().filter(Item::is_work).map(|item| item.row.path).collect();
        let only_here = match &drawn.root {
            Some(root) if ask.to.is_none() => select::only_here(root, &source, &restoring, &chosen, &items, &own),
            _ => Vec::new(),
        };
        let warnings = select::left_out(&chosen);
        let Drawn { seal, newer, settings, texts, decisions, read, .. } = drawn;
        let is_flow = |path: &RelPath| path.as_bytes().starts_with(b"config/modules/postprocessing_");
        let flows = read.into_iter().filter(|(path, _)| is_flow(path)).map(|(_, text)| text).collect();
        Ok(Plan {
            source,
            camera,
            restoring,
            ground,
            items,
            own,
            chosen,
            newer,
            settings,
            texts,
            decisions,
            only_here,
            left,
            flows,
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

fn ground(ask: &Ask, source: &Source, restoring: &Restoring) -> Ground {
    match (&ask.to, source.metadata.backup_type) {
        (Some(to), _) => Ground { root: to.clone(), strip: 0 },
        (None, ArchiveKind::Images) => Ground { root: restoring.images.clone(), strip: "images/".len() },
        (None, ArchiveKind::Config) => Ground { root: restoring.home.clone(), strip: 0 },
    }
}

/// What is gathered while members are compared with the camera.
pub(super) struct Drawn {
    /// `None` when the folder to restore into does not exist yet.
    pub root: Option<Dir>,
    pub seal: Seal,
    pub newer: Vec<String>,
    pub settings: Vec<SettingChange>,
    pub texts: Vec<TextChange>,
    pub decisions: Vec<Decision>,
    /// Texts of the archive that have been read anyway.
    pub read: BTreeMap<RelPath, Vec<u8>>,
}

impl Drawn {
    fn new(ask: &Ask, source: &Source, ground: &Ground) -> Result<Self, Error> {
        Ok(Drawn {
            root: open_root(&ground.root)?,
            seal: Seal::new(ask, &source.fingerprint),
            newer: Vec::new(),
            settings: Vec::new(),
            texts: Vec::new(),
            decisions: Vec::new(),
            read: BTreeMap::new(),
        })
    }

    fn compare(
        &mut self,
        rows: Vec<Row>,
        ground: &Ground,
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
            let Some(target) = ground.target(&row.path) else { continue };
            let closeness = match kind {
                ArchiveKind::Images => Closeness::Looks,
                ArchiveKind::Config if is_database(&row.path) => Closeness::Database,
                ArchiveKind::Config => Closeness::Content,
            };
            let today = match &self.root {
                Some(root) => live::against_row(root, &target, &row, closeness, monitor)?,
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

fn open_root(path: &Path) -> Result<Option<Dir>, Error> {
    match Dir::open(path) {
        Ok(dir) => Ok(Some(dir)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Target { path: path.to_owned(), source }),
    }
}
