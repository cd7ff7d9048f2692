//! Small texts of a config backup: read once, shown as changes, and rewritten where the owner wants
//! today's login kept, another camera's settings merged, or paths of an old computer moved.
use std::collections::BTreeMap;
use std::io::Read;

use serde::Serialize as _;
use serde_json::{Map, Value};

use super::Error;
use super::drawn::Drawn;
use super::item::Own;
use super::live::{self, MOST_TEXT};
use super::roots::RestoreRoots;
use super::select::{self, Chosen};
use super::shown::as_text;
use super::source::Source;
use crate::archive::index::Row;
use crate::archive::sweep;
use crate::base::dir::Dir;
use crate::base::rel_path::RelPath;
use crate::domain::archive::name::ArchiveKind;
use crate::domain::monitor::Monitor;
use crate::domain::restore::access;
use crate::domain::restore::attributes::is_secret;
use crate::domain::restore::content::HEAD_BYTES;
use crate::domain::restore::machine::{HomeHint, Move, Moved, is_home};
use crate::domain::restore::merge::{MergeInputs, merge};
use crate::domain::restore::options::Options;
use crate::domain::restore::preview::{Change, TextChange};
use crate::domain::restore::program::{Programs, gains, is_flow, is_program, runs};
use crate::domain::restore::request::{Access, Login, RestoreRequest, SettingsMode};
use crate::domain::restore::setting::{self, SettingChange, Shown, keep_login};
use crate::site::{Camera, Restoring};

/// All texts together; what is beyond is restored as it is and not shown line by line.
const MOST_TEXTS: u64 = 16 << 20;
/// More changed settings than a page can show.
const MOST_SETTINGS: usize = 5000;
/// The file with the panel's login and the passwords of remote servers.
pub(super) const ENV: &str = "env.json";

/// Only a config restore onto the camera itself rewrites anything.
pub(super) fn are_ours(request: &RestoreRequest, source: &Source) -> bool {
    request.to.is_none() && source.metadata.backup_type == ArchiveKind::Config
}

pub(super) struct Texts<'a> {
    pub request: &'a RestoreRequest,
    pub source: &'a Source,
    pub restoring: &'a Restoring,
    pub camera: &'a Camera,
    pub restore_roots: &'a RestoreRoots,
}

