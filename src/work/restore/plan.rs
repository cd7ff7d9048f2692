//! What a restore would write: the chosen members, each with what lies in its place today, and the
//! files whose content is ours (today's login kept, settings merged, paths moved).
//!
//! A plan only reads. Preview shows it, apply draws it again and compares.
use std::collections::BTreeMap;

use super::Error;
use super::databases::{self, Known};
use super::drawn::Drawn;
use super::flows;
use super::images_folder;
use super::item::{Item, Own};
use super::key;
use super::logins;
use super::obstructed;
use super::overlays;
use super::roots::RestoreRoots;
use super::select::{self, Chosen};
use super::shown;
use super::source::Source;
use super::texts::{self, Texts};
use super::to;
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::monitor::Monitor;
use crate::domain::restore::access::AccessChange;
use crate::domain::restore::check::Keys;
use crate::domain::restore::database::DatabaseWay;
use crate::domain::restore::merge::Decision;
use crate::domain::restore::preview::{Change, Obstructed, TextChange};
use crate::domain::restore::program::{Programs, is_flow};
use crate::domain::restore::request::{NotWhole, RestoreRequest};
use crate::domain::restore::setting::SettingChange;
use crate::site::{Camera, Restoring};
use crate::work::Tools;

/// Everything that apply needs, read from archive and camera at one moment.
pub(super) struct Plan {
    pub source: Source,
    pub camera: Camera,
    pub restoring: Restoring,
    pub restore_roots: RestoreRoots,
    pub items: Vec<Item>,
    pub own: Vec<Own>,
    /// Second names that this restore has to do with: the name, and the target it stands for.
    pub twins: Vec<(RelPath, RelPath)>,
    /// Members that are empty folders and missing on the camera.
    pub folders: Vec<RelPath>,
    pub chosen: Chosen,
    /// Newer files that will be replaced.
    pub newer: Vec<String>,
    pub settings: Vec<SettingChange>,
    pub texts: Vec<TextChange>,
    pub decisions: Vec<Decision>,
    /// Settings that decide who may come in and are not as today.
    pub access: Vec<AccessChange>,
    pub only_here: Vec<RelPath>,
    /// Whether a file whose content is not what its name says stays in the backup.
    pub programs: Programs,
    /// The databases that the camera has as well, and what becomes of them.
    pub databases: Vec<Known>,
    /// Programs of the choice that are not as on the camera, and stay in the backup.
    pub left: Vec<Row>,
    /// Files that are not whole in the backup, and whose place holds another one today.
    pub not_whole: Vec<String>,
    /// Members that stay in the archive because of what lies in their place, each with the reason.
    obstructed: BTreeMap<RelPath, String>,
    /// What will be wrong with overlays, in words.
    pub overlays: Vec<String>,
    /// Texts of the flows that name the modules that they need.
    pub flows: Vec<Vec<u8>>,
    /// Whether the database and its key will fit each other.
    pub keys: Keys,
    pub warnings: Vec<String>,
    pub digest: String,
}

