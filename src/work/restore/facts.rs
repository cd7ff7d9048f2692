//! Gathers what the pre-restore checks need to know.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::plan::Plan;
use super::shut;
use crate::archive::index::Row;
use crate::base::rel_path::RelPath;
use crate::base::space::{self, Room};
use crate::domain::archive::metadata::Metadata;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::night::Night;
use crate::domain::restore::check::{self, CameraNames, Check, Facts, Keeping, RESERVE_BYTES, TargetDisk};
use crate::domain::restore::preview::Change;
use crate::domain::restore::program::{ContentVerdict, is_program};
use crate::domain::restore::request::{Login, RestoreRequest};
use crate::domain::software::Software;
use crate::work::Tools;

const SPARE_INODES: u64 = 64;
/// What one small file takes at least.
const BLOCK: u64 = 4096;

pub(super) fn checks(plan: &Plan, tools: &Tools, request: &RestoreRequest) -> Vec<Check> {
    let metadata = &plan.source.metadata;
    let onto_camera = request.to.is_none();
    let now = (tools.now)();
    let noon = now.date().tomorrow().ok();
    let keeping = noon.map(|next_morning| Keeping { days: plan.restoring.days_to_keep, next_morning });
    // A picture of the small hours belongs to the evening before.
    let running = now.checked_sub(jiff::Span::new().hours(12)).ok().map(|then| Night::new(then.date()));
    let (needed, missing) = modules(plan);
    let chosen = plan.items.iter().map(|i| i.row.size).chain(plan.own.iter().map(|o| o.bytes.len() as u64));
    let (chosen_files, chosen_bytes) = chosen.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size));
    let known = plan.camera.camera_type.is_some() || plan.camera.camera_model.is_some();
    let backup = CameraNames {
        camera_type: metadata.camera_type.clone(),
        camera_model: metadata.camera_model.clone(),
        version: metadata.version.clone(),
    };
    let here = CameraNames {
        // Settings that are lost cannot tell the camera; those of the backup are what is wanted back.
        camera_type: if known { plan.camera.camera_type.clone() } else { backup.camera_type.clone() },
        camera_model: if known { plan.camera.camera_model.clone() } else { backup.camera_model.clone() },
        version: plan.camera.version.clone(),
    };
    check::checks(&Facts {
        kind: metadata.backup_type,
        made_on: made_on(metadata),
        software: plan.restoring.software,
        keys: plan.keys,
        integrity: plan.source.integrity.clone(),
        damage: plan.source.damage.clone(),
        backup,
        camera: onto_camera.then_some(here),
        way: request.way,
        takes_settings: onto_camera && plan.chosen.takes_settings,
        has_settings_file: plan.chosen.settings.is_some(),
        has_cc_file: plan.chosen.cc.is_some(),
        missing_modules: missing,
        needed_modules: needed,
        obstructed: plan.obstructed().iter().map(ToString::to_string).collect(),
        overlays: if onto_camera { plan.overlays.clone() } else { Vec::new() },
        shut: if onto_camera { shut::look(plan) } else { Vec::new() },
        chosen_files,
        chosen_bytes,
        unanswered: plan.chosen.unanswered.clone(),
        disks: (0..plan.restore_roots.roots.len()).map(|root| disk(plan, root)).collect(),
        nights: if onto_camera { plan.chosen.nights.clone() } else { Vec::new() },
        running,
        keeping: keeping.filter(|_| onto_camera && metadata.backup_type == ArchiveKind::Images),
        newer: plan.newer.clone(),
        databases: plan.databases.iter().map(|known| known.change.clone()).collect(),
        programs: programs(plan),
        left_programs: left(plan, |content| content != ContentVerdict::Otherwise),
        left_by_content: left(plan, |content| content == ContentVerdict::Otherwise),
        access: plan.access.clone(),
        access_choice: (request.login, request.access),
        left_out: metadata.left_out().iter().map(ToString::to_string).collect(),
        not_whole: plan.not_whole.clone(),
        takes_not_whole: request.not_whole,
        takes_login: onto_camera && request.login == Login::Take && brings_env(plan),
    })
}

/// Archives of the panel itself do not say it; they are of the one panel that makes them.
fn made_on(metadata: &Metadata) -> String {
    metadata.ours.as_ref().map_or_else(|| Software::Allsky.as_str().to_owned(), |ours| ours.site.clone())
}

fn brings_env(plan: &Plan) -> bool {
    let written = plan.to_write().map(|row| &row.path).chain(plan.own_to_write().map(|own| &own.path));
    written.into_iter().any(|path| path.as_bytes() == super::texts::ENV.as_bytes())
}