impl Texts<'_> {
    /// Reads the chosen texts into `drawn.read`, takes those that get content of ours out of
    /// `chosen.rows`, and compares them with the camera.
    pub fn write(&self, chosen: &mut Chosen, drawn: &mut Drawn, monitor: &dyn Monitor) -> Result<Vec<Own>, Error> {
        drawn.read = self.read(&chosen.rows, monitor)?;
        self.judge(chosen, drawn)?;
        let moved = self.moved(chosen, &drawn.read);
        let mut own = Vec::new();
        let rows = std::mem::take(&mut chosen.rows);
        for row in rows {
            match self.place_of(&row.path, chosen) {
                None => {}
                Some(target) => {
                    let content = self.content(&row, chosen, drawn, &moved);
                    let Some(content) = drawn.unless_obstructed(self.restore_roots, &row.path, content)? else {
                        continue;
                    };
                    match content {
                        None if target == row.path => chosen.rows.push(row),
                        content => {
                            let bytes = content.or_else(|| drawn.read.get(&row.path).cloned()).unwrap_or_default();
                            own.push(Own {
                                path: target,
                                bytes,
                                mtime: row.mtime,
                                change: Change::New,
                                seal: String::new(),
                            });
                        }
                    }
                }
            }
        }
        let mut compared = Vec::with_capacity(own.len());
        for mut file in own {
            let done = self.compare(&mut file, drawn, monitor);
            if drawn.unless_obstructed(self.restore_roots, &file.path, done)?.is_some() {
                compared.push(file);
            }
        }
        for row in std::mem::take(&mut chosen.rows) {
            let shown = self.show_row(&row, drawn);
            if drawn.unless_obstructed(self.restore_roots, &row.path, shown)?.is_some() {
                chosen.rows.push(row);
            }
        }
        let target = chosen.settings.as_ref().and_then(|path| self.place_of(path, chosen));
        chosen.takes_settings &= !target.is_some_and(|target| drawn.obstructed.contains_key(&target));
        Ok(compared)
    }

    /// Moves texts that turn out to be programs to `chosen.programs`, unless programs are wanted; flows
    /// that gain a step are named in `chosen.gaining` in any case.
    fn judge(&self, chosen: &mut Chosen, drawn: &mut Drawn) -> Result<(), Error> {
        let leaves = select::programs(self.request, self.source) == Programs::Leave;
        for row in std::mem::take(&mut chosen.rows) {
            let text = drawn.read.get(&row.path);
            let gains = if is_flow(&row.path) { self.gains(&row, text, drawn) } else { Ok(false) };
            let Some(gains) = drawn.unless_obstructed(self.restore_roots, &row.path, gains)? else { continue };
            let text = drawn.read.get(&row.path);
            let lies = text.is_some_and(|text| runs(&row.path, &text[..text.len().min(HEAD_BYTES)]));
            if leaves && (gains || lies) {
                drawn.read.remove(&row.path);
                chosen.programs.push(row);
                continue;
            }
            if gains {
                chosen.gaining.push(row.path.to_string());
            }
            chosen.rows.push(row);
        }
        chosen.takes_settings &= chosen.rows.iter().any(|row| Some(&row.path) == chosen.settings.as_ref());
        Ok(())
    }

    fn gains(&self, row: &Row, text: Option<&Vec<u8>>, drawn: &Drawn) -> Result<bool, Error> {
        let Some(new) = text else { return Ok(true) };
        let today = match drawn.place(self.restore_roots, &row.path) {
            Some((root, path)) => live::text(root, &path)?,
            None => None,
        };
        Ok(gains(today.as_deref(), new))
    }

    /// Where a member goes below the home; `None` when it stays in the archive: the capabilities of
    /// another camera, and that camera's settings file once it is merged into ours.
    fn place_of(&self, path: &RelPath, chosen: &Chosen) -> Option<RelPath> {
        if Some(path) == chosen.cc.as_ref() {
            return match self.request.way {
                SettingsMode::Merge => None,
                SettingsMode::Replace => Some(self.camera.cc_file.clone().unwrap_or_else(|| path.clone())),
            };
        }
        if Some(path) == chosen.settings.as_ref() {
            return Some(self.camera.settings_file.clone().unwrap_or_else(|| path.clone()));
        }
        // Another section may hold an older copy of what the camera uses now; its own files win.
        let is_ours = [&self.camera.settings_file, &self.camera.cc_file].into_iter().flatten().any(|own| own == path);
        if is_ours && chosen.takes_settings {
            return None;
        }
        // settings.json and cc.json are links that a restore makes again from the files they point to.
        let is_twin =
            path.as_bytes() == super::SETTINGS_NAME.as_bytes() || path.as_bytes() == super::CC_NAME.as_bytes();
        (!is_twin).then(|| path.clone())
    }

    fn read(&self, rows: &[Row], monitor: &dyn Monitor) -> Result<BTreeMap<RelPath, Vec<u8>>, Error> {
        let mut room = MOST_TEXTS;
        let ends = [&b".json"[..], b".txt", b".conf", b".yaml", b".yml", b".md", b".html", b".css"];
        let mut wanted = Vec::new();
        // Files that decide who may come in are read first, so that no other can take their room.
        let (first, then): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| access::has_access(&row.path));
        for row in first.into_iter().chain(then) {
            let is_text = is_program(&row.path) || ends.iter().any(|end| row.path.name().ends_with(end));
            if row.size <= MOST_TEXT.min(room) && is_text {
                room -= row.size;
                wanted.push(row);
            }
        }
        // The archive is read from its beginning to its end.
        wanted.sort_by_key(|row| (row.gzip_offset, row.skip));
        let mut texts = BTreeMap::new();
        let mut keep = |row: &Row, content: &mut dyn Read| {
            let mut bytes = Vec::with_capacity(row.size as usize);
            content.read_to_end(&mut bytes)?;
            texts.insert(row.path.clone(), bytes);
            Ok(())
        };
        sweep::sweep(&self.source.file, wanted, &mut keep, monitor)?;
        Ok(texts)
    }

    /// From the machine that made the backup to this one: as it says itself, else as far as its settings
    /// tell.
    fn moved(&self, chosen: &Chosen, read: &BTreeMap<RelPath, Vec<u8>>) -> Move {
        let mut hint = HomeHint::default();
        let own = chosen.settings.iter().cloned().chain(RelPath::parse(ENV).ok());
        for value in own.filter_map(|path| read.get(&path)).filter_map(|text| serde_json::from_slice(text).ok()) {
            hint.look(&value);
        }
        let told = self.source.metadata.ours.as_ref();
        if let Some(home) = told.and_then(|ours| ours.home.as_deref()).filter(|home| is_home(home)) {
            return Move::between(Some(home), told.and_then(|ours| ours.owner.as_deref()), &self.restoring.machine);
        }
        let owner = hint.home().and_then(|home| home.strip_prefix("/home/")).and_then(|rest| rest.split('/').next());
        Move::between(hint.home(), owner, &self.restoring.machine)
    }

    /// Content of ours for a member; `None` when it is restored as it is.
    fn content(&self, row: &Row, chosen: &Chosen, drawn: &mut Drawn, moved: &Move) -> Result<Option<Vec<u8>>, Error> {
        let Some(text) = drawn.read.get(&row.path) else { return self.unread(row) };
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
            self.unread(row)?;
            return Ok(self.moved_text(text, moved));
        };
        let before = value.clone();
        let is_settings = Some(&row.path) == chosen.settings.as_ref();
        let at = |path: &RelPath| drawn.in_force(self.restore_roots, path);
        match &mut value {
            Value::Object(backup) if row.path.as_bytes() == ENV.as_bytes() => {
                moved.object(backup);
                if self.request.login == Login::Keep
                    && let Some(today) = object_at(at(&row.path)?)?
                {
                    keep_login(backup, &today);
                }
            }
            Value::Object(backup) if is_settings && self.request.way == SettingsMode::Merge => {
                let here = match &self.camera.settings_file {
                    Some(path) => object_at(at(path)?)?,
                    None => None,
                };
                let here = here.unwrap_or_default();
                let inputs = MergeInputs { options: &self.restoring.options, moved, picks: &self.request.picks };
                let (merged, decisions) = merge(backup, &here, inputs);
                drawn.decisions = decisions;
                value = Value::Object(merged);
            }
            other => {
                if moved.value(other) == Moved::No && !access::has_access(&row.path) {
                    return Ok(None);
                }
            }
        }
        if access::has_access(&row.path)
            && let Value::Object(backup) = &mut value
        {
            let today = object_at(drawn.in_force(self.restore_roots, self.counterpart(&row.path))?)?;
            drawn.access.extend(access::changes(backup, today.as_ref()));
            if self.request.access == Access::Keep {
                access::keep(backup, today.as_ref());
            }
        }
        if value == before { Ok(None) } else { Ok(Some(written(&value))) }
    }

    /// Settings of any camera are held against those that the panel uses now.
    fn counterpart<'p>(&'p self, path: &'p RelPath) -> &'p RelPath {
        let is_settings = path.as_bytes().starts_with(b"config/settings");
        self.camera.settings_file.as_ref().filter(|_| is_settings).unwrap_or(path)
    }

    /// A file that decides who may come in, and that cannot be understood, is not restored: another
    /// reader might understand it.
    fn unread(&self, row: &Row) -> Result<Option<Vec<u8>>, Error> {
        if !access::has_access(&row.path) {
            return Ok(None);
        }
        Err(Error::Blocked {
            name: "who may come in",
            detail: format!("{} of the backup cannot be read as settings.", row.path),
            advice: "Choose sections or files without it; an undamaged backup has it as well.".to_owned(),
        })
    }

    fn moved_text(&self, text: &[u8], moved: &Move) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(text).ok().filter(|_| !moved.is_nothing())?;
        let new = moved.text(text);
        (new != text).then(|| new.into_bytes())
    }

    fn compare(&self, file: &mut Own, drawn: &mut Drawn, monitor: &dyn Monitor) -> Result<(), Error> {
        let Some((root, path)) = drawn.place(self.restore_roots, &file.path) else { return Ok(()) };
        let today = live::against_bytes(root, &path, &file.bytes, monitor)?;
        let today = today.with_rights(&file.path, drawn.owners.as_ref());
        file.change = today.change;
        let parted = drawn.parted_from(self.restore_roots, &file.path)?;
        let mut read = None;
        if let Some((root, name)) = &parted {
            let found = live::against_bytes(root, name, &file.bytes, monitor)?;
            file.change = file.change.or_changed(found.change);
            read = Some((name.clone(), found));
        }
        let (root, path) = parted.unwrap_or((root, path));
        let is_text_changed = matches!(file.change, Change::New | Change::Changed);
        let now = if is_text_changed { now_or_nothing(root, &path)? } else { None };
        if let Some((name, found)) = read {
            drawn.seal.file(&name, found.change, &found.seal);
        }
        drawn.seal.file(&file.path, file.change, &today.seal);
        file.seal = today.seal;
        if let Some(now) = now {
            let shown = show(&file.path, &now, &file.bytes, &self.restoring.options);
            put(drawn, shown);
        }
        Ok(())
    }

    fn show_row(&self, row: &Row, drawn: &mut Drawn) -> Result<(), Error> {
        let place = drawn.in_force(self.restore_roots, &row.path)?;
        let (Some((root, path)), Some(text)) = (place, drawn.read.get(&row.path)) else { return Ok(()) };
        let shown = match now_or_nothing(root, &path)? {
            Some(now) if now != *text => show(&row.path, &now, text, &self.restoring.options),
            _ => Shows::Nothing,
        };
        put(drawn, shown);
        Ok(())
    }
}