impl Plan {
    pub fn draw(tools: &Tools, request: &RestoreRequest, monitor: &dyn Monitor) -> Result<Self, Error> {
        if let Some(to) = &request.to {
            to::judge(tools, to)?;
        }
        let source = Source::open(tools, &request.name, monitor)?;
        let restoring = tools.site.restoring()?;
        let camera = tools.site.camera()?;
        if request.to.is_none() && source.metadata.backup_type == ArchiveKind::Images {
            images_folder::check(&restoring.images, &restoring.home)?;
        }
        let mut chosen = select::choose(request, &source, &restoring, &camera)?;
        let members: Vec<&RelPath> = chosen.rows.iter().map(|row| &row.path).chain(&chosen.hollow).collect();
        let restore_roots = RestoreRoots::of(request, &source, &restoring, &members);
        let mut drawn = Drawn::new(request, &source, &restore_roots, &camera, restoring.ownership, &chosen)?;
        let halves = select::take_halves(&mut chosen, &source.metadata);
        if request.to.is_some() && source.metadata.backup_type == ArchiveKind::Config {
            flows::judge(request, &source, &restoring, &mut chosen, monitor)?;
        }
        if request.not_whole == NotWhole::Take {
            chosen.rows.extend(halves.iter().cloned());
        }
        let mut own = if texts::are_ours(request, &source) && drawn.roots.iter().any(Option::is_some) {
            Texts { request, source: &source, restoring: &restoring, camera: &camera, restore_roots: &restore_roots }
                .write(&mut chosen, &mut drawn, monitor)?
        } else {
            Vec::new()
        };
        let rows = std::mem::take(&mut chosen.rows);
        let mut items = drawn.compare(rows, &restore_roots, request, source.metadata.backup_type, monitor)?;
        obstructed::take_out(&restore_roots, &mut items, &mut own, &mut drawn);
        key::part_together(&source, &restoring, &mut items, &mut own, &mut drawn, monitor)?;
        logins::look(request, &restore_roots, &mut items, &mut drawn)?;
        let databases = databases::look(tools, request, &source, &restore_roots, &mut items, monitor)?;
        for Known { change, .. } in &databases {
            drawn.seal.file(&change.path, Change::Changed, change.way.word());
        }
        let mut halves = drawn.compare(halves, &restore_roots, request, source.metadata.backup_type, monitor)?;
        let replaces = |item: &&mut Item| item.change == Change::Changed;
        let mut not_whole = Vec::new();
        for item in halves.iter_mut().filter(replaces) {
            not_whole.push(item.row.path.to_string());
            item.change = Change::NotWhole;
        }
        if request.not_whole == NotWhole::Leave {
            items.extend(halves);
        }
        let mut folders = drawn.missing(&chosen.hollow, &restore_roots)?;
        obstructed::take_out_folders(&restore_roots, &mut folders, &mut drawn);
        let obstructed = std::mem::take(&mut drawn.obstructed);
        let left =
            drawn.compare(chosen.programs.clone(), &restore_roots, request, source.metadata.backup_type, monitor)?;
        // A program that stays anyway is told as such, whatever lies in its place.
        let unknown = std::mem::replace(&mut drawn.obstructed, obstructed);
        let unknown = chosen.programs.iter().filter(|row| unknown.contains_key(&row.path)).cloned();
        let left = left.into_iter().filter(Item::is_work).map(|item| item.row).chain(unknown).collect();
        let only_here = match request.to {
            None => {
                let mut found =
                    select::only_here(&restore_roots, &drawn.roots, &source, &restoring, &chosen, &items, &own);
                found.retain(|path| !drawn.obstructed.contains_key(path));
                found
            }
            Some(_) => Vec::new(),
        };
        let programs = select::programs(request, &source);
        if programs == Programs::Take && !texts::are_ours(request, &source) {
            drawn.texts = shown::programs(&source, &items, &drawn, &restore_roots, monitor)?;
        }
        let keys = key::look(&source, &restoring, &items, &own, &databases, request, monitor)?;
        let warnings = select::left_out(&chosen);
        let Drawn { seal, newer, settings, texts, decisions, access, read, second_names: twins, obstructed, .. } =
            drawn;
        let overlays = overlays::look(&restoring, &camera, &read, &own, &items);
        let flows = read.into_iter().filter(|(path, _)| is_flow(path)).map(|(_, text)| text).collect();
        Ok(Plan {
            source,
            camera,
            restoring,
            restore_roots,
            items,
            own,
            twins,
            folders,
            chosen,
            newer,
            settings,
            texts,
            decisions,
            access,
            only_here,
            programs,
            databases,
            left,
            not_whole,
            obstructed,
            overlays,
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

    /// True for a database whose content is made when the camera rests.
    pub fn merges(&self, path: &RelPath) -> bool {
        let mut known = self.databases.iter().map(|known| &known.change);
        known.any(|change| change.way == DatabaseWay::Merge && change.path == *path)
    }

    /// What stays in the archive because of what lies in its place.
    pub fn obstructed(&self) -> Vec<Obstructed> {
        let all = self.obstructed.iter();
        all.map(|(path, why)| Obstructed { path: path.clone(), why: why.clone() }).collect()
    }

    /// What is written: files and bytes.
    pub fn work(&self) -> (u64, u64) {
        let members = self.to_write().map(|row| row.size);
        let own = self.own_to_write().map(|own| own.bytes.len() as u64);
        members.chain(own).fold((0, 0), |(files, bytes), size| (files + 1, bytes + size))
    }
}