fn left(plan: &Plan, takes: impl Fn(ContentVerdict) -> bool) -> Vec<String> {
    plan.left.iter().filter(|row| takes(row.content)).map(|row| row.path.to_string()).collect()
}

fn programs(plan: &Plan) -> Vec<String> {
    let runs = |row: &&Row| is_program(&row.path) || row.content == ContentVerdict::Otherwise;
    let rows = plan.to_write().filter(runs).map(|row| &row.path);
    rows.chain(plan.own_to_write().map(|own| &own.path).filter(|path| is_program(path)))
        .map(RelPath::to_string)
        .chain(plan.chosen.gaining.iter().cloned())
        .collect()
}

fn disk(plan: &Plan, root: usize) -> TargetDisk {
    let here = |member: &RelPath| plan.restore_roots.target(member).is_some_and(|target| target.root == root);
    let rows = plan.to_write().filter(|row| here(&row.path)).map(|row| row.size);
    let own = plan.own_to_write().filter(|own| here(&own.path)).map(|own| own.bytes.len() as u64);
    room_below(&plan.restore_roots.roots[root], rows.chain(own))
}

/// Whether files of these sizes fit below `root`, which need not exist yet.
pub(super) fn room_below(root: &Path, files: impl Iterator<Item = u64>) -> TargetDisk {
    let (count, bytes) = files.fold((0, 0), |(n, sum), size: u64| (n + 1, sum + size.next_multiple_of(BLOCK)));
    let there = existing(root);
    let room = space::room_at(&there);
    let blocked = match (&room, rustix::fs::access(&there, rustix::fs::Access::WRITE_OK)) {
        (Err(why), _) => Some(why.to_string()),
        (_, Err(why)) => Some(why.to_string()),
        _ if !there.is_dir() => Some("it is not a folder".to_owned()),
        _ => None,
    };
    // A disk that does not tell its size is tried: what does not fit goes back as a whole.
    let free = |room: Room| (if room.is_told() { room.free_bytes } else { u64::MAX }, room.free_inodes);
    let (free_bytes, free_inodes) = room.map(free).unwrap_or((0, None));
    TargetDisk {
        path: root.display().to_string(),
        need_bytes: if count == 0 { 0 } else { bytes + RESERVE_BYTES },
        free_bytes,
        need_inodes: if count == 0 { 0 } else { count + SPARE_INODES },
        free_inodes,
        blocked,
    }
}

/// The nearest folder that exists.
fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/")).to_owned()
}

/// How many modules the restored flows need, and which will not be there.
fn modules(plan: &Plan) -> (usize, Vec<String>) {
    let mut needed = BTreeSet::new();
    for flow in plan.flows() {
        let Ok(value) = serde_json::from_slice::<Value>(flow) else { continue };
        let steps: Vec<&Value> = match &value {
            Value::Object(steps) => steps.values().collect(),
            Value::Array(steps) => steps.iter().collect(),
            _ => Vec::new(),
        };
        let is_on = |step: &&Value| step.get("enabled") != Some(&Value::Bool(false));
        let names = steps.into_iter().filter(is_on).filter_map(|step| step.get("module")?.as_str());
        needed.extend(names.filter_map(|name| name.rsplit('/').next()).map(str::to_owned));
    }
    needed.remove("");
    let brought: BTreeSet<&[u8]> = plan.items.iter().map(|item| item.row.path.name()).collect();
    let is_missing = |name: &&String| !plan.restoring.modules.contains(*name) && !brought.contains(name.as_bytes());
    (needed.len(), needed.iter().filter(is_missing).cloned().collect())
}

impl Plan {
    /// The flows that will hold after this restore, as far as it brings them.
    fn flows(&self) -> impl Iterator<Item = &[u8]> {
        self.flows.iter().map(Vec::as_slice)
    }

    pub(super) fn counts(&self) -> (u64, u64, u64) {
        let all = self.items.iter().map(|i| i.change).chain(self.own.iter().map(|o| o.change));
        all.fold((0, 0, 0), |(new, changed, same), change| match change {
            Change::New => (new + 1, changed, same),
            Change::Changed | Change::Rights => (new, changed + 1, same),
            Change::Same | Change::Kept | Change::OnlyHere | Change::LeftProgram | Change::NotWhole => {
                (new, changed, same + 1)
            }
            Change::Obstructed => (new, changed, same),
        })
    }
}