enum Shows {
    Settings(Vec<SettingChange>),
    Text(TextChange),
    Nothing,
}

fn put(drawn: &mut Drawn, shown: Shows) {
    match shown {
        Shows::Settings(changes) => {
            drawn.settings.extend(changes);
            drawn.settings.truncate(MOST_SETTINGS);
        }
        Shows::Text(change) => drawn.texts.push(change),
        Shows::Nothing => {}
    }
}

/// Old against new, as settings when both are JSON, as lines when both are text.
fn show(path: &RelPath, now: &[u8], new: &[u8], options: &Options) -> Shows {
    let secret = is_secret(path);
    let shown = if secret && path.as_bytes() != ENV.as_bytes() { Shown::None } else { Shown::BySecretKeys };
    if let Some(changes) = setting::changes(path, now, new, shown, options) {
        return Shows::Settings(changes);
    }
    let text = if secret { None } else { as_text(path.clone(), now, new) };
    text.map_or(Shows::Nothing, Shows::Text)
}

/// The text that is there. A program that is not there yet is shown in full, as one that grew from nothing.
fn now_or_nothing(root: &Dir, path: &RelPath) -> Result<Option<Vec<u8>>, Error> {
    if is_program(path) && live::open(root, path)?.is_none() {
        return Ok(Some(Vec::new()));
    }
    live::text(root, path)
}

fn object_at(place: Option<(&Dir, RelPath)>) -> Result<Option<Map<String, Value>>, Error> {
    let Some((root, path)) = place else { return Ok(None) };
    let Some(text) = live::text(root, &path)? else { return Ok(None) };
    match serde_json::from_slice(&text) {
        Ok(Value::Object(map)) => Ok(Some(map)),
        _ => Ok(None),
    }
}

/// Four spaces, as the panel writes its settings.
fn written(value: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    // Writing a value into memory cannot fail.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format));
    text
}
